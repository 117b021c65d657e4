package policies_test

import (
	"os"
	"strings"
	"testing"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/strict"
)

// samplePack and sampleText are of our own making: a shop of reading lamps.
const samplePack = `
policy: lamplight
version: "1"
prefix: LAM
controller: {name: Lamplight, entity: Lamplight Ltd}
policy_text: {title: Privacy notice, date: 2026-03-04}
contacts: {privacy: rights@lamplight.example, dpo: dpo@lamplight.example}
zone: UTC
rights:
  - right: access
    evidence: {section: 2. What You Can Ask, phrase: see what we keep}
  - right: deletion
    evidence: {section: 2. What You Can Ask, phrase: have your orders erased}
promises:
  response:
    - clock: respond
      rights: [all]
      term: 20 days
      wording: firm
      evidence: {section: 2. What You Can Ask, phrase: answers within 20 days}
  fulfilment:
    - clock: fulfil
      rights: [deletion]
      term: 48 hours
      wording: typical
      evidence: {section: 3. How Long We Keep Things, phrase: once you say so the wish lists vanish}
  retention:
    - clock: retention
      rights: [all]
      term: 90 days
      wording: firm
      covers: delivery notes
      evidence: {section: 3. How Long We Keep Things, phrase: a 90-day shelf}
minimum_age:
  years: 16
  evidence: {section: 4. Young Readers, phrase: nobody under sixteen}
channels:
  - kind: mail
    address: rights@lamplight.example
    evidence: {section: 5. Writing to Us, phrase: rights@lamplight.example}
not_clocks:
  - about: notice of changes
    evidence: {section: 5. Writing to Us, phrase: two weeks before a change}
brand: {colour: "#336699", initial: L}
`

const sampleText = `Privacy notice
Last updated: 4 March 2026

1. What We Collect
Your name, your street and the lamps you like. The bulbs' makers get 12 numbers of parts.

2. What You Can Ask
You can:
  • see what we keep,
  • have your orders erased.
Our desk answers within 20 days.

3. How Long We Keep Things
Delivery notes live on a 90-day shelf. As a rule, once you say so the wish lists vanish within forty-eight (48) hours.

4. Young Readers
We sell to nobody under sixteen.

5. Writing to Us
Write to rights@lamplight.example, or to our officer, dpo AT lamplight.example. We post a note two weeks before a change.
Open 24 hours a day, 7 days a week.`

func decodePack(t *testing.T, name, data string) *policies.Pack {
	t.Helper()
	pack := new(policies.Pack)
	if err := strict.NewReader().Decode(name, []byte(data), pack); err != nil {
		t.Fatal(err)
	}
	return pack
}

// shipped decodes one of the five packs.
func shipped(t *testing.T, id string) *policies.Pack {
	t.Helper()
	data, err := os.ReadFile("packs/" + id + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return decodePack(t, id+".yaml", string(data))
}

func replacing(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }

func TestATextThatSaysTheSamePasses(t *testing.T) {
	for name, edit := range map[string]func(string) string{
		"as published":                     func(s string) string { return s },
		"Windows line ends":                replacing("\n", "\r\n"),
		"a final line end":                 func(s string) string { return s + "\n\n" },
		"a byte order mark":                func(s string) string { return "\ufeff" + s },
		"smart quotes":                     replacing("'", "’", `"`, "”"),
		"hard spaces":                      replacing(" days", "\u00a0days", " hours", "\u202fhours"),
		"hard hyphens":                     replacing("90-day", "90\u2011day"),
		"other bullets":                    replacing("•", "*"),
		"dashes for bullets":               replacing("•", "-"),
		"emphasis":                         replacing("20 days", "**20** days", "see what", "**see** what"),
		"no empty lines":                   replacing("\n\n", "\n"),
		"empty lines everywhere":           replacing("\n", "\n\n"),
		"wrapped lines":                    replacing("Our desk answers within", "Our desk\nanswers within\n"),
		"capital headings":                 replacing("2. What You Can Ask", "2. WHAT YOU CAN ASK"),
		"Markdown headings":                replacing("\n1. ", "\n## 1. ", "\n2. ", "\n## 2. ", "\n3. ", "\n## 3. ", "\n4. ", "\n## 4. ", "\n5. ", "\n## 5. "),
		"bold headings":                    replacing("2. What You Can Ask", "**2. What You Can Ask**"),
		"a colon behind a heading":         replacing("2. What You Can Ask", "2. What You Can Ask:"),
		"a table of contents":              replacing("1. What We Collect\n", "1. What We Collect\n2. What You Can Ask\n3. How Long We Keep Things\n4. Young Readers\n5. Writing to Us\n\n1. What We Collect\n"),
		"a numbered list in a section":     replacing("You can:\n", "You can:\n1. Open your page\n2. Press the button\n"),
		"a missing number between two":     replacing("1. What We Collect\n", "Preface\n"),
		"the date in another form":         replacing("4 March 2026", "March 4th, 2026"),
		"the date in digits":               replacing("4 March 2026", "2026-03-04"),
		"the date with points":             replacing("4 March 2026", "04.03.2026"),
		"the date in one of two readings":  replacing("4 March 2026", "03/04/2026"),
		"the month alone":                  replacing("4 March 2026", "March 2026"),
		"another number that is no time":   replacing("12 numbers", "13 numbers"),
		"a second date beside the first":   replacing("Last updated: 4 March 2026", "Effective: 1 May 2026. Last updated: 4 March 2026"),
		"a date elsewhere about elsewhere": replacing("Our desk", "Since 1 January 2020 a law applies. Our desk"),
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range policies.CheckText(decodePack(t, "lamplight.yaml", samplePack), edit(sampleText)) {
				t.Errorf("unexpected %s", f)
			}
		})
	}
}

