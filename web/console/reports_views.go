package console

import (
	"fmt"
	"html/template"
	"time"

	"dsr/deadlines"
	"dsr/reports"
	"dsr/web/chart"
)

// promiseView is one promise and how far it is kept.
type promiseView struct {
	Name, Percent, Counts string
	Late                  bool
	Meter                 template.HTML
	// Untrue is said of a policy whose words do not hold, where Late.
	Untrue, Words string
}

func (s *Console) promiseViews(f *reports.Figures) []promiseView {
	var views []promiseView
	for i := range f.Promises {
		p := &f.Promises[i]
		name := s.policyName(p.Policy)
		view := promiseView{Name: name + ": " + promiseSays(p), Percent: percentText(p.Kept), Counts: fmt.Sprintf("kept %s, the line is at %d %%", ofText(p.Kept), reports.TypicalShare)}
		percent, _ := p.Kept.Percent()
		view.Late = percent < reports.TypicalShare
		if view.Untrue = name + "’s promise is not kept at present"; p.Wording == "typical" {
			view.Untrue = name + "’s text is not true at present"
		}
		view.Words = fmt.Sprintf("“%s” held for %s. Answer faster, or change the text.", p.Phrase, view.Percent)
		view.Meter = chart.Meter(view.Name, allFacts("“"+p.Phrase+"”", view.Counts), percent, reports.TypicalShare, view.Late)
		views = append(views, view)
	}
	return views
}

// unstated names the policies that promise no time for an answer.
func (s *Console) unstated(f *reports.Figures) string {
	var names []string
	for _, id := range f.Policies {
		if p := s.PackNamed(id); p != nil && p.Promises.NoResponse != "" {
			names = append(names, p.Controller.Name)
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0] + " states no response time. The law’s dates count."
	}
	return enumerated(names, "and") + " state no response time. The law’s dates count."
}

// daysView is how long answers took.
type daysView struct {
	Axis template.HTML
	Rows []keyed
	More int // groups that are not shown
}

// groupsShown is how many rows a table of the dashboard has; the report has all.
const groupsShown = 8

func (s *Console) daysView(f *reports.Figures) daysView {
	var view daysView
	var rows []chart.Range
	for _, g := range f.Answered.ByGroup {
		if g.Days.N() == 0 {
			continue
		}
		if len(rows) == groupsShown {
			view.More++
			continue
		}
		name := s.reports.RightName(g.Right) + ", " + s.reports.LawName(g.Law)
		cells := []string{grouped(g.Days.N()), oneDecimal(g.Days.Median()), oneDecimal(g.Days.Mean()), oneDecimal(g.Days.P90())}
		title := fmt.Sprintf("%s: median %s, mean %s, p90 %s days", name, cells[1], cells[2], cells[3])
		rows = append(rows, chart.Range{Title: title, Median: g.Days.Median(), Mean: g.Days.Mean(), P90: g.Days.P90(), Limit: daysOf(g.Term)})
		view.Rows = append(view.Rows, keyed{Name: name, Cells: cells})
	}
	var drawings []template.HTML
	view.Axis, drawings = chart.Ranges(rows)
	draw(view.Rows, drawings)
	return view
}

// draw puts drawings beside the rows of a table.
func draw(rows []keyed, drawings []template.HTML) {
	for i := range rows {
		rows[i].Drawing = drawings[i]
	}
}

// daysOf is a term as days on an axis: a month as 30, five business days as a
// week.
func daysOf(t deadlines.Term) float64 {
	switch t.Unit {
	case deadlines.Hours:
		return float64(t.N) / 24
	case deadlines.Months:
		return float64(t.N) * 30
	case deadlines.BusinessDays:
		return float64(t.N) * 7 / 5
	}
	return float64(t.N)
}

// loadView is what falls due in the next days.
type loadView struct {
	Chart   template.HTML
	Weeks   []keyed
	Without string
}

