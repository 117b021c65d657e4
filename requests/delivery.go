package requests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/mailer"
	"dsr/outbox"
)

// LetterPolicies say how letters are tried again: soon at first, as servers
// that know no sender yet expect (greylisting), then ever more slowly up to
// every four hours, for five days (RFC 5321, 4.5.4.1). Kinds of jobs that write
// and send a letter of their own keep to it too.
func LetterPolicies(also ...string) outbox.Policies {
	policies := outbox.Policies{}
	for _, kind := range append(also, letterKind, agentLetterKind, staffLetterKind) {
		policies[kind] = letterPolicy()
	}
	return policies
}

// JobPolicies are those of every kind of job that has one of its own. A reminder
// is tried until it is told: given up, it would take along all that come after
// it, which nobody would miss before a date has passed.
func JobPolicies(letters ...string) outbox.Policies {
	policies := LetterPolicies(letters...)
	policies[reminderKind] = outbox.Policy{Longest: time.Hour, MaxAge: 20 * 365 * 24 * time.Hour, MaxAttempts: math.MaxInt32}
	return policies
}

func letterPolicy() outbox.Policy {
	return outbox.Policy{
		Pauses: []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour},
		First:  4 * time.Hour, Longest: 4 * time.Hour, MaxAge: 5 * 24 * time.Hour,
	}
}

// unreachableWithin is how soon letters are tried again when the mail server
// itself could not be reached: that says nothing about any of them.
const unreachableWithin = 15 * time.Minute

// Attempted says to the outbox what follows from an attempt to send a letter:
// it is held and costs no attempt, it is refused for good, or it is tried again,
// soon where nobody could be reached.
func Attempted(result error) error {
	var held *mailer.Held
	var failure *mailer.Failure
	switch {
	case errors.As(result, &held):
		return &outbox.Postponed{Until: held.Until, Reason: held.Error()}
	case errors.Is(result, mailer.ErrPermanent):
		return fmt.Errorf("%w: %w", outbox.ErrPermanent, result)
	case errors.As(result, &failure) && failure.Unreachable():
		return &outbox.Hurried{Err: result, Within: unreachableWithin}
	}
	return result
}

// parcel is a letter at the moment it is sent.
type parcel struct {
	mailer.Envelope
	gone bool // it was sent before, or nobody is left to read it
	lost bool // it was given up before, and then the process died: only its job has to be buried
	// note writes down what came of it: why it will not be delivered, or "" when
	// it was sent.
	note func(ctx context.Context, fault string) error
}

// round is what all letters of one kind leave by.
type round struct {
	office *Office
	mark   string // begins the marks of these letters, see bounceToken
	now    func() time.Time
	send   func(context.Context, mailer.Envelope) error
}

// posting is the outbox's handler for one kind of letter, which open makes ready.
func (r round) posting(open func(ctx context.Context, id int64) (parcel, error)) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		id, err := numberOf(job)
		if err != nil {
			return err
		}
		p, err := open(ctx, id)
		if err != nil || p.gone {
			return err
		}
		if p.lost {
			return errors.Join(fmt.Errorf("%w: it was given up before", outbox.ErrPermanent), r.office.untroubled(ctx, job))
		}
		p.EnvelopeID = r.office.bounceToken(r.mark, id)
		p.BounceTo = r.office.bounceAddress(r.mark, id)
		return r.settle(ctx, job, &p, r.send(ctx, p.Envelope))
	}
}

// settle says what follows from an attempt: done, given up, or tried again.
func (r round) settle(ctx context.Context, job outbox.Job, p *parcel, result error) error {
	var held *mailer.Held
	var failure *mailer.Failure
	switch {
	case result == nil:
		if err := p.noteSent(ctx); err != nil {
			return err
		}
		return r.office.untroubled(ctx, job)
	case errors.As(result, &held):
		return errors.Join(Attempted(result), r.troubled(ctx, job, p, "paced"))
	case errors.Is(result, mailer.ErrPermanent):
		return r.giveUp(ctx, job, p, result.Error())
	}
	kind := "refused"
	if errors.As(result, &failure) {
		switch {
		case failure.Unreachable():
			kind, result = "unreachable", Attempted(result)
		case failure.Code == 450 || failure.Code == 451:
			kind = "greylisted"
		}
	}
	if why := letterPolicy().Ends(r.now(), job, result); why != "" {
		return r.giveUp(ctx, job, p, why+": "+result.Error())
	}
	if err := r.troubled(ctx, job, p, kind); err != nil {
		return errors.Join(result, err)
	}
	return result
}

// noteWithin is how long it is tried to write down that a letter left: shorter
// than a worker's lease, and than the time it has to end.
const noteWithin = 10 * time.Second

// noteSent writes down that a letter left. What is not written down is sent a
// second time, so neither a worker that stops nor a short fault of the database
// ends the attempt.
func (p *parcel) noteSent(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
	for pause := 25 * time.Millisecond; ; pause *= 2 {
		err := p.note(ctx, "")
		var refused *Refused
		if err == nil || errors.Is(err, database.ErrClosed) || errors.Is(err, ErrNotFound) || errors.As(err, &refused) {
			return err // nothing that passes
		}
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return err
		}
	}
}

// giveUp notes that a letter will not be delivered, and buries its job.
func (r round) giveUp(ctx context.Context, job outbox.Job, p *parcel, why string) error {
	if err := p.note(ctx, cut(why, 500)); err != nil {
		return err // tried again, so that nobody is left without the news
	}
	return errors.Join(fmt.Errorf("%w: %s", outbox.ErrPermanent, why), r.office.untroubled(ctx, job))
}

// troubled remembers why a letter waits, and the domain it goes to, for as long
// as it does. The wait of one kind keeps its beginning.
func (r round) troubled(ctx context.Context, job outbox.Job, p *parcel, kind string) error {
	now := r.now().UTC().Truncate(time.Microsecond)
	return r.office.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, `INSERT INTO letter_troubles (job_key, domain, kind, since, last_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (job_key) DO UPDATE SET domain = excluded.domain, kind = excluded.kind, last_at = excluded.last_at,
			since = CASE WHEN letter_troubles.kind = excluded.kind THEN letter_troubles.since ELSE excluded.since END`,
			job.DedupeKey, mailer.DomainOf(p.To), kind, now, now)
		return err
	})
}

// untroubled forgets why a letter waited.
func (o *Office) untroubled(ctx context.Context, job outbox.Job) error {
	if job.Attempts <= 1 && job.LastError == "" {
		return nil // it never waited
	}
	return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, "DELETE FROM letter_troubles WHERE job_key = ?", job.DedupeKey)
		return err
	})
}

// parcelOf is a letter about no request, as it was kept.
func parcelOf(content []byte, from, messageID string, written time.Time) (parcel, error) {
	var e Envelope
	if err := json.Unmarshal(content, &e); err != nil {
		return parcel{}, fmt.Errorf("%w: the letter cannot be read", outbox.ErrPermanent)
	}
	return parcel{Envelope: e.from(from, messageID, written)}, nil
}
