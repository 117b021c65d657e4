package requests

import (
	"slices"

	"dsr/identity"
	"dsr/policies"
)

// Difference is what a change of law, right or receipt does to a request.
type Difference struct {
	Clocks []ClockChange
	// Gained and Lost are the acts that become lawful or stop being lawful for
	// the caller.
	Gained, Lost              []ActOption
	LevelBefore, LevelAfter   identity.Level
	RegimeBefore, RegimeAfter *policies.Regime
}

// ClockChange is one clock before and after; nil where it does not run.
type ClockChange struct {
	Name          string
	Before, After *Clock
}

// Same reports whether nothing of the clock changes.
func (c ClockChange) Same() bool {
	return c.Before != nil && c.After != nil && c.Before.Due == c.After.Due && c.Before.Governs == c.After.Governs
}

// difference compares the request with what it would be.
func (o *occasion) difference(after *Request) (*Difference, error) {
	then, err := o.office.look(o.ctx, o.caller, o.now, after)
	if err != nil {
		return nil, err
	}
	before := o.request
	d := &Difference{LevelBefore: before.Ruling.Level, LevelAfter: after.Ruling.Level, RegimeBefore: o.regime, RegimeAfter: then.regime}
	for i := range before.Clocks {
		c := &before.Clocks[i]
		d.Clocks = append(d.Clocks, ClockChange{Name: c.Name(), Before: c, After: after.clockNamed(c.Name())})
	}
	for i := range after.Clocks {
		if c := &after.Clocks[i]; before.clockNamed(c.Name()) == nil {
			d.Clocks = append(d.Clocks, ClockChange{Name: c.Name(), After: c})
		}
	}
	was, is := o.options(), then.options()
	d.Gained, d.Lost = lawfulOnly(is, was), lawfulOnly(was, is)
	return d, nil
}

// lawfulOnly lists the acts that are lawful in one list and not in another.
func lawfulOnly(in, other []ActOption) (list []ActOption) {
	for _, a := range in {
		if a.Lawful() && !slices.ContainsFunc(other, func(b ActOption) bool { return b.Act == a.Act && b.Lawful() }) {
			list = append(list, a)
		}
	}
	return list
}
