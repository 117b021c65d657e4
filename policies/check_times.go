package policies

import (
	"slices"
	"strconv"
	"strings"

	"dsr/deadlines"
)

// statedTime is a length of time in a text: "30 days", "forty-eight hours",
// "a 90-day period", "thirty (30) business days", "30 to 60 days".
type statedTime struct {
	wordSpan
	terms []deadlines.Term // several for a range; none when no term can say it
	years bool             // as a number of years, which is often an age
}

// states reports whether a term is one that the text states.
func (s statedTime) states(term deadlines.Term) bool { return slices.Contains(s.terms, term) }

var numberWords = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
	"eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60,
	"seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100,
}

// timeUnit is a unit as written, and what one of it is as a term.
type timeUnit struct {
	each deadlines.Term
	year bool
}

var timeUnits = map[string]timeUnit{
	"hour": {each: deadlines.Term{N: 1, Unit: deadlines.Hours}}, "hr": {each: deadlines.Term{N: 1, Unit: deadlines.Hours}},
	"h":   {each: deadlines.Term{N: 1, Unit: deadlines.Hours}},
	"day": {each: deadlines.Term{N: 1, Unit: deadlines.CalendarDays}}, "weekday": {each: deadlines.Term{N: 1, Unit: deadlines.BusinessDays}},
	"workday": {each: deadlines.Term{N: 1, Unit: deadlines.BusinessDays}},
	"week":    {each: deadlines.Term{N: 7, Unit: deadlines.CalendarDays}}, "fortnight": {each: deadlines.Term{N: 14, Unit: deadlines.CalendarDays}},
	"month": {each: deadlines.Term{N: 1, Unit: deadlines.Months}},
	"year":  {each: deadlines.Term{N: 12, Unit: deadlines.Months}, year: true},
}

// plainDays are words between number and unit that change nothing; workingDays
// are those that make days business days.
var (
	plainDays   = []string{"calendar", "consecutive", "additional", "further", "more", "full", "clear", "extra", "successive", "whole", "solid"}
	workingDays = []string{"business", "working", "work", "banking"}
	// limiting words turn the "a" of "within a month" into a one.
	limiting = []string{"within", "after", "than", "least", "most", "under"}
	perWords = []string{"a", "an", "per", "each", "every"}
)

// unitOf reads a unit in the singular or the plural.
func unitOf(word string) (timeUnit, bool) {
	unit, known := timeUnits[word]
	if !known {
		unit, known = timeUnits[strings.TrimSuffix(word, "s")]
	}
	return unit, known
}

// isNumber reports whether a word is a number, in digits or spelled.
func isNumber(word string) bool {
	_, spelled := numberWords[word]
	return spelled || word[0] >= '0' && word[0] <= '9'
}

// timeReader walks over the words of a text.
type timeReader struct {
	plain string
	words []textWord
}

// statedTimes returns every length of time in a text, in order. English only.
func statedTimes(plain string, words []textWord) []statedTime {
	r := timeReader{plain, words}
	var times []statedTime
	for i := 0; i < len(words); i++ {
		if found, ok := r.time(i); ok {
			if !r.isRate(found) {
				times = append(times, found)
			}
			i = found.to - 1
		}
	}
	return times
}

// time reads a length of time that begins at a word.
func (r timeReader) time(i int) (statedTime, bool) {
	numbers, next := r.numbers(i)
	if next == i {
		return statedTime{}, false
	}
	working := false
	for next < len(r.words) && r.joined(next) && (slices.Contains(plainDays, r.words[next].word) || slices.Contains(workingDays, r.words[next].word)) {
		working = working || slices.Contains(workingDays, r.words[next].word)
		next++
	}
	if next >= len(r.words) || !r.joined(next) {
		return statedTime{}, false
	}
	unit, known := unitOf(r.words[next].word)
	found := statedTime{wordSpan: wordSpan{i, next + 1}, years: unit.year}
	for _, n := range numbers {
		if term, ok := termOf(n, unit.each, working); ok {
			found.terms = append(found.terms, term)
		}
	}
	return found, known
}

