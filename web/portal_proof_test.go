package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dsr/policies"
	"dsr/requests"
)

// asksForThree asks for three data points and a declaration, as California lets
// a company do for a copy of the information itself (11 CCR 7062(c)).
func (s *street) asksForThree(reference string) {
	s.Helper()
	s.do(reference, requests.AskProof{
		Points: []string{"full_name", "workspace", "invoice_number"}, Declaration: true,
		What: "A photo of the invoice, if you still have it.", Why: "Your account holds payment details.",
	})
}

func TestProofIsAskedGivenComparedAndDeleted(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "US-CA", policies.Access)
	s.asksForThree(reference)
	b.open("/my").sees(http.StatusOK, "We need to know that it is you", "We need something from you", "Full name", "Workspace", "Number of an invoice",
		"A declaration that it is you, under penalty of perjury", "A photo of the invoice", "Your account holds payment details.")
	b.follow("Send it to us").at("/proof").sees(http.StatusOK, "Can you show us that it is you?", "A photo of the invoice", "Fill in what you know.",
		"I declare under penalty of perjury that I am the person whose information this request is about", "is deleted as soon as we have compared it")
	for name, list := range held(b.form("")) {
		if value := strings.Join(list, ""); name != "seen" && value != "" {
			t.Errorf("%s is filled in with %q", name, value)
		}
	}
	b.sends(url.Values{"point-full_name": {"Dana Whitlock"}, "point-workspace": {"Print Studio"}, "text": {"The invoice is from May."}, "declared": {"yes"}}, map[string]string{"invoice.pdf": "%PDF-1.7\n"})
	b.at("/"+reference).sees(http.StatusOK, "We are comparing what you sent", "We have what you sent. Thank you.", "Only those who compare it can read it.", "invoice.pdf")
	b.seesNot("Dana Whitlock", "Print Studio", "from May", "We need something from you")

	v := s.view(reference)
	if g := v.Given; g == nil || g.Points["full_name"] != "Dana Whitlock" || g.Points["workspace"] != "Print Studio" || g.Text != "The invoice is from May." || !g.Declared {
		t.Errorf("staff sees %+v", g)
	}
	s.do(reference, requests.RecordProof{Level: "three_points", Matched: []string{"full_name", "workspace", "invoice_number"}})
	b.open("/my").sees(http.StatusOK, "We are working on your answer", "We have compared it and deleted it.").seesNot("invoice.pdf")
	if v := s.view(reference); v.Given != nil || len(v.Files) != 0 {
		t.Error("the proof was not deleted")
	}
}

func TestProofThatDoesNotFitIsAskedForAgain(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "US-CA", policies.Access)
	s.asksForThree(reference)
	b.open("/my/"+reference+"/proof").sends(url.Values{"point-full_name": {"D."}, "declared": {"yes"}}, nil)
	s.do(reference, requests.RejectProof{Why: "The name does not fit.", What: "Your name as the invoice has it."})
	b.open("/my").sees(http.StatusOK, "We need to know that it is you", "The name does not fit.", "Your name as the invoice has it.").follow("Send it to us")
	if held(b.form("")).Get("point-full_name") != "" {
		t.Error("the page still holds what was sent before")
	}
	b.sends(url.Values{"point-full_name": {"Dana Whitlock"}, "declared": {"yes"}}, nil).at("/"+reference).sees(http.StatusOK, "We are comparing what you sent")
}

