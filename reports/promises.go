package reports

import (
	"context"
	"strings"

	"dsr/deadlines"
	"dsr/policies"
)

// TypicalShare is how much of what is "typically" promised has to be kept, in
// per cent, for the word to be true.
const TypicalShare = 90

// Promise is one promise of a policy in its own words, and how often it was
// kept. It counts in the period when it is kept, late or not; one that is past
// its end and still open counts as broken in the period in which it ended.
type Promise struct {
	Policy  string
	Kind    policies.ClockKind
	Term    deadlines.Term
	Phrase  string // word for word, as the policy says it
	Wording string // firm or typical
	Kept    Share
}

// Untrue reports whether the policy's words do not hold at present: a typical
// promise kept in less than TypicalShare of the cases.
func (p *Promise) Untrue() bool {
	percent, counted := p.Kept.Percent()
	return counted && p.Wording == "typical" && percent < TypicalShare
}

// keepPromise counts a promise as kept or broken n times.
func (f *Figures) keepPromise(policy string, ruling *policies.Ruling, clock *policies.Clock, state string, n int) {
	if clock == nil || state == "none" || ruling == nil {
		return
	}
	kept := share(state, clock, n)
	for i := range f.Promises {
		if p := &f.Promises[i]; p.Policy == policy && p.Kind == clock.Kind && p.Phrase == clock.Phrase && p.Term == clock.Rule.Term {
			p.Kept.plus(kept)
			return
		}
	}
	f.Promises = append(f.Promises, Promise{
		Policy: policy, Kind: clock.Kind, Term: clock.Rule.Term, Phrase: clock.Phrase, Wording: clock.Wording, Kept: kept,
	})
}

// The promises that the answer keeps, and those kept by something else: by the
// first reply, by the day all is done.
var (
	answerPromises = [...]string{"respond.promise", "opt_out.promise"}
	otherPromises  = [...]string{"acknowledge.promise", "first_response.promise", "fulfil.promise"}
)

// promisedBy says which of some promises any request of a policy ever had.
func (d *Desk) promisedBy(ctx context.Context, policy string, names ...string) (has []string, err error) {
	if err := d.learnRulings(ctx); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, name := range names {
		for _, ruling := range d.rulings {
			if ruling.Pack == policy && clockOf(ruling, name) != nil {
				has = append(has, name)
				break
			}
		}
	}
	return has, nil
}

// quoted lists names of clocks as they stand in a query. They are constants.
func quoted(names []string) string { return "'" + strings.Join(names, "', '") + "'" }

// countPromises counts the promises of one policy that no answer keeps. What
// was withdrawn or set aside kept none, and broke none.
func (d *Desk) countPromises(ctx context.Context, p part, f *Figures) error {
	names, err := d.promisedBy(ctx, p.policy, otherPromises[:]...)
	if err != nil || len(names) == 0 {
		return err
	}
	s := new(statement).add(`SELECT `+shortRuling+` AS ruling, c.name,
		CASE WHEN c.met_at < c.due_at THEN 'kept' WHEN c.met_at = c.due_at THEN 'edge' ELSE 'late' END AS state, count(*) AS n
		FROM clocks AS c CROSS JOIN requests AS r WHERE r.id = c.request_id AND c.met_at >= ? AND c.met_at < ? AND c.met_at IS NOT NULL AND c.name IN (`+quoted(names)+`) AND c.name IN ('acknowledge.promise', 'first_response.promise', 'fulfil.promise')
		AND r.policy = ? AND r.appeal_of = 0 AND r.outcome NOT IN ('withdrawn', 'spam', 'no_request')`, p.from, p.to, p.policy)
	rows, err := read[struct {
		Ruling string `bun:"ruling"`
		Name   string `bun:"name"`
		State  string `bun:"state"`
		N      int    `bun:"n"`
	}](ctx, d, s.filter(p.question).add(" GROUP BY 1, 2, 3"))
	if err != nil {
		return err
	}
	for _, row := range rows {
		ruling, err := d.ruling(ctx, row.Ruling)
		if err != nil {
			return err
		}
		f.keepPromise(p.policy, ruling, clockOf(ruling, row.Name), row.State, row.N)
	}
	return nil
}
