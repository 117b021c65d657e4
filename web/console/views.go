package console

import (
	"net/url"
	"strings"

	"dsr/requests"
)

// viewLink is a shipped view of the queue in the side column.
type viewLink struct {
	Name, Icon, Query string
	Count             int
	Counted           bool // the number is known
	Current           bool
	Alarm             bool
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
		{Name: "All open", Icon: "fine", Query: "is:open", Count: c.Open, Counted: true},
		{Name: "My work", Icon: "inbox", Query: "is:open assignee:me", Count: c.Mine, Counted: true},
		{Name: "Due this week", Icon: "cal", Query: "due:7d", Count: c.Week, Counted: true},
		{Name: "Overdue", Icon: "late", Query: "is:overdue", Count: c.Overdue, Counted: true, Alarm: c.Overdue > 0},
		{Name: "Waiting for requester", Icon: "user", Query: "waiting:requester", Count: c.Requester, Counted: true},
		{Name: "Waiting for systems", Icon: "systems", Query: "waiting:systems", Count: c.Systems, Counted: true},
		{Name: "To triage", Icon: "filter", Query: "phase:triage", Count: c.Triage, Counted: true},
		{Name: "To approve", Icon: "check", Query: "is:to-approve", Count: c.Approve, Counted: true},
		{Name: "Unverified", Icon: "mail", Query: "is:unverified", Count: c.Unverified, Counted: true},
		{Name: "Opt-outs", Icon: "stop", Query: "right:opt_out", Count: c.OptOuts, Counted: true},
		{Name: "Unread", Icon: "msg", Query: "is:unread", Count: c.Unread, Counted: true},
		{Name: "Appeals", Icon: "appeal", Query: "is:appeal", Count: c.Appeals, Counted: true},
		{Name: "Suspected spam", Icon: "spam", Query: "is:suspect", Count: c.Suspect, Counted: true},
		{Name: "Set aside", Icon: "pack", Query: "is:aside", Count: c.Aside, Counted: true},
		{Name: "Closed, last 30 days", Icon: "done", Query: "closed:30d", Count: c.Closed, Counted: true},
	}
}
