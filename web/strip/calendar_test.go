package strip_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"dsr/web/strip"
)

func TestCalendarMarksTheDaysOfTheClock(t *testing.T) {
	c := strip.Calendar{
		Zone: london, Now: now, Received: at(10, 26, 9, 12), Promise: end(11, 25), Law: end(12, 7),
		Counted: []strip.Hold{{From: day(10, 27), To: end(12, 5)}},
		Held:    []strip.Hold{{From: day(10, 28), To: end(11, 5)}},
		Rolled:  []strip.Hold{{From: day(12, 5), To: end(12, 6)}},
	}
	months := string(c.Months())
	golden(t, "calendar", c.Months())
	for _, want := range []string{
		`<caption>October 2026</caption>`, `<caption>December 2026</caption>`,
		`<th scope="col"><abbr title="Monday">M</abbr></th>`,
		`<td class="re">26<span class="vh">, received</span></td>`,
		`<td class="ho">28<span class="vh">, held</span></td>`,
		`<td class="wk ho">31<span class="vh">, no working day, held</span></td>`,
		`<td class="cn">6<span class="vh">, counts</span></td>`,
		`<td class="wk cn no" aria-current="date">21<span class="vh">, no working day, counts, today</span></td>`,
		`<td class="cn pr">25<span class="vh">, counts, promise</span></td>`,
		`<td class="wk ro">6<span class="vh">, no working day, rolled over</span></td>`,
		`<td class="la">7<span class="vh">, law</span></td>`,
	} {
		if !strings.Contains(months, want) {
			t.Errorf("no %s", want)
		}
	}
	if n := strings.Count(months, "<caption>"); n != 3 {
		t.Errorf("%d months, want October to December", n)
	}
}

func TestCalendarOfYearsStopsAtTwelveMonths(t *testing.T) {
	c := strip.Calendar{Zone: time.UTC, Now: now, Received: day(10, 26), Law: day(10, 26).AddDate(6, 0, 0)}
	if n := strings.Count(string(c.Months()), "<caption>"); n != 12 {
		t.Errorf("%d months, want 12", n)
	}
}

func TestEveryDayOfAMonthStandsOnce(t *testing.T) {
	for _, c := range []struct{ zone, why, first string }{
		{"America/Sao_Paulo", "summer time began at midnight on 4 November", "2018-11-01T12:00:00Z"},
		{"Pacific/Apia", "30 December was left out", "2011-12-01T12:00:00Z"},
		{"Europe/London", "an ordinary month", "2026-11-01T12:00:00Z"},
	} {
		first, err := time.Parse(time.RFC3339, c.first)
		if err != nil {
			t.Fatal(err)
		}
		months := string(strip.Calendar{Zone: mustZone(c.zone), Now: first, Received: first}.Months())
		last := first.AddDate(0, 1, -1).Day()
		for d := 1; d <= last; d++ {
			day := regexp.MustCompile(fmt.Sprintf(`<td[^>]*>%d<`, d))
			if n := len(day.FindAllString(months, -1)); n != 1 {
				t.Errorf("%s (%s): day %d stands %d times", c.zone, c.why, d, n)
			}
		}
	}
}
