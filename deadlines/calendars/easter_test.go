package calendars

import "testing"

// The dates are those of the tables of the churches, with the earliest and the
// latest possible western Easter and the two in which both fall together.
func TestEasterAgreesWithTheTables(t *testing.T) {
	for year, want := range map[int][2]string{
		1818: {"1818-03-22", "1818-04-26"},
		1943: {"1943-04-25", "1943-04-25"},
		1981: {"1981-04-19", "1981-04-26"},
		2000: {"2000-04-23", "2000-04-30"},
		2008: {"2008-03-23", "2008-04-27"},
		2019: {"2019-04-21", "2019-04-28"},
		2020: {"2020-04-12", "2020-04-19"},
		2021: {"2021-04-04", "2021-05-02"},
		2022: {"2022-04-17", "2022-04-24"},
		2023: {"2023-04-09", "2023-04-16"},
		2024: {"2024-03-31", "2024-05-05"},
		2025: {"2025-04-20", "2025-04-20"},
		2026: {"2026-04-05", "2026-04-12"},
		2027: {"2027-03-28", "2027-05-02"},
		2028: {"2028-04-16", "2028-04-16"},
		2029: {"2029-04-01", "2029-04-08"},
		2030: {"2030-04-21", "2030-04-28"},
		2031: {"2031-04-13", "2031-04-13"},
		2035: {"2035-03-25", "2035-04-29"},
		2038: {"2038-04-25", "2038-04-25"},
		2049: {"2049-04-18", "2049-04-25"},
	} {
		if got := easter(year).String(); got != want[0] {
			t.Errorf("Easter %d is %s, want %s", year, got, want[0])
		}
		if got := orthodoxEaster(year).String(); got != want[1] {
			t.Errorf("Orthodox Easter %d is %s, want %s", year, got, want[1])
		}
	}
}

func TestEasterIsASundayInItsSeason(t *testing.T) {
	for year := 1900; year < 2200; year++ {
		west, east := easter(year), orthodoxEaster(year)
		if west.Weekday() != 0 || west < firstOf(year, 3).AddDays(21) || west > firstOf(year, 4).AddDays(24) {
			t.Errorf("Easter %d is %s, a %s", year, west, west.Weekday())
		}
		if east.Weekday() != 0 || east < west || east > west.AddDays(35) {
			t.Errorf("Orthodox Easter %d is %s, a %s; western %s", year, east, east.Weekday(), west)
		}
	}
}
