package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/requests"
	"dsr/web/site"
)

// bulkAct is an act on many requests, in words.
type bulkAct struct {
	Name       string // as package requests calls it
	Label      string // in the bar
	Title      string // of its page
	Button     string // ends before a number of requests: Assign
	Done       string // Assigned
	Permission access.Permission
	Letter     string // what each person gets, or ""
	Danger     bool
	For        string // open, ended or suspect: the lists it makes sense in
}

// bulkActs are the acts of the bar, in its order.
func bulkActs() []bulkAct {
	return []bulkAct{
		{Name: requests.BulkAssign, Label: "Assign", Title: "Assign requests", Button: "Assign", Done: "Assigned", Permission: access.Assign, For: "open", Letter: "Whoever gets them is told by a letter for each."},
		{Name: requests.BulkTakeUp, Label: "Take up", Title: "Take requests up", Button: "Take up", Done: "Taken up", Permission: access.TakeUp, For: "open"},
		{Name: requests.BulkLabel, Label: "Label", Title: "Label requests", Button: "Label", Done: "Labelled", Permission: access.Label},
		{Name: requests.BulkExtend, Label: "Extend", Title: "Extend the law’s dates", Button: "Send notices and extend", Done: "Extended", Permission: access.Extend, For: "open", Letter: "Each person gets the notice with your reason."},
		{Name: requests.BulkNone, Label: "No request", Title: "Set aside as no request", Button: "Set aside", Done: "Set aside", Permission: access.Close, For: "open", Danger: true},
		{Name: requests.BulkSpam, Label: "Mark as spam", Title: "Set aside as spam", Button: "Set aside", Done: "Set aside", Permission: access.Close, For: "open", Danger: true},
		{Name: requests.BulkNotSpam, Label: "Not spam", Title: "Not spam", Button: "Send the first letters of", Done: "Cleared", Permission: access.TakeUp, For: "suspect", Letter: "Each person gets the first letter, which was held back."},
		{Name: requests.BulkUnlabel, Label: "Remove a label", Title: "Take a label off", Button: "Take the label off", Done: "Label taken off", Permission: access.Label},
		{Name: requests.BulkReopen, Label: "Open again", Title: "Open requests again", Button: "Open again", Done: "Opened again", Permission: access.Withdraw, For: "ended", Letter: "Each person is told that their request is open again."},
	}
}

func bulkActOf(name string) bulkAct {
	list := bulkActs()
	i := slices.IndexFunc(list, func(a bulkAct) bool { return a.Name == name })
	return list[max(0, i)]
}

// bulkBar is the bar below a list that appears once a box is ticked.
type bulkBar struct {
	Query string // the list's filter
	Refs  string // the references of this page, for the box that ticks them all
	All   string // All 1,204 that match; "" where the page shows all of them
	Acts  []bulkAct
	More  []bulkAct
}

// inBar is how many acts the bar shows; the others stand in a menu.
const inBar = 5

// barOf is the bar of a list, or nil for who may do none of its acts.
func barOf(caller access.Caller, f requests.Filter, list *requests.QueuePage) *bulkBar {
	bar := &bulkBar{Query: f.String()}
	refs := make([]string, len(list.Rows))
	for i, r := range list.Rows {
		refs[i] = r.Reference
	}
	bar.Refs = strings.Join(refs, " ")
	if list.Total > len(refs) && list.Total <= requests.MaxBulk && !list.More {
		bar.All = "All " + grouped(list.Total) + " that match"
	}
	var acts []bulkAct
	for _, a := range bulkActs() {
		if caller.May(a.Permission, "") && a.fits(f, list) {
			acts = append(acts, a)
		}
	}
	if len(acts) == 0 {
		return nil
	}
	bar.Acts, bar.More = acts[:min(inBar, len(acts))], acts[min(inBar, len(acts)):]
	if len(bar.More) == 1 {
		bar.Acts, bar.More = acts, nil
	}
	return bar
}

// fits reports whether an act makes sense for a list.
func (a bulkAct) fits(f requests.Filter, list *requests.QueuePage) bool {
	switch a.For {
	case "open":
		return !f.Closed
	case "ended":
		return f.Closed && endedText(f) == "Set aside"
	case "suspect":
		return slices.ContainsFunc(list.Rows, func(r requests.Row) bool { return r.Suspect != "" && r.Open() })
	}
	return true
}

