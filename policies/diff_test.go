package policies_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"dsr/deadlines"
	"dsr/policies"
)

func TestTheSamePackHasNoChanges(t *testing.T) {
	for _, id := range []string{"moxora", "nexoro", "opvio", "sectora", "vensor"} {
		if changes := policies.Diff(shipped(t, id), shipped(t, id)); len(changes) > 0 {
			t.Errorf("%s: %v", id, changes)
		}
	}
}

func TestChangesOfPromises(t *testing.T) {
	const noLaterThan = "requests already received"
	for _, c := range []struct {
		name string
		edit func(string) string
		want []string // kind and sentence, in order
	}{
		{"a longer time", replacing("term: 20 days", "term: 45 days"),
			[]string{"loosened: Promise loosened, answer for every right: was within 20 days; now within 45 days."}},
		{"a shorter time", replacing("term: 20 days", "term: 14 days"),
			[]string{"tightened: Promise tightened, answer for every right: was within 20 days; now within 14 days."}},
		{"a time in another unit that is longer", replacing("term: 20 days", "term: 1 month"),
			[]string{"loosened: Promise loosened, answer for every right: was within 20 days; now within 1 month."}},
		{"a time in another unit that cannot be compared", replacing("term: 20 days", "term: 15 business days"),
			[]string{"changed: Promise changed, answer for every right: was within 20 days; now within 15 business days."}},
		{"hours into days", replacing("term: 48 hours", "term: 2 days"),
			[]string{"loosened: Promise loosened, carrying it out for deletion: was typically within 48 hours; now typically within 2 days."}},
		{"firm from typical", replacing("wording: typical", "wording: firm"),
			[]string{"tightened: Promise tightened, carrying it out for deletion: was typically within 48 hours; now within 48 hours."}},
		{"firm, but later", replacing("wording: typical", "wording: firm", "term: 48 hours", "term: 72 hours"),
			[]string{"changed: Promise changed, carrying it out for deletion: was typically within 48 hours; now within 72 hours."}},
		{"the number taken out", replacing("      term: 20 days\n      wording: firm", "      wording: no_number"),
			[]string{"loosened: Promise loosened, answer for every right: was within 20 days; now without a number."}},
		{"an exception added", replacing("term: 20 days", "term: 20 days\n      except: in August"),
			[]string{"loosened: Promise loosened, answer for every right: was within 20 days; now within 20 days, except in August."}},
		{"fewer rights", replacing("rights: [all]\n      term: 20", "rights: [access, deletion]\n      term: 20"),
			[]string{"removed: Promise removed, answer for correction, portability, objection, restriction, withdraw_consent, opt_out.sale_sharing, opt_out.marketing, opt_out.ai_processing, opt_out.profiling, limit_sensitive, automated_decision: within 20 days."}},
		{"records kept longer", replacing("term: 90 days", "term: 180 days"),
			[]string{"loosened: Promise loosened, retention of delivery notes: was for 90 days; now for 180 days."}},
		{"a promise of another clock", replacing("clock: respond", "clock: first_response"),
			[]string{"removed: Promise removed, answer for every right: within 20 days.", "added: Promise added, first response for every right: within 20 days."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, edited := decodePack(t, "old.yaml", samplePack), decodePack(t, "new.yaml", c.edit(samplePack))
			changes := policies.Diff(old, edited)
			var got []string
			for _, change := range changes {
				got = append(got, string(change.Kind)+": "+change.Sentence)
				retention := strings.HasPrefix(change.Name, "retention")
				if !retention && !strings.Contains(change.Meaning, noLaterThan) && !strings.Contains(change.Meaning, "those already received") {
					t.Errorf("the meaning does not say what holds for requests already received: %q", change.Meaning)
				}
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestAPromiseOfOneTimeForAllSplitInTwo(t *testing.T) {
	old, split := decodePack(t, "old.yaml", samplePack), decodePack(t, "new.yaml", samplePack)
	answer := split.Promises.Response[0]
	answer.Rights = []policies.Right{policies.Access, policies.Deletion}
	slower := answer
	slower.Rights, slower.Term = nil, deadlines.Term{N: 30, Unit: deadlines.CalendarDays}
	for _, right := range policies.Rights() {
		if right != policies.Access && right != policies.Deletion {
			slower.Rights = append(slower.Rights, right)
		}
	}
	split.Promises.Response = []policies.Promise{answer, slower}
	changes := policies.Diff(old, split)
	if len(changes) != 1 || changes[0].Kind != policies.Loosened || !reflect.DeepEqual(changes[0].Rights, slower.Rights) {
		t.Errorf("only the slower rights are loosened: %v", changes)
	}
	if !strings.Contains(changes[0].Meaning, "does not apply to requests already received") {
		t.Errorf("meaning: %s", changes[0].Meaning)
	}
}

func TestChangesOfEverythingElse(t *testing.T) {
	old := decodePack(t, "old.yaml", samplePack)
	edited := decodePack(t, "new.yaml", replacing(
		"date: 2026-03-04", "date: 2026-09-01",
		"dpo: dpo@lamplight.example", "general: hello@lamplight.example",
		"zone: UTC", "zone: Europe/Berlin",
		"  - right: access\n", "  - right: access\n    limits: once a year\n",
		"  - right: deletion\n    evidence", "  - right: deletion\n    residences: [US-CA, US-TX]\n    evidence",
		"years: 16", "years: 18",
		"kind: mail\n    address: rights@lamplight.example", "kind: post\n    address: Wick Lane 1",
		"before a change", "before any change",
		"not_clocks:", "holders:\n  - {name: Bulb & Co, role: ships lamps, evidence: {section: 1. What We Collect, phrase: makers}}\nnot_clocks:",
	)(samplePack))
	edited.Rights = append(edited.Rights, policies.PromisedRight{Right: policies.Portability})
	want := []string{
		"Policy text changed, date: was 2026-03-04; now 2026-09-01.",
		"Right changed, access: was for everybody; now for everybody, once a year.",
		"Right changed, deletion: was for everybody; now for people in US-CA, US-TX.",
		"Right added, portability: for everybody.",
		"Contact removed, dpo: dpo@lamplight.example.",
		"Contact added, general: hello@lamplight.example.",
		"Channel removed, mail rights@lamplight.example: for every right.",
		"Channel added, post Wick Lane 1: for every right.",
		"Holder added, Bulb & Co: ships lamps.",
		"Minimum age changed, years: was 16; now 18.",
		"Zone changed, zone: was UTC; now Europe/Berlin.",
		"Statement changed, notice of changes: was “two weeks before a change”; now “two weeks before any change”.",
	}
	for range 5 { // the order never depends on a map
		var got []string
		for _, change := range policies.Diff(old, edited) {
			got = append(got, change.Sentence)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	back := policies.Diff(edited, old)
	if len(back) != len(want) {
		t.Errorf("%d changes back, %d forth", len(back), len(want))
	}
}

func TestChangesOfWhatRequestersMeet(t *testing.T) {
	const sections = `
identity:
  - {rights: [access, deletion], level: mailbox, because: Everybody has an account.}
embed: {origins: ["https://www.lamplight.example", "https://lamps.example"]}
identifiers:
  - {name: lamp, label: Lamp, label_in: {de: Leselampe, fr: Lampe}}
`
	old := decodePack(t, "old.yaml", samplePack+sections)
	edited := decodePack(t, "new.yaml", replacing(
		"[access, deletion], level: mailbox", "[access, portability], level: two_points",
		"https://lamps.example", "https://shop.example",
		"de: Leselampe, fr: Lampe", "de: Lampe, pl: Lampka",
		"entity: Lamplight Ltd", `entity: Lamplight Ltd, address: "Wick Lane 1\nLondon"`,
		"dpo: dpo@lamplight.example", `dpo: dpo@lamplight.example, phone: "+44 20 7946 0000"`,
		"initial: L", "initial: L, logo: lamp.svg",
	)(samplePack+sections))
	want := []string{
		"Controller added, address: Wick Lane 1, London.",
		"Contact added, phone: +44 20 7946 0000.",
		"Proof changed, access: was mailbox at most; now two points at most.",
		"Proof removed, deletion: mailbox at most.",
		"Proof added, portability: two points at most.",
		"Site with the form removed, https://lamps.example: may show the form.",
		"Site with the form added, https://shop.example: may show the form.",
		"Translation changed, lamp, label in de: was Leselampe; now Lampe.",
		"Translation removed, lamp, label in fr: Lampe.",
		"Translation added, lamp, label in pl: Lampka.",
	}
	var got []string
	for _, change := range policies.Diff(old, edited) {
		got = append(got, change.Sentence)
		if change.Subject == "proof" && !strings.Contains(change.Meaning, "keep the level of proof") {
			t.Errorf("%s means %q", change.Sentence, change.Meaning)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestARightForOneResidenceIsNotTheRightForAll(t *testing.T) {
	old, fewer := shipped(t, "opvio"), shipped(t, "opvio")
	fewer.Rights = fewer.Rights[:6] // without the section for California
	var got []string
	for _, change := range policies.Diff(old, fewer) {
		got = append(got, change.Sentence)
	}
	want := []string{
		"Right removed, access: for people in US-CA.",
		"Right removed, deletion: for people in US-CA.",
		"Right removed, opt_out.sale_sharing: for people in US-CA.",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestWhatAChangedRightMeans(t *testing.T) {
	const better, worse, unclear = "received from now on", "worse text does not apply", "cannot be compared"
	everywhere := policies.PromisedRight{Right: policies.Access}
	limited := policies.PromisedRight{Right: policies.Access, Limits: "once a year"}
	here := policies.PromisedRight{Right: policies.Access, Residences: []string{"US-CA"}}
	there := policies.PromisedRight{Right: policies.Access, Residences: []string{"US-CA", "DE"}}
	elsewhere := policies.PromisedRight{Right: policies.Access, Residences: []string{"FR"}}
	for _, c := range []struct {
		before, after policies.PromisedRight
		meaning       string
	}{
		{everywhere, limited, worse}, {limited, everywhere, better}, {everywhere, here, worse}, {here, everywhere, better},
		{here, there, better}, {there, here, worse}, {here, elsewhere, unclear}, {limited, here, unclear},
	} {
		changes := policies.Diff(&policies.Pack{Rights: []policies.PromisedRight{c.before}}, &policies.Pack{Rights: []policies.PromisedRight{c.after}})
		if len(changes) != 1 || changes[0].Kind != policies.Changed || !strings.Contains(changes[0].Meaning, c.meaning) {
			t.Errorf("%v → %v: %v, want %q", c.before, c.after, changes, c.meaning)
		}
	}
}

func TestAChangeAsJSON(t *testing.T) {
	old, edited := decodePack(t, "old.yaml", samplePack), decodePack(t, "new.yaml", strings.Replace(samplePack, "term: 48 hours", "term: 72 hours", 1))
	data, err := json.Marshal(policies.Diff(old, edited))
	const want = `[{"subject":"promise","kind":"loosened","name":"fulfil","rights":["deletion"],` +
		`"before":"typically within 48 hours","after":"typically within 72 hours",` +
		`"sentence":"Promise loosened, carrying it out for deletion: was typically within 48 hours; now typically within 72 hours.",` +
		`"meaning":"A worse text does not apply to requests already received: they keep what they were promised."}]`
	if err != nil || string(data) != want {
		t.Errorf("%v\n got %s\nwant %s", err, data, want)
	}
}
