package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/policies"
	"dsr/requests"
)

func TestPortalListsAllRequestsOfAVisit(t *testing.T) {
	s := openStreet(t)
	b, first := s.inside("moxora", "DE", policies.Access)
	b.open("/my").at("/" + first).seesNot("All your requests") // one only: no list
	var references []string
	for range 5 {
		_, reference := s.received("moxora", "GB", policies.Deletion, policies.Correction)
		b.open(s.linkTo(dana)).press(nil)
		references = append(references, reference)
	}
	s.do(references[2], requests.AskQuestion{Question: "Which one?"})
	b.open("/my").at("/my").sees(http.StatusOK, "Your requests", "This browser opens 11 requests. What waits for you comes first.", "More requests").seesNot("Back in the list")
	if i, j := strings.Index(b.text(), references[2]), strings.Index(b.text(), references[0]); i < 0 || j >= 0 && j < i {
		t.Error("what waits for its reader does not come first")
	}
	b.follow("More requests").at("/my").sees(http.StatusOK, "Back in the list").seesNot("More requests")
	second := b.address.String()
	values := held(b.follow("English").form("/language"))
	values.Set("language", "en")
	if b.post("/language", values); b.address.String() != second {
		t.Errorf("choosing a language led to %s", b.address)
	}
	b.follow("Back in the list").sees(http.StatusOK, references[2])
	for _, from := range []string{"-1", "999", "x", "8%00", "99999999999999999999"} {
		b.open("/my?from="+from).at("/my").sees(http.StatusOK, "Your requests")
	}
	b.open("/my/"+first).sees(http.StatusOK, "Your other requests", "All your requests").follow("All your requests").at("/my")
	b.follow("See this request").sees(http.StatusOK, "We have a question for you")
}

func TestPortalSignsOutEverywhere(t *testing.T) {
	s := openStreet(t)
	here, reference := s.inside("moxora", "DE", policies.Access)
	s.browser().open("/moxora/follow").press(url.Values{"email": {dana}})
	there := s.browser().open(s.linkTo(dana)).press(nil).at("/" + reference)
	other, _ := s.inside("opvio", "DE", policies.Access)
	here.sees(http.StatusOK, "Sign out", "Sign out everywhere", "also ends what other browsers and devices have open")

	// Leaving this browser leaves the other alone.
	here.fill("/my/leave", nil).sees(http.StatusOK, "You are signed out", "This browser shows your requests no more.").open("/my").sees(http.StatusUnauthorized)
	there.open("/my").at("/" + reference)

	s.later(time.Second)
	s.browser().asksToFollow("moxora", dana)
	here = s.browser().open(s.linkTo(dana)).press(nil).at("/" + reference)
	s.later(time.Second)
	twin := *here.open("/my")
	here.fill("/my/leave-everywhere", nil).sees(http.StatusOK, "You are signed out", "No browser shows your requests any more")
	for _, b := range []*browser{here, there, &twin} {
		b.open("/my").sees(http.StatusUnauthorized, "Open the link in our letter").open("/my/" + reference).sees(http.StatusUnauthorized)
		b.post("/my/"+reference+"/withdraw", url.Values{}).sees(http.StatusUnauthorized)
		b.post("/my/leave-everywhere", url.Values{}).sees(http.StatusUnauthorized)
	}
	other.open("/my").sees(http.StatusOK) // requests to somebody else are not concerned

	// A link opened afterwards begins a new visit.
	s.later(time.Second)
	s.browser().asksToFollow("moxora", dana)
	there.open(s.linkTo(dana)).press(nil).at("/" + reference)
}

func TestPortalVisitOfAnAgentEndsAsAnAgents(t *testing.T) {
	s := openStreet(t)
	first := s.asksForAnother("agent", "DE", policies.Access)
	agent := s.browser().open(s.linkTo("pat@agency.example")).press(nil).at("/" + first)
	second := s.asksForAnother("agent", "DE", policies.Deletion)
	elsewhere := s.browser().open(s.linkTo("pat@agency.example")).press(nil)
	s.later(time.Second)
	agent.fill("/my/leave-everywhere", nil).sees(http.StatusOK, "You are signed out")
	// The other browser opened another request by another link. Its agent is
	// signed out all the same, and is no requester instead.
	elsewhere.open("/my/" + second).sees(http.StatusUnauthorized).open("/my").sees(http.StatusUnauthorized)
}

