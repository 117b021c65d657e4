package console

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
)

// queueColumn is a column of the list that somebody can leave out.
type queueColumn struct{ Key, Name string }

// queueColumns lists them in the order of the table. When it is due, and which
// request it is, always stand there.
func queueColumns() []queueColumn {
	return []queueColumn{
		{"strip", "Calendar strip"}, {"right", "Right"}, {"law", "Place and law"}, {"controller", "Controller"}, {"phase", "Phase"},
		{"step", "Next step, and whose"}, {"who", "Assignee"}, {"received", "Received"}, {"labels", "Labels"}, {"last", "Last event"},
	}
}

// usualColumns are shown to who chose none.
func usualColumns() []string {
	return []string{"strip", "right", "law", "phase", "step", "who", "last"}
}

// noColumns is kept for who wants none but those that always stand there.
const noColumns = "none"

// shownColumns says which columns a list has.
type shownColumns struct{ Strip, Right, Law, Controller, Phase, Step, Who, Received, Labels, Last bool }

func columnsOf(chosen []string) shownColumns {
	if len(chosen) == 0 {
		chosen = usualColumns()
	}
	has := func(key string) bool { return slices.Contains(chosen, key) }
	return shownColumns{has("strip"), has("right"), has("law"), has("controller"), has("phase"), has("step"), has("who"), has("received"), has("labels"), has("last")}
}

// queueHead is the head of one column.
type queueHead struct {
	Key, Label string
	Hidden     bool   // its label is only read aloud
	Href       string // sorts by it, or the other way round; "" where it does not sort
	Sorted     string // ascending, descending or ""
}

// headsOf are the heads of a list's columns.
func headsOf(f requests.Filter, has shownColumns) []queueHead {
	end := queueHead{Key: "due", Label: "Due"}
	if f.Closed {
		end.Label = endedText(f)
	}
	heads := []queueHead{end}
	add := func(shown bool, key, label string) {
		if shown {
			heads = append(heads, queueHead{Key: key, Label: label, Hidden: key == "who"})
		}
	}
	add(has.Strip, "strip", "")
	add(true, "ref", "Reference, requester")
	add(has.Right, "right", "Right")
	add(has.Law, "law", "Place and law")
	add(has.Controller, "controller", "Controller")
	add(has.Phase, "phase", "Phase")
	add(has.Step, "step", "Next step, and whose")
	add(has.Who, "who", "Assignee")
	add(has.Received, "received", "Received")
	add(has.Labels, "labels", "Labels")
	add(has.Last, "last", "Last event")
	for i := range heads {
		heads[i].sort(f)
	}
	return heads
}

// sort lets a head sort the list where the list has that order.
func (h *queueHead) sort(f requests.Filter) {
	by := map[string]string{"due": requests.ByDue, "ref": requests.ByReference, "received": requests.ByReceived, "last": requests.ByEvent}[h.Key]
	if h.Key == "due" && f.Closed && !f.Any {
		by = requests.ByClosed
	}
	if !slices.Contains(f.Sorts(), by) || len(f.String()) > longestMenus {
		return
	}
	next := requests.Sort{By: by, Descending: lastFirst(by)}
	if now := f.Sort(); now.By == by {
		next.Descending = !now.Descending
		h.Sorted = "ascending"
		if now.Descending {
			h.Sorted = "descending"
		}
	}
	h.Href = queueAddress(f.SortedBy(next))
}

// lastFirst reports whether an order is usually wanted from its end.
func lastFirst(by string) bool { return by == requests.ByEvent || by == requests.ByClosed }

// sortName says in words how a list is sorted.
func sortName(s requests.Sort) string {
	names := map[requests.Sort]string{
		{By: requests.ByDue}: "due first", {By: requests.ByDue, Descending: true}: "due last first",
		{By: requests.ByReceived}: "longest waiting first", {By: requests.ByReceived, Descending: true}: "newest first",
		{By: requests.ByReference}: "reference, A to Z", {By: requests.ByReference, Descending: true}: "reference, Z to A",
		{By: requests.ByEvent}: "untouched for longest first", {By: requests.ByEvent, Descending: true}: "last event first",
		{By: requests.ByClosed}: "first ended first", {By: requests.ByClosed, Descending: true}: "last ended first",
	}
	return names[s]
}

// sortMenu offers the orders of a list.
func sortMenu(f requests.Filter) chipMenu {
	menu := chipMenu{Name: sentence(sortName(f.Sort()))}
	if len(f.String()) > longestMenus {
		return menu
	}
	for _, by := range f.Sorts() {
		for _, down := range []bool{lastFirst(by), !lastFirst(by)} {
			s := requests.Sort{By: by, Descending: down}
			menu.Items = append(menu.Items, chipItem{sentence(sortName(s)), queueAddress(f.SortedBy(s))})
		}
	}
	return menu
}

// endedText says what became of the requests of a list that are not open.
func endedText(f requests.Filter) string {
	if slices.ContainsFunc(f.Tokens, func(t requests.Token) bool {
		return t.Key == "closed" || (t.Key == "is" || t.Key == "phase") && t.Value == "closed"
	}) {
		return "Closed"
	}
	return "Set aside"
}

// orderText says by what the list is sorted.
func orderText(f requests.Filter) string {
	switch s := f.Sort(); {
	case s == requests.Sort{By: requests.ByClosed, Descending: true}:
		return "the last " + lower(endedText(f)) + " first"
	case s == requests.Sort{By: requests.ByDue}:
		return "the earliest governing date first"
	default:
		return sortName(s)
	}
}

// columnsPage is where somebody chooses their columns.
type columnsPage struct {
	shell
	Columns []option
	Back    string
}

// askColumns shows which columns the lists have.
func (s *Console) askColumns(c echo.Context) (err error) {
	page := columnsPage{}
	if page.shell, err = s.shell(c, "Columns", ""); err != nil {
		return err
	}
	chosen, err := s.Office.Columns(c.Request().Context(), site.Caller(c))
	if err != nil {
		return err
	}
	if len(chosen) == 0 {
		chosen = usualColumns()
	}
	for _, column := range queueColumns() {
		page.Columns = append(page.Columns, option{Value: column.Key, Label: column.Name, Chosen: slices.Contains(chosen, column.Key)})
	}
	page.Back, _ = backToList(c)
	return s.render(c, http.StatusOK, "queue_columns", page)
}

// chooseColumns keeps them, or brings the usual ones back.
func (s *Console) chooseColumns(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	var chosen []string
	for _, column := range queueColumns() {
		if slices.Contains(form["column"], column.Key) {
			chosen = append(chosen, column.Key)
		}
	}
	said := "Your lists have these columns now."
	switch {
	case form.Has("usual"):
		chosen, said = nil, "Your lists have their usual columns again."
	case len(chosen) == 0:
		chosen = []string{noColumns}
	}
	if err := s.Office.ChooseColumns(c.Request().Context(), site.Caller(c), chosen); err != nil {
		return err
	}
	s.say(c, said)
	back, _ := backToList(c)
	return site.SeeOther(c, back)
}
