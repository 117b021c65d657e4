package web_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
)

// stock is what there is under one policy: a request with everything that hangs
// on it, a document of an agent, and a colleague with a view, a bulk act and a
// session of their own.
type stock struct {
	policy  string
	request *requests.Request
	noor    access.Caller
	params  map[string]string // of addresses, by thing and parameter
	secrets []string          // what nobody beyond the policy may read
}

// stocked makes it.
func (s *street) stocked(policy, name, residence string) *stock {
	s.Helper()
	lower := strings.ToLower(name)
	k := &stock{policy: policy, noor: s.hire("noor."+lower+"@example.com", "Noor "+name, access.Handler, access.OnlyPolicies(policy))}
	k.request = s.arrive(s.ago(3), policy, residence, "vera."+lower+"@example.org", policies.Access)
	s.prove(s.ago(2.9), k.request)
	for _, v := range []requests.Verb{
		requests.TakeUp{}, requests.Assign{UserID: k.noor.ID}, requests.AddLabel{Label: lower + "label"}, requests.Note{Text: "Words of " + name},
		requests.SendMessage{Text: "Hello from " + name, Files: []requests.Upload{{Name: lower + ".txt", Type: "text/plain", Content: []byte("x")}}},
	} {
		s.as(s.mara, s.ago(2), k.request, v)
	}
	s.postRoom()
	v := s.stored(k.request.Reference)
	view, err := s.site.Office.SaveView(s.Context(), k.noor, s.now(), "View "+name, "policy:"+policy+" is:open", false)
	if err != nil {
		s.Fatal(err)
	}
	bulk, err := s.site.Office.PrepareBulk(s.Context(), k.noor, s.now(), "assign", requests.Selection{References: []string{k.request.Reference}})
	if err != nil {
		s.Fatal(err)
	}
	document := itoa(s.documentUnder(policy, residence, lower))
	s.desk("noor." + lower + "@example.com")
	list, err := s.site.People.Visits(s.Context(), s.now(), k.noor.ID, "")
	if err != nil || len(list) != 1 {
		s.Fatal(list, err)
	}
	k.params = map[string]string{
		"request:reference": k.request.Reference, "request:clock": "respond.law", "request:letter": itoa(v.Letters[0].ID), "request:file": itoa(v.Files[0].ID),
		"document:document": document, "document:file": document, "pack:pack": policy, "letter text:policy": policy, "letter text:kind": "received", "letter text:language": "en",
		"view:view": itoa(view.ID), "bulk:bulk": itoa(bulk), "person:person": itoa(k.noor.ID), "person:act": "leave", "session:session": list[0].ID, "mail:mail": itoa(s.mailUnder(policy, lower)), "passkey:passkey": "1",
		":law": "gdpr",
	}
	k.secrets = []string{k.request.Reference, "vera." + lower, "Noor " + name, "noor." + lower, lower + "label", "Words of " + name, "Hello from " + name, lower + ".txt", lower + "-mail", "View " + name, lower + "-desk", s.controllerOf(policy)}
	return k
}

func (s *street) controllerOf(policy string) string {
	s.Helper()
	pack, err := s.site.Book.Pack(policy)
	if err != nil {
		s.Fatal(err)
	}
	return pack.Controller.Name
}

// documentUnder lets an agent ask under a policy and send a document.
func (s *street) documentUnder(policy, residence, lower string) int64 {
	s.Helper()
	desk := lower + "-desk@permission.example"
	receipt, err := s.site.Office.Receive(s.Context(), access.Caller{Kind: access.Requester}, s.now(), requests.Submission{
		Nonce: rand.Text(), Policy: policy, Rights: []policies.Right{policies.Access}, Residence: residence, Channel: "form", Language: "en",
		Person: requests.Person{Email: "walter." + lower + "@example.org", Name: "Walter", Agent: &requests.Agent{Email: desk, Name: lower + "-desk Ltd", Relation: "agent"}},
	})
	if err != nil {
		s.Fatal(err)
	}
	r := receipt.Requests[0]
	agent := access.Caller{Kind: access.Agent, ID: r.AgentID, Submissions: []int64{r.SubmissionID}}
	id, err := s.site.Office.SendAuthority(s.Context(), agent, s.now(), "signed_permission", "", requests.Upload{Name: lower + ".pdf", Type: "application/pdf", Content: []byte("%PDF-1.7 signed")})
	if err != nil {
		s.Fatal(err)
	}
	return id
}

