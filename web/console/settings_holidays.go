package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/deadlines"
	"dsr/deadlines/calendars"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// holidaysPage shows a calendar's coming days off and what the team set.
type holidaysPage struct {
	shell
	Calendars []option
	ID, Name  string
	Source    string
	Known     string // until when
	Edition   int
	MayNot    string
	Days      []holidayLine
	Set       []setDayLine
	Problems  site.Problems
	Typed     dayForm
	Effect    *effectView
}

// holidayLine is one day off.
type holidayLine struct {
	When, Name string
	Own        bool // set by the team
}

// setDayLine is one day that the team set.
type setDayLine struct {
	Date, When, What, Why, Who string
}

// dayForm is what was typed about a day.
type dayForm struct {
	Date                       [3]string
	Kind, Name, Reason, Source string
	Undo                       string // the date that is taken back: 2026-12-28
	UndoDay                    string
}

// effectView is what a change would do to open requests.
type effectView struct {
	Heading string
	Lines   []string
}

// holidaysAhead is how far the page looks.
const holidaysAhead = 400

// holidays shows a calendar.
func (s *Console) holidays(c echo.Context) error {
	id := c.QueryParam("calendar")
	if id == "" {
		id = s.firstCalendar(site.Caller(c))
	}
	page := &holidaysPage{Typed: dayForm{Kind: "off"}}
	if d, err := deadlines.ParseDate(c.QueryParam("undo")); err == nil {
		page.Typed.Undo, page.Typed.UndoDay = d.String(), fullDay(d)
	}
	return s.showHolidays(c, http.StatusOK, id, page)
}

// firstCalendar is the one that the caller's first policy counts by for the
// region it names, or Germany's.
func (s *Console) firstCalendar(caller access.Caller) string {
	for _, p := range s.controllers(caller) {
		for _, region := range []string{"EU", "UK", "CH"} {
			if e, named := p.Establishments[region]; named {
				return e.Calendar
			}
		}
	}
	return "DE"
}

// showHolidays fills the page of a calendar and shows it.
func (s *Console) showHolidays(c echo.Context, status int, id string, page *holidaysPage) (err error) {
	edition, err := s.Office.CalendarEdition(c.Request().Context(), site.Caller(c), id)
	if err != nil {
		return err
	}
	place, err := s.Book.Place("UTC", edition.Name())
	if err != nil {
		return fmt.Errorf("%w: calendar", requests.ErrNotFound)
	}
	if page.shell, err = s.shell(c, "Holidays", ""); err != nil {
		return err
	}
	team, err := s.team(c)
	if err != nil {
		return err
	}
	page.Bad = len(page.Problems) > 0
	page.ID, page.Name, page.Source, page.Edition = id, place.Calendar.Name, place.Calendar.Source, edition.Number
	_, last := place.Calendar.Coverage()
	page.Known = longDay(last)
	page.MayNot = mayNot(c, "")
	if _, all := site.Caller(c).Policies.List(); page.MayNot == "" && !all {
		page.MayNot = "A calendar counts for every policy, and you serve some of them."
	}
	for _, known := range s.Book.Calendars() {
		page.Calendars = append(page.Calendars, option{Value: known.ID, Label: known.Name, Chosen: known.ID == id})
	}
	page.addDays(team, place.Calendar, edition, deadlines.DateOf(s.Now(), time.UTC))
	return s.render(c, status, "settings_holidays", page)
}

// addDays lists the coming days off, and everything that was set.
func (page *holidaysPage) addDays(v voice, calendar *deadlines.Calendar, edition policies.Edition, today deadlines.Date) {
	for _, h := range calendar.Holidays() {
		if h.Date < today || h.Date > today.AddDays(holidaysAhead) {
			continue
		}
		line := holidayLine{When: fullDay(h.Date), Name: h.Name}
		if i := slices.IndexFunc(edition.Days, func(d calendars.Day) bool { return d.Date == h.Date && d.Off }); i >= 0 {
			line.Name, line.Own = edition.Days[i].Name, true
		}
		page.Days = append(page.Days, line)
	}
	for _, d := range edition.Days {
		line := setDayLine{Date: d.Date.String(), When: fullDay(d.Date), What: "Working day", Why: d.Reason, Who: v.author(d.By) + ", " + fullDay(d.On)}
		if d.Off {
			line.What = d.Name
		}
		if d.Source != "" {
			line.Why += ". " + d.Source
		}
		page.Set = append(page.Set, line)
	}
}

