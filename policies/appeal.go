package policies

import (
	"fmt"
	"slices"
	"time"

	"dsr/deadlines"
	"dsr/identity"
)

// appealTarget is what the house gives itself for a second look where no law
// sets a time.
var appealTarget = deadlines.Term{N: 30, Unit: deadlines.CalendarDays}

// RuleAppeal rules on a request to look again at an answer: a case of its own,
// linked to the first. The regime is the one that ruled the first request, as it
// stands on the day the appeal arrives (q.ReceivedAt); zone and calendar follow
// as they did then. Its clocks are those the law sets for an appeal or, where it
// knows a complaint to the controller instead, for that; what the law leaves
// open the house times itself. No promise of the pack runs, and no proof is
// asked for: the person gave it for the first request.
func (b *Book) RuleAppeal(q Question, under string) (Ruling, error) {
	r, err := b.Regime(under)
	if err != nil {
		return Ruling{}, err
	}
	ruling, v, err := b.inForce(r, q)
	if err != nil {
		return Ruling{}, err
	}
	ruling.Level = identity.None
	ruling.Clocks = v.appealClocks(r)
	return ruling, nil
}

// appealClocks returns the clocks of a second look.
func (v *RegimeVersion) appealClocks(r *Regime) []Clock {
	clocks := v.clocksFor(Appeal)
	if len(clocks) == 0 {
		clocks = v.clocksFor(Complaint)
	}
	if !slices.ContainsFunc(clocks, func(c Clock) bool { return c.Answers() }) {
		clocks = append(clocks, v.appealTarget(r))
	}
	return clocks
}

// clocksFor returns the clocks that the law sets for an appeal or a complaint.
// Whatever it calls the answer, in a linked case it is the answer to the appeal.
func (v *RegimeVersion) clocksFor(right Right) []Clock {
	var clocks []Clock
	for _, c := range v.clocks(right) {
		switch c.Kind {
		case Respond:
			c.Kind = AppealAnswer
		case AppealAnswer, Acknowledge:
		default:
			continue
		}
		clocks = append(clocks, c)
	}
	return clocks
}

// appealTarget is the house's own time for a second look, and why it is needed.
func (v *RegimeVersion) appealTarget(r *Regime) Clock {
	note := fmt.Sprintf("no law sets a time for a second look; the house keeps %s", appealTarget)
	for _, right := range []Right{Appeal, Complaint} {
		if words := v.unnumbered(right); words != nil {
			note = fmt.Sprintf("%s sets no number of days for a second look: %s (%s); the house keeps %s", r.Name, words.Words, words.Source, appealTarget)
			break
		}
	}
	return Clock{Kind: AppealAnswer, Basis: ByTarget, Note: note, Rule: deadlines.Rule{
		Start: deadlines.FromReceipt, Term: appealTarget, Roll: deadlines.RollNone,
		Sources: deadlines.Sources{Term: "House target: " + appealTarget.String(), Certainty: houseRule.Words()},
	}}
}

// AppealUntil returns the last day on which somebody can ask for a second look
// at an answer that went out at the given instant; false where the law of the
// ruling names none. It is counted as the ruling's other days are.
func (b *Book) AppealUntil(ruling *Ruling, answered time.Time) (deadlines.Date, bool, error) {
	r, err := b.Regime(ruling.Regime)
	if err != nil {
		return 0, false, err
	}
	place, err := b.Place(ruling.Zone, ruling.Calendar)
	if err != nil {
		return 0, false, err
	}
	v := r.VersionNamed(ruling.Version)
	if v == nil { // the file has moved on and no longer names that edition
		v = r.version(answered, place.Zone)
	}
	var window *RegimeClock
	if v != nil {
		window = v.clock(AppealWindow, Appeal)
	}
	if window == nil {
		return 0, false, nil
	}
	rule := window.rule()
	due, err := rule.Due(&deadlines.Facts{ReceivedAt: answered}, place)
	return due.Date, err == nil, err
}
