package web_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
	"dsr/web"
)

// askedAs receives a request that somebody made for another person.
func (s *street) askedAs(relation, by, person, residence, right string) *requests.Request {
	s.Helper()
	receipt, err := s.site.Office.Receive(s.Context(), access.Caller{Kind: access.Requester}, s.now(), requests.Submission{
		Nonce: rand.Text(), Policy: "moxora", Rights: []policies.Right{policies.Right(right)}, Residence: residence, Channel: "form", Language: "en",
		Person: requests.Person{Email: person, Name: "Dana Whitlock", Agent: &requests.Agent{Email: by, Name: "Permission Ltd", Relation: relation}},
	})
	if err != nil {
		s.Fatal(err)
	}
	return receipt.Requests[0]
}

func TestAnAgentComesInByTheirLinkAndSeesWhatTheyAskedFor(t *testing.T) {
	s := openStreet(t)
	r := s.asksFor(desk, dana, "US-CA", "access")
	stop := s.asksFor(desk, dana, "US-CA", "opt_out.sale_sharing")
	s.asksFor("rival@permission.example", "efe@example.org", "US-CA", "access")

	b := s.browser().open("/moxora/agent").sees(http.StatusOK, "For agents and parents", "requests to Moxora")
	b.press(nil).errs("relation", "own_name", "own_email")
	b.press(url.Values{"relation": {"agent"}, "own_name": {"Permission Ltd"}, "own_email": {"desk.permission.example"}}).errs("own_email").sees(422, "Enter your own email address and nothing else")
	b.press(url.Values{"own_email": {desk}}).sees(http.StatusOK, "Look into your mailbox").seesNot(desk)

	link := s.agentLink(desk)
	scanner := s.browser()
	for range 2 {
		scanner.open(link).sees(http.StatusOK, "Is this your email address?", "made to Moxora for others").seesNot(desk, "Dana")
	}
	b.open(link).press(nil).at("/agent")
	b.sees(http.StatusOK, "Permission Ltd", desk, "2 open requests", "Dana Whitlock", dana, r.Reference, stop.Reference, "We answer by", "Show that you may act", "You have not shown us yet").seesNot("efe@example.org")
	if n := strings.Count(b.text(), "Show that you may act"); n != 2 { // the button, and one request: an opt-out needs none
		t.Errorf("the page asks %d times for authority:\n%s", n, b.text())
	}
	b.open("/my/"+r.Reference).sees(http.StatusOK, r.Reference, "All requests you made for others").follow("All requests you made for others").at("/agent")

	// The button of the letter leads on while the visit is open; elsewhere the
	// link is used up and says so.
	b.open(link).at("/agent")
	s.browser().open(link).sees(http.StatusGone, "This link was used already", "opens your page once").seesNot(desk, "Dana").follow("Send me a new link").at("/moxora/agent")
	s.browser().post(link, nil).sees(http.StatusGone, "This link was used already")
	for _, forged := range []string{"/a/x", flipped(link), strings.Replace(s.link(), "/r/", "/a/", 1), strings.Replace(link, "/a/", "/r/", 1)} {
		s.browser().open(forged).sees(http.StatusGone, "This link is not complete")
	}
	s.later(requests.LinkLifetime + time.Second)
	s.browser().open(link).sees(http.StatusGone, "This link has ended")
}

// The link in a letter about one request opens the same visit.
func TestALetterAboutOneRequestLeadsToAllOfThem(t *testing.T) {
	s := openStreet(t)
	first, second := s.asksFor(desk, dana, "US-CA", "access"), s.asksFor(desk, "efe@example.org", "US-CA", "deletion")
	b := s.browser().open(s.linkTo(desk)).press(nil).at("/my/" + second.Reference).follow("All requests you made for others")
	b.at("/agent").sees(http.StatusOK, first.Reference, second.Reference)
	s.browser().open(s.linkTo(dana)).press(nil).open("/agent").sees(http.StatusUnauthorized)
}

func TestTheCodeOfAnAgentsLetterOpensTheSamePage(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/moxora/agent").press(url.Values{"relation": {"agent"}, "own_name": {"Permission Ltd"}, "own_email": {desk}})
	s.works()
	code := s.codeTo(desk)
	b.press(url.Values{"code": {"12"}}).errs("code")
	b.press(url.Values{"code": {wrongCode(code)}}).errs("code").sees(422, "This code does not fit")
	ticket := b.address.Path
	b.open(flipped(ticket)).seesNot(desk)
	if b.status < 400 {
		t.Errorf("a forged ticket answered %d", b.status)
	}
	b.open(ticket).press(url.Values{"code": {code[:3] + " " + code[3:]}}).at("/agent").sees(200, "You have no open requests.")
	s.browser().open(ticket).press(url.Values{"code": {code}}).errs("code")
}

