package requests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/agents"
	"dsr/database"
	"dsr/deadlines"
	"dsr/intake"
)

// MaxRetention is the longest time after closing that a policy can keep
// requests, in months.
const MaxRetention = 240

// retentionKept begins the names of settings that hold a policy's period, and
// retentionRun is the one of the last sweep.
const (
	retentionKept = "retention."
	retentionRun  = "retention_run"
)

// Retention says how the requests of a policy are kept and erased.
type Retention struct {
	Policy string
	Months int // after closing; 0: nothing is erased until a period is set
	Held   int // kept because of a dispute
	Kept   int // closed or set aside, with their personal data
	Passed int // of those, closed for longer than the period: erased as soon as the law's own time is over too
	Soon   int // pass the period within 30 days
	Erased int
}

// RetentionRun is what the last sweep did.
type RetentionRun struct {
	At     time.Time `json:"at"`
	Erased int       `json:"erased"`
}

// RetentionMonths returns how long after closing a policy keeps requests, 0
// where nobody has said.
func (o *Office) RetentionMonths(ctx context.Context, policy string) (int, error) {
	value, err := o.setting(ctx, retentionKept+policy)
	if err != nil || value == "" {
		return 0, err
	}
	return strconv.Atoi(value)
}

// SetRetention sets how long after closing a policy keeps requests, 0 for
// always. It needs access.Settings for the policy and is on the audit trail of
// the house. The errors are ErrForbidden and FieldErrors.
func (o *Office) SetRetention(ctx context.Context, caller access.Caller, now time.Time, policy string, months int) error {
	if why := caller.WhyNot(access.Settings, policy); why != "" {
		return fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	if _, err := o.book.Pack(policy); err != nil {
		return err
	}
	if months < 0 || months > MaxRetention {
		return FieldErrors{"months": fmt.Sprintf("Write a whole number of months from 1 to %d, or nothing to keep requests for good.", MaxRetention)}
	}
	before, err := o.RetentionMonths(ctx, policy)
	if err != nil || before == months {
		return err
	}
	return o.keepSetting(ctx, retentionKept+policy, strconv.Itoa(months), func(ctx context.Context, tx bun.Tx) error {
		return houseEntry(ctx, tx, now, caller, "set_retention", Detail{"policy": policy, "months_before": before, "months": months})
	})
}

// Retentions says for each policy the caller serves how its requests are kept.
// It needs access.ReadAudit.
func (o *Office) Retentions(ctx context.Context, caller access.Caller, now time.Time) ([]Retention, error) {
	if why := caller.WhyNot(access.ReadAudit, ""); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	var list []Retention
	for _, p := range o.book.Packs() {
		if !caller.Policies.Include(p.ID) {
			continue
		}
		r := Retention{Policy: p.ID}
		var err error
		if r.Months, err = o.RetentionMonths(ctx, p.ID); err != nil {
			return nil, err
		}
		if err := o.countKept(ctx, now, &r); err != nil {
			return nil, fmt.Errorf("counting what %s keeps: %w", p.ID, err)
		}
		list = append(list, r)
	}
	return list, nil
}

func (o *Office) countKept(ctx context.Context, now time.Time, r *Retention) error {
	var held, passed, soon, erased int
	limit := now.AddDate(0, -max(r.Months, 1), 0)
	err := o.db.Read().NewSelect().Table("requests").ColumnExpr(`COUNT(*) AS kept,
		COALESCE(SUM(CASE WHEN legal_hold THEN 1 ELSE 0 END), 0) AS held,
		COALESCE(SUM(CASE WHEN NOT legal_hold AND closed_at < ? THEN 1 ELSE 0 END), 0) AS passed,
		COALESCE(SUM(CASE WHEN NOT legal_hold AND closed_at >= ? AND closed_at < ? THEN 1 ELSE 0 END), 0) AS soon`, limit, limit, limit.AddDate(0, 0, 30)).
		Where("policy = ? AND closed_at IS NOT NULL AND erased_at IS NULL", r.Policy).Scan(ctx, &r.Kept, &held, &passed, &soon)
	if err != nil {
		return err
	}
	err = o.db.Read().NewSelect().Table("requests").ColumnExpr("COUNT(*)").Where("policy = ? AND erased_at IS NOT NULL", r.Policy).Scan(ctx, &erased)
	r.Held, r.Erased = held, erased
	if r.Months > 0 {
		r.Passed, r.Soon = passed, soon
	}
	return err
}

// LastRetentionRun returns what the last sweep did; its At is zero before the
// first.
func (o *Office) LastRetentionRun(ctx context.Context) (run RetentionRun, err error) {
	value, err := o.setting(ctx, retentionRun)
	if err != nil || value == "" {
		return run, err
	}
	return run, json.Unmarshal([]byte(value), &run)
}

// HeldRequests lists the requests that are kept because of a dispute, newest
// reference first, at most 100. It needs access.ReadAudit.
func (o *Office) HeldRequests(ctx context.Context, caller access.Caller) ([]Request, error) {
	if why := caller.WhyNot(access.ReadAudit, ""); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	var held []Request
	err := servedBy(o.db.Read().NewSelect().Model(&held), caller, "r.policy").Where("r.legal_hold").OrderExpr("r.id DESC").Limit(100).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("the requests that are kept: %w", err)
	}
	for i := range held {
		if err := held[i].unpack(o.rulings); err != nil {
			return nil, err
		}
	}
	return held, nil
}

