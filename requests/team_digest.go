package requests

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/deadlines"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/people"
)

// teamDigestKind is the kind of outbox job that writes one letter of the
// morning.
const teamDigestKind = "team_digest"

// LetterMorning is that letter.
const LetterMorning = "team_digest"

const (
	morningHour = 7  // when it is due, by the wall of its reader
	digestLines = 10 // of each part that are named; the others are counted
)

// DigestTeam leaves the letters of the morning that are due in the outbox: one
// for each member of the team who wants it, on working days once seven o'clock
// has come where they live. The key of each job names reader and local day, so
// that nobody is written to twice on one, whatever happens to process or clock.
// Whoever holds the lease calls it.
func (o *Office) DigestTeam(ctx context.Context, now time.Time) error {
	users, err := o.people.List(ctx)
	if err != nil {
		return err
	}
	var jobs []outbox.Job
	for _, u := range users {
		if !o.worksOnRequests(u) {
			continue
		}
		n, zone, err := o.wall(ctx, u)
		if err != nil {
			return err
		}
		local := now.In(zone)
		if !n.Digest || local.Hour() < morningHour || o.dayOff(u, zone, deadlines.DateOf(now, zone)) {
			continue
		}
		payload := itoa(u.ID) + " " + local.Format(time.DateOnly)
		jobs = append(jobs, outbox.Job{Kind: teamDigestKind, DedupeKey: teamDigestKind + ":" + payload, Payload: []byte(payload), AvailableAt: n.QuietEnd(now, zone).UTC()})
	}
	fresh, err := o.unknownJobs(ctx, jobs)
	if err != nil || len(fresh) == 0 {
		return err
	}
	err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return outbox.Add(ctx, tx, now.UTC(), fresh...) })
	if err == nil {
		o.wake()
	}
	return err
}

// unknownJobs leaves out those whose key the outbox has, and spares the writer
// the tries.
func (o *Office) unknownJobs(ctx context.Context, jobs []outbox.Job) ([]outbox.Job, error) {
	var fresh []outbox.Job
	for _, job := range jobs {
		known, err := outbox.Find(ctx, o.db.Read(), job.DedupeKey)
		if err != nil {
			return nil, err
		}
		if len(known) == 0 {
			fresh = append(fresh, job)
		}
	}
	return fresh, nil
}

// worksOnRequests reports whether somebody is at work and may take up requests
// of any policy.
func (o *Office) worksOnRequests(u people.User) bool {
	for _, p := range o.book.Packs() {
		if u.Caller().May(access.TakeUp, p.ID) {
			return true
		}
	}
	return false
}

// dayOff reports whether nobody works on a day where somebody lives: a weekend
// of two days, or a holiday of the establishment in their zone, if a policy they
// serve names one.
func (o *Office) dayOff(u people.User, zone *time.Location, day deadlines.Date) bool {
	if weekday := day.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		return true
	}
	for _, p := range o.book.Packs() {
		if !u.Policies.Include(p.ID) {
			continue
		}
		for _, e := range p.Establishments {
			if e.Zone != zone.String() {
				continue
			}
			if place, err := o.book.Place(e.Zone, e.Calendar); err == nil && place.Calendar.Closed(day) {
				return true
			}
		}
	}
	return false
}

// WriteTeamDigest is the outbox's handler for letters of the morning. It writes
// what stands at that moment, and nothing where that is nothing or the day is
// over.
func (o *Office) WriteTeamDigest(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		number, day, _ := strings.Cut(string(job.Payload), " ")
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return fmt.Errorf("%w: its payload names nobody", outbox.ErrPermanent)
		}
		u, err := o.people.Find(ctx, id)
		if err != nil {
			return err
		}
		at := now()
		n, zone, err := o.wall(ctx, u)
		if err != nil || !n.Digest || !o.worksOnRequests(u) || at.In(zone).Format(time.DateOnly) != day {
			return err
		}
		parts, err := o.digestParts(ctx, at, zone, u)
		if err != nil || len(parts) == 0 {
			return err
		}
		letter := o.toStaffAs(at, LetterMorning, "morning-"+itoa(u.ID)+"-"+day, func(to addressee) composable {
			return mailer.TeamDigest{
				Console: to.console, On: deadlines.DateOf(at, zone), Parts: parts,
				Link: o.baseURL + "/console", Settings: o.baseURL + "/console/me#notices",
			}
		})
		err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return letter(ctx, tx, u) })
		if database.IsUnique(err) {
			return nil // it was written before a crash
		}
		o.wake()
		return err
	}
}

