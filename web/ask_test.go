package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/people"
	"dsr/policies"
	"dsr/web"
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
	ticked := url.Values{}
	optOuts := true
	for _, right := range rights {
		ticked.Add("right", string(right))
		optOuts = optOuts && right.IsOptOut()
	}
	b.open("/" + policy + "/request").sees(http.StatusOK).press(ticked)
	if !optOuts {
		b.livesIn(residence).at("/who").press(url.Values{"who": {"self"}})
	}
	b.at("/find").press(url.Values{"email": {"dana.whitlock@example.org"}})
	if !optOuts {
		b.at("/particular").press(url.Values{"words": {"The time in March, please."}})
	}
	return b.at("/check")
}

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
	return b.open(b.link()).sees(http.StatusOK, "Is this your mailbox?").press(nil)
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
	if right.IsOptOut() {
		residence = ""
	}
	e, err := s.site.Book.Explain(policies.Question{Pack: pack, Right: right, Residence: residence, ReceivedAt: s.now()})
	if err != nil {
		s.Fatal(err)
	}
	day := firstAnswer(e)
	b.sees(http.StatusOK, "Nothing has been sent yet.", "we will answer by "+day)
	b.press(nil).sees(http.StatusOK, "We have your request", "d•••@example.org", "We answer by "+day).seesNot("dana.whitlock")
	if most := map[bool]int{true: 4, false: 9}[right.IsOptOut()]; b.pages > most {
		s.Errorf("it took %d pages, the confirmation and the question for the state included; at most %d", b.pages, most)
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

func TestAFormAsksNoMoreThanTheRightNeeds(t *testing.T) {
	s := openStreet(t)
	for _, c := range []struct {
		policy string
		rights []string
		want   string
	}{
		{"moxora", []string{"opt_out.marketing"}, "email"},
		{"moxora", []string{"limit_sensitive", "opt_out.profiling"}, "email"},
		{"moxora", []string{"access"}, "email id-workspace"},
		{"moxora", []string{"access", "opt_out.sale_sharing"}, "email id-workspace"},
		{"sectora", []string{"deletion"}, "email"},
		{"opvio", []string{"deletion"}, "email id-company"},
	} {
		b := s.browser().open("/" + c.policy + "/request").press(url.Values{"right": c.rights})
		if !strings.HasSuffix(b.address.Path, "/find") {
			b.livesIn("US-CA").press(url.Values{"who": {"self"}})
		}
		var names []string
		for name := range held(b.at("/find").form("")) {
			if name != "website" {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s %v asks for %q, want %q", c.policy, c.rights, got, c.want)
		}
	}
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
		{"no @", "find", url.Values{"email": {"dana.example.org"}, "id-workspace": {"Print & Co"}}, "Enter an email address with an @", "email", `value="Print &amp; Co"`},
		{"two lines", "find", url.Values{"email": {"dana@example.org\r\nBcc: all@example.org"}}, "Enter an email address with an @", "email", ""},
		{"a name and an address", "find", url.Values{"email": {"Dana <dana@example.org>"}}, "Enter an email address with an @", "email", `value="Dana &lt;dana@example.org&gt;"`},
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

func TestAPlaceNobodySaysIsRuledByTheStrictestLaw(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/nexoro/request").press(url.Values{"right": {"access"}}).press(url.Values{"country": {"none"}})
	b.at("/who").press(url.Values{"who": {"self"}}).press(url.Values{"email": {"d@example.org"}}).press(nil)
	b.at("/check").sees(http.StatusOK, "You would rather not say").press(nil)
	b.sees(http.StatusOK, "We do not know where you live. Until we do, we keep to the strictest law", "Nexoro’s privacy policy states no response time")

	b = s.browser().open("/nexoro/request").press(url.Values{"right": {"access"}}).press(url.Values{"country": {"US"}})
	b.press(url.Values{"state": {"other"}}).at("/who")
}

func TestGoingBackLoadingAnewAndTwoTabsLoseNothing(t *testing.T) {
	s := openStreet(t)
	one, two := s.browser(), s.browser()
	two.http.Jar = one.http.Jar // two tabs of one browser
	one.asks("moxora", "DE", policies.Access)
	two.asks("moxora", "US-CA", policies.Deletion, policies.OptOutSale)
	one.open(one.address.Path).sees(http.StatusOK, "Get a copy of my information", "Germany").seesNot("Delete my information")
	one.follow("Back").at("/particular").sees(http.StatusOK, "The time in March, please.")
	one.follow("Back").at("/find").follow("Back").at("/who").follow("Back").at("/where").follow("Back").at("/what")
	if got := held(one.form(""))["right"]; !slices.Equal(got, []string{"access"}) {
		t.Errorf("ticked is %v", got)
	}
	// Continue from an answered question leads back to the check.
	one.press(url.Values{"right": {"access", "correction"}}).at("/check").sees(http.StatusOK, "Correct my information")
	one.press(nil).sees(http.StatusOK, "We have your requests")
	two.open(two.address.Path).at("/check").press(nil).sees(http.StatusOK, "We have your requests")
	if s.count() != 4 {
		t.Errorf("there are %d requests, want 4", s.count())
	}
}

func TestSendingTwiceGivesTheSameReceipt(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "DE", policies.Access)
	check := b.address.Path
	first := b.press(nil).address.Path
	for range 2 {
		if b.post(check, nil); b.address.Path != first {
			t.Errorf("sent again it led to %s, not %s", b.address.Path, first)
		}
	}
	// Every page of a form that was sent leads to its confirmation.
	for _, step := range []string{"what", "where", "find", "check"} {
		if b.open(strings.TrimSuffix(check, "check") + step); b.address.Path != first {
			t.Errorf("%s led to %s", step, b.address.Path)
		}
	}
	b.post(strings.TrimSuffix(check, "check")+"find", url.Values{"email": {"x@example.org"}}).sees(http.StatusOK, "We have your request")
	s.deliver()
	if s.count() != 1 || len(s.post) != 1 {
		t.Errorf("%d requests and %d letters", s.count(), len(s.post))
	}
}

func TestManySendAtOnceAndEachFormIsReceivedOnce(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "DE", policies.Access)
	done := make(chan string)
	for range 8 {
		go func() {
			res, err := b.http.PostForm(b.address.String(), nil)
			if err != nil {
				done <- err.Error()
				return
			}
			res.Body.Close()
			done <- res.Request.URL.Path
		}()
	}
	seen := map[string]bool{}
	for range 8 {
		seen[<-done] = true
	}
	if len(seen) != 1 || s.count() != 1 {
		t.Errorf("%d receipts and %d requests: %v", len(seen), s.count(), seen)
	}
}

func TestAFormThatEndedKeepsWhatWasJustTyped(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "DE", policies.Access)
	base := strings.TrimSuffix(b.address.Path, "check")
	s.later(23 * time.Hour)
	b.open(base + "find").sees(http.StatusOK)
	s.later(2 * time.Hour)
	b.open(base+"check").sees(http.StatusGone, "This form has ended", "Begin again").post(base+"check", nil).sees(http.StatusGone)
	b.post(base+"find", url.Values{"email": {"late@example.org"}}).at("/what").sees(http.StatusOK, "We kept what you just entered")
	b.press(url.Values{"right": {"access"}}).livesIn("DE").press(url.Values{"who": {"self"}})
	b.at("/particular").follow("Back").sees(http.StatusOK)
	if !strings.Contains(b.body, `value="late@example.org"`) {
		t.Error("the address is gone")
	}
	b.open("/moxora/request/ABCDEFGHIJKLMNOPQRSTUVWXYZ/find").sees(http.StatusGone, "This form has ended")
	b.open("/opvio" + strings.TrimPrefix(base, "/moxora") + "what").sees(http.StatusGone) // another policy's form
}

