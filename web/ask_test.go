package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"dsr/policies"
)

// places are tried in turn for a right until one gives it.
func places() []string { return []string{"DE", "US-CA", "GB", "US-VA", "CH", "BR"} }

// livesIn answers the question about the place.
func (b *browser) livesIn(residence string) *browser {
	b.Helper()
	country, _, inside := strings.Cut(residence, "-")
	b.at("/where").press(url.Values{"country": {country}})
	if inside {
		b.at("/where").press(url.Values{"country": {country}, "state": {residence}})
	}
	return b
}

// asks walks from the first page to the one that checks the answers.
func (b *browser) asks(policy, residence string, rights ...policies.Right) *browser {
	b.Helper()
	b.open("/" + policy + "/request").sees(http.StatusOK).press(ticked(rights...))
	for range 6 {
		switch last := b.address.Path[strings.LastIndexByte(b.address.Path, '/'):]; last {
		case "/where":
			b.livesIn(residence)
		case "/who":
			b.press(url.Values{"who": {"self"}})
		case "/find":
			b.press(url.Values{"email": {"dana.whitlock@example.org"}})
		case "/particular":
			b.press(url.Values{"words": {"The time in March, please."}})
		}
	}
	return b.at("/check")
}

// ticked is what the first page posts.
func ticked(rights ...policies.Right) url.Values {
	values := url.Values{}
	for _, right := range rights {
		values.Add("right", string(right))
	}
	return values
}

// stops reports whether a right only makes something stop: then nobody is asked
// where they live.
func stops(right policies.Right) bool { return right.IsOptOut() || right == policies.WithdrawConsent }

// reference reads the first reference from a confirmation.
func (b *browser) reference() string {
	b.Helper()
	_, rest, found := strings.Cut(b.text(), "Your reference")
	if !found {
		b.Fatalf("%s is no confirmation:\n%s", b.address.Path, b.text())
	}
	return strings.TrimPrefix(rest, "s")[:11]
}

// comesIn opens the link of the newest letter and presses its button.
func (b *browser) comesIn() *browser {
	b.Helper()
	return b.open(b.link()).sees(http.StatusOK, "Is this your email address?").press(nil)
}

func TestEveryRightOfEveryPolicyIsAskedForAndFollowedWithoutScripts(t *testing.T) {
	s := openStreet(t)
	for _, pack := range s.site.Book.Packs() {
		for _, right := range s.site.Book.Given(pack, "", s.now()) {
			t.Run(pack.ID+" "+string(right), func(t *testing.T) {
				was := s.T
				s.T = t
				defer func() { s.T = was }()
				s.walk(pack, right)
			})
		}
	}
	if strings.Contains(s.log.String(), `"level":"ERROR"`) {
		t.Error("something broke on the way:\n" + s.log.String())
	}
}

func (s *street) walk(pack *policies.Pack, right policies.Right) {
	s.Helper()
	residence := ""
	for _, place := range places() {
		if slices.Contains(s.site.Book.Given(pack, place, s.now()), right) && residence == "" {
			residence = place
		}
	}
	if residence == "" {
		s.Fatalf("no place of %v gives it", places())
	}
	b := s.browser().asks(pack.ID, residence, right)
	if stops(right) {
		residence = ""
	}
	e, err := s.site.Book.Explain(policies.Question{Pack: pack, Right: right, Residence: residence, ReceivedAt: s.now()})
	if err != nil {
		s.Fatal(err)
	}
	day := firstAnswer(e)
	b.sees(http.StatusOK, "Nothing has been sent yet.", "we will answer by "+day)
	b.press(nil).sees(http.StatusOK, "We have your request", "d•••@example.org", "We answer by "+day).seesNot("dana.whitlock")
	if most := map[bool]int{true: 3, false: 7}[right.IsOptOut()]; b.pages-1 > most {
		s.Errorf("it took %d pages before the confirmation, the question for the state included; at most %d", b.pages-1, most)
	}
	reference := b.reference()
	b.sees(http.StatusOK, "How we worked out these dates", "Received.", "Last day.")
	b.comesIn().sees(http.StatusOK, reference, "dana.whitlock@example.org")
}

// firstAnswer is the day of the earliest clock for the answer, in full.
func firstAnswer(e policies.Explanation) string {
	var first *policies.WorkedClock
	for i := range e.Clocks {
		c := &e.Clocks[i]
		answers := c.Kind == policies.Respond || c.Kind == policies.OptOut
		if answers && (first == nil || c.DueDate < first.DueDate) {
			first = c
		}
	}
	return first.DueDate.Time().Format("Monday 2 January 2006")
}