func TestLinksOfAgentsAreLimitedAndNobodyCanTell(t *testing.T) {
	s := openStreet(t)
	ask := func(email string) *browser {
		return s.browser().open("/moxora/agent").press(url.Values{"relation": {"agent"}, "own_name": {"Permission Ltd"}, "own_email": {email}}).sees(200, "Look into your mailbox")
	}
	for range 7 {
		ask(desk)
	}
	if s.works(); len(s.post) != 4 {
		t.Errorf("%d letters went to one mailbox, want 4 in an hour", len(s.post))
	}
	s.browser().open(s.agentLink(desk)).press(nil)
	known, unknown := ask(desk), ask("nobody@permission.example")
	if strip := func(b *browser) string { return strings.ReplaceAll(b.text(), b.address.Path, "") }; strip(known) != strip(unknown) {
		t.Error("the page tells a known address from another")
	}
}

// Who asks for links for one mailbox under many of its names gets no more, from
// whichever door and network they come.
func TestNoDoorFloodsAMailboxUnderItsOtherNames(t *testing.T) {
	s := limited(t, func(*web.Limits) {})
	for i, email := range []string{"desk@permission.example", "Desk@Permission.Example", "desk+1@permission.example", "d.esk@permission.example", "de.sk+2@permission.example", "desk+3@permission.example"} {
		s.from(i+1).open("/moxora/agent").press(url.Values{"relation": {"agent"}, "own_name": {"Permission Ltd"}, "own_email": {email}}).sees(http.StatusOK, "Look into your mailbox")
	}
	if s.works(); len(s.post) != 4 {
		t.Errorf("%d letters went to one mailbox, want 4 in an hour", len(s.post))
	}
}

func TestAnAgentsAddressIsTidiedLikeAnyOther(t *testing.T) {
	s := openStreet(t)
	s.browser().open("/moxora/agent").press(url.Values{"relation": {"agent"}, "own_name": {" Permission\n Ltd "}, "own_email": {"\u200b" + desk + "\u00ad"}}).sees(http.StatusOK, "Look into your mailbox")
	s.browser().open(s.agentLink(desk)).press(nil).at("/agent").sees(http.StatusOK, "Permission Ltd", desk)
}

func TestOnlyAgentsHaveAnAgentsPages(t *testing.T) {
	s := openStreet(t)
	person, reference := s.inside("moxora", "DE", policies.Access)
	for _, path := range []string{"/agent", "/agent/authority", "/agent/lists", "/agent/lists/1", "/agent/lists/1/to-mend.csv", "/agent/files/1"} {
		s.browser().open(path).sees(http.StatusUnauthorized, "Open the link in our letter")
		person.open(path).sees(http.StatusUnauthorized).seesNot("lists")
	}
	for _, path := range []string{"/agent/digest", "/agent/lists/1/clear"} {
		person.post(path, url.Values{"digest": {"off"}}).sees(http.StatusUnauthorized)
	}
	person.uploads("/agent/lists", nil, "a.csv", "email,right,residence\na@example.org,access,DE\n").sees(http.StatusUnauthorized)
	person.uploads("/agent/authority", url.Values{"kind": {"signed_permission"}, "scope": {"all"}}, "a.pdf", pdf("x")).sees(http.StatusUnauthorized)
	// And an agent has nobody else's requests.
	s.agent(desk, "Permission Ltd", "agent").open("/my/" + reference).sees(http.StatusNotFound)
}

func TestTheVisitOfAnAgentEndsWhereTheyAsk(t *testing.T) {
	s := openStreet(t)
	here, there := s.agent(desk, "Permission Ltd", "agent"), s.agent(desk, "Permission Ltd", "agent")
	s.later(time.Second)
	here.open("/my").at("/agent").fill("/my/leave-everywhere", nil).sees(200, "You are signed out")
	there.open("/agent").sees(http.StatusUnauthorized)
	s.later(time.Second)
	s.agent(desk, "Permission Ltd", "agent").fill("/my/leave", nil).open("/agent").sees(http.StatusUnauthorized)
}

