package calendars_test

import (
	"strings"
	"testing"

	"dsr/deadlines"
	"dsr/deadlines/calendars"
)

func TestDaysThatATeamKnowsBetterMakeAnEdition(t *testing.T) {
	set, err := calendars.Load()
	if err != nil {
		t.Fatal(err)
	}
	on := func(text string) deadlines.Date {
		d, err := deadlines.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	added := calendars.Day{Date: on("2026-04-02"), Off: true, Name: "Jubilee", Reason: "proclaimed", On: on("2026-03-02")}
	taken := calendars.Day{Date: on("2026-04-03"), Reason: "moved", On: on("2026-03-02")}
	for _, x := range []struct {
		name, says string
		day        calendars.Day
	}{
		{"a day off", "", added},
		{"a holiday that is none", "", taken},
		{"a holiday twice", "is a holiday already", calendars.Day{Date: taken.Date, Off: true}},
		{"a Sunday", "no working day anyway", calendars.Day{Date: on("2026-04-12"), Off: true}},
		{"a working day taken away", "is no holiday", calendars.Day{Date: on("2026-04-14")}},
		{"a year nobody knows", "is known from", calendars.Day{Date: on("2199-04-14"), Off: true}},
	} {
		err := set.CheckDays("DE", []calendars.Day{x.day})
		if x.says == "" && err != nil || x.says != "" && (err == nil || !strings.Contains(err.Error(), x.says)) {
			t.Errorf("%s: %v", x.name, err)
		}
	}
	before, err := set.Calendar("DE")
	if err != nil {
		t.Fatal(err)
	}
	edition, err := set.Edition("DE", []calendars.Day{added, taken, {Date: on("2026-12-25"), Off: true, Name: "known by now"}})
	if err != nil || edition.SHA256 == before.SHA256 || edition.ID != "DE" {
		t.Fatal(edition, err)
	}
	if !strings.Contains(edition.HolidayName(added.Date), "Jubilee, set by the privacy team") || edition.HolidayName(taken.Date) != "" || before.HolidayName(added.Date) != "" {
		t.Error("the edition has other days than were set")
	}
	if edition.HolidayName(on("2026-12-25")) != before.HolidayName(on("2026-12-25")) {
		t.Error("a day the files know by now is renamed")
	}
}
