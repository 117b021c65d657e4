package calendars

import "dsr/deadlines"

// easter returns Easter Sunday of the western churches: the Gregorian computus
// in the form of Meeus, Jones and Butcher. It holds for every Gregorian year.
func easter(year int) deadlines.Date {
	golden := year % 19
	century, inCentury := year/100, year%100
	correction := (century + 8) / 25
	epact := (19*golden + century - century/4 - (century-correction+1)/3 + 15) % 30
	weekday := (32 + 2*(century%4) + 2*(inCentury/4) - epact - inCentury%4) % 7
	late := (golden + 11*epact + 22*weekday) / 451
	march := epact + weekday - 7*late + 22 // day counted from 1 March
	return firstOf(year, 3).AddDays(march - 1)
}

// orthodoxEaster returns Easter Sunday of the eastern churches as a Gregorian
// date: the Julian computus of Meeus, moved by the days that the two calendars
// lie apart in that century.
func orthodoxEaster(year int) deadlines.Date {
	moon := (19*(year%19) + 15) % 30
	weekday := (2*(year%4) + 4*(year%7) - moon + 34) % 7
	march := moon + weekday + 22 // Julian day counted from 1 March
	apart := year/100 - year/400 - 2
	return firstOf(year, 3).AddDays(march - 1 + apart)
}

// firstOf returns the first day of a month, which every month has.
func firstOf(year, month int) deadlines.Date {
	d, _ := deadlines.NewDate(year, month, 1)
	return d
}
