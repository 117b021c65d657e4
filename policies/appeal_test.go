package policies_test

import (
	"errors"
	"testing"
	"time"

	"dsr/deadlines"
	"dsr/policies"
)

// appeal rules on an appeal and works its clocks out.
func appeal(t *testing.T, policy, under, residence string, received time.Time, extension *deadlines.Extension) (policies.Ruling, map[string]string) {
	t.Helper()
	b := book(t)
	pack, err := b.Pack(policy)
	if err != nil {
		t.Fatal(err)
	}
	ruling, err := b.RuleAppeal(policies.Question{Pack: pack, Right: policies.Deletion, Residence: residence, ReceivedAt: received}, under)
	if err != nil {
		t.Fatal(err)
	}
	place, err := b.Place(ruling.Zone, ruling.Calendar)
	if err != nil {
		t.Fatal(err)
	}
	dates := map[string]string{}
	for i := range ruling.Clocks {
		c := &ruling.Clocks[i]
		due, err := c.Rule.Due(&deadlines.Facts{ReceivedAt: received, Extension: extension}, place)
		if err != nil {
			t.Fatal(err)
		}
		dates[c.Name()] = due.Date.String()
	}
	return ruling, dates
}

func TestAnAppealHasTheClocksOfItsLawAndNoOthers(t *testing.T) {
	const (
		act   = "UK GDPR sets no number of days for a second look: without undue delay, with news of the progress and of the outcome (DPA 2018 s.164A); the house keeps 30 days"
		house = "no law sets a time for a second look; the house keeps 30 days"
	)
	at := time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		under, residence string
		received         time.Time
		version          string
		want             map[string]string
		note             string
	}{
		{"US-CO", "US-CO", at, "2023-07", map[string]string{"appeal_answer.law": "2027-01-02"}, ""},
		{"US-VA", "US-VA", at, "2023-01", map[string]string{"appeal_answer.law": "2027-01-17"}, ""},
		{"US-NJ", "US-NJ", at, "2025-01", map[string]string{"appeal_answer.law": "2027-01-02"}, ""},
		{"US-MN", "US-MN", at, "2025-07", map[string]string{"appeal_answer.law": "2027-01-02"}, ""},
		{"US-FL", "US-FL", at, "2024-07", map[string]string{"appeal_answer.law": "2027-01-17"}, ""},
		{"UK_GDPR", "GB", at, "2026-06", map[string]string{"acknowledge.law": "2026-12-18", "appeal_answer.target": "2026-12-18"}, act},
		// The day before s.164A came into force, and that day.
		{"UK_GDPR", "GB-SCT", time.Date(2026, 6, 18, 22, 59, 0, 0, time.UTC), "2026-02", map[string]string{"appeal_answer.target": "2026-07-18"}, house},
		{"UK_GDPR", "GB-SCT", time.Date(2026, 6, 18, 23, 0, 0, 0, time.UTC), "2026-06", map[string]string{"acknowledge.law": "2026-07-20", "appeal_answer.target": "2026-07-19"}, act},
		{"EU_GDPR", "DE", at, "2018-05", map[string]string{"appeal_answer.target": "2026-12-18"}, house},
		{"CCPA", "US-CA", at, "2023-01", map[string]string{"appeal_answer.target": "2026-12-18"}, house},
		{"US-UT", "US-UT", at, "2026-07", map[string]string{"appeal_answer.target": "2026-12-18"}, house},
		{"IN", "IN", time.Date(2027, 6, 1, 6, 0, 0, 0, time.UTC), "2027-05", map[string]string{"appeal_answer.law": "2027-08-30"}, ""},
		{"KR", "KR", at, "2024-03", map[string]string{"appeal_answer.target": "2026-12-19"},
			"Korea PIPA sets no number of days for a second look: the way to object is told with the refusal (PIPA Art. 38(5); Enforcement Decree Art. 43); the house keeps 30 days"},
		// The law of the first request stays, also when nobody knew the residence.
		{"KE", "", at, "2022-01", map[string]string{"appeal_answer.target": "2026-12-18"}, house},
	} {
		ruling, dates := appeal(t, "moxora", c.under, c.residence, c.received, nil)
		if ruling.Regime != c.under || ruling.Version != c.version || ruling.Level != "none" || ruling.Provisional != "" || ruling.PackSHA256 == "" {
			t.Errorf("%s: the ruling is %+v", c.under, ruling)
		}
		if len(dates) != len(c.want) || len(ruling.Clocks) != len(c.want) {
			t.Errorf("%s: the clocks are %v, want %v", c.under, dates, c.want)
		}
		for name, want := range c.want {
			if dates[name] != want {
				t.Errorf("%s, %s is due %s, want %s", c.under, name, dates[name], want)
			}
		}
		answer := ruling.Clocks[len(ruling.Clocks)-1]
		if answer.Kind != policies.AppealAnswer || !answer.Answers() || answer.Note != c.note {
			t.Errorf("%s: the last clock is %s, with the note %q", c.under, answer.Name(), answer.Note)
		}
	}
}

