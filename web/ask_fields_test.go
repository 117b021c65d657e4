package web_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dsr/identity"
	"dsr/policies"
)

// asker is how somebody goes through the form: from where, for whom.
type asker struct{ residence, who string }

// walked is what a form asked on the way to the page that checks the answers.
type walked struct {
	fields    []string // names, each once, sorted
	pages     []string // last word of each address, in order
	positions []string // what each said of its place among the others
}

// walks fills in a form to the end and notes everything it asks for.
func (b *browser) walks(policy string, who asker, rights ...policies.Right) walked {
	b.Helper()
	var w walked
	b.open("/" + policy + "/request")
	w.note(b, "what")
	b.press(ticked(rights...))
	for len(w.pages) < 12 {
		at := b.address.Path[strings.LastIndexByte(b.address.Path, '/')+1:]
		w.note(b, at)
		if at == "check" {
			break
		}
		b.press(b.answers(at, who))
	}
	slices.Sort(w.fields)
	return w
}

func (w *walked) note(b *browser, page string) {
	w.pages = append(w.pages, page)
	for _, n := range find(b.form(""), isField) {
		if name := attr(n, "name"); name != "website" && name != "right" && !slices.Contains(w.fields, name) {
			w.fields = append(w.fields, name)
		}
	}
	for _, n := range find(b.doc, element("p")) {
		if attr(n, "class") == "eyebrow" && strings.HasPrefix(textOf(n), "Question") {
			w.positions = append(w.positions, textOf(n))
		}
	}
}

// isField finds what somebody can fill in: no buttons, nothing hidden.
func isField(n *html.Node) bool {
	return (n.Data == "input" || n.Data == "select" || n.Data == "textarea") && has(n, "name") && attr(n, "type") != "hidden"
}

// answers are what an asker gives to a page: what it asks of them, no more.
func (b *browser) answers(page string, who asker) url.Values {
	switch country, _, inside := strings.Cut(who.residence, "-"); {
	case page == "where" && inside && len(find(b.doc, func(n *html.Node) bool { return attr(n, "name") == "state" })) > 0:
		return url.Values{"country": {country}, "state": {who.residence}}
	case page == "where":
		return url.Values{"country": {country}}
	case page == "who":
		return url.Values{"who": {who.who}}
	case page == "find" && who.who == "self":
		return url.Values{"email": {"dana@example.org"}}
	case page == "find":
		values := url.Values{"email": {"dana@example.org"}}
		for _, n := range find(b.doc, isField) {
			switch attr(n, "name") {
			case "own_name":
				values.Set("own_name", "Kim")
			case "own_email":
				values.Set("own_email", "kim@example.org")
			}
		}
		return values
	}
	return nil
}

// needed lists the fields that these rights of this person take, from the policy
// and the laws alone.
func (s *street) needed(pack *policies.Pack, who asker, rights ...policies.Right) []string {
	s.Helper()
	residence := strings.TrimSuffix(who.residence, "none")
	fields := []string{"email"}
	if slices.ContainsFunc(rights, func(r policies.Right) bool { return !stops(r) }) {
		fields = append(fields, "country", "who")
		if s.lawsOf(who.residence) > 1 {
			fields = append(fields, "state")
		}
		if who.who != "self" {
			fields = append(fields, "own_name", "own_email")
		}
	} else {
		residence = ""
	}
	if slices.ContainsFunc(rights, func(r policies.Right) bool { return !r.IsOptOut() }) {
		fields = append(fields, "words")
	}
	for _, id := range pack.Identifiers {
		for _, right := range rights {
			listed := right.In(id.Rights) || len(id.Rights) == 0 && !right.IsOptOut()
			ruling, err := s.site.Book.Rule(policies.Question{Pack: pack, Right: right, Residence: residence, ReceivedAt: s.now()})
			if err != nil {
				s.Fatal(err)
			}
			if listed && ruling.Level != identity.None && !slices.Contains(fields, "id-"+id.Name) {
				fields = append(fields, "id-"+id.Name)
			}
		}
	}
	slices.Sort(fields)
	return fields
}

// lawsOf counts the laws of a residence's country.
func (s *street) lawsOf(residence string) int {
	country, _, _ := strings.Cut(residence, "-")
	laws := 0
	for _, regime := range s.site.Book.Regimes() {
		if slices.ContainsFunc(regime.Residences, func(code string) bool { return code == country || strings.HasPrefix(code, country+"-") }) {
			laws++
		}
	}
	return laws
}

// asksOnly fails when a form asks for more or less than is needed.
func (s *street) asksOnly(pack *policies.Pack, who asker, rights ...policies.Right) walked {
	s.Helper()
	w := s.browser().walks(pack.ID, who, rights...)
	if want := s.needed(pack, who, rights...); !slices.Equal(w.fields, want) {
		s.Errorf("%s %v of somebody in %s, for %s: the form asks for %v, needed is %v", pack.ID, rights, who.residence, who.who, w.fields, want)
	}
	return w
}

// byLevel picks for each level of proof that a right takes one place where it
// takes it.
func (s *street) byLevel(pack *policies.Pack, right policies.Right) map[identity.Level]string {
	s.Helper()
	found := map[identity.Level]string{}
	for _, place := range append(places(), "US-TX", "IN", "none") {
		residence := strings.TrimSuffix(place, "none")
		if !slices.Contains(s.site.Book.Given(pack, residence, s.now()), right) {
			continue
		}
		ruling, err := s.site.Book.Rule(policies.Question{Pack: pack, Right: right, Residence: residence, ReceivedAt: s.now()})
		if err != nil {
			s.Fatal(err)
		}
		if found[ruling.Level] == "" {
			found[ruling.Level] = place
		}
	}
	return found
}