func TestPortalOneBrowserMayBeAnAgentsAndAPersons(t *testing.T) {
	s := openStreet(t)
	b, own := s.inside("moxora", "DE", policies.Access)
	theirs := s.asksForAnother("child", "DE", policies.Deletion)
	b.open(s.linkTo("pat@agency.example")).press(nil).at("/my").sees(http.StatusOK, own, theirs)
	for reference, want := range map[string]string{own: "requester", theirs: "agent:"} {
		b.open("/my/"+reference+"/message").sends(url.Values{"text": {"Hello " + reference}}, nil).sees(http.StatusOK, "You, ")
		events := s.view(reference).Timeline
		if actor := events[len(events)-1].Actor; !strings.HasPrefix(actor, want) {
			t.Errorf("%s was written to by %s, want %s", reference, actor, want)
		}
	}
}

func TestPortalKeepsThePageWhenALanguageIsChosen(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "US-CA", policies.Access, policies.Deletion)
	s.asksForThree(reference)
	s.do(reference, requests.AskQuestion{Question: "Which one?"})
	pages := []string{"", "/message", "/answer", "/proof", "/withdraw"}
	for i, page := range pages {
		pages[i] = "/my/" + reference + page
	}
	ticket := s.browser().asksToFollow("moxora", dana).address.Path
	tags := []string{"de", "fr", "es", "pt-PT", "nl", "it", "pl", "en"}
	for i, page := range append(pages, "/my", "/moxora/follow", ticket, "/follow") {
		b.open(page).sees(http.StatusOK)
		lang := find(b.doc, element("html"))[0]
		was := attr(lang, "lang")
		tag := tags[i%len(tags)]
		for _, a := range find(b.doc, element("a")) {
			if slices.Contains(strings.Fields(attr(a, "class")), "lang") {
				b.open(attr(a, "href"))
				break
			}
		}
		values := held(b.at("/language").form("/language"))
		values.Set("language", tag)
		b.post("/language", values).sees(http.StatusOK)
		if b.address.Path != page || attr(find(b.doc, element("html"))[0], "lang") != tag {
			t.Errorf("from %s in %s to %s it led to %s in %s", page, was, tag, b.address.Path, attr(find(b.doc, element("html"))[0], "lang"))
		}
	}
}

func TestPortalPagesSpeakEveryLanguage(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "US-CA", policies.Access)
	s.asksForThree(reference)
	for _, language := range s.site.Words.Languages() {
		b.headers.Set("Accept-Language", language.Tag)
		for _, page := range []string{"/my", "/my/" + reference + "/proof", "/my/" + reference + "/message", "/moxora/follow", "/follow", "/r/x"} {
			if b.open(page); attr(find(b.doc, element("html"))[0], "lang") != language.Tag {
				t.Errorf("%s does not speak %s", page, language.Tag)
			}
		}
		b.open("/my/"+reference+"/proof").sends(nil, nil).sees(http.StatusUnprocessableEntity)
	}
	if letter := s.newest(dana); !strings.Contains(letter.Text, "We need") {
		t.Error("a letter is not in the language of the request")
	}
}

func TestLinkOfAnAgentLeadsOnWhileTheirVisitIsOpen(t *testing.T) {
	s := openStreet(t)
	first := s.asksForAnother("agent", "DE", policies.Access)
	link := s.linkTo("pat@agency.example")
	agent := s.browser().open(link).press(nil).at("/" + first)
	second := s.asksForAnother("agent", "DE", policies.Deletion)
	used := s.linkTo("pat@agency.example")
	s.browser().open(used).press(nil).at("/" + second)
	agent.open(used).at("/"+second).sees(http.StatusOK, "you sent us a request for somebody else").open(link).at("/" + first)
	s.browser().open(used).sees(http.StatusGone, "This link was used already").fill("/new", nil).sees(http.StatusOK, "A new link is on its way")
}