// prepareBulk takes the ticked requests and leads to the page that says what
// the act would do to each. Nothing is done yet.
func (s *Console) prepareBulk(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	selection := requests.Selection{References: form["r"], Filter: requests.ParseFilter(form.Get("q")), All: form.Has("every")}
	if form.Has("all") && !selection.All {
		selection.References = append(selection.References, strings.Fields(form.Get("shown"))...)
	}
	id, err := s.Office.PrepareBulk(c.Request().Context(), site.Caller(c), s.Now(), form.Get("act"), selection)
	var faults requests.FieldErrors
	switch {
	case errors.As(err, &faults):
		s.say(c, faults["selection"]+faults["act"])
		return site.SeeOther(c, queueAddress(selection.Filter.String()))
	case err != nil:
		return err
	}
	return site.SeeOther(c, bulkAddress(id))
}

func bulkAddress(id int64) string { return fmt.Sprintf("/console/bulk/%d", id) }

// bulkAt is the bulk act in the address.
func (s *Console) bulkAt(c echo.Context) (*requests.Bulk, error) {
	id, err := site.Number(c, "bulk")
	if err != nil {
		return nil, err
	}
	return s.Office.Bulk(c.Request().Context(), site.Caller(c), id)
}

// showBulk shows a bulk act: what it would do, how far it is, or what came of
// it.
func (s *Console) showBulk(c echo.Context) error {
	b, err := s.bulkAt(c)
	if err != nil {
		return err
	}
	return s.renderBulk(c, http.StatusOK, b, formOf(b), nil)
}

// formOf is what was typed for a bulk act, as its form holds it.
func formOf(b *requests.Bulk) url.Values {
	form := url.Values{"label": {b.Form.Label}, "ground": {b.Form.Ground}, "reason": {b.Form.Reason}}
	if b.Form.Assignee != nil {
		form.Set("assignee", strconv.FormatInt(*b.Form.Assignee, 10))
	}
	if parts := strings.Split(b.Form.Until, "-"); len(parts) == 3 {
		form.Set("year", parts[0])
		form.Set("month", strings.TrimPrefix(parts[1], "0"))
		form.Set("day", strings.TrimPrefix(parts[2], "0"))
	}
	return form
}

// checkBulk takes what was typed and holds every request against it.
func (s *Console) checkBulk(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	b, err := s.bulkAt(c)
	if err != nil {
		return err
	}
	typed := requests.BulkForm{Label: form.Get("label"), Ground: form.Get("ground"), Reason: form.Get("reason"), Until: input{Values: form}.date()}
	if id, err := strconv.ParseInt(form.Get("assignee"), 10, 64); err == nil {
		typed.Assignee = &id
	}
	err = s.Office.CheckBulk(c.Request().Context(), site.Caller(c), s.Now(), b.ID, typed)
	var faults requests.FieldErrors
	switch {
	case errors.As(err, &faults):
		b.Checked = false
		return s.renderBulk(c, http.StatusUnprocessableEntity, b, form, faults)
	case errors.Is(err, requests.ErrStale):
		s.say(c, "This has begun already. Here is how far it is.")
	case err != nil:
		return err
	}
	return site.SeeOther(c, bulkAddress(b.ID)+"#who")
}

// startBulk lets it begin.
func (s *Console) startBulk(c echo.Context) error {
	if _, err := site.Posted(c); err != nil {
		return err
	}
	b, err := s.bulkAt(c)
	if err != nil {
		return err
	}
	err = s.Office.StartBulk(c.Request().Context(), site.Caller(c), s.Now, b.ID)
	switch {
	case errors.Is(err, requests.ErrStale):
		s.say(c, "This was started already. It is done once.")
	case errors.Is(err, requests.ErrInvalid):
		s.say(c, "Nothing can be done yet with these requests.")
	case err != nil:
		return err
	}
	return site.SeeOther(c, bulkAddress(b.ID))
}

// retryBulk looks again at the requests that had moved.
func (s *Console) retryBulk(c echo.Context) error {
	if _, err := site.Posted(c); err != nil {
		return err
	}
	b, err := s.bulkAt(c)
	if err != nil {
		return err
	}
	id, err := s.Office.RetryBulk(c.Request().Context(), site.Caller(c), s.Now(), b.ID)
	if errors.Is(err, requests.ErrInvalid) {
		s.say(c, "None of these requests is left to try again.")
		return site.SeeOther(c, bulkAddress(b.ID))
	}
	if err != nil {
		return err
	}
	return site.SeeOther(c, bulkAddress(id))
}
