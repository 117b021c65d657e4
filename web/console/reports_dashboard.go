package console

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/policies"
	"dsr/reports"
	"dsr/web/chart"
	"dsr/web/site"
)

// dashboardPage shows how the work stands, in figures and drawings.
type dashboardPage struct {
	shell
	Ask       reportAsk
	Heads     columnHeads
	Nothing   bool // no request was ever received
	Tiles     []tile
	At        string
	Open      []keyed
	OpenChart template.HTML
	Received  volumeView
	Promises  []promiseView
	Unstated  string // the policies that promise no time
	Days      daysView
	Load      loadView
	Systems   []keyed
	Proof     proofView
	Waiting   waitingView
	Yearly    string
}

// tile is one of the big figures on top.
type tile struct{ Name, Big, Small, Href, Alarm string }

// keyed is one line of a table beside a chart.
type keyed struct {
	Key     template.HTML
	Drawing template.HTML // the row's own, where it has one
	Name    string
	Href    string
	Cells   []string
}

// dashboard shows it.
func (s *Console) dashboard(c echo.Context) error {
	q, ask, err := s.reportQuestion(c, "/console/dashboard")
	if err != nil {
		return err
	}
	f, err := s.figuresFor(c, q)
	if err != nil {
		return err
	}
	page := dashboardPage{Ask: ask, Heads: dashboardHeads(q.Period.Step()), At: atText(f.AsOf.In(s.reports.ZoneOf(q.Policy))), Yearly: yearlyAddress(reports.California, q.Policy, f.Today.Year()-1)}
	if page.shell, err = s.shell(c, "Dashboard", ""); err != nil {
		return err
	}
	page.Nothing = f.Received.Total+f.Answered.Total+f.Open.Total == 0
	page.Tiles = tiles(f)
	page.Open, page.OpenChart = openView(&f.Open)
	page.Received = s.volume(f)
	page.Promises, page.Unstated = s.promiseViews(f), s.unstated(f)
	page.Days, page.Load = s.daysView(f), loadViewOf(f)
	page.Systems, page.Proof, page.Waiting = s.systemsView(f), proofViewOf(f), waitingViewOf(f)
	status := http.StatusOK
	if page.Bad = len(ask.Problems) > 0; page.Bad {
		status = http.StatusUnprocessableEntity
	}
	return s.render(c, status, "reports_dashboard", page)
}

// tiles are the four figures everybody asks for first.
func tiles(f *reports.Figures) []tile {
	a := &f.Answered
	open := tile{Name: "Open now", Big: grouped(f.Open.Total), Small: "none overdue", Href: "/console"}
	if f.Open.Overdue > 0 {
		open.Small, open.Alarm = "", manyOf(f.Open.Overdue, "overdue", "overdue")
		open.Href = queueAddress("is:overdue")
	}
	weeks := float64(f.Question.Period.Days()) / 7
	onTime := tile{Name: "Answered on time, by law", Big: percentText(a.Law), Small: ofText(a.Law) + " that the law set a day for"}
	if a.Law.Of == 0 {
		onTime.Small = "the law set a day for none"
	}
	took := tile{Name: "Median time to answer", Big: "–", Small: "nothing was answered"}
	if n := a.Days.N(); n > 0 {
		took.Big, took.Small = oneDecimal(a.Days.Median())+" "+dayWord(a.Days.Median()), fmt.Sprintf("mean %s, p90 %s, of %s", oneDecimal(a.Days.Mean()), oneDecimal(a.Days.P90()), grouped(n))
	}
	return []tile{
		{Name: "Received", Big: grouped(f.Received.Total), Small: oneDecimal(float64(f.Received.Total)/weeks) + " a week"}, onTime, took, open,
	}
}

func dayWord(v float64) string {
	if v == 1 {
		return "day"
	}
	return "days"
}

// openView draws what is open by the state of its clock.
func openView(o *reports.Standing) ([]keyed, template.HTML) {
	states := []struct {
		name  string
		n     int
		fill  chart.Fill
		query string
	}{
		{"Overdue", o.Overdue, chart.Late, "is:overdue"}, {"Due today", o.Today, chart.Soon, ""}, {fmt.Sprintf("In 1 to %d days", reports.SoonDays), o.Soon, chart.Soon, ""},
		{fmt.Sprintf("In %d to 7 days", reports.SoonDays+1), o.Week, chart.Ink, ""}, {"Later", o.Later, chart.Grey, ""},
		{"Held", o.Held, chart.Hatch, "waiting:requester"}, {"Answered, to close", o.Nothing, chart.Outline, "phase:answer"},
	}
	var lines []keyed
	var parts []chart.Part
	var facts []string
	for _, st := range states {
		line := keyed{Key: chart.Key(st.fill), Name: st.name, Cells: []string{grouped(st.n), percentText(reports.Share{Part: st.n, Of: o.Total})}}
		if st.query != "" && st.n > 0 {
			line.Href = queueAddress(st.query)
		}
		lines, parts, facts = append(lines, line), append(parts, chart.Part{Value: st.n, Fill: st.fill}), append(facts, fmt.Sprintf("%s %d", st.name, st.n))
	}
	return lines, chart.Band("Open requests by clock state", allFacts(facts...), parts)
}

