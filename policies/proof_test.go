package policies_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/identity"
	"dsr/policies"
	"dsr/strict"
	"dsr/words"
)

// days are days of receipt under every edition of the laws that have several.
var days = []time.Time{
	time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC),
	received, time.Date(2027, 6, 15, 12, 0, 0, 0, time.UTC),
}

// eachRuling calls found with the ruling of every right under every law, by one
// residence a law and by none.
func eachRuling(t *testing.T, pack *policies.Pack, found func(right policies.Right, r policies.Ruling, v *policies.RegimeVersion)) {
	t.Helper()
	b := book(t)
	for _, day := range days {
		for _, right := range append(policies.Rights(), policies.Appeal, policies.Complaint) {
			rule := func(residence string, by *policies.Regime) {
				q := policies.Question{Pack: pack, Right: right, Residence: residence, ReceivedAt: day}
				ruling, err := b.Rule(q)
				if by != nil {
					ruling, err = b.RuleBy(by, q)
				}
				if errors.Is(err, policies.ErrNotGiven) || errors.Is(err, policies.ErrNoRegime) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				law, err := b.Regime(ruling.Regime)
				if err != nil {
					t.Fatal(err)
				}
				found(right, ruling, law.VersionNamed(ruling.Version))
			}
			rule("", nil)
			for _, law := range b.Regimes() {
				if law.ByChoice {
					rule("GB", law)
				} else {
					rule(law.Residences[0], nil)
					rule(law.Residences[0], law)
				}
			}
		}
	}
}

func TestNoRulingAsksForMoreProofThanTheLawAllowsOrGatesAnOptOut(t *testing.T) {
	for _, pack := range book(t).Packs() {
		packs := []*policies.Pack{pack}
		// Whatever a pack says, also what the loader refuses.
		for _, level := range identity.Levels() {
			asking := *pack
			asking.Identity = []policies.ProofAsked{{Rights: policies.Rights(), Level: level, Because: "to try it"}}
			packs = append(packs, &asking)
		}
		for _, pack := range packs {
			eachRuling(t, pack, func(right policies.Right, r policies.Ruling, v *policies.RegimeVersion) {
				if r.Level.Needs(v.MostProof(right)) {
					t.Errorf("%s of %s under %s asks for %s, the law allows %s", right, pack.ID, r.Regime, r.Level, v.MostProof(right))
				}
				if right.IsOptOut() && r.Level != identity.None && r.Level != identity.Locate {
					t.Errorf("%s of %s under %s asks for %s", right, pack.ID, r.Regime, r.Level)
				}
				if right.IsOptOut() && len(pack.Identity) == 0 && r.Level != identity.None {
					t.Errorf("%s of %s under %s asks for %s, though the pack asks for nothing", right, pack.ID, r.Regime, r.Level)
				}
			})
		}
	}
}

// asking gives the sample pack an identity section.
func asking(t *testing.T, section string) (*policies.Pack, error) {
	t.Helper()
	return policies.ReadPack(strict.NewReader(), "lamplight.yaml", []byte(samplePack+"identity:\n"+section))
}

