package calendars

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"dsr/deadlines"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// phrase is a day of the year in words:
//
//	1 January
//	first Monday in May            (second, third, fourth, last)
//	Saturday on or after 20 June   (on or before, after, before)
//	2 days before Easter Sunday    (Orthodox Easter Sunday; days after)
type phrase struct {
	words string
	in    func(year int) deadlines.Date
}

// fault is an error with a place that strict.Reader can show.
type fault struct {
	at       *token.Token
	sentence string
}

var _ yaml.Error = (*fault)(nil)

// Error returns the sentence; the reader adds the place.
func (f *fault) Error() string { return f.sentence }

// GetMessage returns the sentence without its place.
func (f *fault) GetMessage() string { return f.sentence }

// GetToken returns the place.
func (f *fault) GetToken() *token.Token { return f.at }

// FormatError returns the sentence; the reader draws its own excerpt.
func (f *fault) FormatError(_, _ bool) string { return f.sentence }

// UnmarshalYAML reads the phrase and refuses words that name no day.
func (p *phrase) UnmarshalYAML(node ast.Node) error {
	p.words = node.GetToken().Value
	in, err := reckon(strings.Fields(p.words))
	if err != nil {
		return &fault{node.GetToken(), fmt.Sprintf("%q names no day: %v", p.words, err)}
	}
	p.in = in
	return nil
}

// reckon turns words into a function of the year. Relative words ("2 days
// before", "Monday after") lean on the words behind them.
func reckon(w []string) (func(int) deadlines.Date, error) {
	switch {
	case len(w) > 3 && (w[1] == "day" || w[1] == "days"):
		return reckonDistance(w)
	case len(w) == 4 && w[2] == "in":
		return reckonNth(w[0], w[1], w[3])
	case len(w) > 2 && isWeekday(w[0]):
		return reckonWeekday(w)
	case slices.Equal(w, []string{"Easter", "Sunday"}):
		return easter, nil
	case slices.Equal(w, []string{"Orthodox", "Easter", "Sunday"}):
		return orthodoxEaster, nil
	case len(w) == 2:
		return reckonFixed(w[0], w[1])
	}
	return nil, fmt.Errorf("write it like 1 January, first Monday in May, Saturday on or after 20 June or 2 days before Easter Sunday")
}

func reckonDistance(w []string) (func(int) deadlines.Date, error) {
	days, err := distance(w[:3])
	if err != nil {
		return nil, err
	}
	from, err := reckon(w[3:])
	if err != nil {
		return nil, err
	}
	return func(year int) deadlines.Date { return from(year).AddDays(days) }, nil
}

// distance reads "2 days before" or "1 day after" as a number of days.
func distance(w []string) (int, error) {
	if len(w) != 3 || w[1] != "day" && w[1] != "days" {
		return 0, fmt.Errorf("write the distance like 1 day after or 2 days before")
	}
	n, err := strconv.Atoi(w[0])
	if err != nil || n < 1 || n > 120 {
		return 0, fmt.Errorf("the distance must be 1 to 120 days")
	}
	switch w[2] {
	case "after":
		return n, nil
	case "before":
		return -n, nil
	}
	return 0, fmt.Errorf("after the days must stand before or after, not %q", w[2])
}

func reckonNth(nth, weekday, month string) (func(int) deadlines.Date, error) {
	n := slices.Index([]string{"first", "second", "third", "fourth", "last"}, nth)
	if n < 0 {
		return nil, fmt.Errorf("%q is none of first, second, third, fourth, last", nth)
	}
	day, err := weekdayOf(weekday)
	if err != nil {
		return nil, err
	}
	m, err := monthOf(month)
	if err != nil {
		return nil, err
	}
	if nth == "last" {
		return func(year int) deadlines.Date {
			return backTo(day, firstOf(year, m).AddMonths(1).AddDays(-1))
		}, nil
	}
	return func(year int) deadlines.Date { return onTo(day, firstOf(year, m)).AddDays(7 * n) }, nil
}

// reckonWeekday reads "Monday before 25 May" and its three sisters.
func reckonWeekday(w []string) (func(int) deadlines.Date, error) {
	day, err := weekdayOf(w[0])
	if err != nil {
		return nil, err
	}
	rest, same := w[1:], 1
	if len(rest) > 3 && rest[0] == "on" && rest[1] == "or" {
		rest, same = rest[2:], 0
	}
	if rest[0] != "after" && rest[0] != "before" {
		return nil, fmt.Errorf("after the weekday must stand before, after, on or before, or on or after")
	}
	from, err := reckon(rest[1:])
	if err != nil {
		return nil, err
	}
	if rest[0] == "after" {
		return func(year int) deadlines.Date { return onTo(day, from(year).AddDays(same)) }, nil
	}
	return func(year int) deadlines.Date { return backTo(day, from(year).AddDays(-same)) }, nil
}

func reckonFixed(day, month string) (func(int) deadlines.Date, error) {
	m, err := monthOf(month)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(day)
	if err != nil {
		return nil, fmt.Errorf("%q is no day of the month", day)
	}
	// 2001 has no 29 February: a holiday must exist in every year.
	if _, err := deadlines.NewDate(2001, m, n); err != nil {
		return nil, fmt.Errorf("%s has no day %d in every year", month, n)
	}
	return func(year int) deadlines.Date { return firstOf(year, m).AddDays(n - 1) }, nil
}

// onTo returns the date itself or the first such weekday after it.
func onTo(day time.Weekday, d deadlines.Date) deadlines.Date {
	return d.AddDays((int(day) - int(d.Weekday()) + 7) % 7)
}

// backTo returns the date itself or the last such weekday before it.
func backTo(day time.Weekday, d deadlines.Date) deadlines.Date {
	return d.AddDays(-((int(d.Weekday()) - int(day) + 7) % 7))
}

func isWeekday(word string) bool {
	_, err := weekdayOf(word)
	return err == nil
}

func weekdayOf(word string) (time.Weekday, error) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if day.String() == word {
			return day, nil
		}
	}
	return 0, fmt.Errorf("%q is no day of the week; write it like Monday", word)
}

func monthOf(word string) (int, error) {
	for month := time.January; month <= time.December; month++ {
		if month.String() == word {
			return int(month), nil
		}
	}
	return 0, fmt.Errorf("%q is no month; write it like January", word)
}
