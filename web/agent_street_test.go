package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"dsr/access"
	"dsr/requests"
)

// works does all work that waits, agents' work too.
func (s *street) works() {
	s.Helper()
	s.drain(s.jobs())
}

const desk = "desk@permission.example"

var agentLink = regexp.MustCompile(`https://privacy\.example\.com(/a/\S+)`)

// agentLink returns the link in the newest letter to an agent.
func (s *street) agentLink(to string) string {
	s.Helper()
	s.works()
	for _, e := range slices.Backward(s.post) {
		if found := agentLink.FindStringSubmatch(e.Text); e.To == to && found != nil {
			return found[1]
		}
	}
	s.Fatalf("no letter to %s holds a link", to)
	return ""
}

// agent is a browser in which an agent's page is open.
func (s *street) agent(email, name, relation string) *browser {
	s.Helper()
	b := s.browser().open("/moxora/agent").press(url.Values{"relation": {relation}, "own_name": {name}, "own_email": {email}}).sees(http.StatusOK, "Look into your mailbox")
	return b.open(s.agentLink(email)).press(nil).at("/agent").sees(http.StatusOK, "Your requests for others", name)
}

// asksFor receives a request that an agent made by the form.
func (s *street) asksFor(by, person, residence string, right string) *requests.Request {
	s.Helper()
	return s.askedAs("agent", by, person, residence, right)
}

// uploads posts a form of the page with one file under a name.
func (b *browser) uploads(path string, values url.Values, name, content string) *browser {
	b.Helper()
	files := map[string]string{name: content}
	if name == "" {
		files = nil
	}
	return b.postFiles(path, values, files)
}

// agentID is the number of the agent behind a request.
func (s *street) agentID(reference string) access.Caller {
	s.Helper()
	v := s.view(reference)
	return access.Caller{Kind: access.Agent, ID: v.AgentID}
}

func pdf(text string) string { return "%PDF-1.7\n" + strings.Repeat(text, 20) }