func TestALongListOfAnAgentHasPages(t *testing.T) {
	s := openStreet(t)
	b := s.agent(desk, "Permission Ltd", "agent")
	for i := range 53 {
		s.later(time.Second)
		s.asksFor(desk, fmt.Sprintf("person.with.a.long.name.%d@example-of-a-domain.org", i), "US-CA", "access")
	}
	b.open("/agent").sees(200, "53 open requests", "More requests").seesNot("name.0@")
	b.follow("More requests").sees(200, "name.0@", "Back in the list").follow("Back in the list").sees(200, "name.52@")
	b.open("/agent?after=!").sees(http.StatusNotFound)
	b.open("/agent?show=ended").sees(200, "None of your requests has ended yet.")
}

func TestTheWeeklyLetterCanBeStopped(t *testing.T) {
	s := openStreet(t)
	b := s.agent(desk, "Permission Ltd", "agent")
	b.fill("/digest", nil).sees(200, "You get no weekly letter any more.", "You get no weekly letter.")
	b.fill("/digest", nil).sees(200, "You get the weekly letter again.", "On Mondays we write to you")
}

func TestADocumentIsTakenByItsContentAndJudgedByStaff(t *testing.T) {
	s := openStreet(t)
	r := s.asksFor(desk, dana, "US-CA", "access")
	b := s.agent(desk, "Permission Ltd", "agent")
	b.follow("Show that you may act").sees(200, "Send a document once", "Signed permission", "Power of attorney", "do not wait for it")
	good := url.Values{"kind": {"signed_permission"}, "scope": {"all"}}
	b.uploads("/agent/authority", nil, "", "").errs("kind", "scope", "file")
	for name, c := range map[string]struct{ file, content, says string }{
		"a page":          {"permission.pdf", "<!doctype html><script>alert(1)</script>", "permission.pdf is neither a PDF nor"},
		"a text":          {"permission.txt", "I permit it.", "is neither a PDF nor"},
		"nothing":         {"permission.pdf", "", "is empty"},
		"half a picture":  {"permission.png", "\x89PNG\r\n\x1a\n and no more", "is neither a PDF nor"},
		"twenty-one MB":   {"permission.pdf", "%PDF-1.7" + strings.Repeat("x", 21<<20), "is larger than 20 MB"},
		"a zip, no paper": {"permission.pdf", "PK\x03\x04" + strings.Repeat("x", 100), "is neither a PDF nor"},
	} {
		if b.uploads("/agent/authority", good, c.file, c.content).errs("file"); !strings.Contains(b.text(), c.says) {
			t.Errorf("%s: %s", name, b.brief())
		}
	}
	b.uploads("/agent/authority", url.Values{"kind": {"signed_permission"}, "scope": {"one"}, "reference": {"MOX-2222-22"}}, "p.pdf", pdf("x")).errs("reference")
	b.uploads("/agent/authority", url.Values{"kind": {"signed_permission"}, "scope": {"one"}, "reference": {strings.ToLower(r.Reference)}}, `..\..\per"mission.pdf`, pdf("x"))
	b.at("/agent").sees(200, "We have your document", "We are looking at the document you sent")
	b.open("/agent/authority").sees(200, "not looked at yet", r.Reference, "per_mission.pdf").follow("per_mission.pdf")
	if b.header.Get("Content-Disposition") != `attachment; filename=per_mission.pdf` || !strings.Contains(b.header.Get("Content-Security-Policy"), "sandbox") || b.body != pdf("x") {
		t.Errorf("it is served as %v", b.header)
	}
	document := b.address.Path
	s.agent("rival@permission.example", "Rival Ltd", "agent").open(document).sees(http.StatusNotFound)

	d := s.desk("mara@example.com")
	d.open("/console/agents").sees(200, "1 to look at", "Permission Ltd", "d•••@permission.example", "Signed permission", r.Reference).seesNot(desk)
	d.follow("Signed permission").sees(200, "opening it is recorded", r.Reference, "Accept and record it on 1 request")
	page := d.address.Path
	d.post(page, nil).sees(http.StatusBadRequest)
	d.post(page, url.Values{"verdict": {"refuse"}, "reason": {" "}}).sees(422, "There is a problem", "Say why, and what the agent should send instead.")
	d.post(page, url.Values{"verdict": {"accept"}}).at("/console/agents").sees(200, "Accepted, and recorded on 1 request.", "In force")
	d.post(page, url.Values{"verdict": {"refuse"}, "reason": {"No."}}).sees(http.StatusConflict)
	b.open("/agent").sees(200, "We have accepted your document")
	d.open("/console/agents").follow("Signed permission").sees(200, "Withdraw and delete it").post(page, url.Values{"verdict": {"withdraw"}, "reason": {"The agreement has ended."}}).sees(200, "Withdrawn.")
	d.open(page).sees(http.StatusNotFound)
	b.open("/agent/authority").sees(200, "No longer counts since", "The agreement has ended.", "We have deleted the document.").open(document).sees(http.StatusNotFound)
}

