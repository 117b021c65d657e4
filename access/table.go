package access

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Permission is the right to one kind of act. An act of the lifecycle names
// the permission it needs; several acts may share one.
type Permission string

// The closed list of permissions; who has them stands in the table.
const (
	View          Permission = "view"           // read a request, personal data masked
	Reveal        Permission = "reveal"         // read personal data in the clear
	Receive       Permission = "receive"        // enter a new request
	TakeUp        Permission = "take_up"        // begin work on a request
	Assign        Permission = "assign"         // give a request to somebody
	Verify        Permission = "verify"         // ask for proof, give it, judge it
	Clarify       Permission = "clarify"        // ask what is meant
	Message       Permission = "message"        // write to the other side
	Upload        Permission = "upload"         // add a file
	Search        Permission = "search"         // record what a system holds or did
	Extend        Permission = "extend"         // move the due date with a notice
	Decide        Permission = "decide"         // grant or refuse
	Approve       Permission = "approve"        // confirm what somebody else decided
	Close         Permission = "close"          // end a request that is answered
	Withdraw      Permission = "withdraw"       // take a request back
	Appeal        Permission = "appeal"         // ask for another look
	Remind        Permission = "remind"         // send what is due by the clock
	Erase         Permission = "erase"          // destroy the data key after retention
	Evidence      Permission = "evidence"       // export one request with its proof
	ReadAudit     Permission = "read_audit"     // read and verify the log
	ManageStaff   Permission = "manage_staff"   // accounts and their roles
	ManageSystems Permission = "manage_systems" // where personal data lies
	Correct       Permission = "correct"        // the day of receipt, once recorded
	Label         Permission = "label"          // sort requests by words of the team's own
	Report        Permission = "report"         // read the figures and take them along
	Settings      Permission = "settings"       // letters, holidays, retention, keys
)

// who is a set of roles and kinds: the columns of the table.
type who uint16

const (
	handler who = 1 << iota
	approver
	admin
	auditor
	requester
	agent
	system
	machine
	columns = iota

	office  = handler | approver | admin
	readers = office | auditor
	outside = requester | agent
)

// name returns the name of one column as a Role or Kind spells it.
func (w who) name() string {
	switch w {
	case handler:
		return string(Handler)
	case approver:
		return string(Approver)
	case admin:
		return string(Administrator)
	case auditor:
		return string(Auditor)
	case requester:
		return string(Requester)
	case agent:
		return string(Agent)
	case system:
		return string(SystemOwner)
	}
	return string(Machine)
}

// grant is one row of the table: who may do it.
type grant struct {
	permission Permission
	doing      string // begins a sentence: "Extending needs …"
	to         who
}

// table is the whole of the rules. Roles are not ranks: an administrator has
// what stands here and nothing else. Only View, Reveal, Evidence, Report and
// ReadAudit change nothing; they are all an auditor has.
func table() []grant {
	return []grant{
		{View, "Reading a request", readers | outside | system | machine},
		{Reveal, "Showing personal data", readers},
		{Receive, "Recording a request", office | outside | machine},
		{TakeUp, "Taking up a request", office},
		{Assign, "Assigning", office},
		{Verify, "Checking who the requester is", office | outside},
		{Clarify, "Asking for clarification", office},
		{Message, "Writing a message", office | outside | machine},
		{Upload, "Adding a file", office | outside | system},
		{Search, "Recording what a system holds", office | system},
		{Extend, "Extending", office},
		{Decide, "Deciding", office},
		{Approve, "Approving a decision", approver | admin},
		{Close, "Closing", office | machine},
		{Withdraw, "Withdrawing a request", office | outside},
		{Appeal, "Asking for another look", office | outside},
		{Remind, "Reminding", machine},
		{Erase, "Erasing a request's personal data", admin | machine},
		{Evidence, "Making an evidence pack", readers},
		{ReadAudit, "Reading the audit log", admin | auditor},
		{ManageStaff, "Changing who works here", admin},
		{ManageSystems, "Changing the systems register", admin},
		{Correct, "Correcting the day of receipt", office},
		{Label, "Labelling", office},
		{Report, "Reading reports", readers},
		{Settings, "Changing settings", admin},
	}
}

// grantOf returns the row of a permission; an unknown one is given to nobody.
func grantOf(p Permission) grant {
	for _, g := range table() {
		if g.permission == p {
			return g
		}
	}
	return grant{}
}

// need says what a caller lacks: the first role that has the permission, since
// naming all of them helps nobody who is none.
func (g grant) need(policy string) string {
	place := ""
	if policy != "" {
		place = " for " + display(policy)
	}
	for c := handler; c <= auditor; c <<= 1 {
		if g.to&c != 0 {
			return "needs the role " + c.name() + place
		}
	}
	return "is left to dsr itself"
}

// Print writes the table as text, one row a permission and one column a role
// or kind, for the manual and the console's help.
func Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "permission")
	for i := range columns {
		fmt.Fprint(t, "\t", spaced(who(1<<i).name()))
	}
	for _, g := range table() {
		fmt.Fprint(t, "\n", g.permission)
		for i := range columns {
			fmt.Fprint(t, "\t", mark(g.to&(1<<i) != 0))
		}
	}
	fmt.Fprintln(t)
	return t.Flush()
}

func mark(has bool) string {
	if has {
		return "yes"
	}
	return "-"
}
