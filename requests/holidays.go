package requests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/deadlines"
	"dsr/deadlines/calendars"
	"dsr/outbox"
	"dsr/policies"
)

// recountKind is the kind of outbox job that counts open requests anew by the
// newest edition of a calendar.
const recountKind = "recount"

// DayChange is one day that somebody sets, or takes back.
type DayChange struct {
	Calendar string // DE
	Date     deadlines.Date
	Off      bool   // a day off; else a holiday that is a working day after all
	Undo     bool   // take back what was set for the date
	Name     string // of the day off
	Reason   string
	Source   string // where it was announced, may be empty
}

// DayEffect is what a change of a calendar does to open requests.
type DayEffect struct {
	Open     int // open requests that count by the calendar
	Moved    int // requests of which a date moves
	Examples []MovedDate
	// Late counts dates that have passed and would be later: then the change is
	// refused, because nobody may make an answer timely that was late.
	Late int
}

// MovedDate is one date that moves.
type MovedDate struct {
	Reference string
	Clock     string
	From, To  deadlines.Date
}

// examples is how many moved dates a preview names.
const examples = 5

// refreshCalendars reads editions of calendars that another process set. It
// costs one look at the end of a small table.
func (o *Office) refreshCalendars(ctx context.Context) error {
	var last int64
	if err := database.Row(ctx, o.db.Read(), []any{&last}, "SELECT COALESCE(MAX(id), 0) FROM calendar_editions"); err != nil {
		return fmt.Errorf("the editions of calendars: %w", err)
	}
	if last == o.editions.Load() {
		return nil
	}
	list, err := o.calendarEditions(ctx, o.db.Read(), "")
	if err != nil {
		return err
	}
	if err := o.book.Amend(list, func() error { return o.refreshCalendars(context.Background()) }); err != nil {
		return err
	}
	o.editions.Store(last)
	return nil
}

// calendarEditions reads the editions of one calendar, or of all for "".
func (o *Office) calendarEditions(ctx context.Context, db bun.IDB, calendar string) ([]policies.Edition, error) {
	var rows []struct {
		Calendar string `bun:"calendar"`
		Number   int    `bun:"number"`
		Days     string `bun:"days"`
	}
	query := db.NewSelect().Table("calendar_editions").Column("calendar", "number", "days").OrderExpr("calendar, number")
	if calendar != "" {
		query = query.Where("calendar = ?", calendar)
	}
	if err := query.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("the editions of calendars: %w", err)
	}
	list := make([]policies.Edition, len(rows))
	for i, row := range rows {
		list[i] = policies.Edition{Calendar: row.Calendar, Number: row.Number}
		if err := json.Unmarshal([]byte(row.Days), &list[i].Days); err != nil {
			return nil, fmt.Errorf("edition %d of the calendar %s cannot be read: %w", row.Number, row.Calendar, err)
		}
	}
	return list, nil
}