func TestProofPageSaysWhatToMendAndKeepsWhatWasTyped(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "US-CA", policies.Access)
	s.asksForThree(reference)
	page := "/my/" + reference + "/proof"
	long := strings.Repeat("ж", 201)
	for _, c := range []struct {
		name   string
		values url.Values
		files  map[string]string
		fields []string
		says   string
	}{
		{"nothing at all", nil, nil, []string{"point-workspace", "declared"}, "Fill in at least one line, or choose a file"},
		{"blanks only", url.Values{"point-full_name": {" \t "}, "text": {"\n \n"}, "declared": {"yes"}}, nil, []string{"point-workspace"}, "Fill in at least one line"},
		{"no declaration", url.Values{"point-full_name": {"Dana"}}, nil, []string{"declared"}, "Tick the declaration if it is true"},
		{"a declaration of another kind", url.Values{"point-full_name": {"Dana"}, "declared": {"no"}}, nil, []string{"declared"}, "Tick the declaration"},
		{"a line too long", url.Values{"point-full_name": {long}, "declared": {"yes"}}, nil, []string{"point-full_name"}, "Write at most 200 characters"},
		{"a text too long", url.Values{"text": {strings.Repeat("x", 10_001)}, "declared": {"yes"}}, nil, []string{"text"}, "Write at most 10,000 characters"},
		{"a page called PDF", url.Values{"declared": {"yes"}}, map[string]string{"id.pdf": "<!doctype html><p>hello"}, []string{"file"}, "id.pdf is not a PDF"},
		{"an archive", url.Values{"declared": {"yes"}}, map[string]string{"id.png": "PK\x03\x04" + strings.Repeat("\x00", 4096)}, []string{"file"}, "id.png is not a PDF"},
		{"a path", url.Values{"declared": {"yes"}}, map[string]string{"../../x": ""}, []string{"file"}, "is empty"},
		{"all at once", url.Values{"point-invoice_number": {long}, "text": {strings.Repeat("x", 10_001)}}, map[string]string{"a.exe": "MZ\x90\x00"}, []string{"point-invoice_number", "file", "text", "declared"}, "a.exe is not a PDF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.T = t
			b.open(page).sends(c.values, c.files).errs(c.fields...).sees(http.StatusUnprocessableEntity, c.says)
			again := held(b.form(""))
			for name := range c.values {
				if want := strings.TrimSpace(c.values.Get(name)); want != "no" && again.Get(name) != want {
					t.Errorf("%s came back as %.40q", name, again.Get(name))
				}
			}
		})
	}
	b.T = t
	b.open(page).sends(url.Values{"point-full_name": {"Dana"}}, map[string]string{"id.png": picture(t)}).sees(http.StatusUnprocessableEntity, "Please choose your files again: browsers do not keep them.")
	if v := s.view(reference); v.Given != nil || len(v.Files) != 0 {
		t.Error("something was kept")
	}
}

func TestProofTakesHostileWordsAsWords(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "US-CA", policies.Access)
	s.asksForThree(reference)
	evil := `"><script>alert(1)</script>' OR 1=1 -- ` + "\u202e\U0001f469\u200d\U0001f680 O’Neil"
	b.open("/my/"+reference+"/proof").sends(url.Values{"point-full_name": {evil}, "point-nonsense": {"x"}}, nil).errs("declared")
	if got := held(b.form("")).Get("point-full_name"); got != evil {
		t.Errorf("it came back as %q", got)
	}
	b.sends(url.Values{"declared": {"yes"}}, nil).at("/" + reference)
	if v := s.view(reference); v.Given.Points["full_name"] != evil || len(v.Given.Points) != 1 {
		t.Errorf("%+v was given", v.Given)
	}
}

func TestProofSentTwiceIsOneProof(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "US-CA", policies.Access)
	s.asksForThree(reference)
	twin := *b.open("/my/" + reference + "/proof")
	values := url.Values{"point-full_name": {"Dana"}, "declared": {"yes"}}
	b.sends(values, nil).sees(http.StatusOK, "We have what you sent.")
	twin.sends(values, nil).at("/"+reference).sees(http.StatusOK, "We have what you sent.", "We are comparing what you sent")
	n := 0
	for _, m := range s.view(reference).Messages {
		if m.Kind == "proof" && m.Author == "requester" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d proofs came", n)
	}
	twin.open("/my/"+reference+"/proof").at("/"+reference).sees(http.StatusOK, "Nothing has to be proved for this request at the moment.")
}

func TestProofThatNobodyAskedForLeadsBackWithASentence(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "US-CA", policies.Access)
	page := "/my/" + reference + "/proof"
	b.open(page).at("/"+reference).sees(http.StatusOK, "Nothing has to be proved for this request at the moment.")
	s.asksForThree(reference)
	twin := *b.open(page)
	s.do(reference, requests.RecordProof{Level: "three_points", Matched: []string{"full_name", "workspace", "invoice_number"}}) // shown at the counter
	twin.sends(url.Values{"point-full_name": {"Dana"}, "declared": {"yes"}}, nil).at("/"+reference).sees(http.StatusOK, "Nothing has to be proved for this request at the moment.")
	if v := s.view(reference); v.Given != nil {
		t.Error("it was taken")
	}
	b.post(page, url.Values{"declared": {"yes"}}).sees(http.StatusUnsupportedMediaType, "This page cannot read that")
	b.open(page + "?not=<b>x").at("/" + reference).seesNot("<b>x")
}

