package console

import (
	"net/url"
	"slices"
	"strings"

	"dsr/requests"
)

// viewLink is a shipped view of the queue in the side column.
type viewLink struct {
	Name, Icon, Query string
	Count             int
	Current           bool
	Alarm             bool
	Empty             string // what its list says when nothing is in it
}

// Href is the address of the view.
func (v viewLink) Href() string { return queueAddress(v.Query) }

// queueAddress is the list a filter describes. The colons stay as typed, so that
// an address can be read.
func queueAddress(query string) string {
	if query == "" {
		return "/console"
	}
	return "/console?q=" + strings.ReplaceAll(url.QueryEscape(query), "%3A", ":")
}

// shipped are the views everybody has.
func shipped(c requests.Counts) []viewLink {
	return []viewLink{
		{Name: "All open", Icon: "fine", Query: "is:open", Count: c.Open, Empty: "No request is open"},
		{Name: "My work", Icon: "inbox", Query: "is:open assignee:me", Count: c.Mine, Empty: "Nothing is assigned to you"},
		{Name: "Due this week", Icon: "cal", Query: "due:7d", Count: c.Week, Empty: "Nothing is due within 7 days"},
		{Name: "Overdue", Icon: "late", Query: "is:overdue", Count: c.Overdue, Empty: "Nothing overdue", Alarm: c.Overdue > 0},
		{Name: "Waiting for requester", Icon: "user", Query: "waiting:requester", Count: c.Requester, Empty: "No request waits for its requester"},
		{Name: "Waiting for systems", Icon: "systems", Query: "waiting:systems", Count: c.Systems, Empty: "No system is being searched"},
		{Name: "To triage", Icon: "filter", Query: "phase:triage", Count: c.Triage, Empty: "Nothing to triage"},
		{Name: "To approve", Icon: "check", Query: "is:to-approve", Count: c.Approve, Empty: "No decision waits for a second person"},
		{Name: "Unverified", Icon: "mail", Query: "is:unverified", Count: c.Unverified, Empty: "Every open request has some proof of identity"},
		{Name: "Opt-outs", Icon: "stop", Query: "right:opt_out", Count: c.OptOuts, Empty: "No opt-out is open"},
		{Name: "Unread", Icon: "msg", Query: "is:unread", Count: c.Unread, Empty: "Nothing unread"},
		{Name: "Appeals", Icon: "appeal", Query: "is:appeal", Count: c.Appeals, Empty: "Nobody asked for a second look"},
		{Name: "Suspected spam", Icon: "spam", Query: "is:suspect", Count: c.Suspect, Empty: "No request is suspected of being spam"},
		{Name: "Set aside", Icon: "pack", Query: "is:aside", Count: c.Aside, Empty: "No request is set aside"},
		{Name: "Closed, last 30 days", Icon: "done", Query: "closed:30d", Count: c.Closed, Empty: "No request was closed within 30 days"},
	}
}

// shippedView finds the shipped view that a filter is.
func shippedView(f requests.Filter) (viewLink, bool) {
	views := shipped(requests.Counts{})
	i := slices.IndexFunc(views, func(v viewLink) bool { return strings.EqualFold(v.Query, viewQuery(f)) })
	if i < 0 {
		return viewLink{}, false
	}
	return views[i], true
}