// volumeView is what came, over time and by right.
type volumeView struct {
	Chart   template.HTML
	Step    string
	Rows    []keyed
	Appeals string
	Steps   [][]string // each step and what came in it
	Series  []string
	Laws    []keyed
}

// fills are those of the series, in their order: three kinds and the rest.
var fills = [...]chart.Fill{chart.Ink, chart.Grey, chart.Outline, chart.Dots}

// family puts rights together as the team thinks of them.
func (s *Console) family(right policies.Right) string {
	if right.IsOptOut() && right != policies.LimitSensitive {
		return "Opt-out"
	}
	return s.reports.RightName(right)
}

// series sorts what came into the three most frequent families and the rest.
func (s *Console) series(f *reports.Figures) (names []string, of func(policies.Right) int) {
	totals := map[string]int{}
	var order []string
	for _, r := range f.Received.ByRight {
		name := s.family(r.Of)
		if totals[name] == 0 {
			order = append(order, name)
		}
		totals[name] += r.N
	}
	slices.SortFunc(order, func(a, b string) int { return cmp.Or(totals[b]-totals[a], strings.Compare(a, b)) })
	if len(order) > len(fills) {
		order = append(order[:len(fills)-1:len(fills)-1], "Other")
	}
	return order, func(right policies.Right) int {
		for i, name := range order {
			if name == s.family(right) {
				return i
			}
		}
		return len(order) - 1
	}
}

func (s *Console) volume(f *reports.Figures) volumeView {
	names, of := s.series(f)
	step := f.Question.Period.Step()
	view := volumeView{Step: "each " + string(step), Series: names}
	totals, last := make([]int, len(names)), make([]int, len(names))
	columns := make([]chart.Column, len(f.Received.Steps))
	var facts []string
	for i, st := range f.Received.Steps {
		counts := make([]int, len(names))
		for right, n := range st.ByRight {
			counts[of(right)] += n
		}
		label := stepLabel(step, st)
		columns[i] = chart.Column{Over: overColumn(st.Total, len(f.Received.Steps))}
		if every := 1 + (len(f.Received.Steps)-1)/8; i%every == 0 {
			columns[i].Label = label
		}
		row := []string{label}
		for k, n := range counts {
			columns[i].Parts = append(columns[i].Parts, chart.Part{Value: n, Fill: fills[k]})
			totals[k] += n
			row = append(row, grouped(n))
		}
		view.Steps = append(view.Steps, append(row, grouped(st.Total)))
		facts, last = append(facts, fmt.Sprintf("%s %d", label, st.Total)), counts
	}
	sum := 0
	for k, name := range names {
		view.Rows = append(view.Rows, keyed{Key: chart.Key(fills[k]), Name: name, Cells: []string{grouped(totals[k]), grouped(last[k])}})
		sum += last[k]
	}
	view.Rows = append(view.Rows, keyed{Name: "All", Cells: []string{grouped(f.Received.Total), grouped(sum)}})
	for _, l := range f.Received.ByLaw {
		view.Laws = append(view.Laws, keyed{Name: s.reports.LawName(l.Of), Cells: []string{grouped(l.N), percentText(reports.Share{Part: l.N, Of: f.Received.Total})}})
	}
	if f.Received.Appeals > 0 {
		view.Appeals = manyOf(f.Received.Appeals, "appeal came besides.", "appeals came besides.")
	}
	view.Chart = chart.Columns("Requests received each "+string(step), allFacts(facts...), columns, 220, true)
	return view
}

// overColumn is the figure over a column, where there is room for it.
func overColumn(n, columns int) string {
	if n == 0 || columns > 16 {
		return ""
	}
	return grouped(n)
}

// reportsRoutes are the addresses of the figures.
func (s *Console) reportsRoutes() []site.Route {
	return []site.Route{
		site.Get("/console/dashboard", site.Staff, s.dashboard),
		site.Get("/console/reports", site.Staff, s.report),
		site.Get("/console/reports/figures.csv", site.Staff, s.reportCSV),
		site.Get("/console/reports/yearly", site.Staff, s.yearly),
		site.Get("/console/reports/yearly.csv", site.Staff, s.yearlyCSV),
	}
}

// columnHeads are the heads of the tables, by table.
type columnHeads struct{ Volume, Days, Load, Systems, Proof, Waiting, Laws, Ends, Hands []string }

func dashboardHeads(step reports.Step) columnHeads {
	return columnHeads{
		Volume: []string{"Right", "In all", "Latest " + string(step)}, Days: []string{"Right and law", "n", "Median", "Mean", "p90"},
		Load: []string{"Week from", "Due", "By a promise"}, Systems: []string{"System", "Median", "p90", "On time"},
		Proof: []string{"Step", "Requests", "Share"}, Waiting: waitingHeads(),
	}
}

func waitingHeads() []string { return []string{"Whose", "Days for each answer", "Share"} }
