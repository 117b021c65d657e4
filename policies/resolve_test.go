package policies_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"dsr/policies"
)

var received = time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)

func explain(t *testing.T, policy string, right policies.Right, residence string) policies.Explanation {
	t.Helper()
	b := book(t)
	pack, err := b.Pack(policy)
	if err != nil {
		t.Fatal(err)
	}
	e, err := b.Explain(policies.Question{Pack: pack, Right: right, Residence: residence, ReceivedAt: received})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func due(e policies.Explanation, kind policies.ClockKind, basis policies.Basis) string {
	for _, c := range e.Clocks {
		if c.Kind == kind && c.Basis == basis {
			return c.DueDate.String()
		}
	}
	return ""
}

func TestResidencePicksTheLaw(t *testing.T) {
	for _, c := range []struct{ residence, regime string }{
		{"DE", "EU_GDPR"}, {"NO", "EU_GDPR"}, {"GB", "UK_GDPR"}, {"GB-SCT", "UK_GDPR"}, {"CH", "CH"}, {"US-CA", "CCPA"},
		{"US-VA", "US-VA"}, {"BR", "BR"}, {"CA", "CA-PIPEDA"}, {"CA-QC", "CA-QC"}, {"NZ", "NZ"}, {"KR", "KR"},
	} {
		e := explain(t, "moxora", policies.Access, c.residence)
		if e.Ruling.Regime != c.regime || e.Ruling.Provisional != "" {
			t.Errorf("%s is under %s (%q), want %s", c.residence, e.Ruling.Regime, e.Ruling.Provisional, c.regime)
		}
	}
}

// Nobody who lives in an unknown place is ruled by a law that names no date
// while another names one, and the ruling says that it is provisional.
func TestAnUnknownResidenceGetsTheStrictestDate(t *testing.T) {
	b := book(t)
	for _, pack := range b.Packs() {
		for _, right := range b.Given(pack, "", received) {
			e := explain(t, pack.ID, right, "")
			if e.Ruling.Provisional == "" {
				t.Errorf("%s, %s: not provisional", pack.ID, right)
			}
			if due(e, policies.Respond, policies.ByLaw) == "" && due(e, policies.OptOut, policies.ByLaw) == "" {
				t.Errorf("%s, %s: the law of %s names no date", pack.ID, right, e.Ruling.Regime)
			}
			for _, residence := range []string{"DE", "US-CA", "GB", "BR", "KR", "NZ", "JP"} {
				pack, _ := b.Pack(pack.ID)
				other, err := b.Explain(policies.Question{Pack: pack, Right: right, Residence: residence, ReceivedAt: received})
				if errors.Is(err, policies.ErrNotGiven) {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				strict, known := lawDate(e), lawDate(other)
				if known != "" && known < strict {
					t.Errorf("%s, %s: unknown is due %s by %s, but %s is due %s", pack.ID, right, strict, e.Ruling.Regime, residence, known)
				}
			}
		}
	}
}

func lawDate(e policies.Explanation) string {
	for _, kind := range []policies.ClockKind{policies.OptOut, policies.Respond} {
		if date := due(e, kind, policies.ByLaw); date != "" {
			return date
		}
	}
	return ""
}

func TestAPlaceWithoutALawOfOursSaysSo(t *testing.T) {
	for _, residence := range []string{"US-NY", "AR", "US"} {
		if e := explain(t, "moxora", policies.Access, residence); e.Ruling.Provisional == "" {
			t.Errorf("%s: the ruling under %s is not provisional", residence, e.Ruling.Regime)
		}
	}
	if e := explain(t, "moxora", policies.Access, "US-NY"); due(e, policies.Respond, policies.ByLaw) != "2027-01-02" {
		t.Errorf("New York is due %s under %s", due(e, policies.Respond, policies.ByLaw), e.Ruling.Regime)
	}
}

func TestPromiseAndLawStandSideBySide(t *testing.T) {
	e := explain(t, "moxora", policies.Deletion, "US-CA")
	for _, c := range []struct {
		kind  policies.ClockKind
		basis policies.Basis
		want  string
	}{
		{policies.Respond, policies.ByPromise, "2026-12-18"}, {policies.Fulfil, policies.ByPromise, "2026-12-18"},
		{policies.Respond, policies.ByLaw, "2027-01-02"}, {policies.Acknowledge, policies.ByLaw, "2026-12-03"},
	} {
		if got := due(e, c.kind, c.basis); got != c.want {
			t.Errorf("%s by %s is due %s, want %s", c.kind, c.basis, got, c.want)
		}
	}
	if e := explain(t, "nexoro", policies.Access, "DE"); e.NoPromise == "" || due(e, policies.Respond, policies.ByPromise) != "" {
		t.Errorf("nexoro promises %q, and says %q", due(e, policies.Respond, policies.ByPromise), e.NoPromise)
	}
	if e := explain(t, "vensor", policies.OptOutAI, "US-TX"); due(e, policies.Respond, policies.ByTarget) == "" && due(e, policies.Respond, policies.ByLaw) == "" {
		t.Error("a right that only the policy gives has no clock at all")
	}
}

func TestWhatNobodyGivesIsRefused(t *testing.T) {
	b := book(t)
	pack, _ := b.Pack("sectora")
	_, err := b.Rule(policies.Question{Pack: pack, Right: policies.LimitSensitive, Residence: "DE", ReceivedAt: received})
	if !errors.Is(err, policies.ErrNotGiven) {
		t.Errorf("limiting sensitive information in Germany gave %v", err)
	}
	for _, residence := range []string{"XX-", "germany", "de", "US-CALIFORNIA", "../.."} {
		if _, err := b.Rule(policies.Question{Pack: pack, Right: policies.Access, Residence: residence, ReceivedAt: received}); !errors.Is(err, policies.ErrResidence) {
			t.Errorf("residence %q gave %v", residence, err)
		}
	}
	if given := b.Given(pack, "US-CA", received); !slices.Contains(given, policies.OptOutSale) || slices.Contains(b.Given(pack, "DE", received), policies.OptOutSale) {
		t.Errorf("sectora gives %v in California", given)
	}
}

func TestOptOutsAreNeverGated(t *testing.T) {
	b := book(t)
	for _, pack := range b.Packs() {
		for _, right := range policies.Rights() {
			if !right.IsOptOut() {
				continue
			}
			for _, r := range b.Regimes() {
				ruling, err := b.RuleBy(r, policies.Question{Pack: pack, Right: right, Residence: r.Residences[0], ReceivedAt: received})
				if err == nil && ruling.Level != "none" {
					t.Errorf("%s under %s asks for %s", right, r.ID, ruling.Level)
				}
			}
		}
	}
}