func TestTheSignalOfABrowserIsRecordedAndHonoured(t *testing.T) {
	s := openStreet(t)
	b := s.browser()
	b.headers.Set("Sec-GPC", "1")
	b.asks("opvio", "US-CA", policies.Access).sees(http.StatusOK, "Global Privacy Control").press(nil)
	b.sees(http.StatusOK, "Global Privacy Control", "not sold or shared")
	s.browser().asks("opvio", "US-CA", policies.Access).press(nil).seesNot("Global Privacy Control")
}

func TestSomebodyAsksForAnother(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/moxora/request").press(url.Values{"right": {"access"}}).livesIn("GB").press(url.Values{"who": {"agent"}})
	b.press(nil).sees(http.StatusUnprocessableEntity, "Enter an email address", "Enter your name", "Enter your own email address")
	b.press(url.Values{"email": {"ese@example.org"}, "own_name": {"O’Neil-Ώ"}, "own_email": {"Agent@Example.ORG"}}).press(nil)
	b.at("/check").sees(http.StatusOK, "Someone else", "Asked by O’Neil-Ώ, Agent@Example.ORG", "you may ask for this person").press(nil)
	b.sees(http.StatusOK, "A•••@example.org").seesNot("ese@example.org")
	s.deliver()
	if s.post[0].To != "Agent@example.org" {
		t.Error("the letter did not go to who asked")
	}
	if b.comesIn().sees(http.StatusOK, "ese@example.org"); s.count() != 1 {
		t.Error("there is not one request")
	}
}

