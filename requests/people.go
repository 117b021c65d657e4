package requests

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/mailer"
	"dsr/people"
)

// Who may change staff is asked here, and in the transaction of each change:
// an administrator looks after those whose policies are all among their own,
// and gives nothing they do not have. Of who shares one of their policies but
// serves others too they see that they are there; anybody else does not exist.

// Colleague is a member of staff as an administrator sees them.
type Colleague struct {
	people.User
	// Within says that the caller may change them. Else their policies are only
	// those they share with the caller.
	Within bool
}

// errBeyond is the refusal for who serves more than the administrator does.
var errBeyond = fmt.Errorf("%w: This colleague also serves policies that you do not serve. An administrator of all of them can change the account.", ErrForbidden)

// Colleagues lists staff for who may change it, by name. The error is
// ErrForbidden.
func (o *Office) Colleagues(ctx context.Context, caller access.Caller) ([]Colleague, error) {
	if why := caller.WhyNot(access.ManageStaff, ""); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	users, err := o.people.List(ctx)
	if err != nil {
		return nil, err
	}
	var list []Colleague
	for _, u := range users {
		if c, ok := seenBy(caller, u); ok {
			list = append(list, c)
		}
	}
	return list, nil
}

// Colleague returns one of them. Errors are ErrForbidden and people.ErrNotFound.
func (o *Office) Colleague(ctx context.Context, caller access.Caller, id int64) (Colleague, error) {
	if why := caller.WhyNot(access.ManageStaff, ""); why != "" {
		return Colleague{}, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	u, err := o.people.Find(ctx, id)
	if err != nil {
		return Colleague{}, err
	}
	c, ok := seenBy(caller, u)
	if !ok {
		return Colleague{}, people.ErrNotFound
	}
	return c, nil
}

func seenBy(caller access.Caller, u people.User) (Colleague, bool) {
	c := Colleague{User: u, Within: caller.Policies.Cover(u.Policies)}
	if !c.Within {
		c.Policies = caller.Policies.Both(u.Policies)
	}
	return c, !c.Policies.Empty()
}

// within refuses a change of somebody the caller does not look after.
func within(caller access.Caller) people.Along {
	return func(_ context.Context, _ bun.Tx, u people.User) error {
		c, seen := seenBy(caller, u)
		switch {
		case !seen:
			return people.ErrNotFound
		case !c.Within:
			return errBeyond
		}
		return nil
	}
}

// manage runs one change of staff as the caller: do gets what has to go along
// with it. A refused attempt is recorded.
func (o *Office) manage(ctx context.Context, caller access.Caller, now time.Time, act string, id int64, detail Detail, do func(also ...people.Along) error) error {
	if why := caller.WhyNot(access.ManageStaff, ""); why != "" {
		return o.turnedDown(ctx, caller, now, act, Detail{"user": id}, fmt.Errorf("%w: %s", ErrForbidden, why))
	}
	// Asked first as well, or what else stands against it would tell that
	// somebody is there.
	if id != 0 {
		if c, err := o.Colleague(ctx, caller, id); err != nil || !c.Within {
			return o.turnedDown(ctx, caller, now, act, Detail{"user": id}, cmp.Or(err, errBeyond))
		}
	}
	return o.turnedDown(ctx, caller, now, act, Detail{"user": id}, do(within(caller), OnHouse(now, caller, act, detail)))
}

// Invite adds a colleague and writes to them with a link by which they choose a
// password. Errors are ErrForbidden and people.FieldErrors.
func (o *Office) Invite(ctx context.Context, caller access.Caller, now time.Time, u people.User) (added people.User, err error) {
	if err := o.givable(caller, u.Policies); err != nil {
		return added, err
	}
	link := o.people.NewLink(now, people.ForInvitation)
	err = o.manage(ctx, caller, now, "invite", 0, said(u), func(also ...people.Along) (err error) {
		added, err = o.people.Invite(ctx, now, u, link, append(also, o.invitation(now, link))...)
		return err
	})
	var faults people.FieldErrors
	if _, all := caller.Policies.List(); !all && errors.As(err, &faults) && faults["email"] != "" {
		if _, valid := people.NormalEmail(u.Email); valid { // whether it is taken by somebody unseen is not for them
			faults["email"] = "This address cannot be invited from here: it is on the list already, or an administrator of all policies has to do it."
		}
	}
	o.wake()
	return added, err
}

// givable refuses policies that the caller does not have or that nobody has.
func (o *Office) givable(caller access.Caller, p access.Policies) error {
	if !caller.Policies.Cover(p) {
		return people.FieldErrors{"policies": fmt.Sprintf("You serve %s, and can give these only.", caller.Policies)}
	}
	ids, _ := p.List()
	for _, id := range ids {
		if _, err := o.book.Pack(id); err != nil {
			return people.FieldErrors{"policies": "Choose policies of the list."}
		}
	}
	return nil
}

// said is what the trail keeps of an account: words of closed lists.
func said(u people.User) Detail {
	return Detail{"role": u.Role, "policies": policyIDs(u.Policies)}
}

func policyIDs(p access.Policies) []string {
	ids, all := p.List()
	if all {
		return []string{people.AllOfThem}
	}
	slices.Sort(ids)
	return ids
}

// invitation writes the letter with an invitation's link.
func (o *Office) invitation(now time.Time, link people.Link) people.Along {
	return o.toStaff(now, LetterInvitation, func(to addressee) composable {
		return mailer.Invitation{Console: to.console, Role: string(to.user.Role), Policies: to.policies, Link: o.baseURL + "/console/welcome/" + link.Token, Until: link.Expires.In(to.zone)}
	})
}

// InviteAgain sends an invitation once more; the older link ends. Errors are
// ErrForbidden, people.ErrNotFound and people.ErrNotInvited.
func (o *Office) InviteAgain(ctx context.Context, caller access.Caller, now time.Time, id int64) error {
	link := o.people.NewLink(now, people.ForInvitation)
	defer o.wake()
	return o.manage(ctx, caller, now, "invite_again", id, nil, func(also ...people.Along) error {
		return o.people.InviteAgain(ctx, now, id, link, append(also, o.invitation(now, link))...)
	})
}

// BringBack invites somebody who has left. Errors are ErrForbidden,
// people.ErrNotFound and people.ErrNotLeft.
func (o *Office) BringBack(ctx context.Context, caller access.Caller, now time.Time, id int64) error {
	link := o.people.NewLink(now, people.ForInvitation)
	defer o.wake()
	return o.manage(ctx, caller, now, "bring_back", id, nil, func(also ...people.Along) error {
		return o.people.BringBack(ctx, now, id, link, append(also, o.invitation(now, link))...)
	})
}

// TakeBack ends an invitation. Errors are ErrForbidden, people.ErrNotFound and
// people.ErrNotInvited.
func (o *Office) TakeBack(ctx context.Context, caller access.Caller, now time.Time, id int64) error {
	return o.manage(ctx, caller, now, "take_back_invitation", id, nil, func(also ...people.Along) error {
		return o.people.TakeBack(ctx, id, also...)
	})
}

// Change gives a colleague another name, role or other policies, at once.
// Errors are ErrForbidden, people.FieldErrors, people.ErrNotFound and
// people.ErrLastAdministrator.
func (o *Office) Change(ctx context.Context, caller access.Caller, now time.Time, id int64, to people.Change) error {
	if err := o.givable(caller, to.Policies); err != nil {
		return err
	}
	return o.manage(ctx, caller, now, "change_colleague", id, nil, func(also ...people.Along) error {
		return o.people.Change(ctx, id, to, func(before people.User) people.Along {
			return func(ctx context.Context, tx bun.Tx, after people.User) error {
				if err := within(caller)(ctx, tx, before); err != nil {
					return err
				}
				return OnHouse(now, caller, "change_colleague", changed(before, after))(ctx, tx, after)
			}
		})
	})
}

// changed says what is other than before; of a name only that it is.
func changed(before, after people.User) Detail {
	detail := Detail{}
	if before.Name != after.Name {
		detail["name"] = "changed"
	}
	if before.Role != after.Role {
		detail["role"] = []access.Role{before.Role, after.Role}
	}
	if was, is := policyIDs(before.Policies), policyIDs(after.Policies); !slices.Equal(was, is) {
		detail["policies"] = [][]string{was, is}
	}
	return detail
}

// LetLeave bars a colleague who leaves. Errors are ErrForbidden,
// people.ErrNotFound and people.ErrLastAdministrator.
func (o *Office) LetLeave(ctx context.Context, caller access.Caller, now time.Time, id int64) error {
	return o.manage(ctx, caller, now, "leave", id, nil, func(also ...people.Along) error {
		return o.people.Deactivate(ctx, id, also...)
	})
}

// EndSessions ends all sessions of a colleague. Errors are ErrForbidden and
// people.ErrNotFound.
func (o *Office) EndSessions(ctx context.Context, caller access.Caller, now time.Time, id int64) error {
	return o.manage(ctx, caller, now, "end_sessions", id, nil, func(also ...people.Along) error {
		return o.people.RevokeAll(ctx, id, also...)
	})
}
