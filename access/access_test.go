package access_test

import (
	"strings"
	"testing"

	"dsr/access"
)

func staff(role access.Role, policies ...string) access.Caller {
	return access.Caller{Kind: access.Staff, ID: 12, Name: "Kim", Role: role, Policies: access.OnlyPolicies(policies...)}
}

func TestTheTable(t *testing.T) {
	var got strings.Builder
	if err := access.Print(&got); err != nil {
		t.Fatal(err)
	}
	want := `
permission      handler  approver  administrator  auditor  requester  agent  system owner  machine
view            yes      yes       yes            yes      yes        yes    yes           yes
reveal          yes      yes       yes            yes      -          -      -             -
receive         yes      yes       yes            -        yes        yes    -             yes
take_up         yes      yes       yes            -        -          -      -             -
assign          yes      yes       yes            -        -          -      -             -
verify          yes      yes       yes            -        yes        yes    -             -
clarify         yes      yes       yes            -        -          -      -             -
message         yes      yes       yes            -        yes        yes    -             yes
upload          yes      yes       yes            -        yes        yes    yes           -
search          yes      yes       yes            -        -          -      yes           -
extend          yes      yes       yes            -        -          -      -             -
decide          yes      yes       yes            -        -          -      -             -
approve         -        yes       yes            -        -          -      -             -
close           yes      yes       yes            -        -          -      -             yes
withdraw        yes      yes       yes            -        yes        yes    -             -
appeal          yes      yes       yes            -        yes        yes    -             -
remind          -        -         -              -        -          -      -             yes
erase           -        -         yes            -        -          -      -             yes
evidence        yes      yes       yes            yes      -          -      -             -
read_audit      -        -         yes            yes      -          -      -             -
manage_staff    -        -         yes            -        -          -      -             -
manage_systems  -        -         yes            -        -          -      -             -
correct         yes      yes       yes            -        -          -      -             -
label           yes      yes       yes            -        -          -      -             -
report          yes      yes       yes            yes      -          -      -             -
settings        -        -         yes            -        -          -      -             -
`
	if strings.TrimSpace(got.String()) != strings.TrimSpace(want) {
		t.Errorf("the table reads\n%s", got.String())
	}
}

func TestMayAsksTheTableAndThePolicyServed(t *testing.T) {
	everywhere := access.Caller{Kind: access.Staff, Role: access.Administrator, Policies: access.AllPolicies()}
	link := access.Caller{Kind: access.Requester, Requests: []int64{7}}
	cases := []struct {
		name       string
		caller     access.Caller
		permission access.Permission
		policy     string
		want       bool
	}{
		{"a handler extends where they serve", staff(access.Handler, "moxora"), access.Extend, "moxora", true},
		{"a handler extends elsewhere", staff(access.Handler, "opvio"), access.Extend, "moxora", false},
		{"a handler with no policy", staff(access.Handler), access.View, "moxora", false},
		{"a handler approves", staff(access.Handler, "moxora"), access.Approve, "moxora", false},
		{"an approver approves", staff(access.Approver, "moxora"), access.Approve, "moxora", true},
		{"an auditor reads", staff(access.Auditor, "moxora"), access.Reveal, "moxora", true},
		{"an auditor extends", staff(access.Auditor, "moxora"), access.Extend, "moxora", false},
		{"an administrator of all policies", everywhere, access.Erase, "new-pack", true},
		{"an administrator plays the machine", everywhere, access.Remind, "moxora", false},
		{"an administrator changes the house", staff(access.Administrator, "opvio"), access.ManageStaff, "", true},
		{"staff without a role", staff("", "moxora"), access.View, "moxora", false},
		{"staff with a role nobody knows", staff("director", "moxora"), access.View, "moxora", false},
		{"staff whose role is a kind's name", staff("machine", "moxora"), access.Remind, "moxora", false},
		{"a kind that is a role's name", access.Caller{Kind: "administrator"}, access.Erase, "moxora", false},
		{"a requester writes", link, access.Message, "moxora", true},
		{"a requester decides", link, access.Decide, "moxora", false},
		{"a requester with a role set", access.Caller{Kind: access.Requester, Role: access.Administrator}, access.Decide, "moxora", false},
		{"the reminders", access.MachineNamed("reminders"), access.Remind, "moxora", true},
		{"a system owner records a finding", access.Caller{Kind: access.SystemOwner, ID: 3}, access.Search, "moxora", true},
		{"nobody", access.Caller{}, access.View, "moxora", false},
		{"a permission nobody knows", everywhere, "rule", "moxora", false},
		{"an empty permission", access.Caller{}, "", "", false},
	}
	for _, c := range cases {
		if got := c.caller.May(c.permission, c.policy); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		if why := c.caller.WhyNot(c.permission, c.policy); (why == "") != c.want {
			t.Errorf("%s: WhyNot says %q", c.name, why)
		}
	}
}

