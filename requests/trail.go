package requests

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/audit"
	"dsr/people"
)

// Detail is what an entry of the house's chain says beside actor and act. It
// holds numbers, ids and words of closed lists, nobody's name or address.
type Detail map[string]any

// OnTrail puts a change of the staff list on the audit trail of the house, in
// the transaction of the change.
func OnTrail(now time.Time, caller access.Caller, act string) people.Along {
	return func(ctx context.Context, tx bun.Tx, u people.User) error {
		return OnHouse(now, caller, act, Detail{"role": u.Role, "active": u.Active})(ctx, tx, u)
	}
}

// OnHouse puts any other change of somebody's account, or of the house itself,
// on that chain, in its transaction.
func OnHouse(now time.Time, caller access.Caller, act string, detail Detail) people.Along {
	return func(ctx context.Context, tx bun.Tx, u people.User) error {
		said := Detail{}
		maps.Copy(said, detail)
		if u.ID != 0 {
			said["user"] = u.ID
		}
		return houseEntry(ctx, tx, now, caller, act, said)
	}
}

// OnSignIn puts a sign-in on that chain: whose, and by what it was proved.
func OnSignIn(now time.Time, by string) people.Along {
	return func(ctx context.Context, tx bun.Tx, u people.User) error {
		return OnHouse(now, u.Caller(), "sign_in", Detail{"by": by})(ctx, tx, u)
	}
}

// SignedOut puts a sign-out on that chain.
func (o *Office) SignedOut(ctx context.Context, caller access.Caller, now time.Time) error {
	return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return houseEntry(ctx, tx, now, caller, "sign_out", Detail{"user": caller.ID})
	})
}

// SweepPeople removes what time has settled of accounts and puts the failed
// sign-ins of the hours that are over on the trail, as numbers.
func (o *Office) SweepPeople(ctx context.Context, now time.Time) error {
	if _, err := o.people.Sweep(ctx, now); err != nil {
		return err
	}
	return o.people.TakeFailures(ctx, now, func(ctx context.Context, tx bun.Tx, f people.Failures) error {
		return houseEntry(ctx, tx, now, access.MachineNamed("people"), "sign_ins_failed", Detail{
			"hour": f.Hour.Format(time.RFC3339), "passwords": f.Passwords, "unknown_addresses": f.Unknown, "second_steps": f.Factors, "accounts": f.Accounts,
		})
	})
}

// houseEntry puts what was done outside of any request on that chain, in the
// transaction that does it.
func houseEntry(ctx context.Context, tx bun.Tx, now time.Time, caller access.Caller, act string, detail Detail) error {
	return appendHouse(ctx, tx, audit.Entry{At: now, Actor: caller.Actor(), Act: act, Outcome: audit.Done}, detail)
}

// turnedDown records an attempt that was forbidden, outside of any request, and
// returns why it was. Other errors pass.
func (o *Office) turnedDown(ctx context.Context, caller access.Caller, now time.Time, act string, detail Detail, err error) error {
	if !errors.Is(err, ErrForbidden) {
		return err
	}
	entry := audit.Entry{At: now, Actor: caller.Actor(), Act: act, Outcome: audit.Refused, Reason: cut(err.Error(), 900)}
	return errors.Join(err, o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return appendHouse(ctx, tx, entry, detail) }))
}

func appendHouse(ctx context.Context, tx bun.Tx, entry audit.Entry, detail Detail) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	entry.Detail = string(text)
	_, err = audit.AppendTo(ctx, tx, audit.House, entry)
	return err
}