// termOf returns a number of units as a term, unless no term can say it, as
// with "48 business hours" or "1.5 days".
func termOf(n int, each deadlines.Term, working bool) (deadlines.Term, bool) {
	if working && each.Unit == deadlines.CalendarDays && each.N == 1 {
		each.Unit = deadlines.BusinessDays
	} else if working && each.Unit != deadlines.BusinessDays {
		return deadlines.Term{}, false
	}
	return deadlines.Term{N: n * each.N, Unit: each.Unit}, n > 0
}

// numbers reads a number or a range of two, and returns the word after it.
func (r timeReader) numbers(i int) (values []int, next int) {
	first, next := r.number(i)
	if next == i {
		return nil, i
	}
	second := next
	if second < len(r.words)-1 && r.joined(second) && slices.Contains([]string{"to", "or", "and"}, r.words[second].word) {
		second++
	}
	if second < len(r.words) && r.joined(second) {
		if upper, end := r.number(second); end > second {
			return []int{first, upper}, end
		}
	}
	return []int{first}, next
}

// number reads one number: digits, words, or either with the other in brackets
// behind it, as in "thirty (30)". A number that is not whole is 0.
func (r timeReader) number(i int) (value, next int) {
	value, next = r.plainNumber(i)
	if next == i || next >= len(r.words) || !strings.Contains(r.gap(next), "(") || !r.joined(next) {
		return value, next
	}
	if _, end := r.plainNumber(next); end > next {
		return value, end
	}
	return value, next
}

// plainNumber reads a number without brackets.
func (r timeReader) plainNumber(i int) (value, next int) {
	word := r.words[i].word
	if word[0] >= '0' && word[0] <= '9' {
		n, err := strconv.Atoi(strings.ReplaceAll(word, ",", ""))
		if err != nil || n > 100000 {
			n = 0
		}
		return n, i + 1
	}
	if (word == "a" || word == "an") && i > 0 && slices.Contains(limiting, r.words[i-1].word) && r.joined(i) {
		return 1, i + 1
	}
	return r.spelled(i)
}

// longestNumber is the most words of one number.
const longestNumber = 8

// spelled reads a number in words: "forty-eight", "one hundred and twenty".
func (r timeReader) spelled(i int) (value, next int) {
	next = i
	for k := i; k < min(len(r.words), i+longestNumber) && (k == i || r.joined(k)); k++ {
		n, known := numberWords[r.words[k].word]
		switch {
		case known && n == 100:
			value = max(value, 1) * 100
		case known && k > i && !r.mayFollow(k, n):
			return value, next
		case known:
			value += n
		case r.words[k].word == "and" && k > i && r.words[k-1].word == "hundred":
			continue
		default:
			return value, next
		}
		next = k + 1
	}
	return value, next
}

// mayFollow keeps "ten fifteen" from becoming 25: only a ten may take a unit
// behind it, and a hundred anything.
func (r timeReader) mayFollow(k, n int) bool {
	before := r.words[k-1].word
	tens := numberWords[before] >= 20 && numberWords[before] < 100
	return before == "hundred" || before == "and" || tens && n < 10
}

// isRate reports whether a time only says how often: "24 hours a day".
func (r timeReader) isRate(s statedTime) bool {
	if s.to+1 >= len(r.words) || !r.joined(s.to) || !slices.Contains(perWords, r.words[s.to].word) {
		return false
	}
	_, unit := unitOf(r.words[s.to+1].word)
	return unit
}

// gap returns the signs between a word and the one before it.
func (r timeReader) gap(i int) string {
	if i == 0 {
		return ""
	}
	return r.plain[r.words[i-1].end:r.words[i].start]
}

// joined reports whether a word follows on the one before it within a phrase:
// no full stop, comma or empty line lies between.
func (r timeReader) joined(i int) bool {
	gap := r.gap(i)
	return strings.Trim(gap, " \n-()*_\"'") == "" && strings.Count(gap, "\n") < 2
}