func TestADifferenceIsFound(t *testing.T) {
	for _, c := range []struct {
		name       string
		text, pack func(string) string
		key        string // of the finding
		section    string // part of it
		says       string // part of the problem
	}{
		{"a phrase in another section", replacing("  • have your orders erased.\n", "", "street and", "street and have your orders erased"), nil,
			"rights[1].evidence.phrase", "1. What We Collect", `not stand in section "2. What You Can Ask" but in "1. What We Collect"`},
		{"a phrase in the section before the next number", replacing("  • see what we keep,\n", "", "We sell", "To see what we keep, we sell"), nil,
			"rights[0].evidence.phrase", "4. Young Readers", "does not stand in section"},
		{"a phrase that is gone", replacing("see what we keep", "have a look"), nil,
			"rights[0].evidence.phrase", "", "stands nowhere"},
		{"a phrase cut inside a word", nil, replacing("phrase: see what we keep", "phrase: see what we kee"),
			"rights[0].evidence.phrase", "", "stands nowhere"},
		{"a longer number that begins the same", replacing("20 days", "200 days"), nil,
			"promises.response[0].evidence.phrase", "2. What You Can Ask", `"answers within 200 days"`},
		{"a changed number in the phrase", replacing("20 days", "25 days"), nil,
			"promises.response[0].evidence.phrase", "2. What You Can Ask", `"answers within 25 days"`},
		{"a changed unit in the phrase", replacing("20 days", "twenty working days"), nil,
			"promises.response[0].evidence.phrase", "2. What You Can Ask", `"answers within twenty working days"`},
		{"a changed number beside the phrase", replacing("forty-eight (48)", "72"), nil,
			"promises.fulfilment[0].term", "3. How Long We Keep Things", `says 48 hours, the text "72 hours"`},
		{"no number beside the phrase", replacing("within forty-eight (48) hours", "soon"), nil,
			"promises.fulfilment[0].term", "3. How Long We Keep Things", "neither the phrase nor its sentence"},
		{"another term in the pack", nil, replacing("term: 90 days", "term: 60 days"),
			"promises.retention[0].term", "3. How Long We Keep Things", `says 60 days, the text "90-day"`},
		{"business days for days", nil, replacing("term: 20 days", "term: 20 business days"),
			"promises.response[0].term", "2. What You Can Ask", `says 20 business days, the text "20 days"`},
		{"no term for a stated time", nil, replacing("term: 90 days\n", "\n"),
			"promises.retention[0].term", "3. How Long We Keep Things", "the pack no term"},
		{"another age in the text", replacing("under sixteen", "under thirteen"), nil,
			"minimum_age.evidence.phrase", "4. Young Readers", `"nobody under thirteen"`},
		{"another age in the pack", nil, replacing("years: 16", "years: 18"),
			"minimum_age.years", "4. Young Readers", "the pack says 18 years"},
		{"a section that is gone", replacing("2. What You Can Ask\n", ""), nil,
			"rights[0].evidence.section", "", `no section "2. What You Can Ask"; its sections are: 1. What We Collect`},
		{"a section with another number", replacing("5. Writing to Us", "6. Writing to Us"), nil,
			"channels[0].evidence.section", "", `the text "6. Writing to Us"`},
		{"a number nobody claims", replacing("the lamps you like.", "the lamps you like. Logs are kept for 45 days."), nil,
			"", "1. What We Collect", `claims "45 days"`},
		{"the same number elsewhere", replacing("We sell", "We answer parents within 20 days. We sell"), nil,
			"", "4. Young Readers", `claims "20 days"`},
		{"the same phrase again, cited once", replacing("20 days.", "20 days. The lab answers within 20 days."), nil,
			"", "2. What You Can Ask", `claims "20 days"`},
		{"a statement taken out of the pack", nil, replacing("two weeks before a change", "We post a note"),
			"", "5. Writing to Us", `claims "two weeks"`},
		{"a number at the very end", func(s string) string { return s + " Parcels wait for ten days" }, nil,
			"", "5. Writing to Us", `claims "ten days"`},
		{"a number before the first heading", func(s string) string { return "You have 3 months.\n" + s }, nil,
			"", "(before the first heading)", `claims "3 months"`},
		{"another date", replacing("4 March 2026", "5 March 2026"), nil,
			"policy_text.date", "(before the first heading)", `the pack says 2026-03-04, the text "5 March 2026"`},
		{"no date in the text", replacing("Last updated: 4 March 2026", ""), nil,
			"policy_text.date", "", "bears no date"},
		{"no date in the pack", nil, replacing(", date: 2026-03-04", ""),
			"policy_text.date", "(before the first heading)", `the text bears the date "4 March 2026", the pack none`},
		{"an address the text does not give", nil, replacing("dpo: dpo@", "dpo: officer@"),
			"contacts.dpo", "", "officer@lamplight.example does not stand in the text"},
		{"an empty text", func(string) string { return " \n" }, nil, "", "", "the text is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, pack := sampleText, samplePack
			if c.text != nil {
				text = c.text(text)
			}
			if c.pack != nil {
				pack = c.pack(pack)
			}
			if text == sampleText && pack == samplePack {
				t.Fatal("the case changes nothing")
			}
			findings := policies.CheckText(decodePack(t, "lamplight.yaml", pack), text)
			for _, f := range findings {
				if f.Key == c.key && strings.Contains(f.Section, c.section) && strings.Contains(f.Problem, c.says) {
					return
				}
			}
			t.Errorf("not found; instead: %v", findings)
		})
	}
}

