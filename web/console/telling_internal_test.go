package console

import (
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dsr/deadlines"
	"dsr/identity"
	"dsr/internal/dbtest"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/vault"
	"dsr/words"
	"dsr/workflow"
)

// storyteller words the events of a request that never was.
func storyteller(t *testing.T) teller {
	t.Helper()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	db := dbtest.Open(t, dbtest.SQLite(t))
	ring, err := vault.CreateRing(filepath.Join(t.TempDir(), "keys"), at)
	if err != nil {
		t.Fatal(err)
	}
	register, err := people.New(db, ring, people.OWASP())
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	book, err := policies.Load(policies.Options{})
	if err != nil {
		t.Fatal(err)
	}
	office, err := requests.Open(t.Context(), at, requests.Settings{DB: db, Book: book, Ring: ring, Words: catalogue, People: register, BaseURL: "https://privacy.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	pack, err := book.Pack("moxora")
	if err != nil {
		t.Fatal(err)
	}
	ruling, err := book.Rule(policies.Question{Pack: pack, Right: policies.Access, Residence: "US-CA", ReceivedAt: at})
	if err != nil {
		t.Fatal(err)
	}
	place, err := book.Place(ruling.Zone, ruling.Calendar)
	if err != nil {
		t.Fatal(err)
	}
	regime, err := book.Regime(ruling.Regime)
	if err != nil {
		t.Fatal(err)
	}
	r := &requests.Request{Reference: "MOX-1", Policy: "moxora", Right: policies.Access, Residence: "US-CA", Regime: ruling.Regime, Ruling: &ruling, Phase: requests.Triage, ReceivedAt: at}
	return teller{
		voice: voice{Printer: catalogue.In("en"), people: map[int64]string{1: "Mara Lindqvist"}, book: book, words: catalogue, office: office},
		place: place, now: at, req: &requests.View{Request: r, Pack: pack, Regime: regime, Version: &regime.Versions[0], Now: at},
	}
}

// raw is what no page may show: a name of the program's own.
var raw = regexp.MustCompile(`[a-z]+_[a-z]+|⟦|%!`)

// allActs lists every act of the lifecycle.
func allActs(t *testing.T) []workflow.Act {
	t.Helper()
	machine, err := requests.Lifecycle()
	if err != nil {
		t.Fatal(err)
	}
	var acts []workflow.Act
	for _, phase := range append(machine.Phases(), machine.Start()) {
		for _, by := range []workflow.Actor{requests.ByRequester, requests.ByStaff, requests.ByMachine} {
			for _, move := range machine.Acts(phase, by) {
				if !slices.Contains(acts, move.Act) {
					acts = append(acts, move.Act)
				}
			}
		}
	}
	return acts
}

// letterKinds lists every kind of letter that a timeline can name.
var letterKinds = []string{
	requests.LetterReceived, requests.LetterProof, requests.LetterQuestion, requests.LetterThanks, requests.LetterExtended, requests.LetterMessage, requests.LetterAnswer,
	requests.LetterPartly, requests.LetterRefused, requests.LetterWithdrawn, requests.LetterLink, requests.LetterAll, requests.LetterProofFailed, requests.LetterNudge,
	requests.LetterLapsed, requests.LetterReopened, requests.LetterExpiring, requests.LetterOnBehalf, requests.LetterAppeal, requests.LetterAppealDecided,
	requests.LetterNew, requests.LetterAssigned, requests.LetterReplied, requests.LetterSoon, requests.LetterToday, requests.LetterOverdue, requests.LetterEscalation,
	requests.LetterNothing, requests.LetterDeleted, requests.LetterCorrected, requests.LetterOptedOut, requests.LetterNotUs, requests.LetterLate, requests.LetterDates,
	requests.LetterVerified, requests.LetterSearched,
}

func TestEveryActHasItsSentence(t *testing.T) {
	tell := storyteller(t)
	one := int64(1)
	full := requests.Change{
		Received: &requests.Received{Reference: "MOX-1", Policy: "moxora", Right: policies.OptOutSale, Channel: "signal", Language: "en", Suspect: requests.SuspectNetwork, Law: requests.Law{Residence: "US-CA", Regime: "UK_GDPR"}, Represented: &requests.Representation{Relation: "agent"}},
		Ground:   "others_rights", Outcome: requests.NothingFound, Verified: identity.TwoPoints, Matched: []string{"full_name", "gone_for_good"},
		Proof: &requests.Proof{Points: []string{"joined_month", "workspace"}, Declaration: true}, Appeal: "MOX-2", Assignee: &one,
		Law: &requests.Law{Residence: "GB-SCT", Regime: "UK_GDPR"}, Systems: []requests.Searched{{System: "a", Found: "found"}},
		Letter: requests.LetterProofFailed, Reminder: "opt_out.law/75%", HoldOpen: deadlines.HoldIdentity,
		Items:   []requests.Decided{{Decision: requests.NotOurs, Ground: "processor_redirect"}, {Decision: requests.Give}},
		Receipt: &tell.now, Proposed: &requests.Proposal{Act: requests.ActDecide, Outcome: requests.RefusedAll}, Decider: "staff:1", Label: "board",
	}
	seen := map[string]workflow.Act{}
	for _, act := range allActs(t) {
		for _, actor := range []string{"staff:1", "requester", "agent:7", "machine:reminders"} {
			e := requests.Event{Act: act, Actor: actor, At: tell.now, Change: full}
			line := tell.line(&e)
			if text := line.Who + line.Text; raw.MatchString(text) || strings.Contains(text, "no words for") {
				t.Errorf("%s by %s is told as %q", act, actor, text)
			}
			if actor == "staff:1" {
				if other := seen[line.Text]; other != "" {
					t.Errorf("%s and %s are told alike: %q", act, other, line.Text)
				}
				seen[line.Text] = act
			}
		}
		if last := lastEvent(act, "signal"); raw.MatchString(last) || last == "Changed" && !slices.Contains(quietActs, act) {
			t.Errorf("%s stands in the queue as %q", act, last)
		}
	}
	if len(seen) < 32 {
		t.Errorf("only %d acts were told", len(seen))
	}
}

// quietActs never are the last event of a row.
var quietActs = []workflow.Act{requests.ActRecount, requests.ActLetterSent, requests.ActLetterFailed, requests.ActLink, requests.ActRemind, requests.ActShow, requests.ActEvidence, requests.ActNote, requests.ActCollect, requests.ActLabel, requests.ActUnlabel}

func TestEveryVariantOfAnActHasItsSentence(t *testing.T) {
	tell := storyteller(t)
	for want, change := range map[string]requests.Event{
		"accepted the authority: power of attorney. What was sent is deleted":                                        {Act: requests.ActRecordProof, Change: requests.Change{Authority: identity.PowerOfAttorney}},
		"asked for the agent’s authority":                                                                            {Act: requests.ActAskProof, Change: requests.Change{Proof: &requests.Proof{Authority: true}}},
		"asked for proof of identity: a declaration":                                                                 {Act: requests.ActAskProof, Change: requests.Change{Proof: &requests.Proof{Declaration: true}}},
		"asked for proof of identity":                                                                                {Act: requests.ActAskProof, Change: requests.Change{Proof: &requests.Proof{}}},
		"proved their own mailbox":                                                                                   {Act: requests.ActConfirm, Change: requests.Change{Mailbox: "agent"}},
		"proved their mailbox, and with it that they know of the request":                                            {Act: requests.ActConfirm, Change: requests.Change{Mailbox: "person"}},
		"decided and sent the answer: refused. Ground: legal claims":                                                 {Act: requests.ActDecide, Change: requests.Change{Outcome: requests.RefusedAll, Ground: "legal_claims"}},
		"Reminder left out, its day was over: answer, by law, last day to extend":                                    {Act: requests.ActRemind, Change: requests.Change{Reminder: "respond.law/extend", Passed: []string{"respond.law/extend"}}},
		"Reminder sent: answer, by law, 3 days left. It stands for 2 earlier ones that nobody could be sent in time": {Act: requests.ActRemind, Change: requests.Change{Reminder: "respond.law/3d", Passed: []string{"respond.law/10d", "respond.law/5d"}}},
		"Reminder sent: the question about clarification is open for 7 days":                                         {Act: requests.ActRemind, Change: requests.Change{Reminder: "question.clarification/7d"}},
		"Reminder sent: the files of the answer can be fetched for three more days":                                  {Act: requests.ActRemind, Change: requests.Change{Reminder: "files/ending"}},
		"Reminder sent: tell the recipients, by law, 50% of the time gone":                                           {Act: requests.ActRemind, Change: requests.Change{Reminder: "recipients_notice.law/50%"}},
		"dismissed the request: not for us":                                                                          {Act: requests.ActDismiss, Change: requests.Change{Outcome: requests.NotUs}},
		"took the assignee away":                                                                                     {Act: requests.ActAssign},
		"asked us to look again at MOX-9. Law: EU GDPR, from residence: Germany":                                     {Act: requests.ActReceive, Change: requests.Change{Received: &requests.Received{AppealRef: "MOX-9", Channel: "form", Law: requests.Law{Residence: "DE", Regime: "EU_GDPR"}}}},
		"sent a request by form for their child. Law: EU GDPR, from residence: not known yet":                        {Act: requests.ActReceive, Change: requests.Change{Received: &requests.Received{Channel: "form", Represented: &requests.Representation{Relation: "parent"}, Law: requests.Law{Regime: "EU_GDPR"}}}},
	} {
		if got := tell.text(&change); got != want {
			t.Errorf("%s is told as %q, want %q", change.Act, got, want)
		}
	}
}

func TestEveryLetterReminderAndStateHasAName(t *testing.T) {
	tell := storyteller(t)
	var texts []string
	for _, kind := range letterKinds {
		for _, act := range []workflow.Act{requests.ActLetterSent, requests.ActLetterFailed} {
			texts = append(texts, tell.text(&requests.Event{Act: act, Change: requests.Change{Letter: kind}}))
		}
	}
	for _, reminder := range []string{"proof/24h", "proof/72h", "proof/last", "proof/lapse", "files/ending", "question.identity/1d", "question.fee/14bd"} {
		texts = append(texts, reminderWords(reminder))
	}
	for _, kind := range []policies.ClockKind{policies.Acknowledge, policies.FirstResponse, policies.Respond, policies.OptOut, policies.Fulfil, policies.AppealWindow, policies.AppealAnswer, policies.RecipientsNotice, policies.Retention} {
		for _, basis := range []policies.Basis{policies.ByLaw, policies.ByPromise, policies.ByTarget} {
			for _, threshold := range []string{"10d", "1d", "3bd", "4h", "today", "due", "overdue", "50%", "extend", "lead", "officer+1bd"} {
				texts = append(texts, reminderWords(string(kind)+"."+string(basis)+"/"+threshold))
			}
		}
	}
	for _, outcome := range []string{requests.Granted, requests.Partly, requests.RefusedAll, requests.NothingFound, requests.Withdrawn, requests.NotUs, requests.Spam, requests.Unproved, requests.Lapsed} {
		texts = append(texts, requests.OutcomeName(outcome))
	}
	for _, phase := range append(requests.Phases(), requests.Aside) {
		texts = append(texts, requests.PhaseName(phase))
	}
	for _, kind := range []deadlines.HoldKind{deadlines.HoldIdentity, deadlines.HoldClarification, deadlines.HoldFee, deadlines.HoldAuthority} {
		texts = append(texts, waitingFor(kind), holdName(kind))
	}
	for _, level := range identity.Levels() {
		texts = append(texts, levelName(level))
	}
	for _, text := range texts {
		if text == "" || raw.MatchString(text) {
			t.Errorf("something is called %q", text)
		}
	}
}

// Sixty items are the most; then no row is offered any more, and none is lost.
func TestNoMoreItemsAreOfferedThanCanBeDecided(t *testing.T) {
	tell := storyteller(t)
	typed := input{Values: url.Values{"by": {byItems}, "add": {"1"}}}
	for n := range requests.MaxItems + 5 {
		typed.Set(itemRow{N: n}.Cell("what"), "Kind "+strconv.Itoa(n))
	}
	f := actForm{View: tell.req, voice: tell.voice, typed: typed, again: true}
	for _, field := range decideFields(f) {
		if field.Kind == itemsField && (len(field.Items) != requests.MaxItems || !field.Full || field.Items[59].What != "Kind 59") {
			t.Errorf("the table has %d rows, full: %v", len(field.Items), field.Full)
		}
	}
	typed.Del("what.59")
	if field := f.itemsField(); len(field.Items) != requests.MaxItems || !field.Full || field.Items[59].What != "" {
		t.Errorf("with one less the table has %d rows", len(field.Items))
	}
	if d, ok := decideVerb(typed).(requests.Decide); !ok || len(d.Items) != 59 {
		t.Errorf("%d items are decided", len(d.Items))
	}
}

// A ground that a law knows and the console has no words for would be shown as
// the program calls it.
func TestEveryGroundOfEveryLawIsCalledByWords(t *testing.T) {
	tell := storyteller(t)
	named := groundNames()
	for _, regime := range tell.book.Regimes() {
		for _, version := range regime.Versions {
			for _, g := range version.Refusals {
				if named[g.Ground] == "" {
					t.Errorf("%s: %s has no name", regime.ID, g.Ground)
				}
			}
			for _, g := range version.Extensions {
				if named[g.Ground] == "" {
					t.Errorf("%s: %s has no name", regime.ID, g.Ground)
				}
			}
		}
	}
}
