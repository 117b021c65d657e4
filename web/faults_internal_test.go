package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/database"
	"dsr/deadlines"
	"dsr/drafts"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/words"
)

func TestEachErrorHasItsStatus(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{errCrossSite, 403}, {errNoVisit, 401}, {errSignedOut, 401}, {drafts.ErrGone, 410}, {errReceipt, 404},
		{&requests.LinkError{Fault: requests.LinkUsed}, 410}, {requests.ErrNotFound, 404}, {policies.ErrNoPolicy, 404}, {requests.ErrPage, 404},
		{echo.ErrNotFound, 404}, {echo.ErrMethodNotAllowed, 405}, {requests.ErrForbidden, 403}, {requests.ErrStale, 409}, {&requests.Refused{}, 409},
		{people.ErrTooMany{RetryAfter: time.Second}, 429}, {&http.MaxBytesError{}, 413}, {errMedia, 415}, {errForm, 400}, {requests.FieldErrors{}, 400},
		{database.ErrText, 400}, {people.ErrBusy, 503}, {database.ErrBusy, 503}, {context.DeadlineExceeded, 503}, {deadlines.ErrCoverage, 503},
		{errors.New("anything else"), 500},
	} {
		if got := findFault(fmt.Errorf("on the way: %w", c.err)).status; got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}

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
	for _, f := range append(faults(), fault{key: "broken"}) {
		add("errors.%s.heading", f.key)
		add("errors.%s.text", f.key)
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

func TestNamesOfFilesAreMadeSafe(t *testing.T) {
	for given, want := range map[string]string{
		"report.pdf": "report.pdf", `C:\Users\dana\scan.pdf`: "scan.pdf", "../../x": "x.pdf", "a/b/c.exe": "c.pdf", "": "file.pdf", "...": "file.pdf",
		"two\r\nlines.pdf": "two__lines.pdf", "evil\u202efdp.exe": "evil_fdp.pdf", "über maß.PDF": "über maß.pdf", ".htaccess": "file.pdf",
	} {
		if got := safeName(given, ".pdf"); got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}
