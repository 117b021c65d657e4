package mailer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"dsr/mailer"
)

// flat is a text without its line breaks.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestACodeStandsInTwoGroupsBelowTheButton(t *testing.T) {
	p := english(t)
	for _, name := range []string{"received", "link", "your-requests", "nudge-mailbox", "agent-link", "agent-link-first"} {
		m, err := write(p, letters()[name])
		if err != nil {
			t.Fatal(name, err)
		}
		code := "482 913"
		if name == "nudge-mailbox" {
			code = "028 301"
		}
		row := strings.Index(m.Text, "Your code:  "+code+"\n")
		if button := strings.LastIndex(m.Text, "https://"); row < button {
			t.Errorf("%s: the code stands at %d, the button's address at %d:\n%s", name, row, button, m.Text)
		}
		if !strings.Contains(flat(m.Text), "The code ends after 24 hours, the link works longer.") {
			t.Errorf("%s does not say when the code ends", name)
		}
	}
}

func TestWhatIsNoCodeIsNotWritten(t *testing.T) {
	p := english(t)
	for _, code := range []string{"48291", "4829130", "48291a", "482 913", "٤٨٢٩١٣"} {
		l := letters()["link"].(mailer.FreshLink)
		l.Code = code
		if _, err := write(p, l); !errors.Is(err, mailer.ErrIncomplete) {
			t.Errorf("%q: %v", code, err)
		}
	}
	l := letters()["received-no-dates"].(mailer.Received)
	l.Code = "482913"
	if _, err := write(p, l); !errors.Is(err, mailer.ErrIncomplete) {
		t.Errorf("a code where nothing has to be proved: %v", err)
	}
}

func TestAnOptOutNeverWaitsNorLapsesNorIsConfirmed(t *testing.T) {
	p := english(t)
	for _, right := range []string{"opt_out.sale_sharing", "opt_out.marketing", "opt_out.ai_processing", "opt_out.profiling", "limit_sensitive"} {
		nudge, lapsed := letters()["nudge-mailbox"].(mailer.Nudge), letters()["lapsed-mailbox"].(mailer.Lapsed)
		behalf := letters()["on-your-behalf"].(mailer.OnYourBehalf)
		nudge.Right, lapsed.Right, behalf.Requests[0].Right, behalf.Confirm = right, right, right, true
		for _, l := range []composed{nudge, lapsed, behalf} {
			if _, err := write(p, l); !errors.Is(err, mailer.ErrIncomplete) {
				t.Errorf("%s, %T: %v", right, l, err)
			}
		}
	}
	m, err := write(p, letters()["on-your-behalf-confirm"])
	if err != nil || !strings.Contains(flat(m.Text), "You need not confirm a request that only stops a use of your information.") {
		t.Errorf("an opt-out among others: %v\n%s", err, m.Text)
	}
}

func TestANameTypedByAStrangerCannotStopTheLetterNorFillIt(t *testing.T) {
	p := english(t)
	for typed, want := range map[string]string{
		"Ada\u202e Lovelace\x00": "Ada Lovelace",
		" Ada\n\n Lovelace\t":    "Ada Lovelace",
		"שרה לוי":                "שרה לוי",
		"O’Hara & <Sons> 🦊":      "O’Hara & <Sons> 🦊",
		"👩\u200d🚀 Ada":           "👩\u200d🚀 Ada",
	} {
		l := letters()["on-your-behalf"].(mailer.OnYourBehalf)
		l.Agent = typed
		m, err := write(p, l)
		if err != nil || !strings.Contains(m.Text, "Asked by:  "+want+"\n") {
			t.Errorf("%q: %v, want %q in\n%s", typed, err, want, m.Text)
		}
	}
	l := letters()["on-your-behalf"].(mailer.OnYourBehalf)
	l.Agent = strings.Repeat("buy this ", 40)
	m, err := write(p, l)
	if n := strings.Count(m.Text, "buy"); err != nil || n > 9 || !strings.Contains(m.Text, "…") {
		t.Errorf("a long name: %d times, %v", n, err)
	}
	l.Agent = "\u202e\x00 "
	if _, err := write(p, l); !errors.Is(err, mailer.ErrIncomplete) {
		t.Errorf("no name at all: %v", err)
	}
}

