package console

import (
	"math"
	"strconv"
	"strings"
	"time"

	"dsr/reports"
)

// percentText writes a share: "96.6 %", or a dash where there is nothing.
func percentText(s reports.Share) string {
	percent, counted := s.Percent()
	if !counted {
		return "–"
	}
	return oneDecimal(truthful(percent)) + "\u00a0%"
}

// truthful rounds to a tenth, but never up to all, nor up to the share at which
// a typical promise is true.
func truthful(percent float64) float64 {
	rounded := math.Round(percent*10) / 10
	for _, line := range []float64{100, reports.TypicalShare} {
		if percent < line && rounded >= line {
			return line - 0.1
		}
	}
	return rounded
}

// oneDecimal writes a number with at most one decimal.
func oneDecimal(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(math.Round(v*10)/10, 'f', 1, 64), ".0")
}

// ofText writes the counts behind a share: "112 of 116".
func ofText(s reports.Share) string {
	return grouped(s.Part) + " of " + grouped(s.Of)
}

// manyOf writes a number of things.
func manyOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// spreadText writes one number of a spread, or a dash for none.
func spreadText(s reports.Spread, v float64) string {
	if s.N() == 0 {
		return "–"
	}
	return oneDecimal(v)
}

// hoursText writes hours as days with a decimal, and less than a day as hours.
func hoursText(s reports.Spread, v float64) string {
	switch {
	case s.N() == 0:
		return "–"
	case v < 24:
		return oneDecimal(v) + " h"
	}
	return oneDecimal(v/24) + " d"
}

// daysEach writes a time that several answers took as days for each.
func daysEach(d time.Duration, answers int) string {
	if answers == 0 {
		return "–"
	}
	return oneDecimal(d.Hours()/24/float64(answers)) + " d"
}

// promiseSays says what a promise is about: "answer in 30 days".
func promiseSays(p *reports.Promise) string {
	what := kindText(p.Kind)
	if p.Wording == "typical" {
		return what + ", typically in " + p.Term.String()
	}
	return what + " in " + p.Term.String()
}

// stepLabel names a bar: the Monday of a week, a month, a year.
func stepLabel(step reports.Step, s reports.StepCount) string {
	at := s.From.Time()
	switch step {
	case reports.ByWeek:
		return at.Format("2 Jan")
	case reports.ByMonth:
		return at.Format("Jan 06")
	}
	return at.Format("2006")
}

// allFacts joins facts to a description.
func allFacts(facts ...string) string { return strings.Join(facts, ", ") + "." }

// atText is the moment of counting.
func atText(t time.Time) string { return t.Format("Mon 2 Jan, 15:04 MST") }