func TestWhatNeedsMendingIsSaidTwiceAndNothingTypedIsLost(t *testing.T) {
	s := openStreet(t)
	for _, c := range []struct {
		name     string
		step     string
		post     url.Values
		sentence string
		field    string
		kept     string
	}{
		{"nothing ticked", "what", url.Values{}, "Choose what you would like to do", "right", ""},
		{"a right of nobody", "what", url.Values{"right": {"teleportation"}}, "Choose what you would like to do", "right", ""},
		{"no country", "where", url.Values{"country": {""}}, "Choose the country you live in", "country", ""},
		{"a country of nobody", "where", url.Values{"country": {"XX"}}, "Choose the country you live in", "country", ""},
		{"a state for a country", "where", url.Values{"country": {"US-CA"}}, "Choose the country you live in", "country", ""},
		{"no state", "where", url.Values{"country": {"US"}, "state": {""}}, "Choose one from the list", "state", `<option value="US" selected>`},
		{"for nobody", "who", url.Values{"who": {"queen"}}, "Choose who this is for", "who", ""},
		{"no address", "find", url.Values{"email": {" "}}, "Enter an email address", "email", ""},
		{"no @", "find", url.Values{"email": {"dana.example.org"}, "id-workspace": {"Print & Co"}}, "Enter one email address and nothing else", "email", `value="Print &amp; Co"`},
		{"two lines", "find", url.Values{"email": {"dana@example.org\r\nBcc: all@example.org"}}, "Enter one email address and nothing else", "email", ""},
		{"a name and an address", "find", url.Values{"email": {"Dana <dana@example.org>"}}, "Enter one email address and nothing else", "email", `value="Dana &lt;dana@example.org&gt;"`},
		{"a long workspace", "find", url.Values{"email": {"d@example.org"}, "id-workspace": {strings.Repeat("ä", 201)}}, "Write at most 200 characters", "id-workspace", `value="d@example.org"`},
		{"a long story", "particular", url.Values{"words": {strings.Repeat("ü", 10_001)}}, "Write at most 10,000 characters; these are 10,001", "words", strings.Repeat("ü", 10_001)},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := s.browser()
			b.street = &street{T: t, server: s.server, site: s.site}
			b.asks("moxora", "DE", policies.Access)
			at := strings.TrimSuffix(b.address.Path, "check") + c.step
			b.open(at).post(at, c.post).sees(http.StatusUnprocessableEntity, "There is a problem")
			if n := strings.Count(b.text(), c.sentence); n != 2 {
				t.Errorf("the sentence %q stands there %d times:\n%s", c.sentence, n, b.text())
			}
			if title := textOf(find(b.doc, element("title"))[0]); !strings.HasPrefix(title, "Error: ") {
				t.Errorf("the title is %q", title)
			}
			if !strings.Contains(b.body, `href="#`+c.field+`"`) || !strings.Contains(b.body, c.kept) {
				t.Errorf("field %s or what was typed is missing:\n%s", c.field, b.body)
			}
			b.open(at[:len(at)-len(c.step)] + "check").at("/check") // what was saved before stays
		})
	}
}

func TestARightThatIsNotGivenWhereSomebodyLives(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/vensor/request").press(url.Values{"right": {"access", "restriction"}})
	b.press(url.Values{"country": {"US"}}).press(url.Values{"state": {"US-TX"}})
	b.sees(http.StatusUnprocessableEntity, "Vensor AI’s policy does not give this, and the law in Texas, United States does not either: “Set my information aside”", "Go on without it")
	b.press(url.Values{"without": {"1"}}).at("/who").press(url.Values{"who": {"self"}})
	b.press(url.Values{"email": {"d@example.org"}}).press(nil).at("/check").seesNot("Set my information aside")

	// Alone it leaves nothing to go on with; asking for something else does.
	b = s.browser().open("/vensor/request").press(url.Values{"right": {"restriction"}}).livesIn("US-TX")
	b.sees(http.StatusUnprocessableEntity).seesNot("Go on without it").follow("Change what I ask for")
	b.at("/what").press(url.Values{"right": {"restriction"}}).at("/where").livesIn("DE").at("/who")
}

func TestRightsWithDaysOfTheirOwnAreNamedWithThem(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("opvio", "US-CA", policies.Access, policies.Deletion, policies.OptOutSale)
	b.sees(http.StatusOK, "“Stop the sale and sharing of my information”: if you send this today, we will answer by",
		"“Get a copy of my information” and “Delete my information”: if you send this today, we will answer by")
}

func TestAPlaceNobodySaysIsRuledByTheStrictestLaw(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/nexoro/request").press(url.Values{"right": {"access"}}).press(url.Values{"country": {"none"}})
	b.at("/who").press(url.Values{"who": {"self"}}).press(url.Values{"email": {"d@example.org"}}).press(nil)
	b.at("/check").sees(http.StatusOK, "You would rather not say").press(nil)
	b.sees(http.StatusOK, "We do not know where you live. Until we do, we keep to the strictest law", "Nexoro’s privacy policy states no response time")

	b = s.browser().open("/nexoro/request").press(url.Values{"right": {"access"}}).press(url.Values{"country": {"US"}})
	b.press(url.Values{"state": {"other"}}).at("/who")
}

// contains reports whether the page says a text.
func contains(b *browser, text string) bool { return strings.Contains(b.text(), text) }