func TestWhoMayNotVerifyHasNoPartInDocuments(t *testing.T) {
	s := openStreet(t)
	s.agent(desk, "Permission Ltd", "agent").uploads("/agent/authority", url.Values{"kind": {"power_of_attorney"}, "scope": {"all"}}, "p.pdf", pdf("x"))
	s.hire("ada@example.com", "Ada", access.Auditor, access.AllPolicies())
	s.hire("olaf@example.com", "Olaf", access.Handler, access.OnlyPolicies("opvio"))
	auditor := s.desk("ada@example.com").seesNot("/console/agents")
	for _, path := range []string{"/console/agents", "/console/agents/1", "/console/agents/files/1"} {
		auditor.open(path).sees(http.StatusForbidden).seesNot("Permission Ltd")
	}
	auditor.post("/console/agents/1", url.Values{"verdict": {"accept"}}).sees(http.StatusForbidden)
	other := s.desk("olaf@example.com").open("/console/agents").sees(200, "0 to look at", "Nothing waits.")
	for _, path := range []string{"/console/agents/1", "/console/agents/files/1", "/console/agents/99", "/console/agents/x"} {
		other.open(path).sees(http.StatusNotFound)
	}
	other.post("/console/agents/1", url.Values{"verdict": {"accept"}}).sees(http.StatusNotFound)
}

func TestAListIsReadRowByRowAndMended(t *testing.T) {
	s := openStreet(t)
	b := s.agent(desk, "Permission Ltd", "agent")
	b.follow("Send a list").sees(200, "One row for each person", "your_reference", "US-CA").follow("Download an example")
	if !strings.HasPrefix(b.body, "\ufeffemail,name,right,residence") || b.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("the example is %q as %v", b.body, b.header)
	}
	example := b.body
	b.uploads("/agent/lists", nil, "example.csv", example).sees(200, "0 of 2 rows are done").sees(200, "looks again every 5 seconds")
	if b.header.Get("Refresh") != "5" {
		t.Error("the page of a running list does not look again")
	}
	s.works()
	b.open(b.address.Path).sees(200, "2 requests were taken in.").seesNot("every 5 seconds")
	if b.header.Get("Refresh") != "" {
		t.Error("the page of a finished list looks again")
	}

	b.uploads("/agent/lists", nil, "people.csv", "email,right,residence,details,salary\n=cmd|'/c calc'!A1,delition,Germnay,+1,9\nok@example.org,deletion,DE,,9\nok@example.org,delete,DE,,9\n")
	list := b.address.Path
	b.sees(200, "Row 2", "“=cmd|'/c calc'!A1” is no email address", "Do you mean deletion?", "Do you mean DE?", "Row 4", "as in row 3", "We did not use these columns: salary")
	s.works()
	b.open(list).sees(200, "One request was taken in.", "2 rows have to be mended.").follow("Download the rows to mend")
	for _, line := range []string{"email,right,residence,details,what_to_mend", `'=cmd|'/c calc'!A1,delition,Germnay,'+1,`} {
		if !strings.Contains(b.body, line) {
			t.Errorf("the rows to mend are\n%s\nwithout %q", b.body, line)
		}
	}
	mended := strings.NewReplacer("'=cmd|'/c calc'!A1,delition,Germnay", "new@example.org,deletion,DE").Replace(b.body)
	b.uploads("/agent/lists", nil, "mended.csv", mended)
	s.works()
	b.open(b.address.Path).sees(200, "One request was taken in.", "One row was in an earlier list already")
	b.open(list).fill("/clear", nil).at(list).sees(200, "2 rows were removed without being taken in.").seesNot("delition")

	rival := s.agent("rival@permission.example", "Rival Ltd", "agent")
	for _, path := range []string{list, list + "/to-mend.csv", "/agent/lists/999", "/agent/lists/x"} {
		rival.open(path).sees(http.StatusNotFound)
	}
	rival.post(list+"/clear", nil).sees(http.StatusNotFound)
	s.agent("pat@example.org", "Pat", "parent").seesNot("/agent/lists").open("/agent/lists").sees(200, "Lists are for agents").uploads("/agent/lists", nil, "a.csv", example).at("/agent/lists").sees(200, "Lists are for agents")
}

