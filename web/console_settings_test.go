package web_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/deadlines"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/policies"
	"dsr/web"
)

// administrator signs somebody in who may change settings.
func administrator(t *testing.T, change ...func(*web.Site)) (*street, *browser) {
	t.Helper()
	s := openStreet(t, change...)
	s.hire("noor@example.com", "Noor Haddad", access.Administrator, access.AllPolicies())
	s.hire("ada@example.com", "Ada Stone", access.Auditor, access.AllPolicies())
	return s, s.desk("noor@example.com")
}

func TestALetterIsSaidAnotherWayLookedAtAndBroughtBack(t *testing.T) {
	s, b := administrator(t)
	ref := s.arrive(s.ago(3), "moxora", "GB", "robin@example.org", policies.Access).Reference
	const page = "/console/settings/letters/moxora/message/en"
	b.open("/console/settings").sees(http.StatusOK, "Texts of letters", "Keys and checkpoints")
	b.open(page).sees(http.StatusOK, "Shipped text", "You have a new message", "With "+ref)
	b.seesNot("robin@example.org")

	const subject, heading = "text.letters.message.subject.other", "text.letters.message.heading.other"
	mended := url.Values{subject: {"Post for you"}, heading: {"Post for {{.name}}"}}
	b.fill(page, mended).sees(http.StatusUnprocessableEntity, "There is a problem", "{{.reference}} is missing", "Nothing fills {{.name}}", "Post for {{.name}}")
	b.fill(page, url.Values{subject: {"{{.reference}}: post for you"}, heading: {"Post & more"}, "preview": {"1"}}).
		sees(http.StatusOK, ref+": post for you", "Post & more", "Shipped text")
	b.fill(page, url.Values{subject: {"{{.reference}}: post for you"}, heading: {"Post & more"}}).at(page).
		sees(http.StatusOK, "Saved as version 1", "Own text, version 1", "Noor Haddad")
	b.open("/console/settings/letters?policy=moxora").sees(http.StatusOK, "Version 1", "1 text of your own")

	second := s.desk("noor@example.com")
	second.open(page)
	b.open(page).fill(page, url.Values{heading: {"Something to read"}}).sees(http.StatusOK, "Saved as version 2")
	second.fill(page, url.Values{heading: {"What I typed"}}).sees(http.StatusUnprocessableEntity, "Somebody saved another version", "What I typed")
	b.open(page).fill(page+"/restore", url.Values{"number": {"1"}}).at(page).sees(http.StatusOK, "Version 1 is back", "Own text, version 3", "Post & more")
	for _, number := range []string{"", "one", "0", "-1", "9"} {
		b.post(page+"/restore", url.Values{"version": {"3"}, "number": {number}}).sees(http.StatusNotFound)
	}
	b.open(page).sees(http.StatusOK, "Own text, version 3")
	b.fill(page+"/reset", nil).at(page).sees(http.StatusOK, "The shipped text is back", "Shipped text")
	b.fill(page, url.Values{"reference": {"MOX-0000-00"}, "preview": {"1"}}).sees(http.StatusUnprocessableEntity, "There is no such request")

	for _, gone := range []string{"/console/settings/letters/moxora/team_new/en", "/console/settings/letters/moxora/message/tlh", "/console/settings/letters/nobody/message/en"} {
		b.open(gone).sees(http.StatusNotFound)
	}
	auditor := s.desk("ada@example.com")
	auditor.open(page).sees(http.StatusOK, "You can read this").seesNot("Save this text")
	auditor.fill(page, url.Values{heading: {"Mine"}}).sees(http.StatusForbidden)
	s.desk("mara@example.com").open(page).sees(http.StatusForbidden)
}

func TestPluralFormsOfALetterAreBoxesOfTheirOwn(t *testing.T) {
	s, b := administrator(t)
	s.arrive(s.ago(3), "moxora", "GB", "robin@example.org", policies.Access)
	const page = "/console/settings/letters/moxora/partly_refused/pl"
	const few = "text.letters.partly.items.few"
	b.open(page).sees(http.StatusOK, "For a few", "For many")
	b.fill(page, url.Values{few: {""}}).sees(http.StatusUnprocessableEntity, "Write a sentence")
	b.fill(page, url.Values{few: {"Wszystko oprócz {{.n}} rzeczy."}}).at(page).sees(http.StatusOK, "Saved as version 1")
}

