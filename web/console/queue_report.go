package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/requests"
	"dsr/web/site"
)

// bulkPage is a bulk act: before it begins what it would do, then how far it is,
// then what came of it.
type bulkPage struct {
	shell
	Danger   bool
	Heading  string
	Sentence string // 39 can, 3 cannot
	State    string // draft, running or done
	Address  string
	Back     string
	Fields   []formField
	Problems site.Problems
	Ready    bool   // it can begin
	Go       string // the button that begins it
	Groups   []bulkGroupView
	Letters  []letterShown
	LetterOf string // whose letter is shown as an example
	Worked   int
	All      int
	Moved    int
	When     string
}

// bulkGroupView is requests of which the same is true.
type bulkGroupView struct {
	State, Icon  string
	Count        int
	Text, Source string
	First        []requestLink
	Rest         []requestLink
}

type requestLink struct{ Ref, Href string }

// firstOfGroup is how many requests of a group are named at once; the others
// can be opened.
const firstOfGroup = 12

// renderBulk shows a bulk act with what is to be mended in its form.
func (s *Console) renderBulk(c echo.Context, status int, b *requests.Bulk, form url.Values, faults requests.FieldErrors) error {
	a := bulkActOf(b.Act)
	page := bulkPage{Danger: a.Danger, Heading: a.Title, State: b.State, Address: bulkAddress(b.ID), All: b.Total(), Moved: b.Count[requests.ItemMoved]}
	var err error
	if page.shell, err = s.shell(c, a.Title, ""); err != nil {
		return err
	}
	page.Back, _ = backToList(c)
	for _, g := range b.Groups {
		page.Groups = append(page.Groups, groupView(b, a, g))
	}
	can := b.Count[requests.ItemCan]
	page.Sentence = bulkSentence(b)
	page.Worked = page.All - can
	if !b.StartedAt.IsZero() {
		page.When = ago(b.StartedAt, s.Now(), time.UTC)
	}
	if b.State != requests.BulkDraft {
		return s.render(c, status, "queue_bulk", page)
	}
	if page.Fields, err = s.bulkFields(c, b, form); err != nil {
		return err
	}
	page.Problems = faulty(page.Fields, faults)
	page.Bad = len(page.Problems) > 0
	page.Ready, page.Go = b.Checked && can > 0, a.Button+" "+counted(can, "request")
	if page.Ready && a.Letter != "" && a.Name != requests.BulkAssign {
		if err := s.bulkLetter(c, b, &page); err != nil {
			return err
		}
	}
	return s.render(c, status, "queue_bulk", page)
}

// bulkSentence sums a bulk act up.
func bulkSentence(b *requests.Bulk) string {
	n := func(state, words string) string {
		if b.Count[state] == 0 {
			return ""
		}
		return grouped(b.Count[state]) + " " + words
	}
	if b.State == requests.BulkDraft {
		return joined(grouped(b.Total())+" selected", n(requests.ItemCan, "can"), n(requests.ItemCannot, "cannot"))
	}
	return joined(n(requests.ItemDone, "done"), n(requests.ItemCan, "still to do"), n(requests.ItemMoved, "changed meanwhile"), n(requests.ItemRefused, "refused"), n(requests.ItemCannot, "left out"))
}

// groupView words a group and names its requests.
func groupView(b *requests.Bulk, a bulkAct, g requests.BulkGroup) bulkGroupView {
	v := bulkGroupView{State: g.State, Icon: "no", Count: len(g.References), Text: g.Reason, Source: g.Source}
	switch g.State {
	case requests.ItemCan:
		v.Icon, v.Text = "check", "can. "+cmp.Or(a.Letter, "Nobody outside is written to.")
		if b.State == requests.BulkRunning {
			v.Icon, v.Text = "soon", "wait for their turn."
		}
	case requests.ItemDone:
		v.Icon, v.Text = "done", "done: "+lower(a.Done)+"."
	case requests.ItemMoved:
		v.Icon = "warn"
	}
	for i, ref := range g.References {
		link := requestLink{ref, requestAddress(ref)}
		if i < firstOfGroup {
			v.First = append(v.First, link)
		} else {
			v.Rest = append(v.Rest, link)
		}
	}
	return v
}

