package deadlines

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Threshold is an instant at which somebody is reminded of a clock.
type Threshold struct {
	Name string // 10d, 5d, 3d, 1d, today, overdue; 50%, 75%, due for hours
	At   time.Time
}

// remindHour is when on a local day reminders of days go out: before work.
const remindHour = 7 * time.Hour

var daysBefore = [...]int{10, 5, 3, 1}

// Thresholds lists when to remind of a clock that began at an instant, in
// order. Reminders of days go by the cautious date; those that would lie before
// the beginning are left out. A held clock has none: its date is not fixed.
func (d *Due) Thresholds(begun time.Time, p Place) []Threshold {
	if d.Held != "" {
		return nil
	}
	var all []Threshold
	if d.Before.IsZero() {
		span := d.At.Sub(begun)
		all = []Threshold{{"50%", begun.Add(span / 2)}, {"75%", begun.Add(span / 4 * 3)}, {"due", d.At}}
		return slices.DeleteFunc(all, func(t Threshold) bool { return !t.At.After(begun) })
	}
	last := min(d.Cautious, d.Date)
	for _, n := range daysBefore {
		all = append(all, Threshold{fmt.Sprintf("%dd", n), last.AddDays(-n).Start(p.Zone).Add(remindHour)})
	}
	all = append(all, Threshold{"today", last.Start(p.Zone).Add(remindHour)}, Threshold{"overdue", d.Before})
	all = slices.DeleteFunc(all, func(t Threshold) bool { return !t.At.After(begun) })
	slices.SortStableFunc(all, func(a, b Threshold) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) })
	return all
}