func TestARefusalIsASentence(t *testing.T) {
	all := access.Caller{Kind: access.Staff, Role: access.Auditor, Policies: access.AllPolicies()}
	cases := []struct {
		caller     access.Caller
		permission access.Permission
		policy     string
		want       string
	}{
		{all, access.Extend, "moxora", "You are signed in as auditor. Extending needs the role handler for Moxora."},
		{staff(access.Handler, "opvio", "vensor"), access.Extend, "moxora", "You are signed in as handler for Opvio and Vensor. Extending needs the role handler for Moxora."},
		{staff(access.Handler), access.Approve, "moxora", "You are signed in as handler for no policy. Approving a decision needs the role approver for Moxora."},
		{staff(access.Handler, "moxora"), access.ManageStaff, "", "You are signed in as handler for Moxora. Changing who works here needs the role administrator."},
		{staff(""), access.View, "moxora", "You are signed in as somebody without a role. Reading a request needs the role handler for Moxora."},
		{all, access.Remind, "moxora", "You are signed in as auditor. Reminding is left to dsr itself."},
		{access.Caller{Kind: access.SystemOwner}, access.Decide, "moxora", "You came by a link as system owner. Deciding needs the role handler for Moxora."},
		{access.MachineNamed("reminders"), access.Decide, "moxora", `This is the machine "reminders". Deciding needs the role handler for Moxora.`},
		{access.Caller{}, access.View, "moxora", "You are not signed in. Reading a request needs the role handler for Moxora."},
		{all, "rule", "moxora", `You are signed in as auditor. There is no permission "rule".`},
	}
	for _, c := range cases {
		if got := c.caller.WhyNot(c.permission, c.policy); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestALinkSeesWhatItWasMadeForOnly(t *testing.T) {
	cases := []struct {
		name   string
		caller access.Caller
		want   bool
	}{
		{"staff", staff(access.Handler, "moxora"), true},
		{"machine", access.MachineNamed("reminders"), true},
		{"the request", access.Caller{Kind: access.Requester, Requests: []int64{1, 7}}, true},
		{"its submission", access.Caller{Kind: access.Agent, Submissions: []int64{3}}, true},
		{"another request", access.Caller{Kind: access.Requester, Requests: []int64{8}, Submissions: []int64{7}}, false},
		{"nothing", access.Caller{Kind: access.SystemOwner}, false},
		{"nobody", access.Caller{Requests: []int64{7}}, false},
	}
	for _, c := range cases {
		if got := c.caller.Sees(3, 7); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestTheActorNamesNobodyInPerson(t *testing.T) {
	cases := map[string]access.Caller{
		"staff:12":          staff(access.Handler),
		"requester":         {Kind: access.Requester, ID: 5, Name: "Ana"},
		"agent:4":           {Kind: access.Agent, ID: 4, Name: "Ana"},
		"system_owner:9":    {Kind: access.SystemOwner, ID: 9, Name: "Ana"},
		"machine:reminders": access.MachineNamed("reminders"),
		"nobody":            {},
	}
	for want, caller := range cases {
		if got := caller.Actor(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestPoliciesCannotBeWidenedFromOutside(t *testing.T) {
	ids := []string{"moxora"}
	p := access.OnlyPolicies(ids...)
	ids[0] = "opvio"
	list, all := p.List()
	list[0] = "vensor"
	if !p.Include("moxora") || p.Include("opvio") || p.Include("vensor") || all {
		t.Errorf("the set changed to %v", p)
	}
	if ids, all := access.AllPolicies().List(); !all || len(ids) != 0 {
		t.Errorf("all policies list as %v, %v", ids, all)
	}
}

func TestSetsOfPoliciesAreHeldAgainstEachOther(t *testing.T) {
	all, none := access.AllPolicies(), access.OnlyPolicies()
	both, one, other := access.OnlyPolicies("moxora", "opvio"), access.OnlyPolicies("moxora"), access.OnlyPolicies("vensor")
	for _, c := range []struct {
		p, q  access.Policies
		cover bool
		both  access.Policies
	}{
		{all, all, true, all}, {all, one, true, one}, {one, all, false, one}, {both, one, true, one}, {one, both, false, one},
		{one, other, false, none}, {one, none, true, none}, {none, one, false, none},
	} {
		if got := c.p.Cover(c.q); got != c.cover {
			t.Errorf("%v covers %v: %v", c.p, c.q, got)
		}
		if got := c.p.Both(c.q); got.String() != c.both.String() || got.Empty() != c.both.Empty() {
			t.Errorf("%v and %v share %v", c.p, c.q, got)
		}
	}
}

func BenchmarkMay(b *testing.B) {
	c := staff(access.Handler, "moxora")
	for b.Loop() {
		c.May(access.Extend, "moxora")
	}
}
