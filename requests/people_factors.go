package requests

import (
	"context"
	"fmt"
	"time"

	"dsr/access"
	"dsr/mailer"
	"dsr/people"
)

// ResetReason is why an administrator removes a second factor. It is one of a
// list, because the trail that keeps it holds nobody's words.
type ResetReason string

// The reasons.
const (
	FactorLost      ResetReason = "lost"      // the device or the codes are gone
	FactorReplaced  ResetReason = "replaced"  // a new device, the old one at hand no more
	FactorSuspected ResetReason = "suspected" // somebody else may have it
)

// ResetFactors removes every second factor of a colleague, ends their sessions
// and tells them by letter. Errors are ErrForbidden, people.FieldErrors ("reason"),
// people.ErrNotFound and people.ErrNoFactor.
func (o *Office) ResetFactors(ctx context.Context, caller access.Caller, now time.Time, id int64, why ResetReason) error {
	switch why {
	case FactorLost, FactorReplaced, FactorSuspected:
	default:
		return people.FieldErrors{"reason": "Say why the second factor is removed."}
	}
	defer o.wake()
	return o.manage(ctx, caller, now, "reset_factor", id, Detail{"reason": why}, func(also ...people.Along) error {
		return o.people.ResetFactors(ctx, id, append(also, o.FactorsGone(now))...)
	})
}

// FactorsGone writes to somebody that their second factor was removed.
func (o *Office) FactorsGone(now time.Time) people.Along {
	return o.toStaff(now, LetterFactorReset, func(to addressee) composable {
		return mailer.FactorReset{Console: to.console, Link: o.baseURL + "/console/signin"}
	})
}

// AskFactor asks a second factor of everybody who serves a policy, or of all
// with people.AllOfThem, which takes an administrator for all policies. From
// byWhen on nobody of them does anything before setting one up. The error is
// ErrForbidden.
func (o *Office) AskFactor(ctx context.Context, caller access.Caller, now time.Time, policy string, byWhen time.Time) error {
	if err := o.mayRule(ctx, caller, now, "ask_factor", policy); err != nil {
		return err
	}
	detail := Detail{"policy": policy, "by": byWhen.UTC().Format(time.RFC3339)}
	return o.people.AskFactor(ctx, people.FactorRule{Policy: policy, AskedAt: now, ByWhen: byWhen}, OnHouse(now, caller, "ask_factor", detail))
}

// DropFactor asks it no more. The error is ErrForbidden.
func (o *Office) DropFactor(ctx context.Context, caller access.Caller, now time.Time, policy string) error {
	if err := o.mayRule(ctx, caller, now, "drop_factor", policy); err != nil {
		return err
	}
	return o.people.DropFactor(ctx, policy, OnHouse(now, caller, "drop_factor", Detail{"policy": policy}))
}

func (o *Office) mayRule(ctx context.Context, caller access.Caller, now time.Time, act, policy string) error {
	why := caller.WhyNot(access.ManageStaff, "")
	whole := policy == people.AllOfThem
	switch {
	case why != "":
	case !whole && !caller.Policies.Include(policy):
		return people.ErrNotFound // a policy they may not see
	case !whole:
		_, err := o.book.Pack(policy)
		return err
	case caller.Policies.Cover(access.AllPolicies()):
		return nil
	default:
		why = "You are administrator for " + caller.Policies.String() + ". Asking everybody needs an administrator of all policies."
	}
	return o.turnedDown(ctx, caller, now, act, Detail{}, fmt.Errorf("%w: %s", ErrForbidden, why))
}
