package reports

import (
	"encoding/csv"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	"dsr/requests"
)

// CSV writes the yearly table, one row a kind of request, and then why
// requests were denied.
func (y *Yearly) CSV(w io.Writer) error {
	t := table{out: csv.NewWriter(w)}
	t.row("law", "year", "policies", "kind", "asked_by_the_rules", "carried_over", "received", "complied_in_whole", "complied_in_part", "denied",
		"ended_otherwise", "open_at_end", "median_days", "mean_days")
	for _, r := range append(y.Rows[:len(y.Rows):len(y.Rows)], y.All) {
		asked := "no"
		if r.Asked {
			asked = "yes"
		}
		t.row(y.Law, strconv.Itoa(y.Year), strings.Join(y.Policies, " "), r.Name, asked, number(r.Carried), number(r.Received), number(r.Whole), number(r.Part),
			number(r.Denied), number(r.Other), number(r.Open), days(r.Days.N(), r.Days.Median()), days(r.Days.N(), r.Days.Mean()))
	}
	if len(y.Denials) > 0 {
		t.row("law", "year", "policies", "reason_for_denial", "source", "denied")
	}
	for _, d := range y.Denials {
		t.row(y.Law, strconv.Itoa(y.Year), strings.Join(y.Policies, " "), d.Name, d.Source, number(d.N))
	}
	return t.end()
}

// table writes CSV that no spreadsheet takes for formulas.
type table struct {
	out *csv.Writer
	err error
}

func (t *table) row(cells ...string) {
	for i, cell := range cells {
		cells[i] = requests.GuardCell(cell)
	}
	if err := t.out.Write(cells); t.err == nil {
		t.err = err
	}
}

func (t *table) end() error {
	t.out.Flush()
	if t.err != nil {
		return t.err
	}
	return t.out.Error()
}

func number(n int) string { return strconv.Itoa(n) }