// closedReplies is how many days the letter of the morning tells of a reply to a
// closed request. Nobody has to do anything about one, so nothing else ends it.
const closedReplies = 7

// digestParts are the lists of somebody's letter: of what is theirs and of what
// nobody has, or of everything for administrators; never of a policy they do not
// serve.
func (o *Office) digestParts(ctx context.Context, now time.Time, zone *time.Location, u people.User) ([]mailer.DigestPart, error) {
	now = now.UTC()
	today := deadlines.DateOf(now, zone)
	tonight, week := today.AddDays(1).Start(zone), today.AddDays(7).Start(zone)
	const open, closed = "r.closed_at IS NULL AND ", "r.closed_at IS NOT NULL AND "
	var parts []mailer.DigestPart
	for _, p := range []struct {
		about, where string
		args         []any
	}{
		{"overdue", open + "r.held = '' AND r.due_at <= ?", []any{now}},
		{"today", open + "r.held = '' AND r.due_at > ? AND r.due_at <= ?", []any{now, tonight}},
		{"week", open + "r.held = '' AND r.due_at > ? AND r.due_at <= ?", []any{tonight, week}},
		{"waiting", open + "(r.held <> '' OR r.phase = 'verification')", nil},
		{"replies", open + "r.unread", nil},
		{"replies", closed + "r.unread AND r.last_act = ? AND r.last_at > ?", []any{string(ActReply), now.AddDate(0, 0, -closedReplies)}},
	} {
		part, err := o.digestPart(ctx, now, u, p.where, p.args)
		if err != nil {
			return nil, err
		}
		if last := len(parts) - 1; last >= 0 && parts[last].About == p.about {
			parts[last].Count += part.Count
			parts[last].First = append(parts[last].First, part.First[:min(len(part.First), digestLines-len(parts[last].First))]...)
		} else if part.Count > 0 {
			part.About = p.about
			parts = append(parts, part)
		}
	}
	return parts, nil
}

// digestPart counts what of somebody's requests fits, and names the first.
func (o *Office) digestPart(ctx context.Context, now time.Time, u people.User, where string, args []any) (part mailer.DigestPart, err error) {
	var rows []*Request
	q := scope(o.db.Read().NewSelect().Model(&rows), u.Caller()).Where(where, args...)
	if u.Role != access.Administrator {
		q = q.Where("r.assignee_id IN (0, ?)", u.ID)
	}
	n, err := q.OrderExpr("r.held, r.due_at, r.id").Limit(digestLines).ScanAndCount(ctx)
	if err != nil {
		return part, err
	}
	part.Count = int(n)
	for _, r := range rows {
		line, err := o.digestLine(ctx, now, r)
		if err != nil {
			return part, err
		}
		part.First = append(part.First, line)
	}
	return part, nil
}

func (o *Office) digestLine(ctx context.Context, now time.Time, r *Request) (mailer.DigestLine, error) {
	if err := r.unpack(o.rulings); err != nil {
		return mailer.DigestLine{}, err
	}
	if err := r.compute(o.book, now); err != nil {
		return mailer.DigestLine{}, err
	}
	pack, err := o.frozen.pack(ctx, r.Ruling)
	if err != nil {
		return mailer.DigestLine{}, err
	}
	line := mailer.DigestLine{Reference: r.Reference, Right: string(r.Right), Policy: pack.Controller.Name}
	if c := r.Governing(); c != nil && c.Due.Held == "" {
		line.By = c.Due.Date
	}
	return line, nil
}