// hostile is posted everywhere: every field of the console that can name
// something, with what lies beyond.
func (k *stock) hostile() url.Values {
	return url.Values{
		"r": {k.request.Reference}, "shown": {k.request.Reference}, "reference": {k.request.Reference}, "q": {"policy:" + k.policy}, "every": {"1"}, "policy": {k.policy},
		"act": {"assign"}, "assignee": {itoa(k.noor.ID)}, "law": {"gdpr"}, "name": {"X"}, "shared": {"on"}, "label": {"x"}, "revision": {"1"}, "text": {"x"}, "what": {"x"},
		"why": {"x"}, "question": {"x"}, "reason": {"x"}, "outcome": {"granted"}, "done": {"yes"}, "residence": {"DE"}, "level": {"mailbox"}, "email": {"z@example.org"},
		"role": {"handler"}, "days": {"0"}, "job": {"all"}, "number": {"1"}, "version": {"1"}, "scope": {"all"}, "right": {"access"}, "channel": {"post"}, "verdict": {"accept"},
		"accept": {"yes"}, "period": {"24"}, "months": {"24"}, "kind": {"received"}, "language": {"en"}, "columns": {"reference"}, "personal": {"yes"}, "passkey": {"1"}, "column": {"ref"},
	}
}

// questions are asked of every page: filters, and names of what lies beyond.
// Each lists what a page may repeat because it was asked with it.
func (k *stock) questions() map[string][]string {
	said := []string{k.request.Reference}
	return map[string][]string{
		"": nil, "q=policy:" + k.policy: nil, "q=is:closed": nil, "q=phase:systems": nil, "q=law:ccpa": nil, "policy=" + k.policy: nil, "policy=" + k.policy + "&law=ccpa&year=2025": nil,
		"q=assignee:" + itoa(k.noor.ID): nil, "q=label:" + k.secrets[4]: {k.secrets[4]}, "q=" + k.request.Reference: said, "q=" + k.request.Reference[:6]: nil,
		"q=" + url.QueryEscape(k.secrets[1]+"@example.org"): {k.secrets[1]}, "peek=" + k.request.Reference: said, "reference=" + k.request.Reference: said, "person=" + itoa(k.noor.ID): nil,
	}
}

// at fills the parameters of a pattern with those of a thing.
func (k *stock) at(pattern string, of thing) string {
	parts := strings.Split(pattern, "/")
	for i, p := range parts {
		name, isParam := strings.CutPrefix(p, ":")
		if !isParam {
			continue
		}
		value, known := k.params[string(of)+":"+name]
		if !known {
			value = k.params[":"+name]
		}
		parts[i] = value
	}
	return strings.ReplaceAll(strings.Join(parts, "/"), "*", "nothing")
}

// ask sends one request as a browser is signed in, and follows nothing.
func (b *browser) ask(method, path, contentType string, body io.Reader) (int, string) {
	b.Helper()
	req, err := http.NewRequest(method, b.resolve(path), body)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	client := b.http
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return res.StatusCode, b.withoutNumber(string(text)) + res.Header.Get("Location")
}

// mainPart is a page without what is around it.
func mainPart(text string) string { return text[max(0, strings.Index(text, "<main")):] }