// days writes a number of days with at most one decimal; of nothing it is empty.
func days(n int, v float64) string {
	if n == 0 {
		return ""
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// published is the table as a company puts it on its own page: what the rules
// ask for, and whatever else came, without classes or scripts.
var published = template.Must(template.New("yearly").Funcs(template.FuncMap{"days": func(s Spread) string {
	if s.N() == 0 {
		return "none"
	}
	return days(s.N(), s.Median())
}}).Parse(`<table>
  <caption>Requests under the {{.LawName}} from 1 January to 31 December {{.Year}}</caption>
  <thead>
    <tr>
      <th scope="col">Kind of request</th>
      <th scope="col">Received</th>
      <th scope="col">Complied with, in whole or in part</th>
      <th scope="col">Denied</th>
      <th scope="col">Median number of days to answer</th>
    </tr>
  </thead>
  <tbody>
{{- range .Rows}}
    <tr>
      <th scope="row">{{.Name}}</th>
      <td>{{.Received}}</td>
      <td>{{.Complied}}</td>
      <td>{{.Denied}}</td>
      <td>{{days .Days}}</td>
    </tr>
{{- end}}
  </tbody>
</table>
`))

// Complied is how many were complied with, in whole or in part.
func (r YearlyRow) Complied() int { return r.Whole + r.Part }

// HTML writes the table for a company's own page.
func (y *Yearly) HTML() (string, error) {
	var text strings.Builder
	if err := published.Execute(&text, y); err != nil {
		return "", fmt.Errorf("yearly table of %s: %w", y.Law, err)
	}
	return text.String(), nil
}

// CSV writes every figure of an answer, one a line: what it is about, what it
// measures, the value.
func (d *Desk) CSV(w io.Writer, f *Figures) error {
	t := table{out: csv.NewWriter(w)}
	t.row("figure", "policy", "right", "law", "of", "measure", "value")
	var line csvLine = func(figure, policy, right, law, of, measure, value string) {
		t.row(figure, policy, right, law, of, measure, value)
	}
	d.csvReceived(f, line)
	d.csvAnswered(f, line)
	o := &f.Open
	for _, s := range []struct {
		of string
		n  int
	}{{"all", o.Total}, {"overdue", o.Overdue}, {"today", o.Today}, {"soon", o.Soon}, {"week", o.Week}, {"later", o.Later}, {"held", o.Held}, {"nothing runs", o.Nothing}} {
		line("open", "", "", "", s.of, "requests", number(s.n))
	}
	for _, l := range f.Load {
		line("due", "", "", "", l.Day.String(), "requests", number(l.Due))
		line("due", "", "", "", l.Day.String(), "by promise", number(l.ByPromise))
	}
	d.csvClose(f, line)
	return t.end()
}

type csvLine func(figure, policy, right, law, of, measure, value string)

func (l csvLine) share(figure, policy, right, law, of string, s Share) {
	l(figure, policy, right, law, of, "in time", number(s.Part))
	l(figure, policy, right, law, of, "counted", number(s.Of))
}

func (l csvLine) spread(figure, policy, right, law, of, unit string, s Spread) {
	l(figure, policy, right, law, of, "answers", number(s.N()))
	l(figure, policy, right, law, of, "median "+unit, days(s.N(), s.Median()))
	l(figure, policy, right, law, of, "mean "+unit, days(s.N(), s.Mean()))
	l(figure, policy, right, law, of, "p90 "+unit, days(s.N(), s.P90()))
}

func (d *Desk) csvReceived(f *Figures, line csvLine) {
	line("received", "", "", "", "", "requests", number(f.Received.Total))
	line("received", "", "", "", "appeals", "requests", number(f.Received.Appeals))
	for _, s := range f.Received.Steps {
		line("received", "", "", "", s.From.String()+" to "+s.Until.String(), "requests", number(s.Total))
	}
	for _, r := range f.Received.ByRight {
		line("received", "", d.RightName(r.Of), "", "", "requests", number(r.N))
	}
	for _, l := range f.Received.ByLaw {
		line("received", "", "", d.LawName(l.Of), "", "requests", number(l.N))
	}
}

func (d *Desk) csvAnswered(f *Figures, line csvLine) {
	a := &f.Answered
	line.share("on time by law", "", "", "", "", a.Law)
	line.share("on time by promise", "", "", "", "", a.Promise)
	line.spread("days to answer", "", "", "", "", "days", a.Days)
	for _, g := range a.ByGroup {
		line.share("on time by law", "", d.RightName(g.Right), d.LawName(g.Law), "", g.OnLaw)
		line.spread("days to answer", "", d.RightName(g.Right), d.LawName(g.Law), "", "days", g.Days)
	}
	for _, o := range a.Outcomes {
		line("outcome", "", "", "", o.Of, "answers", number(o.N))
	}
	for i := range f.Promises {
		p := &f.Promises[i]
		line.share("promise kept", d.PolicyName(p.Policy), "", "", p.Phrase, p.Kept)
	}
}

// csvClose writes what only timelines tell, and the way to proof.
func (d *Desk) csvClose(f *Figures, line csvLine) {
	p, w := &f.Proof, &f.Waiting
	for _, s := range []struct {
		of string
		n  int
	}{{"needed", p.Needed}, {"proved", p.Proved}, {"open", p.Open}, {"lapsed", p.Lapsed}, {"ended otherwise", p.Ended}, {"came back", p.Returned}} {
		line("proof", "", "", "", s.of, "requests", number(s.n))
	}
	line("waiting", "", "", "", "", "answers looked at", number(w.Answers))
	line("waiting", "", "", "", "team", "hours", days(1, w.Team.Hours()))
	line("waiting", "", "", "", "systems", "hours", days(1, w.Systems.Hours()))
	line("waiting", "", "", "", "requester", "hours", days(1, w.Requester.Hours()))
	for _, h := range f.Handlers {
		line.share("on time by handler", "", "", "", strconv.FormatInt(h.ID, 10), h.OnLaw)
	}
	for _, s := range f.Systems {
		line.share("on time by system", d.PolicyName(s.Policy), "", "", s.Name, s.OnLaw)
		line.spread("search", d.PolicyName(s.Policy), "", "", s.Name, "hours", s.Hours)
	}
}
