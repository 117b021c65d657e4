package policies_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"dsr/policies"
)

// The golden texts are what each pack promises, for a lawyer to read. After a
// wanted change write them anew with UPDATE_GOLDEN=1 go test ./policies.
func TestWhatEachPackPromises(t *testing.T) {
	for _, id := range []string{"moxora", "nexoro", "opvio", "sectora", "vensor"} {
		t.Run(id, func(t *testing.T) {
			shown := policies.Show(shipped(t, id))
			golden := filepath.Join("testdata", "show", id+".txt")
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(golden, []byte(shown), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if shown != string(want) {
				t.Errorf("shown\n%s\nwant\n%s", shown, want)
			}
			for n, line := range strings.Split(shown, "\n") {
				if utf8.RuneCountInString(line) > 80 {
					t.Errorf("line %d is wider than 80 columns: %s", n+1, line)
				}
			}
		})
	}
}

func TestShowNamesEveryPartOfAPack(t *testing.T) {
	pack := decodePack(t, "lamplight.yaml", strings.Replace(samplePack, "zone: UTC", `zone: UTC
establishments:
  UK: {country: GB, zone: Europe/London, calendar: GB-EAW}
  EU: {country: DE, zone: Europe/Berlin, calendar: DE}
identity:
  - {rights: [access, portability], level: reauthentication, because: Everybody has an account.}
embed: {origins: ["https://www.lamplight.example", "http://localhost:8080"]}
identifiers:
  - {name: lamp, label: Lamp, label_in: {fr: Lampe de lecture, de: Leselampe}}`, 1))
	pack.Contacts.Phone, pack.Controller.Address = "+44 20 7946 0000", "Wick Lane 1\n\n London E3\n"
	pack.SHA256 = strings.Repeat("0f", 32)
	shown := policies.Show(pack)
	for _, want := range []string{
		"Lamplight: Privacy notice\n", "4 March 2026", "dpo@lamplight.example", "  SHA-256  " + pack.SHA256 + "\n",
		"DE, days of Europe/Berlin, holidays of DE", "typically within 48 hours", "delivery notes          for 90 days", "16 years", "notice of changes",
		"  Telephone               +44 20 7946 0000\n", "  Address                 Wick Lane 1, London E3\n",
		"  reauthentication        for access, portability: Everybody has an account.\n", "  https://www.lamplight.example\n",
		"In other languages\n  lamp, label             Lamp\n    de                    Leselampe\n    fr                    Lampe de lecture\n",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing from\n%s", want, shown)
		}
	}
	if strings.Index(shown, "In EU") > strings.Index(shown, "In UK") {
		t.Error("regions are not in order")
	}
}

// The truth table of what the five policies promise, apart from their wording.
func TestTheFivePacksPromiseWhatTheirPoliciesPromise(t *testing.T) {
	for id, want := range map[string]struct{ rights, clocks, retention string }{
		"nexoro": {"access correction deletion restriction", "", "no number"},
		"moxora": {"access correction deletion objection restriction portability withdraw_consent",
			"respond firm 30 days; fulfil firm 30 days", "no number"},
		"opvio": {"access correction deletion restriction portability objection access[US-CA] deletion[US-CA] opt_out.sale_sharing[US-CA]",
			"first_response typical 48 hours; respond no_number", "no number"},
		"vensor":  {"access correction deletion portability opt_out.ai_processing", "", "30 days, 90 days"},
		"sectora": {"access correction deletion portability opt_out.marketing", "", "90 days, no number"},
	} {
		pack := shipped(t, id)
		var rights, clocks, retention []string
		for _, r := range pack.Rights {
			name := string(r.Right)
			if len(r.Residences) > 0 {
				name += "[" + strings.Join(r.Residences, " ") + "]"
			}
			rights = append(rights, name)
		}
		for _, p := range append(pack.Promises.Response, pack.Promises.Fulfilment...) {
			clock := string(p.Clock) + " " + p.Wording
			if !p.Term.IsZero() {
				clock += " " + p.Term.String()
			}
			clocks = append(clocks, clock)
		}
		for _, p := range pack.Promises.Retention {
			if p.Term.IsZero() {
				retention = append(retention, "no number")
			} else {
				retention = append(retention, p.Term.String())
			}
		}
		if got := strings.Join(rights, " "); got != want.rights {
			t.Errorf("%s: rights %s", id, got)
		}
		if got := strings.Join(clocks, "; "); got != want.clocks {
			t.Errorf("%s: clocks %s", id, got)
		}
		if got := strings.Join(retention, ", "); got != want.retention {
			t.Errorf("%s: retention %s", id, got)
		}
	}
}
