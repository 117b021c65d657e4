package words

import "strings"

// DayOff names a day on which offices are closed, by the English name that a
// calendar of holidays gives it: "Good Friday", "Boxing Day (substitute day)",
// "Sunday". Of a day that the catalogue has no name for it says that it is a
// public holiday; English says the name as it is.
func (p Printer) DayOff(name string) string {
	for i, weekday := range weekdays() {
		if name == weekday {
			return p.voice.calendar.weekdays[i]
		}
	}
	if whole, found := strings.CutSuffix(name, " (substitute day)"); found {
		return p.T("places.holiday.substitute", "name", p.DayOff(whole))
	}
	switch key := "places.holiday." + slug(name); {
	case p.Has(key):
		return p.T(key)
	case p.voice.base == nil:
		return name
	}
	return p.T("places.holiday.other")
}

// weekdays are the English names, as package time counts them.
func weekdays() [7]string {
	return [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
}

// Calendar names the place whose holidays a calendar holds, by its id: "DE-BY",
// "GB-EAW". Of a calendar that an operator added it gives back the name that
// the operator gave it.
func (p Printer) Calendar(id, name string) string {
	if key := "places.calendar." + id; p.Has(key) {
		return p.T(key)
	}
	if p.HasPlace(id) {
		return p.place(id)
	}
	return name
}

// Law names whose law counts, as it stands in "California gives us 45 days": by
// the code of a country or a part of one, or "EU". Of a code nobody knows it
// gives back the English name.
func (p Printer) Law(code, name string) string {
	if key := "places.law." + code; p.Has(key) {
		return p.T(key)
	}
	if p.HasPlace(code) {
		return p.place(code)
	}
	return name
}

// slug makes the end of a key of a name: "New Year's Day" is new_years_day.
func slug(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "'", "")
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }), "_")
}
