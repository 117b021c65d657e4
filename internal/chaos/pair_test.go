package chaos_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/internal/dbtest"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
)

func TestTwoProcessesShareADatabaseAndRepeatNothing(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		const old, many = 20, 40
		here := newPlace(t, url)
		there := here.beside()
		a := here.archive()
		a.hire()
		a.receiveDaysAgo(22, old, 0) // 6 to 9 days are left: one reminder is due

		one, other := here.start(), there.start()
		holder := a.holder("reminders")
		left, right := here.newCrowd(0, many), there.newCrowd(many, many)
		for _, c := range []*crowd{left, right} {
			c.open()
			c.all(c.fillIn)
		}
		finish := left.begin(func(who *person) { left.sendTwice(right, who) })
		right.all(right.send)
		finish()
		left.all(left.read)
		right.all(right.read)
		a.reminded(old)

		// More becomes due. Whoever holds the lease goes, and the other one
		// takes over, which it could not do before.
		if now := a.holder("reminders"); now != holder {
			t.Errorf("the lease went from %s to %s while both were alive", holder, now)
		}
		a.receiveDaysAgo(22, old, old)
		first, second := one, other
		if !strings.Contains(holder, fmt.Sprintf(":%d:", one.cmd.Process.Pid)) {
			first, second = other, one
		}
		first.stop()
		a.reminded(2 * old)
		if now := a.holder("reminders"); !strings.Contains(now, fmt.Sprintf(":%d:", second.cmd.Process.Pid)) {
			t.Errorf("the lease is with %s, not with the process that is left", now)
		}
		a.idle()
		second.stop()

		a.sound(2*many + 2*old)
		a.has(left.people)
		a.has(right.people)
		// Of each old one: received, is this your mailbox, due soon.
		for _, copies := range a.delivered(2*many + 2*old + 2*old + 2*old) {
			if copies != 1 {
				t.Errorf("a letter arrived %d times", copies)
			}
		}
	})
}

// sendTwice presses the last button at both servers at once: that is one form.
func (c *crowd) sendTwice(other *crowd, who *person) {
	twin, pressed := *who, make(chan *answer)
	go func() { pressed <- other.press(&twin) }()
	c.send(who)
	if got := <-pressed; twin.receipt == "" || twin.receipt != who.receipt {
		c.Errorf("person %d: one server leads to %q, the other (status %d) to %q", who.n, who.receipt, got.status, twin.receipt)
	}
}

// hire lets somebody hear of reminders.
func (a *archive) hire() {
	a.Helper()
	_, err := a.people.Create(a.Context(), time.Now(), people.User{
		Email: "mara@house.example", Name: "Mara", Role: access.Handler, Policies: access.AllPolicies(),
	}, "nine otters, one canoe")
	a.must(err)
}

// receiveDaysAgo receives requests as if that had been so many days ago: what
// fell due since then is waiting. Each has one clock, the law's month.
func (a *archive) receiveDaysAgo(days, many, first int) {
	a.Helper()
	then := time.Now().AddDate(0, 0, -days)
	for n := first; n < first+many; n++ {
		_, err := a.office.Receive(a.Context(), access.Caller{Kind: access.Requester}, then, requests.Submission{
			Nonce: fmt.Sprintf("form-from-the-archive-%04d", n), Policy: "vensor", Rights: []policies.Right{policies.Access},
			Residence: "DE", Channel: "form", Language: "en", Person: requests.Person{Email: fmt.Sprintf("person-%d@archive.example", n)},
		})
		a.must(err)
	}
}

// holder waits until somebody holds a lease, and says who.
func (a *archive) holder(lease string) (holder string) {
	a.Helper()
	until(a.T, "somebody holds the lease "+lease, func() bool {
		var holders []string
		a.must(a.db.Read().NewRaw("SELECT holder FROM leases WHERE name = ?", lease).Scan(a.Context(), &holders))
		if len(holders) > 0 {
			holder = holders[0]
		}
		return len(holders) > 0
	})
	return holder
}

// reminded waits until so many letters to the team have gone out.
func (a *archive) reminded(letters int) {
	a.Helper()
	until(a.T, fmt.Sprintf("the team got %d reminders", letters), func() bool {
		return a.count("SELECT COUNT(*) FROM letters WHERE audience = 'staff' AND state = 'sent'") >= letters
	})
}
