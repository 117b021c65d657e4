package requests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/hooks"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/people"
)

// HookKind is the kind of outbox job that posts one event to one hook. Such a
// job waits for whoever answers there, for as long as a post may take.
const HookKind = "hook"

// LetterHook is the letter to administrators about a hook that fails.
const LetterHook = "team_hook"

// hookJob is what such a job holds: no personal data.
type hookJob struct {
	Hook  string      `json:"hook"`
	Event hooks.Event `json:"event"`
}

// tellHooks leaves a job for every hook that wants a reminder, with its event.
func (o *occasion) tellHooks(m *reminder) func(context.Context, bun.Tx, time.Time) error {
	event := o.eventOf(m)
	var jobs []outbox.Job
	for _, h := range o.office.hooks {
		if h.Wants(o.request.Policy, event.Kind) {
			payload, err := json.Marshal(hookJob{h.Name, event})
			if err != nil {
				return func(context.Context, bun.Tx, time.Time) error { return err }
			}
			jobs = append(jobs, outbox.Job{Kind: HookKind, RequestID: o.request.ID, DedupeKey: HookKind + ":" + h.Name + ":" + event.ID, Payload: payload})
		}
	}
	return func(ctx context.Context, tx bun.Tx, at time.Time) error { return outbox.Add(ctx, tx, at, jobs...) }
}

// eventOf is what a hook is told of a reminder.
func (o *occasion) eventOf(m *reminder) hooks.Event {
	kinds := map[string]string{
		LetterSoon: hooks.Soon, LetterToday: hooks.Today, LetterOverdue: hooks.Overdue, LetterEscalation: hooks.Escalated,
		LetterLastDay: hooks.LastExtension, LetterQuestionOpen: hooks.Question,
	}
	e := hooks.Event{
		ID:   fmt.Sprintf("%s/%s/%d", o.request.Reference, m.key(), m.at.Unix()),
		Kind: kinds[reminderLetterKind(m)], Reference: o.request.Reference, Policy: o.request.Policy,
		Planned: m.at.UTC().Format(time.RFC3339), Link: o.office.baseURL + "/console/requests/" + url.PathEscape(o.request.Reference),
	}
	if m.kind == escalation {
		e.Kind = hooks.Escalated
	}
	if c := o.request.clockNamed(m.about); c != nil {
		e.Clock, e.Basis, e.Due = ClockName(c.Kind, c.Basis), c.Rule.Sources.Term, c.Due.Date.String()
		if c.Due.Before.IsZero() {
			e.Due = c.Due.At.UTC().Format(time.RFC3339)
		}
	}
	return e
}

// PostHook is the outbox's handler for posts to hooks. A hook that fails is
// tried again like a letter; when it fails for days administrators hear of it.
// One that gives no answer is left alone for a while, which counts as an attempt:
// posts that nobody takes must grow old, or they would pile up.
func (o *Office) PostHook(now func() time.Time, poster hooks.Poster) outbox.Handler {
	posts := hooks.NewPosts(poster, now)
	return func(ctx context.Context, job outbox.Job) error {
		var what hookJob
		if err := json.Unmarshal(job.Payload, &what); err != nil {
			return fmt.Errorf("%w: its payload cannot be read", outbox.ErrPermanent)
		}
		h := o.hooks.Named(what.Hook)
		if h == nil {
			return fmt.Errorf("%w: no hook is called %s any more", outbox.ErrPermanent, what.Hook)
		}
		fault := posts.Post(ctx, h, what.Event)
		if fault != nil && (ctx.Err() != nil || errors.Is(fault, hooks.ErrResting)) {
			return fault // the worker stops, or did not ask: that says nothing about the hook
		}
		if err := o.noteHook(context.WithoutCancel(ctx), now(), h, fault); err != nil {
			return err
		}
		return fault
	}
}

// noteHook keeps how a post went, and writes to administrators where it is time.
func (o *Office) noteHook(ctx context.Context, now time.Time, h *hooks.Hook, fault error) error {
	if fault == nil {
		return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return hooks.Delivered(ctx, tx, now, h.Name) })
	}
	admins, err := o.administratorsOf(ctx, h)
	if err != nil {
		return err
	}
	return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		tell, since, err := hooks.Failed(ctx, tx, now, h.Name, fault.Error())
		if err != nil || !tell {
			return err
		}
		for _, to := range admins {
			letter := o.toStaff(now, LetterHook, func(to addressee) composable {
				return mailer.HookFailing{Console: to.console, Name: h.Name, Since: since.In(to.zone), Fault: fault.Error(), Link: o.baseURL + "/console/settings"}
			})
			if err := letter(ctx, tx, to.user); err != nil {
				return err
			}
		}
		return nil
	})
}

// administratorsOf lists those who serve a policy that a hook is for.
func (o *Office) administratorsOf(ctx context.Context, h *hooks.Hook) ([]addressee, error) {
	users, err := o.people.List(ctx)
	var list []addressee
	for _, u := range users {
		if !u.Active || u.Role != access.Administrator {
			continue
		}
		for _, p := range o.book.Packs() {
			if u.Policies.Include(p.ID) && (len(h.Policies) == 0 || slices.Contains(h.Policies, p.ID)) {
				list = append(list, addressee{user: u})
				break
			}
		}
	}
	return list, err
}

// HookHealth is a hook of the file that the program was started with, and how
// posts to it went.
type HookHealth struct {
	*hooks.Hook
	hooks.Health
}

// HookStates returns every hook for who may change settings.
func (o *Office) HookStates(ctx context.Context, caller access.Caller) ([]HookHealth, error) {
	if why := caller.WhyNot(access.Settings, ""); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	known, err := hooks.All(ctx, o.db)
	if err != nil {
		return nil, err
	}
	list := make([]HookHealth, len(o.hooks))
	for i, h := range o.hooks {
		list[i].Hook = h
		for _, k := range known {
			if k.Name == h.Name {
				list[i].Health = k
			}
		}
	}
	return list, nil
}

// stillReads reports whether a member of staff may still see requests of a
// policy. Letters that go to nobody of the staff, with reader 0, always may.
func (o *Office) stillReads(ctx context.Context, reader int64, policy string) (bool, error) {
	if reader == 0 {
		return true, nil
	}
	u, err := o.people.Find(ctx, reader)
	if errors.Is(err, people.ErrNotFound) {
		return false, nil
	}
	return err == nil && u.Caller().May(access.View, policy), err
}
