package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
	"dsr/workflow"
)

// chip is one word of the filter, with the address of the list without it.
type chip struct{ Key, Value, Without string }

// chipMenu adds a word to the filter.
type chipMenu struct {
	Name  string
	Items []chipItem
}

// chipItem is one word that a menu can add.
type chipItem struct{ Label, Href string }

// mostChips is how many words of a filter get a chip: nobody clicks through
// more of them.
const mostChips = 16

// chipsOf makes a chip of each word. Colleagues who serve a policy of the
// caller's stand there by name; anybody else does not exist.
func (s *Console) chipsOf(v voice, f requests.Filter) []chip {
	chips := make([]chip, min(len(f.Tokens), mostChips))
	for i := range chips {
		t := f.Tokens[i]
		chips[i] = chip{Key: t.Key, Value: t.Value, Without: queueAddress(f.Without(i))}
		if id, err := strconv.ParseInt(t.Value, 10, 64); err == nil && t.Key == "assignee" && v.near[id] {
			chips[i].Value = v.person(id)
		}
		if t.Key == "sort" {
			chips[i].Value = sortName(f.Sort())
		}
	}
	return chips
}

// longestMenus is the longest filter, in bytes, that the menus repeat in each
// of their links.
const longestMenus = 200

// menus offers what can still be added to a filter. A word that is there
// already is replaced by another of its kind.
func (s *Console) menus(v voice, caller access.Caller, f requests.Filter) []chipMenu {
	if len(f.String()) > longestMenus {
		return nil
	}
	menus := []chipMenu{{Name: "Right"}, {Name: "Law"}, {Name: "Due within"}, {Name: "Phase"}, {Name: "Assignee"}, {Name: "State"}, {Name: "Received"}, {Name: "Controller"}}
	add := func(menu int, key, value, label string) {
		menus[menu].Items = append(menus[menu].Items, chipItem{label, queueAddress(withToken(f, key, value))})
	}
	for _, right := range policies.Rights() {
		add(0, "right", string(right), v.right(right))
	}
	for _, law := range s.Book.Regimes() {
		add(1, "law", strings.ToLower(law.ID), law.Name)
	}
	for _, days := range []int{1, 3, 7, 14, 30} {
		add(2, "due", fmt.Sprintf("%dd", days), counted(days, "day"))
	}
	for _, phase := range requests.Phases() {
		if phase != requests.Closed {
			add(3, "phase", filterPhase(phase), requests.PhaseName(phase))
		}
	}
	add(4, "assignee", "me", "Me")
	add(4, "assignee", "nobody", "Nobody")
	for _, state := range [][2]string{
		{"overdue", "Overdue"}, {"held", "Held"}, {"to-approve", "To approve"}, {"unverified", "Unverified"}, {"unread", "Unread"}, {"agent", "Asked by an agent or parent"}, {"appeal", "Appeal"},
		{"suspect", "Suspected spam"}, {"spam", "Taken for spam"}, {"no-request", "No request"}, {"lapsed", "Lapsed"}, {"closed", "Closed"},
	} {
		add(5, "is", state[0], state[1])
	}
	add(5, "has", "reply", "The requester wrote")
	add(5, "has", "files", "The requester sent files")
	add(5, "has", "extension", "Extended")
	for _, days := range []int{1, 7, 30, 90} {
		add(6, "received", fmt.Sprintf("%dd", days), "Within "+counted(days, "day"))
	}
	if packs := s.controllers(caller); len(packs) > 1 {
		for _, p := range packs {
			add(7, "policy", p.ID, p.Controller.Name)
		}
	}
	return slices.DeleteFunc(menus, func(m chipMenu) bool { return len(m.Items) == 0 })
}

// filterPhase is a phase as a filter writes it.
func filterPhase(p workflow.Phase) string { return strings.ToLower(requests.PhaseName(p)) }

// withToken writes the filter with one more word, in place of one of its key.
func withToken(f requests.Filter, key, value string) string {
	next := requests.Filter{}
	for _, t := range f.Tokens {
		if t.Key != key {
			next.Tokens = append(next.Tokens, t)
		}
	}
	next.Tokens = append(next.Tokens, requests.Token{Key: key, Value: value})
	return next.String()
}

// emptyList says of a list without rows what is true and what comes next.
type emptyList struct {
	Icon, Heading, Text string
	Code                string // a word of the filter that Text ends before
	After               string // what follows it
	Href, Label         string // the one act
	Other, OtherHref    string
}

// emptyList words an empty page. A shipped view has its own sentences; a filter
// of one's own is told which of its words to leave out.
func (s *Console) emptyList(c echo.Context, v voice, f requests.Filter) (*emptyList, error) {
	view, found := shippedView(f)
	if !found {
		return s.noMatch(c, f)
	}
	e := &emptyList{Icon: "done", Heading: view.Empty, Text: "New requests appear here as they arrive.", Href: "/console", Label: "See all open requests"}
	if view.Query == "is:open" {
		e.Text, e.Href, e.Label = "Nobody is waiting for an answer. New requests appear here as they arrive.", queueAddress("is:closed"), "See closed requests"
		return e, nil
	}
	next, err := s.Office.Queue(c.Request().Context(), site.Caller(c), s.Now(), requests.ParseFilter("is:open"), requests.Page{Size: 1})
	if err != nil || len(next.Rows) == 0 {
		return e, err
	}
	row, err := s.queueRow(v, site.Caller(c), next.Rows[0])
	e.Text = fmt.Sprintf("The next date of all: %s, %s from %s, %s, %s.", row.Ref, strings.ToLower(row.Right), row.Place, strings.ToLower(row.Due.Left), row.Due.Date)
	e.Href, e.Label = row.Href, "Open "+row.Ref
	e.Other, e.OtherHref = fmt.Sprintf("All open, %s", grouped(next.Total)), "/console"
	return e, err
}

// noMatch proposes to leave out the word of a filter that finds most without
// it.
func (s *Console) noMatch(c echo.Context, f requests.Filter) (*emptyList, error) {
	e := &emptyList{Icon: "search", Heading: "No request matches", Text: "There is nothing to show for this filter.", Href: "/console", Label: "Clear all"}
	if len(f.Tokens) > 1 {
		e.Heading = "No request matches all " + few(len(f.Tokens)) + " filters"
	}
	best, most := -1, 0
	for i := range f.Tokens[:min(len(f.Tokens), 6)] {
		list, err := s.Office.Queue(c.Request().Context(), site.Caller(c), s.Now(), requests.ParseFilter(f.Without(i)), requests.Page{Size: 1})
		if err != nil {
			return nil, err
		}
		if list.Total > most {
			best, most = i, list.Total
		}
	}
	if best < 0 || len(f.Tokens) == 1 {
		return e, nil
	}
	token := f.Tokens[best].String()
	e.Text, e.Code, e.After = "Without", token, fmt.Sprintf("there would be %s.", grouped(most))
	e.Href, e.Label = queueAddress(f.Without(best)), "Remove "+token
	e.Other, e.OtherHref = "Clear all", "/console"
	return e, nil
}

// few writes a small number as a word.
func few(n int) string {
	if words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}; n < len(words) {
		return words[n]
	}
	return grouped(n)
}
