package web_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/mailer"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
)

// postRoom does all work of the outbox and returns the newest letter.
func (s *street) postRoom() mailer.Envelope {
	s.Helper()
	s.drain(s.jobs())
	if len(s.post) == 0 {
		return mailer.Envelope{}
	}
	return s.post[len(s.post)-1]
}

// welcomeLink returns the path of the link in a letter to choose a password.
func (s *street) welcomeLink(e mailer.Envelope) string {
	s.Helper()
	_, rest, found := strings.Cut(e.Text, "https://privacy.example.com/console/welcome/")
	if !found {
		s.Fatalf("the letter to %s holds no link:\n%s", e.To, e.Text)
	}
	return "/console/welcome/" + strings.Fields(rest)[0]
}

// acts lists what the trail of the house holds.
func (s *street) acts() (acts []string) {
	s.Helper()
	err := s.site.DB.Read().NewSelect().Table("audit_entries").Column("act").Where("chain = 0").Order("id").Scan(s.Context(), &acts)
	if err != nil {
		s.Fatal(err)
	}
	return acts
}

// appCode is what an authenticator app shows (RFC 6238).
func appCode(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	sum := hmac.New(sha1.New, key)
	binary.Write(sum, binary.BigEndian, at.Unix()/30)
	digest := sum.Sum(nil)
	at4 := digest[len(digest)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(digest[at4:])&0x7fffffff%1_000_000)
}

// between returns what stands between two texts of the page's source.
func (b *browser) between(from, to string) string {
	b.Helper()
	_, rest, found := strings.Cut(b.body, from)
	text, _, ended := strings.Cut(rest, to)
	if !found || !ended {
		b.Fatalf("nothing stands between %q and %q", from, to)
	}
	return text
}