// bulkLetter shows the letter of the first request that can, as it would go out.
func (s *Console) bulkLetter(c echo.Context, b *requests.Bulk, page *bulkPage) error {
	for _, g := range b.Groups {
		if g.State != requests.ItemCan {
			continue
		}
		preview, err := s.Office.PreviewBulk(c.Request().Context(), site.Caller(c), s.Now(), b, g.References[0])
		if err != nil {
			return err
		}
		page.LetterOf = g.References[0]
		for _, l := range preview.Letters {
			if l.Audience != "staff" {
				page.Letters = append(page.Letters, letterShown{To: l.To, Subject: l.Subject, Body: l.Body})
			}
		}
		return nil
	}
	return nil
}

// bulkFields are what an act asks for, once for all requests.
func (s *Console) bulkFields(c echo.Context, b *requests.Bulk, form url.Values) ([]formField, error) {
	f := actForm{typed: input{Values: form}}
	switch b.Act {
	case requests.BulkAssign:
		options, err := s.assignees(c)
		return []formField{{Kind: "select", Name: "assignee", Label: "Who takes them?", Hint: "Requests of a policy that they do not serve are left out.", Options: f.chosen("assignee", options)}}, err
	case requests.BulkLabel:
		return []formField{{Kind: "text", Name: "label", Most: requests.MaxLabelled, Label: "Label", Hint: "A word of the team’s own, like newsletter. It is no place for anything about a person.", Value: form.Get("label")}}, nil
	case requests.BulkUnlabel:
		return []formField{{Kind: "text", Name: "label", Most: requests.MaxLabelled, Label: "Which label?", Value: form.Get("label")}}, nil
	case requests.BulkExtend:
		return []formField{
			{Kind: "radios", Name: "ground", Label: "Why is more time needed?", Options: f.chosen("ground", s.bulkGrounds()), After: "Staff shortage or holidays are not reasons in law. A law that does not know the reason leaves its requests out."},
			f.area("reason", "Your reason, in words each requester understands", "Goes into every letter as it stands.", 4),
			{Kind: "date", Name: "until", Label: "New date", Hint: "One day for all. Requests whose law does not allow it are left out, and the last possible day of each is said.", Date: [3]string{form.Get("day"), form.Get("month"), form.Get("year")}},
		}, nil
	}
	return nil, nil
}

// assignees lists the colleagues who serve a policy that the caller serves too.
func (s *Console) assignees(c echo.Context) ([]option, error) {
	options := []option{{Value: "", Label: "Choose somebody"}}
	users, err := s.People.List(c.Request().Context())
	if err != nil {
		return nil, err
	}
	served := site.Caller(c).Policies
	for _, u := range users {
		if u.Active && u.Role != access.Auditor && !served.Both(u.Policies).Empty() {
			options = append(options, option{Value: strconv.FormatInt(u.ID, 10), Label: u.Name + ", " + string(u.Role)})
		}
	}
	return append(options, option{Value: "0", Label: "Nobody: back to the team"}), nil
}

// bulkGrounds lists every ground of extension that a law in force knows, the one
// that most of them know first.
func (s *Console) bulkGrounds() []option {
	var options []option
	known := map[string]int{}
	for _, regime := range s.Book.Regimes() {
		for _, g := range regime.Versions[len(regime.Versions)-1].Extensions {
			if known[g.Ground]++; known[g.Ground] == 1 {
				options = append(options, option{Value: g.Ground, Label: groundName(g.Ground)})
			}
		}
	}
	slices.SortStableFunc(options, func(x, y option) int { return known[y.Value] - known[x.Value] })
	return options
}

// bulksPage lists what somebody did to many requests at once.
type bulksPage struct {
	shell
	Acts []bulkLine
	Back string
}

type bulkLine struct{ Title, Href, When, Sentence string }

// listBulks shows them, so that a report can be read again.
func (s *Console) listBulks(c echo.Context) error {
	list, err := s.Office.Bulks(c.Request().Context(), site.Caller(c), 50)
	if err != nil {
		return err
	}
	page := bulksPage{}
	if page.shell, err = s.shell(c, "What you did in bulk", ""); err != nil {
		return err
	}
	page.Back, _ = backToList(c)
	for i := range list {
		b := &list[i]
		page.Acts = append(page.Acts, bulkLine{bulkActOf(b.Act).Title, bulkAddress(b.ID), ago(b.StartedAt, s.Now(), time.UTC), bulkSentence(b)})
	}
	return s.render(c, http.StatusOK, "queue_bulks", page)
}