func TestAPackMayAskForLessProof(t *testing.T) {
	pack, err := asking(t, `
  - {rights: [access, portability], level: mailbox, because: Every account is a mailbox.}
  - {rights: [deletion], level: two_points, because: Orders are numbered.}
  - {rights: [opt_out, limit_sensitive], level: locate, because: The newsletter goes by address.}
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		residence string
		right     policies.Right
		want      identity.Level
	}{
		{"US-CA", policies.Access, identity.Mailbox},         // the law allows three points
		{"US-CA", policies.Correction, identity.TwoPoints},   // the pack says nothing
		{"US-CA", policies.Deletion, identity.TwoPoints},     // both say the same
		{"DE", policies.Deletion, identity.Mailbox},          // the law allows less
		{"US-CA", policies.OptOutSale, identity.None},        // California forbids any proof
		{"DE", policies.OptOutMarketing, identity.None},      // so does Europe here
		{"US-VA", policies.OptOutSale, identity.Locate},      // Virginia lets the record be found
		{"US-CA", policies.OptOutMarketing, identity.None},   // unknown to the law, which asks for none elsewhere
		{"US-VA", policies.OptOutMarketing, identity.Locate}, // unknown to the law, which asks to locate elsewhere
		{"JP", policies.OptOutAI, identity.Locate},           // a law without opt-outs
	} {
		law := map[string]string{"US-CA": "CCPA", "DE": "EU_GDPR", "US-VA": "US-VA", "JP": "JP"}[c.residence]
		r, err := book(t).Regime(law)
		if err != nil {
			t.Fatal(err)
		}
		ruling, err := book(t).RuleBy(r, policies.Question{Pack: pack, Right: c.right, Residence: c.residence, ReceivedAt: received})
		if err != nil || ruling.Level != c.want {
			t.Errorf("%s in %s: %s, want %s (%v)", c.right, c.residence, ruling.Level, c.want, err)
		}
	}
	asked, says := pack.ProofAsked(policies.Deletion)
	if _, silent := pack.ProofAsked(policies.Correction); !says || silent || asked.Because != "Orders are numbered." {
		t.Errorf("deletion %v, correction %v", asked, silent)
	}
}

func TestAPackThatAsksForTheWrongProofIsRefused(t *testing.T) {
	for section, want := range map[string]string{
		"  - {rights: [opt_out.marketing], level: mailbox, because: x}\n":                                                           "lamplight.yaml:46:42: opt_out.marketing covers an opt-out, which takes none or locate and never mailbox",
		"  - {rights: [limit_sensitive], level: two_points, because: x}\n":                                                          "limit_sensitive covers an opt-out",
		"  - {rights: [opt_out], level: three_points, because: x}\n":                                                                "opt_out covers an opt-out",
		"  - {rights: [all], level: mailbox, because: x}\n":                                                                         "name the other rights one by one",
		"  - {rights: [access], level: passport, because: x}\n":                                                                     "level must be one of: none, locate, mailbox, reauthentication, two_points, three_points",
		"  - {rights: [access], level: mailbox}\n":                                                                                  "because is missing",
		"  - {level: mailbox, because: x}\n":                                                                                        "rights is missing",
		"  - {rights: [erasure], level: mailbox, because: x}\n":                                                                     `"erasure" is no right`,
		"  - {rights: [access], level: mailbox, because: x}\n  - {rights: [deletion, access], level: locate, because: once more}\n": "identity speaks of access twice",
	} {
		_, err := asking(t, section)
		var fault *strict.Error
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gave %v, want %s", section, err, want)
		}
	}
}

func TestACheckNotesWhereALawAllowsLess(t *testing.T) {
	pack, err := asking(t, "  - {rights: [access], level: mailbox, because: x}\n  - {rights: [deletion], level: two_points, because: y}\n")
	if err != nil {
		t.Fatal(err)
	}
	findings := book(t).CheckPack(pack, nil)
	if len(findings) != 1 || findings[0].Key != "identity[1].level" || findings[0].Severity != policies.SeverityNote {
		t.Fatalf("found %v", findings)
	}
	if want := "two_points is more than 36 of 37 laws allow, such as Australia"; !strings.HasPrefix(findings[0].Problem, want) {
		t.Errorf("the note says %q, want %q", findings[0].Problem, want)
	}
}

// languages are those the pages speak besides English, in which the packs are
// written.
func languages(t *testing.T) []string {
	t.Helper()
	catalogue, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	var tags []string
	for _, l := range catalogue.Languages() {
		if l.Tag != words.Base {
			tags = append(tags, l.Tag)
		}
	}
	return tags
}

func TestTheFivePacksLeaveNothingToCheck(t *testing.T) {
	tags := languages(t)
	if len(tags) < 7 || !slices.Contains(tags, "pt-PT") {
		t.Fatalf("the pages speak %v", tags)
	}
	for _, pack := range book(t).Packs() {
		for _, f := range book(t).CheckPack(pack, tags) {
			t.Errorf("%s: %s", pack.ID, f)
		}
	}
}