func TestNoFormAsksAFieldThatItsRightAndLevelDoNotNeed(t *testing.T) {
	s := openStreet(t)
	for _, pack := range s.site.Book.Packs() {
		given := s.site.Book.Given(pack, "", s.now())
		for _, right := range given {
			for level, place := range s.byLevel(pack, right) {
				w := s.asksOnly(pack, asker{place, "self"}, right)
				t.Logf("%s %s, %s in %s: %d pages, fields %v", pack.ID, right, level, place, len(w.pages), w.fields)
				if right.IsOptOut() && (len(w.pages) != 3 || !slices.Equal(w.fields, []string{"email"})) {
					t.Errorf("the opt-out %s of %s takes %v and asks for %v", right, pack.ID, w.pages, w.fields)
				}
				if len(w.pages) > 7 {
					t.Errorf("%s %s takes %d pages: %v", pack.ID, right, len(w.pages), w.pages)
				}
			}
		}
		s.asksOnly(pack, asker{"none", "self"}, given...)
	}
}

func TestSeveralRightsAtOnceAskForWhatOneOfThemNeeds(t *testing.T) {
	s := openStreet(t)
	pack, err := s.site.Book.Pack("moxora")
	if err != nil {
		t.Fatal(err)
	}
	given := s.site.Book.Given(pack, "", s.now())
	for i, one := range given {
		for _, other := range given[i+1:] {
			s.asksOnly(pack, asker{"none", "self"}, one, other)
		}
	}
	for _, who := range []string{"child", "agent"} {
		s.asksOnly(pack, asker{"US-CA", who}, policies.Access)
		s.asksOnly(pack, asker{"DE", who}, policies.Access, policies.OptOutMarketing)
		s.asksOnly(pack, asker{"DE", who}, policies.OptOutMarketing, policies.WithdrawConsent)
	}
}

// What a policy says of its identifiers and of proof decides what is asked, at
// every level there is.
func TestAnIdentifierIsAskedForListedRightsAboveTheLevelNone(t *testing.T) {
	s := openStreet(t)
	pack, err := s.site.Book.Pack("moxora")
	if err != nil {
		t.Fatal(err)
	}
	pack.Identifiers = []policies.Identifier{
		{Name: "workspace", Label: "Workspace"},
		{Name: "order", Label: "Order number", Rights: []policies.Right{policies.Access}},
		{Name: "device", Label: "Device number", Rights: []policies.Right{policies.OptOutAI}},
	}
	for _, level := range identity.Levels() {
		pack.Identity = []policies.ProofAsked{{Rights: []policies.Right{policies.Access}, Level: level, Because: "it is enough"}}
		if !level.Needs(identity.Locate) {
			pack.Identity = append(pack.Identity, policies.ProofAsked{Rights: []policies.Right{policies.OptOutAI}, Level: level, Because: "it is enough"})
		}
		for _, place := range []string{"US-CA", "DE"} {
			w := s.asksOnly(pack, asker{place, "self"}, policies.Access)
			if asks := slices.Contains(w.fields, "id-order"); asks != (level != identity.None) {
				t.Errorf("at level %s the form asks for %v", level, w.fields)
			}
			s.asksOnly(pack, asker{place, "self"}, policies.Deletion)
		}
		w := s.asksOnly(pack, asker{"none", "self"}, policies.OptOutAI)
		if asks := slices.Contains(w.fields, "id-device"); asks != (level == identity.Locate) {
			t.Errorf("with the level %s in the policy an opt-out asks for %v", level, w.fields)
		}
		s.asksOnly(pack, asker{"none", "self"}, policies.Access, policies.OptOutAI)
	}
}

func TestEachPageSaysWhichQuestionOfHowManyItIs(t *testing.T) {
	s := openStreet(t)
	for _, c := range []struct {
		rights []policies.Right
		who    asker
		pages  string
		of     int
	}{
		{[]policies.Right{policies.OptOutMarketing}, asker{"DE", "self"}, "what find check", 2},
		{[]policies.Right{policies.WithdrawConsent}, asker{"DE", "self"}, "what find particular check", 3},
		{[]policies.Right{policies.WithdrawConsent, policies.OptOutAI}, asker{"DE", "self"}, "what find particular check", 3},
		{[]policies.Right{policies.Access}, asker{"DE", "agent"}, "what where who find particular check", 5},
		{[]policies.Right{policies.Deletion}, asker{"US-CA", "child"}, "what where where who find particular check", 5},
		{[]policies.Right{policies.Access, policies.OptOutMarketing}, asker{"none", "self"}, "what where who find particular check", 5},
	} {
		w := s.browser().walks("moxora", c.who, c.rights...)
		if got := strings.Join(w.pages, " "); got != c.pages {
			t.Errorf("%v leads through %s, want %s", c.rights, got, c.pages)
		}
		want := []string{"Question 1 of at most 5"}
		n := 1
		for i, page := range w.pages[1 : len(w.pages)-1] {
			if page != w.pages[i] {
				n++ // a country with states asks a second time on the same page
			}
			want = append(want, fmt.Sprintf("Question %d of %d", n, c.of))
		}
		if !slices.Equal(w.positions, want) {
			t.Errorf("%v: the pages say %q, want %q", c.rights, w.positions, want)
		}
	}
}