// mailsKept is how long the original of a message is kept that belongs to no
// request: long enough to notice that one was sorted wrongly.
const mailsKept = 90 * 24 * time.Hour

// SweepRetention erases the personal data of every request whose time is over,
// and returns how many those were. What a law or an open question keeps longer
// is left for a later sweep.
func (o *Office) SweepRetention(ctx context.Context, now time.Time) (int, error) {
	erased := 0
	if err := o.mails.Sweep(ctx, now.Add(-mailsKept)); err != nil {
		return 0, fmt.Errorf("messages that belong to no request: %w", err)
	}
	for _, p := range o.book.Packs() {
		months, err := o.RetentionMonths(ctx, p.ID)
		if err != nil {
			return erased, err
		}
		if months == 0 {
			continue
		}
		n, err := o.eraseOlder(ctx, now, p.ID, now.AddDate(0, -months, 0))
		erased += n
		if err != nil {
			return erased, fmt.Errorf("erasing what %s need not keep: %w", p.ID, err)
		}
	}
	run, err := json.Marshal(RetentionRun{At: now.UTC().Truncate(time.Second), Erased: erased})
	if err != nil {
		return erased, err
	}
	return erased, o.keepSetting(ctx, retentionRun, string(run), nil)
}

func (o *Office) eraseOlder(ctx context.Context, now time.Time, policy string, limit time.Time) (int, error) {
	const batch = 200
	erased := 0
	for last := int64(-1); ; {
		var rows []struct {
			ID        int64  `bun:"id"`
			Reference string `bun:"reference"`
		}
		err := o.db.Read().NewSelect().Table("requests").Column("id", "reference").
			Where("policy = ? AND closed_at < ? AND erased_at IS NULL AND NOT legal_hold AND id > ?", policy, limit, last).OrderExpr("id").Limit(batch).Scan(ctx, &rows)
		if err != nil || len(rows) == 0 {
			return erased, err
		}
		for _, row := range rows {
			done, err := o.eraseIfDue(ctx, now, row.Reference)
			if err != nil {
				return erased, err
			}
			if done {
				erased++
			}
		}
		last = rows[len(rows)-1].ID
	}
}

// eraseIfDue looks first, so that no refused attempt is recorded each day.
func (o *Office) eraseIfDue(ctx context.Context, now time.Time, reference string) (bool, error) {
	machine := access.MachineNamed("retention")
	at, err := o.at(ctx, machine, now.UTC().Truncate(time.Microsecond), reference)
	if err != nil || len(at.standing(ActErase)) > 0 {
		return false, err
	}
	_, err = o.Do(ctx, machine, now, reference, 0, erase{})
	var refused *Refused
	if errors.As(err, &refused) || errors.Is(err, ErrStale) {
		return false, nil
	}
	return err == nil, err
}

// keptUntil is the last day on which a closed request is kept, and why: the
// house's own period after closing, or the law's after receipt, whichever ends
// later. No period set means that it is kept for good.
func (o *occasion) keptUntil() (until deadlines.Date, why string, err error) {
	months, err := o.office.RetentionMonths(o.ctx, o.request.Policy)
	if err != nil || months == 0 {
		return 0, "no period is set for " + title(o.request.Policy), err
	}
	until, why = deadlines.DateOf(o.request.ClosedAt.Time, o.place.Zone).AddMonths(months), strconv.Itoa(months)+" months after closing"
	if term, source, named := o.version.Retention(o.request.Right); named {
		law := deadlines.DateOf(o.request.ReceivedAt, o.place.Zone)
		if term.Unit == deadlines.Months {
			law = law.AddMonths(term.N)
		} else {
			law = law.AddDays(term.N)
		}
		if law > until {
			until, why = law, term.String()+" after receipt, "+source
		}
	}
	return until, why, nil
}

