package policies

import (
	"slices"
	"strconv"
	"strings"

	"dsr/deadlines"
)

// statedDate is a date in a text. One that can be read in two ways, as
// 03/04/2025, has both readings; one without a day has every day of its month.
type statedDate struct {
	wordSpan
	readings []deadlines.Date
}

var monthNames = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// datedBy are words that announce the date of a policy.
var datedBy = []string{"updated", "update", "effective", "revised", "modified", "revision", "dated", "version", "date"}

const (
	wordsToDate   = 5   // between the announcing word and the date
	longDateLine  = 20  // words of a line that only bears the date
	openingWords  = 150 // within which any line may bear it
	shortestMonth = 3   // letters of a month's short name
)

// policyDates returns the dates by which a text says how old it is: behind a
// word like "updated", on a short line of its own or near the beginning.
func (t *publishedText) policyDates() []statedDate {
	var dates []statedDate
	for i, w := range t.words {
		if !slices.Contains(datedBy, w.word) || i > openingWords && t.wordsOnLine(i) > longDateLine {
			continue
		}
		for next := i + 1; next < len(t.words) && next <= i+wordsToDate; next++ {
			found, ok := t.date(next)
			if !ok {
				continue
			}
			if len(dates) == 0 || dates[len(dates)-1].from != found.from {
				dates = append(dates, found)
			}
			break
		}
	}
	return dates
}

// wordsOnLine counts the words of the line that a word stands in.
func (t *publishedText) wordsOnLine(word int) int {
	next, _ := slices.BinarySearch(t.lineEnds, t.words[word].start)
	start, end := 0, len(t.plain)
	if next > 0 {
		start = t.lineEnds[next-1]
	}
	if next < len(t.lineEnds) {
		end = t.lineEnds[next]
	}
	return t.wordAt(end) - t.wordAt(start)
}

// date reads a date that begins at a word: "Jan 16, 2024", "1st of September
// 2025", "September 2025", "2026-02-25", "25.02.2026", "02/25/2026".
func (t *publishedText) date(i int) (statedDate, bool) {
	if month := monthOf(t.words[i].word); month > 0 {
		day, next := t.day(i + 1)
		if year := t.year(next); day > 0 && year > 0 {
			return datesOf(wordSpan{i, next + 1}, year, month, day)
		}
		if year := t.year(i + 1); year > 0 {
			return wholeMonth(wordSpan{i, i + 2}, year, month)
		}
		return statedDate{}, false
	}
	if day, next := t.day(i); day > 0 && next < len(t.words) {
		if t.words[next].word == "of" {
			next++
		}
		if month, year := monthOf(t.word(next)), t.year(next+1); month > 0 && year > 0 {
			return datesOf(wordSpan{i, next + 2}, year, month, day)
		}
	}
	return t.digitDate(i)
}

// digitDate reads a date of digits alone.
func (t *publishedText) digitDate(i int) (statedDate, bool) {
	parts, to := strings.Split(t.words[i].word, "."), i+1
	if len(parts) == 1 {
		parts, to = []string{t.words[i].word, t.word(i + 1), t.word(i + 2)}, i+3
	}
	if len(parts) != 3 {
		return statedDate{}, false
	}
	var n [3]int
	for k, part := range parts {
		n[k], _ = strconv.Atoi(part)
	}
	span := wordSpan{i, to}
	if len(parts[0]) == 4 {
		return datesOf(span, n[0], n[1], n[2])
	}
	if len(parts[2]) != 4 {
		return statedDate{}, false
	}
	european, first := datesOf(span, n[2], n[1], n[0])
	american, second := datesOf(span, n[2], n[0], n[1])
	european.wordSpan = span
	european.readings = append(european.readings, american.readings...)
	return european, first || second
}

// word returns a word, or "" behind the last.
func (t *publishedText) word(i int) string {
	if i >= len(t.words) {
		return ""
	}
	return t.words[i].word
}

// day reads a day of the month and its ending ("1st"), and returns the word after.
func (t *publishedText) day(i int) (day, next int) {
	day, err := strconv.Atoi(t.word(i))
	if err != nil || day > 31 {
		return 0, i
	}
	if slices.Contains([]string{"st", "nd", "rd", "th"}, t.word(i+1)) {
		return day, i + 2
	}
	return day, i + 1
}

// year reads a year in which a policy could have been written, else 0.
func (t *publishedText) year(i int) int {
	year, err := strconv.Atoi(t.word(i))
	if err != nil || year < 1990 || year > 2199 {
		return 0
	}
	return year
}

// monthOf returns 1 to 12 for a month's name or its short form, else 0.
func monthOf(word string) int {
	if len(word) < shortestMonth {
		return 0
	}
	return 1 + slices.IndexFunc(monthNames, func(name string) bool {
		return strings.HasPrefix(name, word) || name == "september" && word == "sept"
	})
}

// datesOf returns a date with one reading; false when the calendar has no such day.
func datesOf(span wordSpan, year, month, day int) (statedDate, bool) {
	date, err := deadlines.NewDate(year, month, day)
	if err != nil {
		return statedDate{}, false
	}
	return statedDate{span, []deadlines.Date{date}}, true
}

// wholeMonth returns a date without a day, which any day of the month fits.
func wholeMonth(span wordSpan, year, month int) (statedDate, bool) {
	first, err := deadlines.NewDate(year, month, 1)
	if err != nil {
		return statedDate{}, false
	}
	found := statedDate{wordSpan: span}
	for day := first; day < first.AddMonths(1); day++ {
		found.readings = append(found.readings, day)
	}
	return found, true
}
