package chromium_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// answers are what somebody says on the pages of the form, by the last word of
// a page's address.
type answers map[string]url.Values

// ticked answers the first question.
func ticked(rights ...policies.Right) url.Values {
	v := url.Values{}
	for _, r := range rights {
		v.Add("right", string(r))
	}
	return v
}

// personal are the answers of somebody in Germany who asks for themselves; more
// is put over them.
func personal(more answers) answers {
	all := answers{
		"request": ticked(policies.Access), "where": {"country": {"DE"}}, "who": {"who": {"self"}},
		"find": {"email": {"lena.huber@example.org"}}, "particular": {"words": {"Everything since March, please."}},
	}
	for page, values := range more {
		all[page] = values
	}
	return all
}

var formToken = regexp.MustCompile(`name="form" value="([^"]+)"`)

// form fills in the form of a policy page by page up to the one that is meant,
// and returns the address of the draft: "/moxora/request/ABC".
func (h *house) form(policy, until string, all answers) string {
	h.Helper()
	c := h.client()
	first := h.base + "/" + policy + "/request"
	response, err := c.Get(first)
	h.must(err)
	defer response.Body.Close()
	at, values := first, url.Values{}
	for name, list := range all["request"] {
		values[name] = list
	}
	values.Set("form", formToken.FindStringSubmatch(h.body(response))[1])
	for range 12 {
		at = h.post(c, at, values)
		draft, page := at[:strings.LastIndexByte(at, '/')], at[strings.LastIndexByte(at, '/')+1:]
		if page == until {
			return strings.TrimPrefix(draft, h.base)
		}
		if values = all[page]; values == nil {
			h.Fatalf("the form asks for %q, which nobody answered", page)
		}
	}
	h.Fatalf("the form never came to %q but is at %s", until, at)
	return ""
}

// receipt sends the form of a policy and returns the address of its
// confirmation.
func (h *house) receipt(policy string, all answers) string {
	h.Helper()
	return strings.TrimPrefix(h.post(h.client(), h.base+h.form(policy, "check", all)+"/check", url.Values{}), h.base)
}

// state is where a request stands, and how it came there.
type state struct {
	name      string
	policy    string
	rights    []policies.Right // nil is every right there is
	residence string
	ago       int // days before today that it came
	acts      []act
	agent     *requests.Agent
	suspect   string // why the team looks twice
	channel   string // it came by; "": by the form, with everything that asks
	passed    bool   // the days since went by with their reminders
}

// act is what somebody did so many days after the receipt: one of the team by
// name, or the person themselves.
type act struct {
	day  int
	who  string
	verb requests.Verb
}

// standing is somebody whose request has come to a state.
type standing struct {
	email     string // of who asked
	reference string // of the first request
	came      time.Time
	my        string // its page
	visit     string // the cookie of a visit that is open
	link      string // a path that opens it once
	used      string // one that did
	older     string // one of an earlier letter
}

const person = "the person"

var (
	own    = act{0, person, requests.ConfirmMailbox{}}
	takeUp = act{1, "mara", requests.TakeUp{}}
	found  = act{2, "mara", requests.RecordFindings{Systems: []requests.Searched{{System: "App database", Found: "found"}, {System: "Helpdesk", Found: "nothing"}}}}
	file   = requests.Upload{Name: "export-of-everything-we-hold.csv", Type: "text/csv", Content: []byte("field,value\nplan,team\n")}
	kay    = requests.Agent{Email: "kay@example.net", Name: "Kay O’Neil", Relation: "agent"}
)

// decided is the way to an answer.
func decided(v requests.Decide) []act {
	return []act{own, takeUp, found, {3, "joon", v}}
}

