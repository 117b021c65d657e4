package policies

import (
	"cmp"
	"fmt"
	"time"

	"dsr/deadlines"
)

// CheckExamples works out the examples in a regime's file and returns a
// sentence for each that comes out otherwise. A controller without an
// establishment in the region is assumed, so zone and holidays are those of
// the residence.
func (b *Book) CheckExamples(r *Regime) []string {
	var faults []string
	for _, e := range r.Examples {
		got, err := b.workExample(r, e)
		if err != nil {
			got = err.Error()
		}
		if !same(got, e.Due) {
			faults = append(faults, fmt.Sprintf("%s: %s, %s, received %s: due %s, the file says %s (%s)", r.ID, e.Right, e.Residence, e.Received, got, e.Due, e.Why))
		}
	}
	return faults
}

func (b *Book) workExample(r *Regime, e Example) (string, error) {
	received, err := time.Parse(time.RFC3339, e.Received)
	if err != nil {
		return "", err
	}
	rule, place, err := b.exampleRule(r, e, received)
	if err != nil {
		return "", err
	}
	due, err := rule.Due(&deadlines.Facts{ReceivedAt: received}, place)
	if err != nil {
		return "", err
	}
	if due.Before.IsZero() {
		return due.At.Format(time.RFC3339), nil
	}
	return due.Date.String(), nil
}

// exampleRule returns the clock an example is about. Those of an appeal are
// asked for as an appeal is ruled, so that the house's own target is tried too.
func (b *Book) exampleRule(r *Regime, e Example, received time.Time) (*deadlines.Rule, deadlines.Place, error) {
	q := Question{Pack: &Pack{Zone: "UTC"}, Right: e.Right, Residence: e.Residence, ReceivedAt: received}
	ruling, version, err := b.inForce(r, q)
	if err != nil {
		return nil, deadlines.Place{}, err
	}
	place, err := b.Place(ruling.Zone, ruling.Calendar)
	if err != nil {
		return nil, place, err
	}
	kind := cmp.Or(e.Clock, Respond)
	if e.Right == Appeal {
		kind = cmp.Or(e.Clock, AppealAnswer)
		for _, c := range version.appealClocks(r) {
			if c.Kind == kind {
				return &c.Rule, place, nil
			}
		}
	} else if clock := version.clock(kind, e.Right); clock != nil {
		rule := clock.rule()
		return &rule, place, nil
	}
	return nil, place, fmt.Errorf("the law sets no clock %s for %s", kind, e.Right)
}