func TestALetterThatFailedIsTriedAgainFromThePageAboutTheMail(t *testing.T) {
	asked := 0
	lookup := func(_ context.Context, name string) ([]string, error) {
		asked++
		if name == "example.com" {
			return []string{"v=spf1 mx -all"}, nil
		}
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	s, b := administrator(t, func(s *web.Site) {
		s.MailFrom, s.MailServer, s.LookupTXT = "privacy@example.com", "smtp://mail.example.com:587", lookup
	})
	b.open("/console/settings/mail").sees(http.StatusOK, "privacy@example.com", "smtp://mail.example.com:587", "Every letter left at its first attempt", "Not asked yet")
	ref := s.arrive(s.ago(3), "moxora", "GB", "robin@example.org", policies.Access).Reference
	refuse := func(context.Context, mailer.Envelope) error {
		return fmt.Errorf("%w (the recipient): 550 no such mailbox", mailer.ErrPermanent)
	}
	if _, err := outbox.Drain(s.Context(), s.site.DB, s.now(), map[string]outbox.Handler{"letter": s.site.Office.SendLetter("privacy@example.com", s.now, refuse)}); err != nil {
		t.Fatal(err)
	}
	b.open("/console/settings/mail").sees(http.StatusOK, ref, "550 no such mailbox", "Given up").seesNot("robin@example.org")
	b.fill("/console/settings/mail/retry", url.Values{"job": {"all"}}).at("/console/settings/mail").sees(http.StatusOK, "3 letters will be tried again")
	s.deliver()
	b.open("/console/settings/mail").sees(http.StatusOK, "Every letter left")

	b.fill("/console/settings/mail/domain", url.Values{"selector": {"no such thing"}}).sees(http.StatusUnprocessableEntity, "A selector is letters")
	if asked != 0 {
		t.Error("the DNS was asked for nonsense")
	}
	b.fill("/console/settings/mail/domain", url.Values{"selector": {""}}).sees(http.StatusOK, "The DNS was asked", "Published", "v=spf1 mx -all", "_dmarc.example.com")
	before := asked
	s.desk("ada@example.com").open("/console/settings/mail").sees(http.StatusOK, "v=spf1 mx -all").seesNot("Ask the DNS")
	if asked != before {
		t.Error("looking at the page asks the DNS")
	}
}

func TestKeysRulesAndRetentionAreRead(t *testing.T) {
	s, b := administrator(t)
	ref := s.arrive(s.ago(3), "moxora", "GB", "robin@example.org", policies.Access).Reference
	b.open("/console/settings/keys").sees(http.StatusOK, s.site.Ring.Keys()[0].ID, "dsr key rewrap")
	b.fill("/console/settings/keys/verify", nil).sees(http.StatusOK, "Everything agrees")
	b.open("/console/policies").follow("Older editions").at("/console/settings/rules")
	b.sees(http.StatusOK, "Moxora", "In force", "Every open request stands on the editions in force")

	const page = "/console/settings/retention"
	b.open(page).sees(http.StatusOK, "Moxora", "11 CCR 7101")
	b.fill(page+"/period", url.Values{"policy": {"moxora"}, "months": {"a year"}}).sees(http.StatusUnprocessableEntity, "whole number of months")
	if !strings.Contains(b.body, `value="a year"`) {
		t.Error("what was typed is lost")
	}
	b.fill(page+"/period", url.Values{"policy": {"moxora"}, "months": {"24"}}).at(page).sees(http.StatusOK, "erased 24 months after they are closed")
	b.fill(page+"/dispute", url.Values{"reference": {"NOPE"}, "reason": {"x"}}).sees(http.StatusUnprocessableEntity, "There is no such request")
	b.fill(page+"/dispute", url.Values{"reference": {ref}, "reason": {""}}).sees(http.StatusUnprocessableEntity, "Say why")
	b.fill(page+"/dispute", url.Values{"reference": {strings.ToLower(ref)}, "reason": {"A court asked."}}).at(page).sees(http.StatusOK, "It is kept until somebody releases it", ref)
	b.open("/console/requests/"+ref).sees(http.StatusOK, "because of a dispute")
	b.open(page).fill(page+"/dispute", url.Values{"reference": {ref}, "reason": {"Settled."}, "release": {"1"}}).sees(http.StatusOK, "It is released")

	auditor := s.desk("ada@example.com")
	auditor.open(page).sees(http.StatusOK, "24 months").seesNot("Keep it")
	for _, path := range []string{"/console/settings", "/console/settings/letters", "/console/settings/mail", "/console/settings/keys", "/console/settings/rules", page} {
		s.desk("mara@example.com").open(path).sees(http.StatusForbidden)
		auditor.open(path).sees(http.StatusOK)
	}
}

func TestADayOffIsLookedAtBeforeItIsSet(t *testing.T) {
	s, b := administrator(t)
	place, err := s.site.Book.Place("UTC", "FR")
	if err != nil {
		t.Fatal(err)
	}
	day := s.now().AddDate(0, 0, 10)
	for place.Calendar.Closed(deadlines.DateOf(day, time.UTC)) {
		day = day.AddDate(0, 0, 1)
	}
	const page = "/console/settings/holidays"
	typed := url.Values{"day": {day.Format("02")}, "month": {day.Format("01")}, "year": {day.Format("2006")}, "name": {"Jubilee"}, "reason": {"proclaimed late"}}
	b.open(page+"?calendar=FR").sees(http.StatusOK, "Nothing. A day that was proclaimed late")
	b.fill(page, url.Values{"day": {"31"}, "month": {"02"}, "year": {"2030"}}).sees(http.StatusUnprocessableEntity, "There is a problem", "a date that there is", "Say why", "Name the day")
	b.fill(page, typed).sees(http.StatusOK, "No date would move", "Nothing is saved yet")
	b.fill(page, url.Values{"sure": {"1"}}).at(page).sees(http.StatusOK, "Saved.", "Jubilee", "Set here", "Edition 1", "Noor Haddad")
	b.follow("Take back").sees(http.StatusOK, "back", "as the shipped calendar has it")
	b.fill(page, url.Values{"reason": {"called off"}}).sees(http.StatusOK, "Nothing is saved yet")
	b.fill(page, url.Values{"sure": {"1"}}).at(page).sees(http.StatusOK, "Edition 2").seesNot("Set here")
	b.open(page + "?calendar=XX").sees(http.StatusNotFound)
	s.desk("ada@example.com").open(page).sees(http.StatusOK, "You can read this")
	s.desk("mara@example.com").open(page).sees(http.StatusForbidden)
}