func TestOneDifferenceGivesOneFinding(t *testing.T) {
	pack := decodePack(t, "lamplight.yaml", samplePack)
	findings := policies.CheckText(pack, strings.Replace(sampleText, "20 days", "25 days", 1))
	if len(findings) != 1 {
		t.Fatalf("%d findings: %v", len(findings), findings)
	}
	want := policies.Finding{
		Severity: policies.SeverityError, Key: "promises.response[0].evidence.phrase", Section: "2. What You Can Ask", Line: 11,
		Sentence: "Our desk answers within 25 days.",
		Problem:  `the text says "answers within 25 days" where the pack cites "answers within 20 days"`,
	}
	if findings[0] != want {
		t.Errorf("got  %+v\nwant %+v", findings[0], want)
	}
}

func TestTimesInWordsAndDigits(t *testing.T) {
	for sentence, term := range map[string]string{
		"We answer within 30 days.":                          "30 days",
		"We answer within thirty (30) days.":                 "30 days",
		"We answer within 30 (thirty) calendar days.":        "30 days",
		"We answer, after a thirty-day wait.":                "30 days",
		"We answer in forty-eight hours.":                    "48 hours",
		"We answer in a 48-hour window.":                     "48 hours",
		"We answer in 48 hrs.":                               "48 hours",
		"We answer within one hundred and twenty days.":      "120 days",
		"We answer within one hundred eighty (180) days.":    "180 days",
		"We answer within fifteen (15) business days.":       "15 business days",
		"We answer within 10 working days.":                  "10 business days",
		"We answer within a month.":                          "1 month",
		"We answer within three months.":                     "3 months",
		"We answer in no more than six weeks.":               "42 days",
		"We answer within 30 to 60 days.":                    "60 days",
		"We answer within 30-45 days.":                       "45 days",
		"We answer within 1,000 days.":                       "1000 days",
		"We answer after\n30\ndays.":                         "30 days",
		"We answer. Thirty days\u2019 notice is not counted": "30 days",
	} {
		text := "1. Answers\n" + sentence + "\n2. More\nNothing.\n"
		pack := &policies.Pack{}
		if found := policies.CheckText(pack, text); len(found) != 1 || found[0].Severity != policies.SeverityError || found[0].Section != "1. Answers" {
			t.Errorf("%q unclaimed: %v", sentence, found)
		}
		want, err := deadlines.ParseTerm(term)
		if err != nil {
			t.Fatal(err)
		}
		phrase := sentence[strings.LastIndex(sentence, "answer")+len("answer"):]
		pack.Promises.Response = []policies.Promise{{Clock: policies.Respond, Term: want, Wording: "firm",
			Evidence: policies.Evidence{Section: "1. Answers", Phrase: phrase}}}
		for _, f := range policies.CheckText(pack, text) {
			t.Errorf("%q as %s: %s", sentence, term, f)
		}
	}
}