// CalendarEdition returns the newest edition of a calendar; number 0 is the one
// of the files. It needs access.ReadAudit.
func (o *Office) CalendarEdition(ctx context.Context, caller access.Caller, calendar string) (policies.Edition, error) {
	if why := caller.WhyNot(access.ReadAudit, ""); why != "" {
		return policies.Edition{}, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	return o.newestEdition(ctx, o.db.Read(), calendar)
}

func (o *Office) newestEdition(ctx context.Context, db bun.IDB, calendar string) (policies.Edition, error) {
	list, err := o.calendarEditions(ctx, db, calendar)
	if err != nil || len(list) == 0 {
		return policies.Edition{Calendar: calendar}, err
	}
	return list[len(list)-1], nil
}

// next is the edition after one, with a change; or what is wrong with it.
func (c DayChange) next(e policies.Edition, caller access.Caller, today deadlines.Date) (policies.Edition, FieldErrors) {
	fields := FieldErrors{}
	if strings.TrimSpace(c.Reason) == "" {
		fields["reason"] = "Say why, for whoever asks why a date moved. Requesters can read it."
	}
	if c.Off && !c.Undo && strings.TrimSpace(c.Name) == "" {
		fields["name"] = "Name the day, as people there call it."
	}
	if len([]rune(c.Reason)) > 200 || len([]rune(c.Name)) > 80 || len([]rune(c.Source)) > 200 {
		fields["reason"] = "Write at most 200 characters, and 80 for the name."
	}
	at := slices.IndexFunc(e.Days, func(d calendars.Day) bool { return d.Date == c.Date })
	switch {
	case c.Date == 0:
		fields["date"] = "Write a date that there is, like 28 12 2026."
	case c.Undo && at < 0:
		fields["date"] = "Nothing was set for this day."
	case !c.Undo && at >= 0:
		fields["date"] = "This day was set already. Take that back first."
	}
	if len(fields) > 0 {
		return e, fields
	}
	e.Number++
	e.Days = slices.Clone(e.Days)
	if c.Undo {
		e.Days = slices.Delete(e.Days, at, at+1)
		return e, nil
	}
	e.Days = append(e.Days, calendars.Day{
		Date: c.Date, Off: c.Off, Name: strings.TrimSpace(c.Name), Reason: strings.TrimSpace(c.Reason), Source: strings.TrimSpace(c.Source), By: caller.Actor(), On: today,
	})
	return e, nil
}

// PreviewDay says what a change of a calendar would do, without doing it. It
// needs access.Settings for all policies, because a calendar is everybody's.
// The errors are ErrForbidden and FieldErrors.
func (o *Office) PreviewDay(ctx context.Context, caller access.Caller, now time.Time, c DayChange) (DayEffect, error) {
	_, effect, err := o.tryDay(ctx, caller, now, c)
	return effect, err
}

func (o *Office) tryDay(ctx context.Context, caller access.Caller, now time.Time, c DayChange) (policies.Edition, DayEffect, error) {
	if err := maySetDays(caller); err != nil {
		return policies.Edition{}, DayEffect{}, err
	}
	if err := o.refreshCalendars(ctx); err != nil {
		return policies.Edition{}, DayEffect{}, err
	}
	edition, err := o.newestEdition(ctx, o.db.Read(), c.Calendar)
	if err != nil {
		return edition, DayEffect{}, err
	}
	edition, fields := c.next(edition, caller, deadlines.DateOf(now, time.UTC))
	if fields != nil {
		return edition, DayEffect{}, fields
	}
	calendar, err := o.book.TryEdition(c.Calendar, edition.Days)
	switch {
	case errors.Is(err, calendars.ErrUnknown):
		return edition, DayEffect{}, FieldErrors{"calendar": "There is no such calendar."}
	case err != nil:
		return edition, DayEffect{}, FieldErrors{"date": title(err.Error()) + "."}
	}
	effect, err := o.dayEffect(ctx, now, c.Calendar, calendar)
	if err == nil && effect.Late > 0 {
		err = FieldErrors{"date": fmt.Sprintf("%d dates that have passed would become later. Nobody may make a late answer timely: a day off counts from before its day, or not for these.", effect.Late)}
	}
	return edition, effect, err
}

// maySetDays is asked before a calendar is changed.
func maySetDays(caller access.Caller) error {
	if why := caller.WhyNot(access.Settings, ""); why != "" {
		return fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	if _, all := caller.Policies.List(); !all {
		return fmt.Errorf("%w: a calendar counts for every policy, and you serve some of them", ErrForbidden)
	}
	return nil
}

// dayEffect counts every open request anew by a calendar.
func (o *Office) dayEffect(ctx context.Context, now time.Time, id string, calendar *deadlines.Calendar) (DayEffect, error) {
	var effect DayEffect
	err := o.eachCounted(ctx, id, func(r *Request) error {
		effect.Open++
		if err := r.compute(o.book, now); err != nil {
			return err
		}
		place, err := o.book.Place(r.Ruling.Zone, r.Ruling.Calendar)
		if err != nil {
			return err
		}
		place.Calendar = calendar
		return effect.add(r, now, place)
	})
	return effect, err
}

// add counts one request by another calendar.
func (e *DayEffect) add(r *Request, now time.Time, place deadlines.Place) error {
	facts := r.Facts.Facts
	facts.AsOf = now
	moved := false
	for i := range r.Clocks {
		c := &r.Clocks[i]
		due, err := c.Rule.Due(&facts, place)
		if err != nil {
			return err
		}
		if due.Date == c.Due.Date {
			continue
		}
		if state := c.State(now); (state == Overdue || state == MetLate) && due.Date > c.Due.Date {
			e.Late++
		}
		if !c.MetAt.IsZero() {
			continue
		}
		moved = true
		if len(e.Examples) < examples {
			e.Examples = append(e.Examples, MovedDate{r.Reference, ClockName(c.Kind, c.Basis), c.Due.Date, due.Date})
		}
	}
	if moved {
		e.Moved++
	}
	return nil
}

// eachCounted calls do for every open request that counts by a calendar, in
// whatever edition.
func (o *Office) eachCounted(ctx context.Context, calendar string, do func(*Request) error) error {
	const batch = 500
	for last := int64(-1); ; {
		var rows []*Request
		err := o.db.Read().NewSelect().Model(&rows).Where("r.id > ? AND r.closed_at IS NULL", last).OrderExpr("r.id").Limit(batch).Scan(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			if err := r.unpack(o.rulings); err != nil {
				return err
			}
			if policies.CalendarOf(r.Ruling.Calendar) != calendar {
				continue
			}
			if err := do(r); err != nil {
				return err
			}
		}
		last = rows[len(rows)-1].ID
	}
}

// SetDay sets a day of a calendar, or takes it back. From then on requests are
// counted by the new edition; a job counts the open ones anew. It is on the
// audit trail of the house. The errors are those of PreviewDay, and ErrStale
// when somebody else changed the calendar since seen, the number of the edition
// the caller looked at.
func (o *Office) SetDay(ctx context.Context, caller access.Caller, now time.Time, seen int, c DayChange) (DayEffect, error) {
	now = now.UTC().Truncate(time.Microsecond)
	edition, effect, err := o.tryDay(ctx, caller, now, c)
	if err != nil {
		return effect, err
	}
	if edition.Number != seen+1 {
		return effect, ErrStale
	}
	days, err := json.Marshal(edition.Days)
	if err != nil {
		return effect, err
	}
	err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, "INSERT INTO calendar_editions (calendar, number, days, author, at) VALUES (?, ?, ?, ?, ?)", c.Calendar, edition.Number, string(days), caller.Actor(), now)
		if database.IsUnique(err) {
			return ErrStale
		}
		if err != nil {
			return err
		}
		if err := houseEntry(ctx, tx, now, caller, "set_day", c.trail(edition.Number, effect.Moved)); err != nil {
			return err
		}
		return outbox.Add(ctx, tx, now, outbox.Job{Kind: recountKind, DedupeKey: recountKind + ":" + edition.Name(), Payload: []byte(edition.Name())})
	})
	if err != nil {
		return effect, err
	}
	o.wake()
	return effect, o.refreshCalendars(ctx)
}

