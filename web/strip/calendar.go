package strip

import (
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Calendar marks the days of one clock on month grids. Days are those of Zone.
type Calendar struct {
	Zone *time.Location // nil means UTC
	Now  time.Time
	// Received is day 0, which is not counted.
	Received time.Time
	// Counted, Held and Rolled are stretches of days, To exclusive.
	Counted, Held, Rolled []Hold
	// Promise and Law are the exclusive due instants; zero leaves the mark out.
	Promise, Law time.Time
	// Closed tells weekends and holidays; nil means Saturdays and Sundays.
	Closed func(day time.Time) bool
}

// maxMonths keeps a page readable where a term is counted in years.
const maxMonths = 12

// Months draws the grids from the month of receipt to the month of the last
// date, at most twelve, Monday first, with a key of the marks in use. Every mark
// is also said in words that only a screen reader meets.
func (c Calendar) Months() template.HTML {
	s := Strip{Now: c.Now, Zone: c.Zone, Closed: c.Closed}
	first, last := c.Received, c.Received
	for _, t := range []time.Time{c.Now, c.Promise, c.Law} {
		if !t.IsZero() {
			last = later(last, t.Add(-time.Nanosecond))
		}
	}
	var p pen
	used := map[string]bool{}
	p.put(`<div class="months">`)
	y, m, _ := first.In(s.zone()).Date()
	for i := range maxMonths {
		// Months are counted in UTC: a local month may lack a midnight or a day.
		month := time.Date(y, m+time.Month(i), 1, 0, 0, 0, 0, time.UTC)
		if civil(month, time.UTC) > civil(last, s.zone()) {
			break
		}
		c.month(&p, s, month, used)
	}
	key(&p, used)
	p.put(`</div>`)
	return p.html()
}

// month writes one grid. Its weeks begin on Monday, as ISO 8601 has it, whatever
// the reader's country, so that working weeks stay together.
func (c Calendar) month(p *pen, s Strip, first time.Time, used map[string]bool) {
	p.put(`<table class="month"><caption>`, first.Format("January 2006"), `</caption><thead><tr>`)
	for i := range 7 {
		name := time.Weekday((i + 1) % 7).String()
		p.put(`<th scope="col"><abbr title="`, name, `">`, name[:1], `</abbr></th>`)
	}
	p.put(`</tr></thead><tbody><tr>`)
	column := (int(first.Weekday()) + 6) % 7
	p.put(strings.Repeat("<td></td>", column))
	for day := first; day.Month() == first.Month(); day = day.AddDate(0, 0, 1) {
		if column == 7 {
			p.put(`</tr><tr>`)
			column = 0
		}
		c.cell(p, s, day, used)
		column++
	}
	p.put(strings.Repeat("<td></td>", 7-column), `</tr></tbody></table>`)
}

// cell writes one day, given by its midnight in UTC, with its classes and the
// words for them.
func (c Calendar) cell(p *pen, s Strip, day time.Time, used map[string]bool) {
	classes, words := c.marks(s, civil(day, time.UTC))
	for _, class := range classes {
		used[class] = true
	}
	p.put(`<td`)
	if len(classes) > 0 {
		p.put(` class="`, strings.Join(classes, " "), `"`)
	}
	if slices.Contains(classes, "no") {
		p.put(` aria-current="date"`)
	}
	p.put(`>`, strconv.Itoa(day.Day()))
	if len(words) > 0 {
		p.put(`<span class="vh">, `, strings.Join(words, ", "), `</span>`)
	}
	p.put(`</td>`)
}

// marks returns what is true of a day by its civil number, as classes and as
// words.
func (c Calendar) marks(s Strip, n int) (classes, words []string) {
	is := func(t time.Time) bool { return !t.IsZero() && civil(t, s.zone()) == n }
	in := func(spans []Hold) bool {
		return slices.ContainsFunc(spans, func(h Hold) bool {
			to := h.To
			if to.IsZero() {
				to = c.Now.Add(time.Nanosecond)
			}
			return n >= civil(h.From, s.zone()) && n <= civil(lastDay(to, false), s.zone())
		})
	}
	held := in(c.Held)
	for _, m := range []struct {
		on          bool
		class, word string
	}{
		{s.closed(startOf(n, s.zone())), "wk", "no working day"},
		{is(c.Received), "re", "received"},
		{held, "ho", "held"},
		{in(c.Counted) && !held, "cn", "counts"},
		{in(c.Rolled), "ro", "rolled over"},
		{is(lastInstant(c.Promise)), "pr", "promise"},
		{is(lastInstant(c.Law)), "la", "law"},
		{is(c.Now), "no", "today"},
	} {
		if m.on {
			classes, words = append(classes, m.class), append(words, m.word)
		}
	}
	return classes, words
}

// lastInstant is in the last day of an exclusive due instant; zero stays zero.
func lastInstant(due time.Time) time.Time {
	if due.IsZero() {
		return due
	}
	return lastDay(due, false)
}

// key lists the marks that the grids used.
func key(p *pen, used map[string]bool) {
	p.put(`<ul class="month-key">`)
	for _, k := range [][2]string{{"cn", "counts"}, {"ho", "held"}, {"ro", "rolled over"}, {"no", "today"}, {"pr", "promise"}, {"la", "law"}} {
		if used[k[0]] {
			p.put(`<li><span class="`, k[0], `"></span>`, k[1], `</li>`)
		}
	}
	p.put(`</ul>`)
}
