package web_test

import (
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/intake"
	"dsr/mailbox"
)

// mailUnder lets a message come whose sender cannot be answered, so that it
// waits for staff.
func (s *street) mailUnder(policy, lower string) int64 {
	s.Helper()
	raw := []byte("Message-ID: <" + lower + "@example.org>\r\nSubject: Words of " + lower + "-mail\r\n\r\nNobody in particular wrote this.\r\n")
	d := mailbox.Delivery{Policy: policy, Door: "lmtp", Source: "lmtp:" + lower, ReceivedAt: s.now(), Raw: raw, Size: int64(len(raw))}
	s.handIn(d)
	caller := access.Caller{Kind: access.Staff, Role: access.Handler, Policies: access.OnlyPolicies(policy)}
	list, err := s.site.Office.Mails(s.Context(), caller, intake.Filter{Outcomes: []intake.Outcome{intake.Unsorted}, Limit: 1})
	if err != nil || len(list) != 1 {
		s.Fatal(list, err)
	}
	return list[0].ID
}

// handIn takes a message in and does the work it leaves.
func (s *street) handIn(d mailbox.Delivery) {
	s.Helper()
	if err := s.site.Office.TakeMail(s.Context(), s.now(), d); err != nil {
		s.Fatal(err)
	}
	s.drain(s.jobs())
}

// What a message asks for is confirmed with one press; what was read stands
// beside the words it was read from.
func TestWhatAMessageAsksForIsConfirmedWithOnePress(t *testing.T) {
	s := openStreet(t)
	raw := []byte("Message-ID: <1@example.org>\r\nFrom: Dana Whitlock <dana@example.org>\r\nSubject: My data\r\n\r\nPlease delete my account. I live in <i>Germany</i>.\r\n")
	s.handIn(mailbox.Delivery{Policy: "moxora", Door: "imap", Source: "imap:1", ReceivedAt: s.now(), Raw: raw, Size: int64(len(raw))})
	b := s.desk("mara@example.com")
	b.open("/console/mail").sees(http.StatusOK, "My data", "New request")
	list, err := s.site.Office.Mails(s.Context(), s.mara, intake.Filter{Limit: 1})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	b.follow(list[0].Reference).sees(http.StatusOK, "Read from the message", "delete my account", "Confirm: Deletion")
	if !strings.Contains(b.body, "delete my account</mark>") || strings.Contains(b.body, "<i>Germany") {
		t.Error("the words are not marked, or a message brings its own markup")
	}
	confirm := "/console/requests/" + list[0].Reference + "/confirm-reading"
	b.open(confirm).sees(http.StatusOK, "Germany").seesNot("Kenya DPA", "the dates have changed") // what is shown before it is saved is what the form says
	b.open("/console/requests/" + list[0].Reference)
	b.fill("/confirm-reading", url.Values{}).sees(http.StatusOK, "Confirmed. Next: take the request up.", "Take up")
}

// A message nobody can be answered on waits until somebody says what it is.
func TestAMessageWithoutASenderIsSortedByHand(t *testing.T) {
	s := openStreet(t)
	id := itoa(s.mailUnder("moxora", "odd"))
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", "access")
	b := s.desk("mara@example.com")
	b.open("/console/mail/"+id).sees(http.StatusOK, "Nobody in particular wrote this.", "names no sender", "What is it?")
	b.fill("/console/mail/"+id, url.Values{"do": {"join"}}).sees(http.StatusUnprocessableEntity, "Write the reference")
	b.fill("/console/mail/"+id, url.Values{"do": {"join"}, "reference": {"MOX-2222-22"}}).sees(http.StatusUnprocessableEntity, "No request of this policy")
	b.fill("/console/mail/"+id, url.Values{"do": {"join"}, "reference": {r.Reference}}).sees(http.StatusOK, "joined "+r.Reference)
	b.open("/console/requests/"+r.Reference).sees(http.StatusOK, "Nobody in particular wrote this.")
	if _, head, body := b.fetch("/console/mail/" + id + "/original"); head.Get("Content-Type") != "message/rfc822" || !strings.HasPrefix(body, "Message-ID: <odd@example.org>") {
		t.Errorf("the original is %q: %.100q", head.Get("Content-Type"), body)
	}
}

