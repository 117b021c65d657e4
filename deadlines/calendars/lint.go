package calendars

import (
	"fmt"
	"slices"
	"strings"

	"dsr/deadlines"
	"dsr/strict"
)

// fall is one day on which a rule lets a holiday fall.
type fall struct {
	date       deadlines.Date
	name       string
	substitute bool // moved here from another day
	later      bool // moved forward
}

// holidays works out every rule for the years covered. Two holidays may meet on
// a day by chance and then share it; a day given twice, or a substitute that
// lands on another holiday or moves on to a weekend, is a fault in the file.
func (d *document) holidays(file string, data []byte, inherited []deadlines.Holiday) ([]deadlines.Holiday, error) {
	byDate := map[deadlines.Date][]fall{}
	for _, h := range inherited {
		byDate[h.Date] = []fall{{date: h.Date, name: h.Name}}
	}
	for i := range d.Holidays {
		r := &d.Holidays[i]
		falls, sentence := d.falls(r)
		for _, f := range falls {
			if sentence != "" {
				break
			}
			sentence = d.meets(f, byDate[f.date])
			byDate[f.date] = append(byDate[f.date], f)
		}
		if sentence != "" {
			return nil, strict.At(file, data, "name: "+r.Name, r.Name+": "+sentence)
		}
	}
	list := make([]deadlines.Holiday, 0, len(byDate))
	for date, falls := range byDate {
		list = append(list, deadlines.Holiday{Date: date, Name: joined(falls)})
	}
	slices.SortFunc(list, func(a, b deadlines.Holiday) int { return int(a.Date - b.Date) })
	return list, nil
}

func joined(falls []fall) string {
	names := make([]string, len(falls))
	for i, f := range falls {
		names[i] = f.name
	}
	return strings.Join(names, " / ")
}

// meets says what is wrong with a holiday that falls where others are, or "".
func (d *document) meets(f fall, others []fall) string {
	if f.later && slices.Contains(d.weekend(), f.date.Weekday()) {
		return fmt.Sprintf("its substitute %s is a %s", f.date, f.date.Weekday())
	}
	for _, o := range others {
		if o.name == f.name {
			return fmt.Sprintf("%s is given twice", f.date)
		}
		if f.substitute || o.substitute {
			return fmt.Sprintf("on %s it meets %s, and one of them is a substitute: move it further", f.date, o.name)
		}
	}
	return ""
}

// falls returns the days of a rule inside the coverage, or a sentence that says
// what is wrong with the rule.
func (d *document) falls(r *rule) ([]fall, string) {
	if sentence := d.unsound(r); sentence != "" {
		return nil, sentence
	}
	var all []fall
	if len(r.Dates) > 0 {
		for _, each := range r.Dates {
			all = append(all, fall{date: deadlines.Date(each), name: r.Name})
		}
		return all, ""
	}
	// New Year's Day can be observed in the year before, a closure can begin
	// there: both neighbours of the coverage are worked out too.
	for year := d.Coverage.From - 1; year <= d.Coverage.To+1; year++ {
		if year < r.From || r.To != 0 && year > r.To || slices.Contains(r.Except, year) {
			continue
		}
		for _, f := range r.year(year) {
			if d.covers(f.date) {
				all = append(all, f)
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Sprintf("it never falls in the years %d to %d", d.Coverage.From, d.Coverage.To)
	}
	return all, ""
}

// year returns the days of a rule in words that begin in one year.
func (r *rule) year(year int) []fall {
	first := r.On.in(year)
	if r.Through.in == nil {
		if days := r.Observed[first.Weekday()]; days != 0 {
			return []fall{{first.AddDays(days), r.Name + " (substitute day)", true, days > 0}}
		}
		return []fall{{date: first, name: r.Name}}
	}
	last := r.Through.in(year)
	if last < first {
		last = r.Through.in(year + 1)
	}
	var all []fall
	for date := first; date <= last; date++ {
		all = append(all, fall{date: date, name: r.Name})
	}
	return all
}

// unsound says what is wrong with the form of a rule, or "".
func (d *document) unsound(r *rule) string {
	if (r.On.in == nil) == (len(r.Dates) == 0) {
		return "a holiday needs either on or dates"
	}
	if len(r.Dates) > 0 {
		return d.unsoundDates(r)
	}
	if r.Through.in != nil && len(r.Observed) > 0 {
		return "a closure of several days cannot be observed on another"
	}
	if r.To != 0 && r.From > r.To {
		return fmt.Sprintf("its years run from %d to %d", r.From, r.To)
	}
	for _, year := range r.Except {
		if year < max(r.From, d.Coverage.From) || year > d.Coverage.To || r.To != 0 && year > r.To {
			return fmt.Sprintf("the excepted year %d is not among its years", year)
		}
	}
	return ""
}

func (d *document) unsoundDates(r *rule) string {
	if r.Through.in != nil || len(r.Observed) > 0 || r.From != 0 || r.To != 0 || len(r.Except) > 0 {
		return "dates stand alone: through, observed, from, to and except belong to on"
	}
	for i, each := range r.Dates {
		if !d.covers(deadlines.Date(each)) {
			return fmt.Sprintf("%s is outside the coverage, %d to %d", deadlines.Date(each), d.Coverage.From, d.Coverage.To)
		}
		if i > 0 && each <= r.Dates[i-1] {
			return fmt.Sprintf("%s does not come after the date before it", deadlines.Date(each))
		}
	}
	return ""
}

func (d *document) covers(date deadlines.Date) bool {
	return date.Year() >= d.Coverage.From && date.Year() <= d.Coverage.To
}

// longDay writes a date with its weekday, "Mon 2026-12-28".
func longDay(d deadlines.Date) string {
	return d.Weekday().String()[:3] + " " + d.String()
}