// openStates are those in which the answer is still to come.
func openStates() []state {
	access := []policies.Right{policies.Access}
	question := act{2, "mara", requests.AskQuestion{Question: "Your address belongs to two workspaces.\nDo you mean both, or one of them?"}}
	proof := act{1, "mara", requests.AskProof{Points: []string{"full_name", "joined_month", "postcode"}, Declaration: true, What: "If you have one, the number of an invoice.", Why: "The address is not the one of the account."}}
	authority := act{1, "mara", requests.AskProof{Authority: true, What: "The permission, signed by the person.", Why: "We must know that this person wants it."}}
	return []state{
		{name: "new", policy: "moxora", rights: access, residence: "DE"},
		{name: "question asked", policy: "moxora", rights: access, residence: "GB", ago: 9, acts: []act{own, question}},
		{name: "question answered", policy: "moxora", rights: access, residence: "DE", ago: 12, acts: []act{own, question,
			{5, person, requests.AnswerQuestion{Text: "Only the first one, please.", Files: []requests.Upload{{Name: "list.txt", Type: "text/plain", Content: []byte("first\n")}}}}}},
		{name: "proof asked", policy: "nexoro", rights: access, residence: "FR", ago: 6, acts: []act{proof}},
		{name: "proof given", policy: "opvio", rights: access, residence: "US-CA", ago: 6, acts: []act{own, proof, {2, person, requests.GiveProof{Points: map[string]string{"full_name": "Lena Huber"}, Declared: true, Text: "Since March."}}}},
		{name: "authority asked", policy: "opvio", rights: access, residence: "GB", ago: 3, acts: []act{authority}, agent: &kay},
		{name: "for somebody else", policy: "opvio", rights: access, residence: "GB", ago: 1, agent: &kay},
		{name: "searched", policy: "sectora", rights: access, residence: "BR", ago: 4, acts: []act{own, takeUp}},
		{name: "late", policy: "nexoro", rights: []policies.Right{policies.Correction}, residence: "IE", ago: 45, acts: []act{own, takeUp, {3, "mara", requests.SendMessage{Text: "We have begun."}}}},
		{name: "by post", policy: "moxora", rights: access, ago: 3, channel: "post"},
		{name: "place unsaid", policy: "nexoro", rights: access, ago: 3},
		{name: "two requests", policy: "opvio", rights: []policies.Right{policies.Access, policies.Deletion}, residence: "US-CA", ago: 2, acts: []act{own}},
		{name: "all requests", policy: "moxora", residence: "US-CA", ago: 2},
		{name: "opt-out", policy: "vensor", rights: []policies.Right{policies.OptOutAI}, residence: "NL", ago: 2},
		{name: "lapsed", policy: "vensor", rights: access, residence: "DE", ago: 40, acts: []act{own, proof}, passed: true},
	}
}

// endedStates are those after the answer, and those without one.
func endedStates() []state {
	access := []policies.Right{policies.Access}
	items := []requests.Item{
		{What: "Your account and its settings", Decision: requests.Give},
		{What: "Eleven conversations with our support", Decision: requests.Part, Ground: "others_rights", Text: "We covered the names of other customers."},
		{What: "The score against fraud", Decision: requests.Keep, Ground: "others_rights", Text: "It would show how we find fraud."},
		{What: "The mail of your company", Decision: requests.NotOurs, Text: "Please ask your company."},
	}
	granted := requests.Decide{Outcome: requests.Granted, Text: "Your tickets are in the file.", Files: []requests.Upload{file}}
	refused := decided(requests.Decide{Outcome: requests.RefusedAll, Ground: "legal_claims", Text: "We need the invoices for a claim before a court."})
	return []state{
		{name: "granted", policy: "vensor", rights: []policies.Right{policies.Portability}, residence: "ES", ago: 8, acts: decided(granted)},
		{name: "files over", policy: "vensor", rights: []policies.Right{policies.Portability}, residence: "ES", ago: 45, acts: decided(granted)},
		{name: "item by item", policy: "moxora", rights: access, residence: "GB", ago: 8, acts: decided(requests.Decide{Text: "Here is what we hold.", Items: items, Files: []requests.Upload{file}})},
		{name: "refused", policy: "sectora", rights: []policies.Right{policies.Deletion}, residence: "DE", ago: 8, acts: refused},
		{name: "looked at again", policy: "sectora", rights: []policies.Right{policies.Deletion}, residence: "DE", ago: 8, acts: append(refused, act{4, person, requests.Appeal{Text: "There is no court case."}})},
		{name: "closed", policy: "vensor", rights: access, residence: "DE", ago: 8, acts: append(decided(requests.Decide{Outcome: requests.NothingFound, Text: "We hold nothing about you."}), act{4, "mara", requests.Close{Done: true}})},
		{name: "not for us", policy: "sectora", rights: access, residence: "GB", ago: 4, acts: []act{own, {1, "mara", requests.Dismiss{Outcome: requests.NotUs, Text: "We run this for another company. Please write to them."}}}},
		{name: "withdrawn", policy: "moxora", rights: access, residence: "SE", ago: 4, acts: []act{own, {1, person, requests.Withdraw{}}}},
	}
}

