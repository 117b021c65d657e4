// Package access says who is asking and what they may do. A Caller is made at
// the door (a session, a signed link, a worker's name) and handed down as an
// argument; the table in table.go is the whole of the rules.
//
// It knows nothing of sessions, passwords or the database, and nothing of what
// a law or the state of a request allows: that is asked after it.
package access

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind says in which capacity somebody acts.
type Kind string

const (
	Staff       Kind = "staff"        // signed in to the console
	Requester   Kind = "requester"    // holds a link to their own requests
	Agent       Kind = "agent"        // acts for the requester, with authority
	SystemOwner Kind = "system_owner" // holds a link to the tasks of one system
	Machine     Kind = "machine"      // a sweep or worker of dsr itself
)

// Role is what a member of staff was made. The order of the roles in the table
// is the order in which a refusal names them.
type Role string

const (
	Handler       Role = "handler"       // carries requests to their answer
	Approver      Role = "approver"      // also gives the second yes
	Administrator Role = "administrator" // often the data protection officer
	Auditor       Role = "auditor"       // reads everything, changes nothing
)

// Caller is who asks. Fields that do not belong to the kind stay empty; the
// zero Caller is nobody and may do nothing.
type Caller struct {
	Kind Kind
	// ID is the row of the member of staff, agent or system owner. A requester
	// has none: the request is their identity.
	ID int64
	// Name is shown to colleagues and never stored with an act. A machine's is
	// the name of its work, "reminders", and does stand in the audit log.
	Name string
	Role Role // staff only
	// Policies are the policy packs a member of staff serves.
	Policies Policies
	// Submissions and Requests are what a link opens: for requesters, agents
	// and system owners.
	Submissions []int64
	Requests    []int64
}

// MachineNamed returns the caller for a sweep or worker.
func MachineNamed(work string) Caller {
	return Caller{Kind: Machine, Name: work}
}

// Policies is a set of policy packs by id. The zero value is empty.
type Policies struct {
	all bool
	ids []string
}

// AllPolicies returns the set of every pack, those to come included.
func AllPolicies() Policies { return Policies{all: true} }

// OnlyPolicies returns the set of the packs named.
func OnlyPolicies(ids ...string) Policies {
	return Policies{ids: slices.Clone(ids)}
}

// Include says whether a pack is in the set.
func (p Policies) Include(id string) bool {
	return p.all || slices.Contains(p.ids, id)
}

// List returns the packs for a filter in a query; all means that every pack is
// in the set and ids is empty.
func (p Policies) List() (ids []string, all bool) {
	return slices.Clone(p.ids), p.all
}

// Cover says whether every pack of the other set is in this one too.
func (p Policies) Cover(other Policies) bool {
	if p.all || other.all {
		return p.all
	}
	return !slices.ContainsFunc(other.ids, func(id string) bool { return !p.Include(id) })
}

// Both returns the packs that are in both sets.
func (p Policies) Both(other Policies) Policies {
	if p.all {
		return other
	}
	return Policies{ids: slices.DeleteFunc(slices.Clone(p.ids), func(id string) bool { return !other.Include(id) })}
}

// Empty says whether no pack is in the set.
func (p Policies) Empty() bool { return !p.all && len(p.ids) == 0 }

// String names the packs as a sentence does: "Opvio and Vensor".
func (p Policies) String() string {
	if p.all {
		return "all policies"
	}
	names := make([]string, len(p.ids))
	for i, id := range p.ids {
		names[i] = display(id)
	}
	return enumerate(names, "and", "no policy")
}

// May says whether the caller has a permission for a policy pack. A link has
// it for whatever it opens, so the door also asks Sees. An empty policy means
// the house itself: settings, staff, the audit log.
func (c Caller) May(p Permission, policy string) bool {
	return grantOf(p).to&c.column() != 0 && c.serves(policy)
}

// Sees says whether the caller's way in leads to the request: staff and
// machines see all that May allows, a link only what it was made for.
func (c Caller) Sees(submission, request int64) bool {
	switch c.Kind {
	case Staff, Machine:
		return true
	case Requester, Agent, SystemOwner:
		return slices.Contains(c.Requests, request) || slices.Contains(c.Submissions, submission)
	}
	return false
}

// WhyNot returns the sentence for a refusal, and "" when May allows it: "You
// are signed in as auditor. Extending needs the role handler for Moxora."
func (c Caller) WhyNot(p Permission, policy string) string {
	if c.May(p, policy) {
		return ""
	}
	g := grantOf(p)
	if g.permission == "" {
		return fmt.Sprintf("%s There is no permission %q.", c.here(), string(p))
	}
	return fmt.Sprintf("%s %s %s.", c.here(), g.doing, g.need(policy))
}

// Actor returns the caller for the audit log and the timeline, without
// personal data: "staff:12", "requester", "machine:reminders".
func (c Caller) Actor() string {
	switch {
	case c.Kind == "":
		return "nobody"
	case c.Kind == Machine:
		return string(c.Kind) + ":" + c.Name
	case c.Kind == Requester || c.ID == 0:
		return string(c.Kind)
	}
	return string(c.Kind) + ":" + strconv.FormatInt(c.ID, 10)
}

// column returns the caller's column of the table; somebody unknown has none.
func (c Caller) column() who {
	as := string(c.Kind)
	if c.Kind == Staff {
		as = string(c.Role)
	}
	for w := handler; w < 1<<columns; w <<= 1 {
		if w.name() == as && (w <= auditor) == (c.Kind == Staff) {
			return w
		}
	}
	return 0
}

// serves is asked of staff alone: a link is bounded by what it opens, and a
// machine works for every policy.
func (c Caller) serves(policy string) bool {
	return c.Kind != Staff || policy == "" || c.Policies.Include(policy)
}

func (c Caller) here() string {
	switch c.Kind {
	case Staff:
		if c.Policies.all || c.Role == "" {
			return fmt.Sprintf("You are signed in as %s.", orNone(c.Role))
		}
		return fmt.Sprintf("You are signed in as %s for %s.", orNone(c.Role), c.Policies)
	case Requester, Agent, SystemOwner:
		return fmt.Sprintf("You came by a link as %s.", spaced(string(c.Kind)))
	case Machine:
		return fmt.Sprintf("This is the machine %q.", c.Name)
	}
	return "You are not signed in."
}

func orNone(r Role) string {
	if r == "" {
		return "somebody without a role"
	}
	return string(r)
}

func spaced(s string) string { return strings.ReplaceAll(s, "_", " ") }

// display writes a pack's id, moxora, as the name it stands for.
func display(id string) string {
	r, size := utf8.DecodeRuneInString(id)
	return string(unicode.ToUpper(r)) + id[size:]
}

// enumerate joins words as a sentence does: a, b or c.
func enumerate(words []string, last, none string) string {
	switch n := len(words); n {
	case 0:
		return none
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
	}
}