// setHoliday shows what a change would do, or makes it.
func (s *Console) setHoliday(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	id := form.Get("calendar")
	page := &holidaysPage{Typed: typedDay(form)}
	change := page.Typed.change(id)
	ctx, caller := c.Request().Context(), site.Caller(c)
	if form.Get("sure") == "" {
		effect, err := s.Office.PreviewDay(ctx, caller, s.Now(), change)
		if err := page.mend(err); err != nil {
			return err
		}
		if err != nil {
			return s.showHolidays(c, http.StatusUnprocessableEntity, id, page)
		}
		page.Effect = effectOf(change, effect)
		return s.showHolidays(c, http.StatusOK, id, page)
	}
	seen, err := strconv.Atoi(form.Get("edition"))
	if err != nil {
		seen = -1
	}
	effect, err := s.Office.SetDay(ctx, caller, s.Now(), seen, change)
	if err := page.mend(err); err != nil {
		return err
	}
	if err != nil {
		return s.showHolidays(c, http.StatusUnprocessableEntity, id, page)
	}
	s.say(c, fmt.Sprintf("Saved. %s counted anew; a date of %d moves.", sentence(countedWere(effect.Open)), effect.Moved))
	return site.SeeOther(c, "/console/settings/holidays?calendar="+url.QueryEscape(id))
}

// countedWere writes how many requests are counted anew.
func countedWere(n int) string {
	if n == 1 {
		return "1 open request is"
	}
	return fmt.Sprintf("%d open requests are", n)
}

// typedDay reads the form.
func typedDay(form url.Values) dayForm {
	f := dayForm{
		Date: [3]string{site.Trimmed(form, "day"), site.Trimmed(form, "month"), site.Trimmed(form, "year")},
		Kind: form.Get("kind"), Name: site.OneLine(form.Get("name")), Reason: site.OneLine(form.Get("reason")), Source: site.OneLine(form.Get("source")), Undo: form.Get("undo"),
	}
	if d, err := deadlines.ParseDate(f.Undo); err == nil {
		f.UndoDay = fullDay(d)
	}
	return f
}

// change is what the form asks for. A date that there is not is zero, which the
// office has a sentence for.
func (f dayForm) change(calendar string) requests.DayChange {
	change := requests.DayChange{Calendar: calendar, Off: f.Kind != "working", Name: f.Name, Reason: f.Reason, Source: f.Source}
	text := fmt.Sprintf("%04s-%02s-%02s", f.Date[2], f.Date[1], f.Date[0])
	if f.Undo != "" {
		change.Undo, text = true, f.Undo
	}
	if d, err := deadlines.ParseDate(text); err == nil {
		change.Date = d
	}
	return change
}

// mend keeps what has to be mended, and returns an error that is none of the
// form's.
func (page *holidaysPage) mend(err error) error {
	var fields requests.FieldErrors
	switch {
	case err == nil:
	case errors.Is(err, requests.ErrStale):
		page.Problems = site.Problems{{Field: "day", Sentence: "Somebody changed this calendar in the meantime. Look at it again, then save."}}
	case errors.As(err, &fields):
		for _, field := range []string{"date", "name", "reason", "calendar"} {
			if sentence := fields[field]; sentence != "" {
				at := field
				if field == "date" || field == "calendar" {
					at = "day"
				}
				page.Problems = append(page.Problems, site.Problem{Field: at, Sentence: sentence})
			}
		}
	default:
		return err
	}
	return nil
}

// effectOf words what a change would do.
func effectOf(c requests.DayChange, e requests.DayEffect) *effectView {
	v := &effectView{Heading: fmt.Sprintf("A date of %s would move, of %d that count by this calendar", counted(e.Moved, "open request"), e.Open)}
	if e.Moved == 0 {
		v.Heading = fmt.Sprintf("No date would move. %d open requests count by this calendar", e.Open)
	}
	for _, m := range e.Examples {
		v.Lines = append(v.Lines, fmt.Sprintf("%s, %s: %s → %s", m.Reference, m.Clock, fullDay(m.From), fullDay(m.To)))
	}
	if e.Moved > len(e.Examples) && len(e.Examples) > 0 {
		v.Lines = append(v.Lines, "and others")
	}
	return v
}
