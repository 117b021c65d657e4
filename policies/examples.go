package policies

import (
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
	at := b.places(r, Question{Pack: &Pack{Zone: "UTC"}, Residence: e.Residence})
	place, err := b.Place(at.zone, at.calendar)
	if err != nil {
		return "", err
	}
	version := r.version(received, place.Zone)
	if version == nil {
		return "", fmt.Errorf("the law is not in force on that day")
	}
	kind := e.Clock
	if kind == "" {
		kind = Respond
	}
	clock := version.clock(kind, e.Right)
	if clock == nil {
		return "", fmt.Errorf("the law sets no clock %s for %s", kind, e.Right)
	}
	rule := clock.rule()
	due, err := rule.Due(&deadlines.Facts{ReceivedAt: received}, place)
	if err != nil {
		return "", err
	}
	if due.Before.IsZero() {
		return due.At.Format(time.RFC3339), nil
	}
	return due.Date.String(), nil
}