func TestNumbersThatAreNoTimes(t *testing.T) {
	for _, sentence := range []string{
		"We are there 24 hours a day, seven days per week.",
		"We hold SOC 2 and speak TLS 1.3, 100% of the time.",
		"In 2024. Days later we moved.",
		"One or more days may pass, some day, any day, a day.",
		"See section 30. Days are counted there.",
		"We have 30, days are long.",
	} {
		for _, f := range policies.CheckText(&policies.Pack{}, "1. Answers\n"+sentence) {
			t.Errorf("%q: %s", sentence, f)
		}
	}
	ages := policies.CheckText(&policies.Pack{}, "1. Answers\nNot for people younger than 13 years.")
	if len(ages) != 1 || ages[0].Severity != policies.SeverityNote {
		t.Errorf("years are for a person to look at: %v", ages)
	}
}

func TestSectionsOfEveryStyle(t *testing.T) {
	for name, style := range map[string]struct{ before, wanted, after, text string }{
		"numbered": {"1. First Things", "2. Your Rights", "3. Last Things",
			"1. First Things\n\nA.\n\n2. Your Rights\n\nB.\n\n3. Last Things\n\nC.\n"},
		"numbered without empty lines": {"1. First Things", "2. Your Rights", "3. Last Things",
			"1. First Things\nA.\n2. Your Rights\nB.\n3. Last Things\nC."},
		"numbered with headings below": {"1. First Things", "2. Your Rights", "3. Last Things",
			"1. First Things\nSome Words\nA.\n2. Your Rights\nWhat You Get\nB.\n3. Last Things\nC."},
		"not numbered": {"First Things", "Your Rights", "Last Things",
			"First Things\n\nA.\n\nYour Rights\n\nB.\n\nLast Things\n\nC.\n"},
		"not numbered, with numbers below": {"First Things", "Your Rights", "Last Things",
			"First Things\n\n1. Here\n\nA.\n\n2. There\n\nAgain.\n\nYour Rights\n\n1. Mine\n\nB.\n\nLast Things\n\n1. Ours\n\nC.\n"},
		"like sentences": {"First things first", "What rights you have", "Last things",
			"First things first\n\nA.\n\nWhat rights you have\n\nB.\n\nLast things\n\nC.\n"},
		"Markdown": {"First things", "Your rights", "Last things",
			"# Privacy\n\n## First things\n\nA.\n\n## Your rights\n\n### More\n\nB.\n\n## Last things\n\nC.\n"},
		"legal numbers": {"Section 1. First Things", "Section 2. Your Rights", "Section 3. Last Things",
			"Section 1. First Things\n\n1.1 Here\n\nA.\n\nSection 2. Your Rights\n\n2.1 There\n\nB.\n\nSection 3. Last Things\n\nC.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer("A.", "This is the first part.", "B.", "You may see it all.", "C.", "And so it ends.").Replace(style.text)
			for _, heading := range []string{style.before, style.wanted, style.after} {
				pack := &policies.Pack{Rights: []policies.PromisedRight{
					{Right: policies.Access, Evidence: policies.Evidence{Section: heading, Phrase: "you may see it all"}},
					{Right: policies.Access, Evidence: policies.Evidence{Section: style.wanted, Phrase: "may see it"}},
				}}
				findings := policies.CheckText(pack, text)
				if (heading == style.wanted) != (len(findings) == 0) || len(findings) > 1 {
					t.Errorf("in %q: %v", heading, findings)
				}
			}
		})
	}
}

func FuzzCheckText(f *testing.F) {
	f.Add(samplePack, sampleText)
	f.Add("", "1. A\n1.1. B\n(1) days\n30 (")
	f.Add("thirty (", "## \n**\n# One hundred and\nlast updated 1 of\nMarch")
	f.Fuzz(func(t *testing.T, phrase, text string) {
		evidence := policies.Evidence{Section: "1. A", Phrase: phrase}
		pack := &policies.Pack{
			Rights:     []policies.PromisedRight{{Evidence: evidence}},
			Promises:   policies.Promises{Response: []policies.Promise{{Term: deadlines.Term{N: 30, Unit: deadlines.CalendarDays}, Evidence: evidence}}},
			MinimumAge: &policies.MinimumAge{Years: 16, Evidence: evidence},
		}
		for _, finding := range policies.CheckText(pack, text) {
			if finding.Problem == "" {
				t.Errorf("a finding without a sentence: %+v", finding)
			}
		}
	})
}
