package console

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"dsr/reports"
	"dsr/requests"
	"dsr/web/site"
)

// reportPage is a report in tables: everything that was counted.
type reportPage struct {
	shell
	Ask     reportAsk
	Heads   columnHeads
	At      string
	Summary []fact
	Volume  volumeView
	Days    []keyed
	Ends    []keyed
	Hands   []keyed // by handler
	Systems []keyed
	Waiting waitingView
	Laws    []option // with a yearly table
	Years   []option
}

// report shows it.
func (s *Console) report(c echo.Context) error {
	q, ask, err := s.reportQuestion(c, "/console/reports")
	if err != nil {
		return err
	}
	f, err := s.figuresFor(c, q)
	if err != nil {
		return err
	}
	page := reportPage{Ask: ask, Heads: reportHeads(), At: atText(f.AsOf.In(s.reports.ZoneOf(q.Policy)))}
	if page.shell, err = s.shell(c, "Reports", ""); err != nil {
		return err
	}
	team, err := s.team(c)
	if err != nil {
		return err
	}
	page.Summary, page.Volume, page.Waiting = summary(f), s.volume(f), waitingViewOf(f)
	page.Days, page.Ends, page.Systems = s.dayRows(f), endRows(f), s.systemRows(f)
	for _, h := range f.Handlers {
		name := "Nobody"
		if h.ID != 0 {
			name = team.person(h.ID)
		}
		page.Hands = append(page.Hands, keyed{Name: name, Cells: []string{grouped(h.Answers), percentText(h.OnLaw), ofText(h.OnLaw), spreadText(h.Days, h.Days.Median())}})
	}
	page.Laws, page.Years = s.lawMenu(reports.California), yearOptions(f.Today.Year(), f.Today.Year()-1)
	status := http.StatusOK
	if page.Bad = len(ask.Problems) > 0; page.Bad {
		status = http.StatusUnprocessableEntity
	}
	return s.render(c, status, "reports_page", page)
}

func reportHeads() columnHeads {
	return columnHeads{
		Laws: []string{"Law", "Requests", "Share"}, Ends: []string{"Answer", "Requests", "Share"}, Waiting: waitingHeads(),
		Days:    []string{"Right", "Law", "Answers", "Median", "Mean", "p90", "On time", "Counted"},
		Hands:   []string{"Handler", "Answers", "On time", "Counted", "Median days"},
		Systems: []string{"System", "Policy", "Answers", "Median", "p90", "On time", "Counted"},
	}
}

// summary is the report in a few lines.
func summary(f *reports.Figures) []fact {
	a := &f.Answered
	line := func(name, text string) fact { return fact{Name: name, Text: text} }
	facts := []fact{
		line("Received", grouped(f.Received.Total)),
		line("Answered", grouped(a.Total)),
		line("On time, by law", percentText(a.Law)+", "+ofText(a.Law)),
		line("On time, by promise", percentText(a.Promise)+", "+ofText(a.Promise)),
		line("Days to answer", fmt.Sprintf("median %s, mean %s, p90 %s", spreadText(a.Days, a.Days.Median()), spreadText(a.Days, a.Days.Mean()), spreadText(a.Days, a.Days.P90()))),
		line("Past the law’s day, no answer yet", grouped(a.LateOpen)),
		line("Appeals received", grouped(f.Received.Appeals)),
		line("Open now", grouped(f.Open.Total)+", "+grouped(f.Open.Overdue)+" overdue, "+grouped(f.Open.Held)+" held"),
	}
	return facts
}

func (s *Console) dayRows(f *reports.Figures) []keyed {
	var rows []keyed
	for _, g := range f.Answered.ByGroup {
		rows = append(rows, keyed{Name: s.reports.RightName(g.Right), Cells: []string{
			s.reports.LawName(g.Law), grouped(g.Days.N()), spreadText(g.Days, g.Days.Median()), spreadText(g.Days, g.Days.Mean()), spreadText(g.Days, g.Days.P90()), percentText(g.OnLaw), ofText(g.OnLaw),
		}})
	}
	return rows
}

func endRows(f *reports.Figures) []keyed {
	var rows []keyed
	for _, o := range f.Answered.Outcomes {
		rows = append(rows, keyed{Name: requests.OutcomeName(o.Of), Cells: []string{grouped(o.N), percentText(reports.Share{Part: o.N, Of: f.Answered.Total})}})
	}
	return rows
}

func (s *Console) systemRows(f *reports.Figures) []keyed {
	var rows []keyed
	for _, x := range f.Systems {
		rows = append(rows, keyed{Name: x.Name, Cells: []string{
			s.policyName(x.Policy), grouped(x.Hours.N()), hoursText(x.Hours, x.Hours.Median()), hoursText(x.Hours, x.Hours.P90()), percentText(x.OnLaw), ofText(x.OnLaw),
		}})
	}
	return rows
}

// yearsOffered is how many years back a yearly table is offered.
const yearsOffered = 6

func yearOptions(this, chosen int) []option {
	var list []option
	for year := this; year > this-yearsOffered || year >= chosen && year > this-30; year-- {
		list = append(list, option{Value: fmt.Sprint(year), Label: fmt.Sprint(year), Chosen: year == chosen})
	}
	return list
}

// reportCSV gives every figure of a question as a table.
func (s *Console) reportCSV(c echo.Context) error {
	q, ask, err := s.reportQuestion(c, "/console/reports")
	if err != nil {
		return err
	}
	if len(ask.Problems) > 0 {
		return site.SeeOther(c, ask.Link("/console/reports"))
	}
	f, err := s.figuresFor(c, q)
	if err != nil {
		return err
	}
	var table bytes.Buffer
	if err := s.reports.CSV(&table, f); err != nil {
		return err
	}
	return sendCSV(c, fmt.Sprintf("requests-%s-to-%s.csv", q.Period.From, q.Period.Until), &table)
}

func sendCSV(c echo.Context, name string, table *bytes.Buffer) error {
	_, err := table.WriteTo(site.Attach(c, name, "text/csv; charset=utf-8", int64(table.Len())))
	return err
}