// asksForAnother sends a form for somebody else and returns its reference.
func (s *street) asksForAnother(who, residence string, right policies.Right) string {
	s.Helper()
	b := s.browser().open("/moxora/request").press(ticked(right)).livesIn(residence).at("/who").press(url.Values{"who": {who}})
	b.at("/find").press(url.Values{"email": {dana}, "own_name": {"Pat O’Neil"}, "own_email": {"pat@agency.example"}}).press(nil)
	return b.at("/check").press(nil).sees(http.StatusOK, "We have your request").reference()
}

func TestProofOfAuthorityIsTheAgentsToSend(t *testing.T) {
	s := openStreet(t)
	reference := s.asksForAnother("agent", "US-CA", policies.Access)
	agent := s.browser().open(s.linkTo("pat@agency.example")).sees(http.StatusOK, "what you asked for somebody else", reference).press(nil)
	agent.at("/"+reference).sees(http.StatusOK, "you sent us a request for somebody else", dana)
	person := s.browser().open(s.linkTo(dana)).sees(http.StatusOK, "Somebody asked us on your behalf", "can stop it", "If this email address is not yours").press(nil)
	person.at("/"+reference).sees(http.StatusOK, "Pat O’Neil asked us for this on your behalf", "If you did not want this, you can stop it")

	s.do(reference, requests.AskProof{Authority: true, What: "The permission Dana has signed.", Why: "So that nobody asks against her will."})
	person.open("/my").sees(http.StatusOK, "We are waiting for the person who asked for you", "You need not do anything now").seesNot("Send it to us", "We need something from you")
	person.open("/my/" + reference + "/proof").at("/" + reference)
	agent.open("/my").sees(http.StatusOK, "We need to know that you may act for this person", "The permission Dana has signed.").follow("Send it to us")
	agent.at("/proof").sees(http.StatusOK, "May you act for this person?", "Signed permission or power of attorney").seesNot("perjury")
	agent.sends(nil, nil).errs("file").sees(http.StatusUnprocessableEntity, "Choose a file with the permission or the power of attorney")
	agent.sends(url.Values{"text": {"Signed yesterday."}}, map[string]string{"permission.pdf": "%PDF-1.7\n"}).at("/"+reference).sees(http.StatusOK, "We are comparing what you sent")
	v := s.view(reference)
	if len(v.Files) != 1 || !v.Files[0].Proof || v.Given == nil {
		t.Errorf("staff sees %+v and %+v", v.Files, v.Given)
	}
	if last := v.Timeline[len(v.Timeline)-1]; !strings.HasPrefix(last.Actor, "agent") {
		t.Errorf("it came from %s", last.Actor)
	}
	agent.open("/my/"+reference+"/message").sends(url.Values{"text": {"Any news?"}}, nil)
	person.open("/my").sees(http.StatusOK, "Pat O’Neil, ", "Any news?").follow("Withdraw it").press(nil).sees(http.StatusOK, "You have withdrawn this request.")
	person.sees(http.StatusOK, "It reached us", "It was withdrawn", "This request was withdrawn")
	agent.open("/my/"+reference).sees(http.StatusOK, "Any news?", "You, ", "This request was withdrawn")
}

func TestProofOfAPersonIsWordedForTheirAgent(t *testing.T) {
	s := openStreet(t)
	reference := s.asksForAnother("agent", "US-CA", policies.Access)
	agent := s.browser().open(s.linkTo("pat@agency.example")).press(nil)
	s.asksForThree(reference)
	agent.open("/my").sees(http.StatusOK, "We need to know who this person is").follow("Send it to us").sees(http.StatusOK, "Can you show us who this person is?")
	labels := find(agent.doc, func(n *html.Node) bool { return n.Data == "label" && strings.HasPrefix(attr(n, "for"), "point-") })
	if len(labels) != 3 {
		t.Errorf("it asks for %d points", len(labels))
	}
}

func TestProofInAnotherLanguageIsNamedInIt(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "US-CA", policies.Access)
	s.asksForThree(reference)
	b.headers.Set("Accept-Language", "de")
	b.open("/my/"+reference+"/proof").sees(http.StatusOK, "Können Sie nachweisen, dass Sie es sind?", "Vollständiger Name", "A photo of the invoice")
}
