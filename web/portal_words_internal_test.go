package web

import (
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
	"dsr/words"
)

// portalSpoken lists the keys of the requester's pages that are put together at
// run time.
func portalSpoken() []string {
	keys := []string{"portal.left.text", "portal.left.everywhere", "portal.landing.not_you", "portal.landing.behalf.not_you", "portal.item.not_ours"}
	add := func(before, after string, names ...string) {
		for _, n := range names {
			keys = append(keys, before+n+after)
		}
	}
	stages := []string{"given", "authority", "authority_of_other", "proof_of_other", "withdrawn_of_other", "lapsed", "spam", "no_request", "appeal", "appealed.changed", "appealed.partly", "appealed.stands"}
	add("portal.stage.", ".heading", stages...)
	add("portal.stage.", ".text", stages...)
	add("portal.flash.", "", "proof", "reopened", "renewed", "appeal")
	add("portal.not.", "", "proof", "question", "reopen", "appeal", "withdraw")
	for _, kind := range []string{"one", "all", "lapsed", "agent", "behalf"} {
		add("portal.landing."+kind+".", "", "heading", "text", "open")
	}
	add("portal.appeal.", "", "changed", "partly", "stands", "by.law", "by.target")
	for _, done := range []string{"given", "deleted", "corrected", "done"} {
		add("portal.item."+done+".", "", string(requests.Give), string(requests.Part), string(requests.Keep))
	}
	add("proof.", ".heading", "identity", "authority", "other")
	add("proof.", ".lead", "identity", "authority", "other")
	add("errors.", ".wait", "too_many", "code_tries")
	add("rights.", ".name", names(policies.Rights())...)
	return keys
}

func names(rights []policies.Right) []string {
	list := make([]string, len(rights))
	for i, r := range rights {
		list[i] = string(r)
	}
	return list
}

func TestPortalKeysMadeAtRunTimeAreInEveryCatalogue(t *testing.T) {
	catalogue, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	keys := portalSpoken()
	for _, point := range requests.DataPoints(&policies.Pack{}, policies.Access) {
		keys = append(keys, "proof.point."+point)
	}
	for _, language := range catalogue.Languages() {
		for _, key := range keys {
			if !catalogue.In(language.Tag).Has(key) {
				t.Errorf("%s has no %q", language.Tag, key)
			}
		}
	}
}

// TestPortalButtonsAreShortInEveryLanguage keeps the longest words from breaking
// a button on a narrow phone.
func TestPortalButtonsAreShortInEveryLanguage(t *testing.T) {
	catalogue, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	buttons := []string{
		"portal.landing.one.open", "portal.landing.all.open", "portal.landing.lapsed.open", "portal.landing.agent.open", "portal.landing.behalf.open",
		"portal.reopen.do", "portal.files.renew", "portal.appeal.send", "portal.visit.leave", "portal.visit.everywhere", "portal.mine.before", "portal.mine.after",
		"follow.send", "follow.link", "follow.code.open", "errors.no_visit.action", "errors.code_tries.action", "portal.need.send", "portal.unhappy.action",
	}
	for _, language := range catalogue.Languages() {
		for _, key := range buttons {
			if text := catalogue.In(language.Tag).T(key); len([]rune(text)) > 30 {
				t.Errorf("%s: %s is long for a button: %q", language.Tag, key, text)
			}
		}
	}
}

func TestPortalUrgencyPutsFirstWhatWaitsForItsReader(t *testing.T) {
	asked := requests.Request{Phase: requests.Verification}
	asked.Facts.Proof = &requests.Proof{}
	authority := requests.Request{Phase: requests.Triage}
	authority.Facts.Proof = &requests.Proof{Authority: true}
	lapsed := requests.Request{Phase: requests.Aside, Outcome: requests.Lapsed}
	order := []*requests.Request{
		{Phase: requests.Closed, Outcome: requests.Withdrawn}, {Phase: requests.Search}, &lapsed, {Phase: requests.Answer, Outcome: requests.Granted}, &asked, &authority,
	}
	slices.SortStableFunc(order, func(a, b *requests.Request) int { return urgency(a) - urgency(b) })
	want := []string{"proof", "authority", "lapsed", "granted", "search", "withdrawn"}
	for i, r := range order {
		if stageOf(r) != want[i] {
			t.Errorf("place %d has %s, want %s", i, stageOf(r), want[i])
		}
	}
}

func TestPortalSaysWhatCanBeDoneAboutAnAnswer(t *testing.T) {
	catalogue, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	day, err := deadlines.ParseDate("2026-12-21")
	if err != nil {
		t.Fatal(err)
	}
	answered := bun.NullTime{Time: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	for _, c := range []struct {
		name string
		view requests.View
		want *unhappy
	}{
		{"nothing was decided", requests.View{Request: &requests.Request{}}, nil},
		{"no last day", requests.View{Request: &requests.Request{AnsweredAt: answered}, Appeal: true},
			&unhappy{Text: "Ask us to look again. Somebody who did not make the decision reads what you write.", Action: "/my/MOX-1/appeal"}},
		{"a last day", requests.View{Request: &requests.Request{AnsweredAt: answered}, Appeal: true, AppealUntil: day},
			&unhappy{Text: "Until Monday 21 December 2026 you can ask us to look again. Somebody who did not make the decision reads what you write.", Action: "/my/MOX-1/appeal"}},
		{"the last day is over", requests.View{Request: &requests.Request{AnsweredAt: answered}, AppealUntil: day},
			&unhappy{Text: "The time to ask us to look again ended on Monday 21 December 2026. You can still write to us here."}},
		{"it is looked at again", requests.View{Request: &requests.Request{AnsweredAt: answered, Facts: requests.Facts{Appealed: "MOX-2"}}},
			&unhappy{Text: "You asked us to look again. The page for that is:", Case: "MOX-2", Href: "/my/MOX-2"}},
		{"it was looked at again", requests.View{Request: &requests.Request{AnsweredAt: answered, AppealOf: 7}},
			&unhappy{Text: "We have looked at it twice now and do not look a third time. You can still write to us here."}},
	} {
		c.view.Reference = "MOX-1"
		k := &calendar{Printer: catalogue.In("en"), r: c.view.Request}
		if got := k.lookAgain(&c.view); (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
