package policies

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"dsr/strict"
)

// withLaw puts a changed law in the place of one in force, as an edited file
// would.
func withLaw(t *testing.T, file string, pairs ...string) (*Book, error) {
	t.Helper()
	data, err := os.ReadFile("regimes/" + file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(pairs...).Replace(string(data))
	if text == string(data) {
		t.Fatalf("%s does not hold %s", file, pairs[0])
	}
	r, err := ReadRegime(strict.NewReader(), file, []byte(text))
	if err != nil {
		t.Fatalf("a law that was in force once must stay readable: %v", err)
	}
	b, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(b.byName, func(_ string, other *Regime) bool { return other.ID == r.ID })
	return b, b.addRegime(file, []byte(text), r)
}

func TestTheLastDayToAppeal(t *testing.T) {
	window := `    identity:
      - {rights: [access, correction, deletion, portability], level: mailbox`
	b, err := withLaw(t, "us-va.yaml", window, `      - {clock: appeal_window, rights: [appeal], start: receipt, term: 30 days, roll: none, source: an invented section, certainty: from_knowledge}
`+window)
	if err != nil {
		t.Fatal(err)
	}
	law, err := b.Regime("US-VA")
	if err != nil {
		t.Fatal(err)
	}
	received := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	ruling, err := b.RuleBy(law, Question{Pack: b.packs[0], Right: Access, Residence: "US-VA", ReceivedAt: received})
	if err != nil {
		t.Fatal(err)
	}
	// Answered at ten at night on 15 April in Virginia, which is the 16th in UTC.
	until, limited, err := b.AppealUntil(&ruling, time.Date(2026, 4, 16, 2, 0, 0, 0, time.UTC))
	if err != nil || !limited || until.String() != "2026-05-15" {
		t.Errorf("until %s, %v, %v", until, limited, err)
	}
	for _, c := range ruling.Clocks {
		if c.Kind == AppealWindow {
			t.Error("the time to appeal runs before there is an answer")
		}
	}
	ruling.Version = "1999-01" // an edition that the file no longer names
	if until, limited, err = b.AppealUntil(&ruling, received); err != nil || !limited || until.String() != "2026-04-01" {
		t.Errorf("of a lost edition: until %s, %v, %v", until, limited, err)
	}
}

func TestALawInForceSaysHowMuchProofItAllows(t *testing.T) {
	for _, c := range []struct{ name, file, old, new, want string }{
		{"nothing about a right", "us-va.yaml", "rights: [access, correction, deletion, portability], level", "rights: [access, deletion, portability], level",
			"us-va.yaml:11:15: version 2023-01 gives the right correction and says nothing of it under identity"},
		{"nothing about a right without a number", "ch.yaml", "rights: [correction, deletion, objection], level", "rights: [correction, deletion], level",
			"gives the right objection and says nothing"},
		{"nothing about a complaint", "uk-gdpr.yaml", "rights: [complaint], level: locate", "rights: [automated_decision], level: locate",
			"version 2026-06 gives the right complaint"},
		{"an opt-out behind proof", "us-va.yaml", "opt_out.profiling], level: locate", "opt_out.profiling], level: mailbox",
			"version 2023-01 lets an opt-out wait for mailbox: none or locate is the most"},
		{"every right behind proof", "us-va.yaml", "rights: [access, correction, deletion, portability], level", "rights: [all], level",
			"lets an opt-out wait for mailbox"},
	} {
		if _, err := withLaw(t, c.file, c.old, c.new); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s gave %v", c.name, err)
		}
	}
}
