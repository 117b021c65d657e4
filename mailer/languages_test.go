package mailer_test

import (
	"strings"
	"testing"

	"dsr/deadlines"
	"dsr/mailer"
	"dsr/words"
)

// others are the printers of all languages but English.
func others(t *testing.T) []words.Printer {
	t.Helper()
	c, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	var all []words.Printer
	for _, l := range c.Languages() {
		if l.Tag != words.Base {
			all = append(all, c.In(l.Tag))
		}
	}
	return all
}

func TestEveryLetterKeepsItsFormInEveryLanguage(t *testing.T) {
	for _, p := range others(t) {
		for name, l := range letters() {
			m, err := write(p, l) // refuses a gap, and a subject that is too long
			if err != nil {
				t.Errorf("%s, %s: %v", p.Language().Tag, name, err)
				continue
			}
			for line := range strings.Lines(m.Text) {
				line = strings.TrimSuffix(line, "\n")
				if len([]rune(line)) > 66 && !strings.HasPrefix(line, "https://") || strings.HasSuffix(line, " ") && line != "-- " {
					t.Errorf("%s, %s: %q is too wide, or ends in a space", p.Language().Tag, name, line)
				}
			}
			for _, pair := range []string{" .", " ,", "..", "  .", "( ", " )"} {
				if strings.Contains(m.Text, pair) {
					t.Errorf("%s, %s holds %q:\n%s", p.Language().Tag, name, pair, m.Text)
				}
			}
		}
	}
}

func TestALabelEndsInTheColonOfItsLanguage(t *testing.T) {
	c, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]string{"en": "Your reference:  MOX-", "fr": "Votre référence\u00a0:  MOX-", "de": "Vorgangsnummer:  MOX-"} {
		m, err := write(c.In(tag), letters()["message"])
		if err != nil || !strings.Contains(m.Text, want) {
			t.Errorf("%s: %v, want %q in\n%s", tag, err, want, m.Text)
		}
	}
}

// Each term that a law or a policy can state is written in each place where it
// can stand, for each form a plural takes.
func TestEveryTermCanBeWritten(t *testing.T) {
	at := hours(48, "2026-11-23 14:30 -0800 PST").At
	for _, p := range append(others(t), english(t)) {
		for _, unit := range []deadlines.Unit{deadlines.Hours, deadlines.CalendarDays, deadlines.BusinessDays, deadlines.Months} {
			for _, n := range []int{1, 2, 5, 22, 45} {
				term := &mailer.Limit{Term: deadlines.Term{N: n, Unit: unit}, By: day("2026-11-23"), At: at}
				received := letters()["received"].(mailer.Received)
				received.Requests = []mailer.Asked{
					{Reference: "MOX-7T4E-26", Right: "access", Answer: term, FirstReply: term, Law: mailer.Law{Place: "California", Limit: term}},
					{Reference: "MOX-7T4E-26", Right: "access", FirstReply: term, Typical: true, Law: mailer.Law{Place: "California", Limit: term, Extended: true}},
				}
				received.Requests[1].Finish = term
				if _, err := write(p, received); err != nil {
					t.Errorf("%s, %d %s: %v", p.Language().Tag, n, unit, err)
				}
			}
		}
	}
}

func TestEveryRightAndOutcomeIsWrittenInEveryLanguage(t *testing.T) {
	for _, p := range others(t) {
		for _, right := range rights {
			appeal := letters()["appeal-received"].(mailer.AppealReceived)
			received := letters()["received"].(mailer.Received)
			behalf := letters()["on-your-behalf"].(mailer.OnYourBehalf)
			answer := letters()["answer"].(mailer.AnswerReady)
			appeal.Right, received.Requests[0].Right, behalf.Requests[0].Right, answer.Right = right, right, right, right
			for _, l := range []composed{appeal, received, behalf, answer} {
				if _, err := write(p, l); err != nil {
					t.Errorf("%s, %s: %v", p.Language().Tag, right, err)
				}
			}
		}
		for n := range 23 {
			for _, l := range []composed{
				mailer.BatchReceived{Controller: controller(), Link: agentPage, Received: n, Rejected: n + 1, On: day("2026-11-21")},
				mailer.AuthorityDecided{Controller: controller(), Link: agentPage, Accepted: true, Requests: n},
				mailer.AuthorityDecided{Controller: controller(), Link: agentPage, Why: "Unsigned.", Requests: n},
			} {
				if _, err := write(p, l); err != nil {
					t.Errorf("%s, %d: %v", p.Language().Tag, n, err)
				}
			}
		}
	}
}