// attack posts values, as a form without files or, where it must be, with.
func (b *browser) attack(path string, values url.Values) (int, string) {
	b.Helper()
	status, text := b.ask("POST", path, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
	if status != http.StatusUnsupportedMediaType {
		return status, text
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		w.WriteField(name, values.Get(name))
	}
	w.Close()
	return b.ask("POST", path, w.FormDataContentType(), &body)
}

// wayBack is a link, or the way at the end of an answer, to the list somebody
// asked for last, in the words they asked with.
var wayBack = regexp.MustCompile(`href="/console\?[^"]*"|/console\?\S*$`)

// shows fails where a text holds something of beyond that was not asked with.
func (b *browser) shows(k *stock, where, text string, said []string) {
	b.Helper()
	text = wayBack.ReplaceAllString(text, "")
	for _, secret := range k.secrets {
		if !slices.Contains(said, secret) && strings.Contains(text, secret) {
			at := strings.Index(text, secret)
			b.Errorf("%s shows %q: …%s…", where, secret, text[max(0, at-200):min(len(text), at+100)])
		}
	}
}

// consoleRoutes are the routes of the console with their gates. Each route has
// one, and each gate a route.
func (s *street) consoleRoutes() map[*echo.Route]gate {
	s.Helper()
	table, found := gates(), map[*echo.Route]gate{}
	for _, r := range s.routes() {
		if !strings.HasPrefix(r.Path, "/console") || r.Method == http.MethodHead || r.Method == echo.RouteNotFound {
			continue
		}
		name := r.Method + " " + r.Path
		g, known := table[name]
		if !known {
			s.Errorf("%s has no line in the table of isolation_table_test.go: say what it needs and what it is about", name)
			continue
		}
		found[r] = g
		delete(table, name)
	}
	for name := range table {
		s.Errorf("there is no %s any more: strike it from the table", name)
	}
	return found
}

// roles are those of staff.
func roles() []access.Role {
	return []access.Role{access.Handler, access.Approver, access.Administrator, access.Auditor}
}

// Whoever serves Moxora alone, in whatever role, finds nothing of Opvio at any
// address: what is there is told apart in nothing from what is not.
func TestWhatAColleagueMayNotSeeDoesNotExist(t *testing.T) {
	s := openStreet(t)
	beyond := s.stocked("opvio", "Beyond", "US-CA")
	s.stocked("moxora", "Near", "GB")
	routes, before := s.consoleRoutes(), s.fingerprint(beyond)
	for _, role := range roles() {
		visitor := s.hire(string(role)+"@example.com", "Visitor "+string(role), role, access.OnlyPolicies("moxora"))
		b := s.desk(string(role) + "@example.com")
		_, nowhere := b.ask("GET", "/console/requests/MOX-2222-22", "", nil)
		for r, g := range routes {
			if g.open {
				continue
			}
			path := beyond.at(r.Path, g.of)
			where := fmt.Sprintf("%s %s as %s", r.Method, path, role)
			may := !g.whole && (g.needs == "" || visitor.May(g.needs, ""))
			switch {
			case r.Method == http.MethodGet && g.of == "":
				s.readsNothing(b, beyond, path, where, may)
			case g.of == "":
				status, text := b.attack(path, beyond.hostile())
				b.shows(beyond, where, text, []string{beyond.request.Reference})
				unnamed := beyond.hostile()
				for _, field := range []string{"r", "shown", "reference"} {
					unnamed.Del(field)
				}
				_, text = b.attack(path, unnamed)
				b.shows(beyond, where, text, nil)
				if !may && status != http.StatusForbidden && status != http.StatusNotFound {
					t.Errorf("%s answered %d, want 403", where, status)
				}
			default:
				status, text := b.ask(r.Method, path, "", nil)
				if r.Method == http.MethodPost {
					status, text = b.attack(path, beyond.hostile())
				}
				b.shows(beyond, where, text, nil)
				if status != http.StatusNotFound && (may || status != http.StatusForbidden) {
					t.Errorf("%s answered %d, want 404", where, status)
				}
				if status == http.StatusNotFound && mainPart(text) != mainPart(nowhere) {
					t.Errorf("%s is told apart from what does not exist:\n%s", where, mainPart(text))
				}
			}
		}
	}
	if after := s.fingerprint(beyond); after != before {
		t.Errorf("something was changed all the same:\n%s\nwas\n%s", after, before)
	}
}

// readsNothing asks a page of the house all questions.
func (s *street) readsNothing(b *browser, beyond *stock, path, where string, may bool) {
	s.Helper()
	for question, said := range beyond.questions() {
		status, text := b.ask("GET", path+"?"+question, "", nil)
		b.shows(beyond, where+" ?"+question, text, said)
		if !may && status != http.StatusForbidden {
			s.Errorf("%s answered %d, want 403", where, status)
		}
	}
}

// fingerprint is how everything of a stock stands.
func (s *street) fingerprint(k *stock) string {
	s.Helper()
	v := s.stored(k.request.Reference)
	u, err := s.site.People.Find(s.Context(), k.noor.ID)
	if err != nil {
		s.Fatal(err)
	}
	list, err := s.site.Office.Views(s.Context(), k.noor)
	if err != nil {
		s.Fatal(err)
	}
	visits, err := s.site.People.Visits(s.Context(), s.now(), k.noor.ID, "")
	if err != nil {
		s.Fatal(err)
	}
	bulk, err := s.site.Office.Bulks(s.Context(), k.noor, 10)
	if err != nil {
		s.Fatal(err)
	}
	rules, err := s.site.People.FactorRules(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	all, err := s.site.Office.Queue(s.Context(), k.noor, s.now(), requests.Filter{}, requests.Page{})
	if err != nil {
		s.Fatal(err)
	}
	u.SignedInAt = v.Now
	return fmt.Sprint(v.Seq, v.Revision, len(v.Messages), u.State(), u.Role, u.Name, len(list), list[0].Name, len(visits), len(bulk), rules, all.Total)
}

// In their own policy everybody may do what the table of access says: an address
// that needs more than their role has answers 403, and one that does not, never.
func TestARoleOpensItsOwnAddressesAndNoOthers(t *testing.T) {
	s := openStreet(t)
	routes := s.consoleRoutes()
	for _, role := range roles() {
		near := s.stocked("moxora", "Near"+string(role), "GB")
		caller := s.hire(string(role)+"@example.com", "Visitor "+string(role), role, access.OnlyPolicies("moxora"))
		b := s.desk(string(role) + "@example.com")
		for r, g := range routes {
			if g.needs == "" || g.of != "" && g.of != aRequest {
				continue
			}
			values := near.hostile()
			values.Set("policy", "moxora")
			values.Set("days", "never") // else a second factor is asked of everybody here
			path := near.at(r.Path, g.of)
			status, _ := b.ask("GET", path, "", nil)
			if r.Method == http.MethodPost {
				status, _ = b.attack(path, values)
			}
			switch may := caller.May(g.needs, "moxora") && !g.whole; {
			case may && (status == http.StatusForbidden || g.of != "" && status == http.StatusNotFound):
				t.Errorf("%s %s answered %d to the %s, who may", r.Method, path, status, role)
			case !may && status != http.StatusForbidden:
				t.Errorf("%s %s answered %d to the %s, want 403", r.Method, path, status, role)
			}
		}
	}
}

// Nobody, a forged session, a requester and who has given the first factor only
// are sent to the sign-in.
func TestNobodyWhoIsNotSignedInComesIn(t *testing.T) {
	s := openStreet(t)
	near := s.stocked("moxora", "Near", "GB")
	secret, _ := s.desk("mara@example.com").withSecret()
	if len(secret) < 16 {
		t.Fatal("no secret")
	}
	requester := s.browser()
	requester.open(s.link()).press(nil).sees(http.StatusOK, "We have your request")
	half := s.browser()
	half.open("/console/signin").fill("/console/signin", url.Values{"email": {"mara@example.com"}, "password": {passPhrase}}).at("/console/signin/factor")
	visitors := map[string]*browser{"nobody": s.browser(), "a requester": requester, "who gave the first factor": half}
	for r, g := range s.consoleRoutes() {
		if g.open {
			continue
		}
		path := near.at(r.Path, g.of)
		for name, b := range visitors {
			status, text := b.ask(r.Method, path, "application/x-www-form-urlencoded", nil)
			want := http.StatusSeeOther
			if r.Method == http.MethodPost {
				want = http.StatusUnauthorized
			}
			if status != want || want == http.StatusSeeOther && !strings.HasPrefix(text[strings.LastIndex(text, "/console/signin"):], "/console/signin?next=") {
				t.Errorf("%s %s answered %d to %s", r.Method, path, status, name)
			}
		}
	}
	if u, err := s.site.People.Find(s.Context(), near.noor.ID); err != nil || u.State() != people.AtWork {
		t.Errorf("%+v, %v", u, err)
	}
}