func loadViewOf(f *reports.Figures) loadView {
	view := loadView{Without: fmt.Sprintf("without %d held and %d overdue", f.Open.Held, f.Open.Overdue)}
	columns := make([]chart.Column, len(f.Load))
	var facts []string
	for i, l := range f.Load {
		at := l.Day.Time()
		fill := chart.Ink
		if i <= reports.SoonDays {
			fill = chart.Soon
		}
		columns[i] = chart.Column{Parts: []chart.Part{{Value: l.Due, Fill: fill}}, Dim: at.Weekday() == time.Saturday || at.Weekday() == time.Sunday}
		if l.Due > 0 {
			columns[i].Over = grouped(l.Due)
			facts = append(facts, fmt.Sprintf("%s %d", at.Format("2 Jan"), l.Due))
		}
		switch {
		case i == 0:
			columns[i].Label = "Today"
		case i%7 == 0 && i < len(f.Load)-1:
			columns[i].Label = at.Format("2 Jan")
		}
		if i%7 == 0 {
			view.Weeks = append(view.Weeks, keyed{Name: at.Format("Mon 2 Jan"), Cells: loadCells(f.Load[i:min(i+7, len(f.Load))])})
		}
	}
	view.Chart = chart.Columns("Due in the next 30 days", allFacts(facts...), columns, 128, false)
	return view
}

func loadCells(days []reports.Load) []string {
	due, promised := 0, 0
	for _, l := range days {
		due, promised = due+l.Due, promised+l.ByPromise
	}
	return []string{grouped(due), grouped(promised)}
}

// systemsView is how long systems were searched, a row each.
func (s *Console) systemsView(f *reports.Figures) []keyed {
	var rows []keyed
	var bars []chart.Bar
	for _, sys := range f.Systems[:min(len(f.Systems), groupsShown)] {
		name := sys.Name
		if len(f.Policies) > 1 {
			name += ", " + s.policyName(sys.Policy)
		}
		median, p90 := sys.Hours.Median(), sys.Hours.P90()
		cells := []string{hoursText(sys.Hours, median), hoursText(sys.Hours, p90), percentText(sys.OnLaw)}
		bars = append(bars, chart.Bar{Title: name + ": median " + cells[0] + ", p90 " + cells[1], Filled: median, Outline: p90})
		rows = append(rows, keyed{Name: name, Cells: cells})
	}
	draw(rows, chart.Bars(bars))
	return rows
}

// proofView is who dropped out on the way to proof of identity.
type proofView struct {
	Rows []keyed
	Note string
}

func proofViewOf(f *reports.Figures) proofView {
	p := &f.Proof
	steps := []struct {
		name string
		n    int
		fill chart.Fill
	}{
		{"Proof needed", p.Needed, chart.Outline}, {"Proved", p.Proved, chart.Ink}, {"Still open", p.Open, chart.Grey}, {"Lapsed", p.Lapsed, chart.Hatch}, {"Ended otherwise", p.Ended, chart.Dots},
	}
	var view proofView
	var bars []chart.Bar
	for _, st := range steps {
		bars = append(bars, chart.Bar{Title: fmt.Sprintf("%s: %d", st.name, st.n), Filled: float64(st.n), Fill: st.fill})
		view.Rows = append(view.Rows, keyed{Name: st.name, Cells: []string{grouped(st.n), percentText(reports.Share{Part: st.n, Of: p.Needed})}})
	}
	if p.Returned > 0 {
		view.Note = manyOf(p.Returned, "request had lapsed and came back.", "requests had lapsed and came back.")
	}
	draw(view.Rows, chart.Bars(bars))
	return view
}

// waitingView is whose move it was, of the time that answers took.
type waitingView struct {
	Chart template.HTML
	Rows  []keyed
	Note  string
}

func waitingViewOf(f *reports.Figures) waitingView {
	w := &f.Waiting
	all := w.Team + w.Systems + w.Requester
	view := waitingView{}
	if w.Answers < w.Of {
		view.Note = fmt.Sprintf("Of the latest %s answers.", grouped(w.Answers))
	}
	var parts []chart.Part
	var facts []string
	for _, of := range []struct {
		name string
		d    time.Duration
		fill chart.Fill
	}{{"The team", w.Team, chart.Ink}, {"Systems", w.Systems, chart.Grey}, {"The requester", w.Requester, chart.Hatch}} {
		share := percentText(reports.Share{Part: int(of.d / time.Minute), Of: int(all / time.Minute)})
		view.Rows = append(view.Rows, keyed{Key: chart.Key(of.fill), Name: of.name, Cells: []string{daysEach(of.d, w.Answers), share}})
		parts, facts = append(parts, chart.Part{Value: int(of.d / time.Minute), Fill: of.fill}), append(facts, of.name+" "+share)
	}
	view.Chart = chart.Band("Whose move it was until the answer", allFacts(facts...), parts)
	return view
}
