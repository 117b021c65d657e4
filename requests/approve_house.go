package requests

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/policies"
)

// ApprovalRule says for which decisions of one policy a second person is
// wanted. What the pack asks for, the house cannot switch off.
type ApprovalRule struct {
	Pack    *policies.Pack
	ByHouse []string // kinds that an administrator switched on
}

// Asks reports whether a kind of decision needs a second person, and whether
// that is the pack's own wish.
func (r ApprovalRule) Asks(kind string) (asks, byPack bool) {
	byPack = slices.Contains(r.Pack.Approval, kind)
	return byPack || slices.Contains(r.ByHouse, kind), byPack
}

// Approvals lists the rules of the policies the caller serves.
func (o *Office) Approvals(ctx context.Context, caller access.Caller) ([]ApprovalRule, error) {
	var rules []ApprovalRule
	for _, pack := range o.book.Packs() {
		if !caller.May(access.View, pack.ID) {
			continue
		}
		house, err := o.houseApproval(ctx, pack.ID)
		if err != nil {
			return nil, err
		}
		rules = append(rules, ApprovalRule{Pack: pack, ByHouse: house})
	}
	return rules, nil
}

// SetApproval switches on for which kinds of decisions of a policy a second
// person is wanted beyond what its pack asks. It is on the trail of the house.
// The errors are policies.ErrNoPolicy and ErrForbidden.
func (o *Office) SetApproval(ctx context.Context, caller access.Caller, now time.Time, policy string, kinds []string) error {
	pack, err := o.book.Pack(policy)
	if err != nil {
		return err
	}
	if why := caller.WhyNot(access.Settings, policy); why != "" {
		return fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	var known []string
	for _, kind := range policies.ApprovalKinds() {
		if slices.Contains(kinds, kind) && !slices.Contains(pack.Approval, kind) {
			known = append(known, kind)
		}
	}
	now = now.UTC().Truncate(time.Microsecond)
	return o.keepSetting(ctx, approvalKept+policy, strings.Join(known, ","), func(ctx context.Context, tx bun.Tx) error {
		return houseEntry(ctx, tx, now, caller, "set_approval", Detail{"policy": policy, "approval": known})
	})
}

// approvalKept begins the names of settings that hold a policy's kinds.
const approvalKept = "approval:"

// houseApproval reads what an administrator switched on for a policy.
func (o *Office) houseApproval(ctx context.Context, policy string) ([]string, error) {
	value, err := o.setting(ctx, approvalKept+policy)
	if err != nil || value == "" {
		return nil, err
	}
	return strings.Split(value, ","), nil
}

// secondFor lists the kinds of decisions that need a second person. The pack
// in force decides and not the frozen one: the rule is the team's own and no
// promise to the requester.
func (o *Office) secondFor(ctx context.Context, frozen *policies.Pack) ([]string, error) {
	kinds, err := o.houseApproval(ctx, frozen.ID)
	if pack, unknown := o.book.Pack(frozen.ID); unknown == nil {
		return append(kinds, pack.Approval...), err
	}
	return append(kinds, frozen.Approval...), err
}
