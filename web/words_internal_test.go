package web

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
	"dsr/words"
)

// spoken lists the keys that are put together at run time, so that the search
// for keys in the sources does not see them.
func spoken() []string {
	var keys []string
	add := func(format string, names ...string) {
		for _, n := range names {
			keys = append(keys, fmt.Sprintf(format, n))
		}
	}
	for _, r := range policies.Rights() {
		add("ask.right.%s.label", string(r))
		add("ask.right.%s.hint", string(r))
		add("rights.%s.asked_on", string(r))
	}
	for _, fault := range []requests.LinkFault{requests.LinkForged, requests.LinkExpired, requests.LinkUsed} {
		add("errors.link_%s.heading", string(fault))
		add("errors.link_%s.text", string(fault))
	}
	for _, unit := range []deadlines.Unit{deadlines.Hours, deadlines.CalendarDays, deadlines.BusinessDays, deadlines.Months} {
		add("portal.reason.%s."+string(unit), "law", "assumed", "target", "promise", "typical")
		add("portal.term.%s", string(unit))
	}
	for _, kind := range []deadlines.HoldKind{deadlines.HoldIdentity, deadlines.HoldClarification, deadlines.HoldFee, deadlines.HoldAuthority} {
		add("portal.hold.%s", string(kind))
	}
	for _, kind := range []deadlines.StepKind{
		deadlines.StepReceived, deadlines.StepStart, deadlines.StepMoved, deadlines.StepReflection, deadlines.StepRule, deadlines.StepElapsed,
		deadlines.StepDays, deadlines.StepBusinessDays, deadlines.StepMonths, deadlines.StepClamped, deadlines.StepHold, deadlines.StepHoldTooLate,
		deadlines.StepHoldNoEffect, deadlines.StepExtension, deadlines.StepExtensionRefused, deadlines.StepRoll, deadlines.StepKept, deadlines.StepHeld,
		deadlines.StepDue, deadlines.StepReading,
	} {
		add("portal.step.%s.heading", string(kind))
		add("portal.step.%s.text", string(kind))
	}
	for _, stage := range append(phases(), "proof", "question", requests.Granted, requests.Partly, requests.RefusedAll, requests.NothingFound,
		requests.Withdrawn, requests.NotUs, requests.Unproved, requests.Spam) {
		add("portal.stage.%s.heading", stage)
		add("portal.stage.%s.text", stage)
	}
	add("portal.outcome.%s", requests.Granted, requests.Partly, requests.RefusedAll, requests.NothingFound)
	add("portal.flash.%s", "message", "answer", "withdrawn", "link")
	add("portal.mend.file.%s", "empty", "large", "kind", "many")
	add("ask.check.%s.change", stepWhat, stepWhere, stepWho, stepFind, stepParticular)
	add("ask.check.for.%s", forSelf, forChild, forOther)
	add("ask.mend.email.%s", "required", "address")
	add("ask.mend.own_email.%s", "required", "address")
	add("ask.mend.own_name.%s", "required", "max")
	add("ask.use.%s", "heading", "1", "2", "3", "4")
	add("ask.access.%s", "heading", "1", "2", "3", "4")
	return keys
}

// phases lists those a requester can find a request in without an outcome.
func phases() []string {
	return []string{string(requests.Triage), string(requests.Verification), string(requests.Search), string(requests.Decision)}
}

func TestEveryKeyMadeAtRunTimeIsInTheCatalogue(t *testing.T) {
	catalogue, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range spoken() {
		if !catalogue.In("en").Has(key) {
			t.Errorf("no catalogue has the key %q", key)
		}
	}
}

// TestEveryClockOfEveryLawHasWords walks all laws and packs, because the words
// for a clock are found by its kind and basis.
func TestEveryClockOfEveryLawHasWords(t *testing.T) {
	catalogue, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	book, err := policies.Load(policies.Options{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, pack := range book.Packs() {
		for _, regime := range book.Regimes() {
			for _, right := range policies.Rights() {
				ruling, err := book.RuleBy(regime, policies.Question{Pack: pack, Right: right, Residence: regime.Residences[0], ReceivedAt: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)})
				if errors.Is(err, policies.ErrNoRegime) {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range ruling.Clocks {
					seen["portal.clock."+c.Name()] = true
				}
			}
		}
	}
	for key := range seen {
		if !catalogue.In("en").Has(key) {
			t.Errorf("no catalogue has the key %q", key)
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %v", seen)
	}
}