func TestAnAppealIsExtendedWhereTheLawSaysSo(t *testing.T) {
	received := time.Date(2026, 3, 2, 18, 0, 0, 0, time.UTC)
	sixty := &deadlines.Extension{Term: deadlines.Term{N: 60, Unit: deadlines.CalendarDays}, SentAt: received.AddDate(0, 0, 20)}
	for under, want := range map[string]string{"US-CO": "2026-06-15", "US-MN": "2026-06-15"} { // 45 and 60 days
		ruling, dates := appeal(t, "opvio", under, under, received, sixty)
		if dates["appeal_answer.law"] != want {
			t.Errorf("%s is due %s with the extension, want %s", under, dates["appeal_answer.law"], want)
		}
		if got := ruling.Clocks[0].Rule.Extension.String(); got != "60 days" {
			t.Errorf("%s may take %s longer", under, got)
		}
	}
	for _, under := range []string{"US-VA", "US-NJ", "US-FL", "EU_GDPR", "UK_GDPR"} {
		ruling, _ := appeal(t, "opvio", under, "", received, nil)
		for _, c := range ruling.Clocks {
			if !c.Rule.Extension.IsZero() || c.Rule.OpenEnded {
				t.Errorf("%s: %s can be extended", under, c.Name())
			}
		}
	}
}

func TestAnAppealCountsItsDaysWhereTheFirstRequestDid(t *testing.T) {
	b := book(t)
	pack, err := b.Pack("vensor")
	if err != nil {
		t.Fatal(err)
	}
	established := *pack
	established.Establishments = map[string]policies.Establishment{"EU": {Country: "IE", Zone: "Europe/Dublin", Calendar: "IE"}}
	for _, c := range []struct {
		pack                             *policies.Pack
		under, residence, zone, calendar string
	}{
		{pack, "EU_GDPR", "FI", "Europe/Helsinki", "FI"}, {&established, "EU_GDPR", "FI", "Europe/Dublin", "IE"},
		{pack, "UK_GDPR", "GB-SCT", "Europe/London", "GB-SCT"}, {pack, "US-CO", "US-CO", "America/Denver", "US-FED"},
	} {
		q := policies.Question{Pack: c.pack, Right: policies.Access, Residence: c.residence, ReceivedAt: received}
		first, err := b.Rule(q)
		if err != nil {
			t.Fatal(err)
		}
		second, err := b.RuleAppeal(q, first.Regime)
		if err != nil || second.Zone != c.zone || second.Calendar != c.calendar || second.Zone != first.Zone || second.Calendar != first.Calendar {
			t.Errorf("%s: %s and %s, first %s and %s (%v)", c.under, second.Zone, second.Calendar, first.Zone, first.Calendar, err)
		}
	}
}

func TestAnAppealUnderNoLawIsAnError(t *testing.T) {
	b := book(t)
	pack, _ := b.Pack("moxora")
	q := policies.Question{Pack: pack, Right: policies.Access, Residence: "DE", ReceivedAt: received}
	if _, err := b.RuleAppeal(q, "ATLANTIS"); !errors.Is(err, policies.ErrNoRegime) {
		t.Errorf("an unknown law gave %v", err)
	}
	q.ReceivedAt = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, r := range b.Regimes() {
		if first := r.Versions[0].From; first == nil {
			continue
		}
		if _, err := b.RuleAppeal(q, r.ID); !errors.Is(err, policies.ErrNoRegime) {
			t.Errorf("%s before its first day gave %v", r.ID, err)
		}
	}
}

// No law that is kept here counts the days to ask for a second look; most say
// "within a reasonable time".
func TestNoLawLimitsTheTimeToAppeal(t *testing.T) {
	b := book(t)
	for _, r := range b.Regimes() {
		ruling, err := b.RuleBy(r, policies.Question{Pack: b.Packs()[0], Right: policies.Access, Residence: r.Residences[0], ReceivedAt: received})
		if err != nil {
			t.Fatal(err)
		}
		if until, limited, err := b.AppealUntil(&ruling, received); limited || until != 0 || err != nil {
			t.Errorf("%s: until %s, %v, %v", r.ID, until, limited, err)
		}
	}
	if _, _, err := b.AppealUntil(&policies.Ruling{Regime: "ATLANTIS"}, received); !errors.Is(err, policies.ErrNoRegime) {
		t.Errorf("an unknown law gave %v", err)
	}
}
