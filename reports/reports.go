// Package reports counts: how many requests came, how they stand, how long
// answers took, which promises were kept. It reads the rows of requests,
// clocks and events and adds nothing to them, so that every figure can be
// counted again by hand from the timelines.
//
// What each figure counts, and at which instant, stands beside its type. Three
// rules hold for all of them: what was set aside as spam is no request; a day
// is a day of the policy's zone; and nobody gets a figure with anything in it
// from a policy they do not serve.
//
// The package changes no request and knows no page. Its one act is the letter
// of the week, which it leaves in the outbox once for each reader.
package reports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"dsr/access"
	"dsr/database"
	"dsr/policies"
	"dsr/requests"
	"dsr/words"
	"dsr/workflow"
)

// Errors that callers tell apart.
var (
	// ErrForbidden is returned to who may not read reports at all.
	ErrForbidden = errors.New("not allowed")
	// ErrNotFound covers policies that do not exist and those the caller does
	// not serve.
	ErrNotFound = errors.New("no such policy")
	// ErrPeriod is returned for a period that ends before it begins, or is
	// longer than the program counts.
	ErrPeriod = errors.New("this period cannot be counted")
)

// Desk is where figures are asked for. It is safe for use by several
// goroutines.
type Desk struct {
	db      *database.DB
	book    *policies.Book
	machine *workflow.Machine
	english words.Printer

	mu      sync.Mutex
	rulings map[string]*policies.Ruling // by the first characters of their hash
	kept    keptFigures
}

// Open makes a desk over a database. The book gives the zones of policies and
// the names of laws; the catalogue those of rights.
func Open(db *database.DB, book *policies.Book, catalogue *words.Catalogue) (*Desk, error) {
	machine, err := requests.Lifecycle()
	return &Desk{db: db, book: book, machine: machine, english: catalogue.In(words.Base), rulings: map[string]*policies.Ruling{}}, err
}

// RightName is how the team calls a right, in English.
func (d *Desk) RightName(right policies.Right) string {
	name, err := d.english.Text("rights." + string(right) + ".team")
	if err != nil {
		return string(right)
	}
	return name
}

// LawName is how a regime is called, or its id where it is gone.
func (d *Desk) LawName(id string) string {
	if regime, err := d.book.Regime(id); err == nil {
		return regime.Name
	}
	return id
}

// PolicyName is the name of a policy's controller, or its id where it is gone.
func (d *Desk) PolicyName(id string) string {
	if pack, err := d.book.Pack(id); err == nil {
		return pack.Controller.Name
	}
	return id
}

// Question says what is counted. Empty fields mean all.
type Question struct {
	Period Period
	Policy string
	Law    string         // regime, in any case: ccpa
	Right  policies.Right // access, opt_out.marketing
}

// part is one policy of a question, with its own midnights.
type part struct {
	policy   string
	zone     *time.Location
	from, to time.Time // to is exclusive
	question Question
	now      time.Time
	today    int64 // the day of now in the zone, counted from 1970
}

// parts divides a question by the policies the caller serves.
func (d *Desk) parts(ctx context.Context, caller access.Caller, now time.Time, q Question) ([]part, error) {
	if why := caller.WhyNot(access.Report, ""); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	if regime, err := d.book.Regime(q.Law); err == nil {
		q.Law = regime.ID // as rows spell it
	}
	serves, err := d.Policies(ctx, caller)
	if err != nil {
		return nil, err
	}
	if q.Policy != "" {
		if !slices.Contains(serves, q.Policy) {
			return nil, ErrNotFound
		}
		serves = []string{q.Policy}
	}
	list := make([]part, len(serves))
	for i, policy := range serves {
		list[i] = d.partOf(policy, now, q)
	}
	return list, nil
}

func (d *Desk) partOf(policy string, now time.Time, q Question) part {
	zone := d.ZoneOf(policy)
	return part{
		policy: policy, zone: zone, question: q, now: now,
		from: q.Period.From.Start(zone).UTC(), to: q.Period.Until.AddDays(1).Start(zone).UTC(), today: dayNumber(now, zone),
	}
}

// ZoneOf is where the days of a policy begin: UTC for one that is no longer
// among the packs, and for none.
func (d *Desk) ZoneOf(policy string) *time.Location {
	if pack, err := d.book.Pack(policy); err == nil {
		if zone, err := time.LoadLocation(pack.Zone); err == nil {
			return zone
		}
	}
	return time.UTC
}

// Policies lists what the caller may count, by id: the packs in force and
// those of which only requests are left.
func (d *Desk) Policies(ctx context.Context, caller access.Caller) ([]string, error) {
	all, err := d.everPolicies(ctx)
	if err != nil {
		return nil, err
	}
	for _, pack := range d.book.Packs() {
		all = append(all, pack.ID)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(id string) bool { return !caller.May(access.Report, id) }), nil
}

// everPolicies leaps from one policy to the next in the index.
func (d *Desk) everPolicies(ctx context.Context) ([]string, error) {
	var all []string
	for last := ""; ; {
		var next []string
		err := d.db.Read().NewRaw("SELECT policy FROM requests WHERE policy > ? ORDER BY policy LIMIT 1", last).Scan(ctx, &next)
		if err != nil || len(next) == 0 {
			return all, err
		}
		all, last = append(all, next[0]), next[0]
	}
}