// The page about the mail says which mailboxes are watched, of the policies that
// its reader serves alone, and which of them nobody reads.
func TestThePageAboutTheMailSaysWhichMailboxesAreRead(t *testing.T) {
	s := openStreet(t)
	s.hire("nora@example.com", "Nora Sand", access.Administrator, access.OnlyPolicies("sectora"))
	s.hire("dpo@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
	nora := s.desk("nora@example.com")
	nora.open("/console/settings/mail").sees(http.StatusOK, "No mailbox is watched")
	for _, err := range []error{
		s.mails.SavePosition(t.Context(), s.now(), "rights", "sectora", 7, 42),
		s.mails.SavePosition(t.Context(), s.now().Add(-3*time.Hour), "former", "sectora", 7, 42),
		s.mails.SavePosition(t.Context(), s.now().Add(-31*24*time.Hour), "forgotten", "sectora", 7, 42),
		s.mails.Fault(t.Context(), s.now(), "letters", "moxora", "the mail server refuses the sign-in"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	nora.open("/console/settings/mail").sees(http.StatusOK, "rights", "Sectora", "just now", "former", "Nobody looks").seesNot("letters</th>", "forgotten</th>", "refuses the sign-in")
	s.desk("dpo@example.com").open("/console/settings/mail").sees(http.StatusOK, "rights", "letters", "Cannot be read", "refuses the sign-in")
}

// The menu counts the messages to sort of the policies somebody serves, as far
// as a hundred.
func TestTheMenuCountsMessagesToSort(t *testing.T) {
	s := openStreet(t)
	s.hire("nora@example.com", "Nora Sand", access.Administrator, access.OnlyPolicies("sectora"))
	counts := func(who, want string) {
		t.Helper()
		b := s.desk(who).open("/console")
		_, after, _ := strings.Cut(b.body, `href="/console/mail"`)
		link, _, _ := strings.Cut(after, "</a>")
		if !strings.Contains(html.UnescapeString(link), "<b>"+want+"</b>") {
			t.Errorf("%s reads of messages to sort: %s, want %s", who, link, want)
		}
	}
	for i := range 100 {
		if i == 1 {
			counts("mara@example.com", "1")
			counts("nora@example.com", "0")
		}
		s.mailUnder("moxora", "odd"+strconv.Itoa(i))
	}
	counts("mara@example.com", "99+")
}

// What was noted by itself can be made a request by hand, and what came again
// can be looked up.
func TestWhatWasNotedIsMadeARequestByHand(t *testing.T) {
	s := openStreet(t)
	send := func(source, head string) {
		raw := []byte("Message-ID: <1@example.org>\r\n" + head + "Subject: My data\r\nAuto-Submitted: auto-generated\r\n\r\nPlease delete my account.\r\n")
		s.handIn(mailbox.Delivery{Policy: "moxora", Door: "imap", Source: source, ReceivedAt: s.now(), Raw: raw, Size: int64(len(raw))})
	}
	send("imap:1", "From: Dana <dana@example.org>\r\nReply-To: other@example.net\r\n")
	send("imap:2", "From: Dana <dana@example.org>\r\n")
	send("imap:3", "")
	b := s.desk("mara@example.com")
	b.open("/console/mail?only=automatic").sees(http.StatusOK, "Automatic reply")
	b.open("/console/mail?only=repeats").sees(http.StatusOK, "Came again", "The same as message 1")
	b.open("/console/mail/3").sees(http.StatusOK, "Is it more than that?")
	b.fill("/console/mail/3", url.Values{"do": {"admit"}}).sees(http.StatusUnprocessableEntity, "does not say whom to answer")
	b.open("/console/mail/1").sees(http.StatusOK, "Asks for answers to", "other@example.net", "This is a request")
	b.fill("/console/mail/1", url.Values{"do": {"admit"}}).sees(http.StatusOK, "It is a request now", "asks for answers to another address", "It looked as if a machine wrote it", "Confirm: Deletion")
	b.open("/console/mail/1").sees(http.StatusOK, "New request").seesNot("This is a request")
}