// person is who asks; of a letter nothing is known but where it came from.
func (s state) person(email string) requests.Person {
	if s.channel != "" {
		return requests.Person{Email: email, Details: "Everything since March, please."}
	}
	return requests.Person{Email: email, Name: "Lena Huber", Details: "Everything since March, please.", Agent: s.agent}
}

// receive makes a request as it is in a state, and says who asked.
func (h *house) receive(s state) *standing {
	h.Helper()
	came := h.now().AddDate(0, 0, -s.ago).Add(-time.Hour)
	if s.rights == nil {
		s.rights = h.site.Book.Given(h.pack(s.policy), s.residence, came)
	}
	st := &standing{email: strings.ReplaceAll(s.name, " ", ".") + "@example.org", came: came}
	receipt, err := h.site.Office.Receive(h.Context(), access.Caller{Kind: access.Requester}, came, requests.Submission{
		Nonce: fmt.Sprintf("%-16s of %s", s.name, h.Name()), Policy: s.policy, Rights: s.rights, Residence: s.residence, Channel: cmp.Or(s.channel, "form"), Language: "en",
		Suspect: s.suspect, Person: s.person(st.email),
	})
	if err != nil {
		h.Fatalf("%s: %v", s.name, err)
	}
	if s.agent != nil {
		st.email = s.agent.Email
	}
	st.reference = receipt.Requests[0].Reference
	st.my = "/my/" + st.reference
	for i, a := range s.acts {
		caller, ours := h.team[a.who]
		if !ours {
			caller = requests.RequesterOf(receipt.SubmissionID)
		}
		at := came.AddDate(0, 0, a.day).Add(time.Duration(i+1) * time.Minute)
		if _, err := h.site.Office.Do(h.Context(), caller, at, st.reference, 0, a.verb); err != nil {
			h.Fatalf("%s: %T: %v", s.name, a.verb, err)
		}
	}
	return st
}

// arrive makes a request as it is in a state, and opens a visit to it.
func (h *house) arrive(s state) *standing {
	h.Helper()
	st := h.receive(s)
	if s.passed {
		h.pass(st.came)
	}
	st.older = h.letter(st.email)
	st.used = h.freshLink(st)
	if s.passed { // the link of a letter would take it up again at once
		h.must(h.site.Office.AskLink(h.Context(), h.now(), s.policy, st.email))
		st.used = h.letter(st.email)
	}
	st.visit = h.enter(h.client(), st.used)
	st.link = h.freshLink(st)
	return st
}

// freshLink has a link mailed as the page of an old one does, and returns it.
func (h *house) freshLink(st *standing) string {
	h.Helper()
	h.post(h.client(), h.base+st.older+"/new", url.Values{})
	link := h.letter(st.email)
	return link
}

// enter presses the button behind a link and returns the cookie of the visit.
func (h *house) enter(c *http.Client, link string) string {
	h.Helper()
	h.post(c, h.base+link, url.Values{})
	base, err := url.Parse(h.base)
	h.must(err)
	cookies := c.Jar.Cookies(base)
	i := slices.IndexFunc(cookies, func(c *http.Cookie) bool { return c.Name == "dsr_my" })
	if i < 0 {
		h.Fatal("the link opened no visit")
	}
	return cookies[i].Value
}