func TestAColleagueIsInvitedByLetterAndComesIn(t *testing.T) {
	s := openStreet(t)
	priya := s.hire("priya@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	admin := s.desk("priya@example.com")
	admin.open("/console/people").sees(200, "2 people", "Mara Lindqvist", "priya@example.com").follow("Invite a colleague")
	admin.fill("/people/new", url.Values{"email": {"tomas"}, "name": {""}, "role": {"boss"}}).sees(422, "Enter an email address with an @", "Enter the name", "Choose one of the roles", "Choose all policies or at least one")
	admin.fill("/people/new", url.Values{"email": {"tomas@example.com"}, "name": {"Tomas Rey"}, "role": {"handler"}, "policy": {"moxora"}}).at("/console/people").sees(200, "Tomas Rey is invited.", "Invited")
	letter := s.postRoom()
	link := s.welcomeLink(letter)
	if letter.To != "tomas@example.com" || letter.Subject != "You are invited to the privacy team’s console" {
		t.Errorf("the letter is %q to %s", letter.Subject, letter.To)
	}
	for range 3 { // scanners of mail
		s.browser().open(link).sees(200, "Choose a password")
	}
	b := s.browser().open(link)
	b.press(url.Values{"password": {"short"}, "again": {"short"}}).sees(422, "Use at least 12 characters")
	b.press(url.Values{"password": {passPhrase}, "again": {"another"}}).sees(422, "The password is not the same twice")
	b.press(url.Values{"password": {passPhrase}, "again": {passPhrase}}).at("/console/signin").sees(200, "Your password is set.")
	b.open(link).sees(http.StatusGone, "It was used already")
	b.open("/console/welcome/"+strings.Repeat("A", 43)).sees(http.StatusGone, "This link cannot be used", "not complete")
	tomas := s.desk("tomas@example.com")
	tomas.sees(200, r.Reference, "1 request")
	tomas.open("/console/people").sees(http.StatusForbidden, "Changing who works here needs the role administrator")

	admin.open("/console/people").sees(200, "3 people").follow("Tomas Rey").sees(200, "Signed in in 1 browser.")
	admin.fill("/end-sessions", nil).sees(200, "All their sessions have ended.")
	tomas.open("/console").at("/console/signin")
	admin.fill("/leave", nil).at("/console/people").sees(200, "They have left.", "Left")
	s.browser().open("/console/signin").fill("/console/signin", url.Values{"email": {"tomas@example.com"}, "password": {passPhrase}}).sees(422, "do not belong together")
	admin.follow("Tomas Rey").fill("/back", nil).sees(200, "They are invited back.", "Invited").fill("/invite", nil).sees(200, "sent again")
	again := s.welcomeLink(s.postRoom())
	admin.fill("/take-back", nil).at("/console/people")
	s.browser().open(again).sees(http.StatusGone, "It was taken back")
	admin.open(fmt.Sprintf("/console/people/%d", priya.ID)).fill("/leave", nil).sees(http.StatusConflict, "This is the last administrator")
	if want := []string{"invite", "join", "sign_in", "end_sessions", "leave", "bring_back", "invite_again", "take_back_invitation"}; !slices.Equal(slices.DeleteFunc(s.acts(), func(a string) bool { return a == "sign_in" }), slices.DeleteFunc(want, func(a string) bool { return a == "sign_in" })) {
		t.Errorf("the trail says %q", s.acts())
	}
}

// A role or a policy is taken away while somebody is at work.
func TestARoleTakenAwayInMidSessionIsGoneAtOnce(t *testing.T) {
	s := openStreet(t)
	priya := s.hire("priya@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
	tomas := s.hire("tomas@example.com", "Tomas Rey", access.Handler, access.OnlyPolicies("moxora"))
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	page := "/console/requests/" + r.Reference
	b := s.desk("tomas@example.com")
	b.open(page+"/ask-clarification").sees(200, "Ask")
	change := func(role access.Role, policy string) {
		t.Helper()
		err := s.site.Office.Change(s.Context(), priya, s.now(), tomas.ID, people.Change{Name: "Tomas Rey", Role: role, Policies: access.OnlyPolicies(policy)})
		if err != nil {
			t.Fatal(err)
		}
	}
	change(access.Auditor, "moxora")
	b.postAs(page+"/ask-clarification", url.Values{"revision": {"1"}, "question": {"Which one?"}})
	b.sees(http.StatusForbidden, "You may read this, not change it", "You are signed in as auditor for Moxora.", "needs the role handler for Moxora")
	change(access.Handler, "opvio")
	b.open(page).sees(http.StatusNotFound).open("/console").sees(200).seesNot(r.Reference)
	b.postAs(page+"/ask-clarification", url.Values{"revision": {"1"}, "question": {"Which one?"}}).sees(http.StatusNotFound)
	if err := s.site.Office.LetLeave(s.Context(), priya, s.now(), tomas.ID); err != nil {
		t.Fatal(err)
	}
	b.postAs(page+"/ask-clarification", url.Values{"revision": {"1"}, "question": {"Which one?"}}).sees(http.StatusUnauthorized, "You are not signed in", "Nothing was changed.")
	if v := s.stored(r.Reference); v.Seq != 1 {
		t.Errorf("event %d happened", v.Seq)
	}
}

// withSecret sets up an app by the pages and returns its secret and the codes.
func (b *browser) withSecret() (secret string, codes []string) {
	b.Helper()
	b.open("/console/me/factors").sees(200, "Not set up")
	b.fill("/factors/app", url.Values{"current": {"wrong"}}).sees(422, "That is not your password at present")
	b.fill("/factors/app", url.Values{"current": {passPhrase}}).at("/console/me/factors/app").sees(200, "Scan this")
	secret = b.between(`<code class="secret">`, `</code>`)
	b.fill("/confirm", url.Values{"code": {"12345"}}).sees(422, "That is not the code the app shows now")
	b.fill("/confirm", url.Values{"code": {appCode(b.T, secret, b.now())}}).sees(200, "Keep these now")
	for _, part := range strings.Split(b.body, "<li><code>")[1:] {
		code, _, _ := strings.Cut(part, "</code>")
		codes = append(codes, code)
	}
	if len(codes) != 10 {
		b.Fatalf("there are %d codes", len(codes))
	}
	return secret, codes
}

func TestTheSecondStepOfSigningIn(t *testing.T) {
	s := openStreet(t)
	secret, codes := s.desk("mara@example.com").withSecret()
	s.later(time.Minute)
	b := s.browser()
	first := func() {
		t.Helper()
		b.open("/console/signin?next=/console/me").fill("/console/signin", url.Values{"email": {"mara@example.com"}, "password": {passPhrase}})
		b.at("/console/signin/factor").sees(200, "The first step is done.")
	}
	first()
	for _, path := range []string{"/console", "/console/me", "/console/people"} {
		b.open(path).at("/console/signin")
	}
	b.postAs("/console/me/theme", url.Values{"theme": {"dark"}}).sees(http.StatusUnauthorized)
	first()
	b.fill("/signin/factor", url.Values{"code": {"AAAAA-AAAAA"}}).sees(422, "That code is not right, or was used before")
	b.fill("/signin/factor", url.Values{"code": {appCode(t, secret, s.now())}}).at("/console/me").sees(200, "mara@example.com")
	b.fill("/console/signout", nil)

	first()
	b.fill("/signin/factor", url.Values{"code": {appCode(t, secret, s.now())}}).sees(422, "was used before")
	b.fill("/signin/factor", url.Values{"code": {codes[3]}}).at("/console/me")
	b.fill("/console/signout", nil)
	first()
	b.fill("/signin/factor", url.Values{"code": {codes[3]}}).sees(422, "was used before")
	s.later(11 * time.Minute)
	b.fill("/signin/factor", url.Values{"code": {codes[4]}}).at("/console/signin")

	// A stranger with the password stops at the second step; Mara comes in.
	first()
	for range 9 {
		b.postAs("/console/signin/factor", url.Values{"code": {"AAAAA-AAAAA"}})
	}
	b.sees(http.StatusTooManyRequests, "Too many attempts: try again in")
	if !slices.Contains(s.acts(), "set_up_app") || !slices.Contains(s.acts(), "sign_out") {
		t.Errorf("the trail says %q", s.acts())
	}
}

// What is wrong with the database is told to the log and to nobody at the door.
func TestAFaultBehindTheDoorIsNotReadOutThere(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/console/signin/forgotten")
	s.sql("DROP TABLE attempts")
	b.fill("/forgotten", url.Values{"email": {"mara@example.com"}}).sees(http.StatusInternalServerError, "E-"+s.now().Format("20060102")).seesNot("database", "attempt")
	if !strings.Contains(s.log.String(), "counting an attempt") {
		t.Error("the log does not say what broke")
	}
}

func TestAForgottenPasswordIsAnsweredAlike(t *testing.T) {
	s := openStreet(t)
	answers := map[string]bool{}
	for _, email := range []string{"mara@example.com", "nobody@example.com"} {
		b := s.browser().open("/console/signin").follow("Send me a link")
		b.fill("/forgotten", url.Values{"email": {email}}).at("/console/signin/forgotten").sees(200, "If this address has an account here").seesNot(email)
		answers[b.text()] = true
	}
	if letter := s.postRoom(); len(answers) != 1 || len(s.post) != 1 || letter.To != "mara@example.com" {
		t.Errorf("%d answers, %d letters", len(answers), len(s.post))
	}
	s.browser().open("/console/signin/forgotten").fill("/forgotten", url.Values{"email": {"mara"}}).sees(422, "Enter your work email")
	desk := s.desk("mara@example.com")
	b := s.browser().open(s.welcomeLink(s.post[0])).sees(200, "For your account")
	b.press(url.Values{"password": {"seven herons, no boat"}, "again": {"seven herons, no boat"}}).at("/console/signin")
	desk.open("/console").at("/console/signin")
	b.fill("/console/signin", url.Values{"email": {"mara@example.com"}, "password": {"seven herons, no boat"}}).at("/console")
	for range 30 {
		b.postAs("/console/signin/forgotten", url.Values{"email": {"mara@example.com"}})
	}
	b.sees(http.StatusTooManyRequests, "Too many attempts")
	s.postRoom()
	if len(s.post) > 5 {
		t.Errorf("%d letters went to one mailbox within an hour", len(s.post))
	}
}

func TestASecondFactorIsAskedOfEverybody(t *testing.T) {
	s := openStreet(t)
	s.hire("priya@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
	admin, b := s.desk("priya@example.com"), s.desk("mara@example.com")
	admin.open("/console/people").fill("/people/factor", url.Values{"policy": {"*"}, "days": {"14"}}).sees(200, "A second factor is asked for from now on.", "Everybody, by")
	b.open("/console").at("/console").sees(200, "All open")
	b.fill("/console/signout", nil).fill("/console/signin", url.Values{"email": {"mara@example.com"}, "password": {passPhrase}})
	b.at("/console/me/factors").sees(200, "A second factor is asked of you", "after that nothing else opens before").follow("Later").at("/console")
	admin.postAs("/console/people/factor", url.Values{"policy": {"*"}, "days": {"0"}}).at("/console/me/factors")
	b.open("/console").at("/console/me/factors").sees(200, "Set one up to go on.").seesNot("Later").open("/console/people").at("/console/me/factors")
	b.postAs("/console/me/theme", url.Values{"theme": {"dark"}}).sees(http.StatusForbidden, "Set one up first")
	b.withSecret()
	b.open("/console").at("/console").sees(200, "All open")
	b.open("/console/me/factors").fill("/app/remove", url.Values{"current": {passPhrase}}).sees(http.StatusConflict, "this is your last: set up another one first")
}

func TestSomebodySeesWhereTheyAreSignedInAndEndsIt(t *testing.T) {
	s := openStreet(t)
	phone := s.browser()
	phone.headers.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1")
	phone.open("/console/signin").fill("/console/signin", url.Values{"email": {"mara@example.com"}, "password": {passPhrase}})
	b := s.browser()
	b.headers.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
	b.open("/console/signin").fill("/console/signin", url.Values{"email": {"mara@example.com"}, "password": {passPhrase}})
	b.open("/console/me").sees(200, "in 2 browsers").follow("See where").sees(200, "Firefox on Linux", "this one", "Safari on iPhone").seesNot("127.0.0.1", "Mozilla")
	b.fill("/end", nil).sees(200, "That session has ended.").seesNot("Safari on iPhone")
	phone.open("/console").at("/console/signin")
	third := s.desk("mara@example.com")
	b.open("/console/me/sessions").fill("/end-others", nil).sees(200, "Every other session of yours has ended.")
	third.open("/console").at("/console/signin")
	b.open("/console").at("/console")
	s.hire("tomas@example.com", "Tomas Rey", access.Handler, access.AllPolicies())
	other := s.desk("tomas@example.com")
	list, err := s.site.People.Visits(s.Context(), s.now(), s.mara.ID, "")
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	other.postAs("/console/me/sessions/"+list[0].ID+"/end", nil).sees(http.StatusNotFound)
	b.open("/console").at("/console")
}

func TestAnAuditorGivesAReasonToSeeWhoItIs(t *testing.T) {
	s := openStreet(t)
	s.hire("joon@example.com", "Joon Park", access.Auditor, access.AllPolicies())
	r := s.arrive(s.ago(3), "moxora", "GB", "e.okonjo@example.org", policies.Access)
	page := "/console/requests/" + r.Reference
	b := s.desk("joon@example.com")
	b.open(page).fill("/show", nil).at(page+"/show").sees(200, "Why do you need to see it?").seesNot("e.okonjo")
	b.fill("/show", url.Values{"reason": {" "}}).sees(422, "Say why you need to see who it is").seesNot("e.okonjo")
	b.fill("/show", url.Values{"reason": {"Sample of November"}}).at(page).sees(200, "e.okonjo@example.org", "Sample of November")
	if v := s.stored(r.Reference); v.Seq != 2 || v.Timeline[1].Act != requests.ActShow {
		t.Errorf("event %d, %+v", v.Seq, v.Timeline)
	}
}

// An administrator for Moxora works on the page with those who serve nothing
// else, and finds nobody beyond.
func TestAnAdministratorOfOnePolicyFindsNobodyBeyond(t *testing.T) {
	s := openStreet(t)
	s.hire("ana@example.com", "Ana Moxora", access.Administrator, access.OnlyPolicies("moxora"))
	own := s.hire("own@example.com", "Olga Own", access.Handler, access.OnlyPolicies("moxora"))
	theirs := s.hire("theirs@example.com", "Theo Theirs", access.Handler, access.OnlyPolicies("opvio"))
	b := s.desk("ana@example.com")
	b.open("/console/people").sees(200, "Olga Own", "Mara Lindqvist", "Moxora and others", "Not yours to see").seesNot("Theo", "Opvio", "everybody")
	b.open("/console/people/new").sees(200, "Moxora").seesNot("Opvio", "All policies")
	b.open(fmt.Sprintf("/console/people/%d", theirs.ID)).sees(http.StatusNotFound)
	for _, act := range []string{"", "/leave", "/back", "/invite", "/take-back", "/end-sessions", "/reset-factor", "/nothing"} {
		b.postAs(fmt.Sprintf("/console/people/%d%s", theirs.ID, act), url.Values{"name": {"X"}, "role": {"handler"}, "policy": {"moxora"}}).sees(http.StatusNotFound)
	}
	b.postAs(fmt.Sprintf("/console/people/%d/leave", s.mara.ID), nil).sees(http.StatusForbidden, "also serves policies that you do not serve")
	b.postAs(fmt.Sprintf("/console/people/%d", own.ID), url.Values{"name": {"Olga"}, "role": {"handler"}, "everything": {"yes"}}).sees(422, "You serve Moxora, and can give these only")
	b.postAs("/console/people/factor", url.Values{"policy": {"*"}, "days": {"0"}}).sees(http.StatusForbidden, "Asking everybody needs an administrator of all policies.")
	b.postAs("/console/people/factor", url.Values{"policy": {"opvio"}, "days": {"0"}}).sees(http.StatusNotFound)
	b.open(fmt.Sprintf("/console/people/%d", own.ID)).fill(fmt.Sprintf("/people/%d", own.ID), url.Values{"name": {"Olga Owen"}, "role": {"approver"}}).sees(200, "Changed. It holds at once", "Olga Owen", "Approver")
}