func TestTrapsAndLimitsLoseNothing(t *testing.T) {
	s := openStreet(t, func(site *web.Site) {
		site.Limits = web.Limits{Drafts: people.Limit{Count: 4, Per: time.Hour}, Intake: people.Limit{Count: 1, Per: time.Hour}}
	})
	b := s.browser().open("/sectora/request").press(url.Values{"right": {"opt_out.marketing"}})
	b.press(url.Values{"email": {"d@example.org"}, "website": {"https://spam.example"}}).sees(http.StatusUnprocessableEntity, "people cannot see")
	b.press(nil).at("/check").press(nil).sees(http.StatusTooManyRequests, "That was very quick", "d@example.org")
	s.later(4 * time.Second)
	b.press(nil).sees(http.StatusOK, "We have your request")

	b.open("/sectora/request").press(url.Values{"right": {"opt_out.marketing"}}).press(url.Values{"email": {"e@example.org"}})
	s.later(4 * time.Second)
	b.press(nil).sees(http.StatusTooManyRequests, "press the button again in 60 minutes", "e@example.org")
	if b.header.Get("Retry-After") == "" {
		t.Error("there is no Retry-After")
	}
	s.later(time.Hour)
	b.press(nil).sees(http.StatusOK, "We have your request")
	for n := range 5 {
		b.open("/sectora/request").press(url.Values{"right": {"access"}})
		if want := n == 4; want != (b.status == http.StatusTooManyRequests) {
			t.Errorf("form %d: %d", n, b.status)
		}
	}
	if got := fmt.Sprint(held(b.form(""))["right"]); got != "[access]" {
		t.Errorf("ticked is %s", got)
	}
}

func TestAFirstPageOfAnotherDayOrPlaceIsShownAgain(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/moxora/request")
	s.later(25 * time.Hour)
	b.press(url.Values{"right": {"access"}}).sees(http.StatusUnprocessableEntity, "open for a long time")
	b.press(nil).at("/where")
	b.open("/moxora/request").post("/moxora/request", url.Values{"right": {"access"}, "form": {"forged"}}).sees(http.StatusUnprocessableEntity, "press the button again")
	b.open("/opvio/request")
	token := held(b.form(""))["form"]
	b.post("/moxora/request", url.Values{"right": {"access"}, "form": token}).sees(http.StatusUnprocessableEntity)
}
