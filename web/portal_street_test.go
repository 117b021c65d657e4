package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"dsr/mailer"
	"dsr/policies"
	"dsr/requests"
)

// settles does all work that waits: letters, links asked for, reminders.
func (s *street) settles() {
	s.Helper()
	for {
		swept, err := s.site.Office.Sweep(s.Context(), s.now())
		if err != nil {
			s.Fatal(err)
		}
		if swept+s.drain(s.jobs()) == 0 {
			return
		}
	}
}

// newest returns the newest letter to an address, or fails.
func (s *street) newest(to string) mailer.Envelope {
	s.Helper()
	s.settles()
	for _, e := range slices.Backward(s.post) {
		if e.To == to {
			return e
		}
	}
	s.Fatalf("no letter went to %s", to)
	return mailer.Envelope{}
}

var (
	linkInLetter = regexp.MustCompile(`https://privacy\.example\.com(/r/\S+)`)
	codeInLetter = regexp.MustCompile(`\b\d{3} \d{3}\b`)
)

// linkTo returns the link in the newest letter to an address.
func (s *street) linkTo(to string) string {
	s.Helper()
	found := linkInLetter.FindStringSubmatch(s.newest(to).Text)
	if found == nil {
		s.Fatal("the letter holds no link")
	}
	return found[1]
}

// codeTo returns the code in the newest letter to an address.
func (s *street) codeTo(to string) string {
	s.Helper()
	text := s.newest(to).Text
	found := codeInLetter.FindAllString(text, -1)
	if len(found) != 1 {
		s.Fatalf("the letter holds %d codes:\n%s", len(found), text)
	}
	return strings.ReplaceAll(found[0], " ", "")
}

// wrongCode is a code of six digits that is not the given one.
func wrongCode(right string) string {
	if right == "123456" {
		return "654321"
	}
	return "123456"
}

const dana = "dana.whitlock@example.org"

// decides carries a request, whose proof is given, through to its answer.
func (s *street) decides(reference string, d requests.Decide) {
	s.Helper()
	v := s.view(reference)
	if v.Phase == requests.Triage {
		s.do(reference, requests.TakeUp{})
	}
	s.do(reference, requests.RecordFindings{Systems: []requests.Searched{{System: "CRM", Found: "found"}}})
	s.do(reference, d)
}

// view is a request as Mara sees it.
func (s *street) view(reference string) *requests.View {
	s.Helper()
	v, err := s.site.Office.Open(s.Context(), s.mara, s.now(), reference, false)
	if err != nil {
		s.Fatal(err)
	}
	return v
}

// ground is a ground of refusal that the law knows for a request.
func (s *street) ground(reference string) policies.RefusalGround {
	s.Helper()
	v := s.view(reference)
	return v.Version.Grounds(v.Right)[0]
}

// inside is a browser whose visit to a fresh request is open, and its reference.
func (s *street) inside(policy, residence string, rights ...policies.Right) (*browser, string) {
	s.Helper()
	_, reference := s.received(policy, residence, rights...)
	return s.browser().open(s.linkTo(dana)).press(nil), reference
}

// sends posts the page's form with files, with the values given over what it
// holds.
func (b *browser) sends(values url.Values, files map[string]string) *browser {
	b.Helper()
	return b.sendForm("", values, files)
}

// errs checks that a page came back with a summary of what to mend that leads
// to each field named, and that its title says so.
func (b *browser) errs(fields ...string) *browser {
	b.Helper()
	b.sees(http.StatusUnprocessableEntity, "There is a problem")
	if title := textOf(find(b.doc, element("title"))[0]); !strings.HasPrefix(title, "Error:") {
		b.Errorf("the title is %q", title)
	}
	var led []string
	for _, a := range find(b.doc, element("a")) {
		if to, part := strings.CutPrefix(attr(a, "href"), "#"); part && to != "main" {
			led = append(led, to)
		}
	}
	if !slices.Equal(led, fields) {
		b.Errorf("the summary leads to %q, want %q:\n%s", led, fields, b.brief())
	}
	return b
}