func TestAFileThatIsNoListSaysWhatToDo(t *testing.T) {
	s := openStreet(t)
	b := s.agent(desk, "Permission Ltd", "agent")
	before := s.count()
	const header = "email,right,residence\n"
	for name, c := range map[string]struct{ content, says string }{
		"nothing":            {"", "The file holds no rows"},
		"Latin-1":            {header + "a@example.org,access,\xd6sterreich\n", "Line 2 holds characters that are not UTF-8. Save the file in your spreadsheet program as “CSV UTF-8”"},
		"NUL":                {header + "a@example.org\x00,access,DE\n", "Line 2 holds a character that is no text"},
		"a spreadsheet":      {"PK\x03\x04", "This is no CSV file"},
		"a PDF":              {pdf("x"), "This is no CSV file"},
		"UTF-16":             {"\xff\xfee\x00", "saved as UTF-16"},
		"one column":         {"email\na@example.org\n", "Missing: right, residence"},
		"six megabytes":      {header + strings.Repeat("x", 6<<20), "larger than 5 MB"},
		"twenty-one MB":      {header + strings.Repeat("x", 21<<20), "larger than 5 MB"},
		"five thousand rows": {header + strings.Repeat("a@example.org,access,DE\n", 5000), "The list has 5,000 rows, at most 2,000 are possible"},
		"an open quotation":  {header + "\"a@example.org,access,DE\n", "A quotation mark in line 2"},
	} {
		if b.uploads("/agent/lists", nil, "people.csv", c.content).errs("file"); !strings.Contains(b.text(), c.says) {
			t.Errorf("%s: %s", name, b.brief())
		}
	}
	b.uploads("/agent/lists", nil, "", "").errs("file").sees(422, "Choose the file with the list")
	if s.count() != before {
		t.Error("a request was received all the same")
	}
}

func TestListsAreBounded(t *testing.T) {
	s := openStreet(t)
	b := s.agent(desk, "Permission Ltd", "agent")
	for range 30 {
		b.uploads("/agent/lists", nil, "people.csv", "email\n").errs("file")
	}
	b.uploads("/agent/lists", nil, "people.csv", "email,right,residence\na@example.org,access,DE\n").errs("file").sees(422, "Send it again tomorrow")
	if s.count() != 0 {
		t.Error("it was taken in all the same")
	}
}

// What comes larger than any page takes is cut off before it is read.
func TestAGigabyteIsNotRead(t *testing.T) {
	s := openStreet(t)
	b := s.agent(desk, "Permission Ltd", "agent")
	read := 0
	body := io.MultiReader(strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"), readerFunc(func(p []byte) (int, error) {
		if read >= 1<<30 {
			return 0, io.EOF
		}
		for i := range p {
			p[i] = 'x'
		}
		read += len(p)
		return len(p), nil
	}))
	req, err := http.NewRequest(http.MethodPost, b.resolve("/agent/lists"), body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := b.http.Do(req)
	if err == nil {
		res.Body.Close()
		if res.StatusCode < 400 {
			t.Errorf("a gigabyte answered %d", res.StatusCode)
		}
	}
	if read > 100<<20 {
		t.Errorf("%d bytes were taken", read)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// The team sees who asked, that the list's letter confirmed it, and whose name
// stands on the document.
func TestTheTeamReadsWhatAnAgentsListDid(t *testing.T) {
	s := openStreet(t)
	b := s.agent(desk, "Permission Ltd", "agent")
	b.uploads("/agent/lists", nil, "people.csv", "email,right,residence,your_reference\n"+dana+",access,US-CA,A-7\n")
	s.works()
	s.works()
	page := b.open("/agent").sees(200, "your reference A-7", "A copy of the information").text()
	reference := page[strings.Index(page, "MOX-"):][:len("MOX-2222-22")]
	d := s.desk("mara@example.com").open("/console/requests/"+reference).sees(200, "Agent", "We have your list of requests")
	if raw := "batch_received"; strings.Contains(d.body, raw) {
		t.Errorf("the console shows %s:\n%s", raw, d.text())
	}
	b.open("/my/"+reference).sees(200, "you sent us a request for somebody else")
	if got := s.newest(dana); !strings.Contains(got.Text, "Permission Ltd") {
		t.Errorf("the person reads\n%s", got.Text)
	}
	// The person opens their letter and stops it.
	person := s.browser().open(s.linkTo(dana)).press(nil).sees(200, "Withdraw it")
	person.open("/my/"+reference+"/withdraw").press(nil).sees(200, "You have withdrawn this request.")
	b.open("/agent?show=ended").sees(200, reference, "Closed")
}