func TestALastReminderSaysSo(t *testing.T) {
	p := english(t)
	for _, mailbox := range []bool{false, true} {
		l := letters()["nudge-proof-last"].(mailer.Nudge)
		for _, l.Last = range []bool{false, true} {
			l.Mailbox = mailbox
			m, err := write(p, l)
			inSubject, inText := strings.Contains(strings.ToLower(m.Subject), "last reminder"), strings.Contains(flat(m.Text), "This is our last reminder.")
			if err != nil || inSubject != l.Last || inText != l.Last {
				t.Errorf("mailbox %v, last %v: subject %q, %v", mailbox, l.Last, m.Subject, err)
			}
		}
	}
}

func TestADecisionThatWasLookedAtAgainOffersNoThirdLook(t *testing.T) {
	p := english(t)
	for _, outcome := range []string{mailer.AppealChanged, mailer.AppealPartly, mailer.AppealStands} {
		l := letters()["appeal-partly"].(mailer.AppealDecided)
		l.Outcome, l.Appeal.Until = outcome, day("2027-03-01")
		m, err := write(p, l)
		if err != nil {
			t.Fatal(outcome, err)
		}
		if strings.Contains(m.Text, "1 March 2027") || strings.Contains(m.Text, "Ask us to look again") {
			t.Errorf("%s offers another look:\n%s", outcome, m.Text)
		}
		if complain := strings.Contains(m.Text, "ico.org.uk"); complain != (outcome != mailer.AppealChanged) {
			t.Errorf("%s: where to complain is said: %v", outcome, complain)
		}
	}
	l := letters()["appeal-stands"].(mailer.AppealDecided)
	l.Outcome = "upheld"
	if _, err := write(p, l); !errors.Is(err, mailer.ErrIncomplete) {
		t.Errorf("an outcome nobody knows: %v", err)
	}
}

func TestManyExceptionsReadAsWellAsOne(t *testing.T) {
	l := letters()["partly-refused"].(mailer.PartlyRefused)
	one := l.Exceptions[0]
	one.Text = "First paragraph,\r\nsecond line.\r\n\r\n\r\nSecond\tparagraph."
	for _, p := range append(others(t), english(t)) {
		for _, n := range []int{1, 2, 7} {
			l.Exceptions = nil
			for i := range n {
				one.What = fmt.Sprintf("Kind %d", i+1)
				l.Exceptions = append(l.Exceptions, one)
			}
			m, err := write(p, l)
			if err != nil {
				t.Fatal(p.Language().Tag, n, err)
			}
			if got := strings.Count(m.Text, "> First paragraph,\n> second line.\n>\n> Second paragraph.\n"); got != n {
				t.Errorf("%s: %d of %d texts are readable:\n%s", p.Language().Tag, got, n, m.Text)
			}
			if !strings.Contains(m.HTML, "second line.<br><br>Second paragraph.") || strings.Count(m.Text, "\nKind ") != n {
				t.Errorf("%s, %d: the HTML, or a heading, differs", p.Language().Tag, n)
			}
		}
	}
}

func TestAnExtendedDateSaysThatTheReaderWasTold(t *testing.T) {
	l := letters()["running"].(mailer.Running)
	l.Law = mailer.Law{Place: "California", Limit: days(45, "2027-01-24"), Extended: true}
	m, err := write(english(t), l)
	if err != nil || !strings.Contains(flat(m.Text), "California gives us 45 days, and the longer time that we told you about.") {
		t.Errorf("%v\n%s", err, m.Text)
	}
}

// A law that is only assumed, because nobody knows where the reader lives, is
// named in no language and on no occasion.
func TestAnAssumedLawIsNeverNamed(t *testing.T) {
	for _, p := range append(others(t), english(t)) {
		for _, law := range []mailer.Law{
			{Limit: days(7, "2026-11-28")}, {Limit: days(7, "2026-12-28"), Extended: true}, {Aim: day("2026-11-30")}, {},
		} {
			law.Place, law.Assumed = "Kenya", true
			l := letters()["running"].(mailer.Running)
			l.Law = law
			m, err := write(p, l)
			if err != nil || strings.Contains(m.Text, "Kenya") {
				t.Errorf("%s, %+v: %v\n%s", p.Language().Tag, law, err, m.Text)
			}
		}
	}
}