// trail is what the audit trail says of a day, and of how many open requests a
// date moves.
func (c DayChange) trail(edition, moved int) Detail {
	return Detail{
		"calendar": c.Calendar, "edition": edition, "date": c.Date.String(), "off": c.Off, "undo": c.Undo,
		"name": c.Name, "reason": c.Reason, "source": c.Source, "moved": moved,
	}
}

// Recount is the outbox's handler that counts open requests anew by the newest
// edition of a calendar. A request that already counts by it is left alone, so
// that a repetition does no harm.
func (o *Office) Recount(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		if err := o.refreshCalendars(ctx); err != nil {
			return err
		}
		calendar := policies.CalendarOf(string(job.Payload))
		newest := o.book.Newest(calendar)
		return o.eachCounted(ctx, calendar, func(r *Request) error {
			if r.Ruling.Calendar == newest {
				return nil
			}
			_, err := o.Do(ctx, access.MachineNamed("calendars"), now(), r.Reference, 0, recount{newest})
			var refused *Refused
			if errors.As(err, &refused) || errors.Is(err, ErrNotFound) {
				return nil // closed meanwhile
			}
			return err
		})
	}
}

// recount lets a request count by another edition of its calendar: the same
// ruling, but for the name of the calendar.
type recount struct{ calendar string }

func (v recount) plan(o *occasion) (*plan, error) {
	ruling := *o.request.Ruling
	ruling.Calendar = v.calendar
	r := o.request
	law, content, err := lawOf(r.Residence, &ruling)
	if err != nil {
		return nil, err
	}
	law.Regime, law.Provisional = r.Regime, r.Provisional
	return &plan{act: ActRecount, permission: access.Remind, change: Change{Law: &law, Calendar: v.calendar, content: content}}, nil
}

// setDays lists the days of an edition that lie in a stretch of time, for the
// explanation of a date.
func (o *Office) setDays(ctx context.Context, name string, from, to deadlines.Date) (steps []deadlines.Step, err error) {
	if policies.CalendarOf(name) == name {
		return nil, nil
	}
	list, err := o.calendarEditions(ctx, o.db.Read(), policies.CalendarOf(name))
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if e.Name() != name {
			continue
		}
		for _, d := range e.Days {
			if d.Date >= from && d.Date <= to {
				steps = append(steps, deadlines.Step{Kind: deadlines.StepCalendar, Date: d.Date, Name: d.Sentence(), Source: d.Source})
			}
		}
	}
	return steps, nil
}