// againstErasing lists what keeps a request's personal data.
func (o *occasion) againstErasing() []Objection {
	r, today := o.request, deadlines.DateOf(o.now, o.place.Zone)
	switch {
	case !r.Facts.LegalHold.IsZero():
		return []Objection{{Sentence: "It is kept because of a dispute. Release it first."}}
	case r.Open():
		return []Objection{{Sentence: "The request is open."}}
	}
	until, why, err := o.keptUntil()
	if err != nil || until == 0 || today <= until {
		return []Objection{{Sentence: "It is kept: " + why + "."}}
	}
	for i := range r.Clocks {
		if c := &r.Clocks[i]; c.MetAt.IsZero() && (c.Due.Held != "" || c.Due.OnTime(o.now)) {
			return []Objection{{Sentence: "A clock still runs: " + ClockName(c.Kind, c.Basis) + "."}}
		}
	}
	if last, named, err := o.appealUntil(); err != nil || named && today <= last {
		return []Objection{{Sentence: "The requester can still ask for another look."}}
	}
	if open, err := o.office.againOpen(o.ctx, r); err != nil || open {
		return []Objection{{Sentence: "Its decision is being looked at again, in " + r.Facts.Appealed + "."}}
	}
	return nil
}

// againOpen reports whether the case that looks at a request again is open.
func (o *Office) againOpen(ctx context.Context, r *Request) (bool, error) {
	if r.Facts.Appealed == "" {
		return false, nil
	}
	n, err := o.db.Read().NewSelect().Table("requests").Where("reference = ? AND closed_at IS NULL", r.Facts.Appealed).Count(ctx)
	return n > 0, err
}

// erase destroys the data key of a request whose time is over: what is sealed
// can never be read again. Numbers, instants and hashes stay, so that the trail
// can still be verified.
type erase struct{}

func (erase) plan(o *occasion) (*plan, error) {
	r := o.request
	return &plan{act: ActErase, permission: access.Erase, also: func(ctx context.Context, tx bun.Tx, at time.Time) error {
		if r.AgentID != 0 {
			if err := agents.Forget(ctx, tx, r.AgentID, r.ID, r.Person); err != nil {
				return err
			}
		}
		return forget(ctx, tx, r.ID, at)
	}}, nil
}

// forget takes the key away, and with it what lies beside it: the blind index
// by which the address could be found again, what is sealed, files, links. What
// the events hold is covered by their hashes and stays, unreadable.
func forget(ctx context.Context, tx bun.Tx, id int64, at time.Time) error {
	for _, statement := range []string{
		"UPDATE messages SET sealed = NULL WHERE request_id = ?",
		"UPDATE letters SET sealed = NULL WHERE request_id = ?",
		"DELETE FROM file_parts WHERE file_id IN (SELECT id FROM files WHERE request_id = ?)",
		"DELETE FROM links WHERE request_id = ?",
	} {
		if _, err := database.Exec(ctx, tx, statement, id); err != nil {
			return err
		}
	}
	if err := intake.Forget(ctx, tx, id); err != nil {
		return err
	}
	if _, err := database.Exec(ctx, tx, "UPDATE files SET sealed_name = NULL, deleted_at = COALESCE(deleted_at, ?) WHERE request_id = ?", at, id); err != nil {
		return err
	}
	// The index names a person for as long as it stands; the request's own
	// number, which is nobody's address, takes its place.
	nobody := []byte("erased " + strconv.FormatInt(id, 10))
	_, err := database.Exec(ctx, tx, "UPDATE requests SET wrapped_key = NULL, sealed = NULL, person = ?, erased_at = ? WHERE id = ?", nobody, at, id)
	return err
}

// KeepForDispute keeps a request's personal data beyond its time, because of a dispute,
// or releases it again.
type KeepForDispute struct {
	Release bool
	Reason  string
}

func (v KeepForDispute) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActKeep, permission: access.Erase, text: strings.TrimSpace(v.Reason)}
	if v.Release {
		p.act = ActRelease
	}
	p.require("reason", p.text, "Say why, for whoever looks at it in some years.")
	id, held := o.request.ID, !v.Release
	p.also = func(ctx context.Context, tx bun.Tx, _ time.Time) error {
		_, err := database.Exec(ctx, tx, "UPDATE requests SET legal_hold = ? WHERE id = ?", held, id)
		return err
	}
	return p, nil
}

// againstKeeping keeps a hold from being set twice, or released where there is
// none.
func (o *occasion) againstKeeping(release bool) []Objection {
	switch held := !o.request.Facts.LegalHold.IsZero(); {
	case release && !held:
		return []Objection{{Sentence: "It is not kept because of a dispute."}}
	case !release && held:
		return []Objection{{Sentence: "It is kept because of a dispute already."}}
	}
	return nil
}
