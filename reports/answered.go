package reports

import (
	"context"

	"dsr/deadlines"
	"dsr/policies"
)

// An answer is a decision of the team, or its word that the request is not for
// them or was not proved. What its requester took back, what lapsed and what
// was set aside as spam got none.

// Answered counts answers by the instant they were given.
type Answered struct {
	Total int
	// Law and Promise are the shares of answers given in time, of those that
	// the law, or the policy's own words, set a day for. What is past its day
	// without an answer counts as late in the period in which the day ended.
	Law, Promise Share
	LateOpen     int    // of Law.Of: past its day, and still without an answer
	Days         Spread // from the day of receipt, which is 0, to the day of the answer
	ByGroup      []Group
	Outcomes     []Count[string]
}

// Group is the answers about one right under one law.
type Group struct {
	Right policies.Right
	Law   string
	Days  Spread
	OnLaw Share
	Term  deadlines.Term // of the law, before any hold or extension; zero: none
}

// The law's clocks that wait for the answer.
const lawAnswers = "('respond.law', 'opt_out.law')"

// answeredBase lists the answers of one policy in the period: id, right, law,
// ruling, outcome, receipt, and the instant of the answer as "at".
func (p part) answeredBase() *statement {
	const columns = `SELECT r.id, r."right", r.regime, r.ruling, r.outcome, r.received_at, `
	s := new(statement).add(columns+"r.answered_at AS at FROM requests AS r WHERE r.policy = ? AND r.answered_at >= ? AND r.answered_at < ? AND r.answered_at IS NOT NULL AND r.appeal_of = 0", p.policy, p.from, p.to)
	s.filter(p.question)
	s.add(" UNION ALL "+columns+`r.closed_at FROM requests AS r WHERE r.closed_at >= ? AND r.closed_at < ? AND r.closed_at IS NOT NULL AND r.policy = ?
		AND r.outcome IN ('not_us', 'unproved') AND r.answered_at IS NULL AND r.appeal_of = 0`, p.from, p.to, p.policy)
	return s.filter(p.question)
}

// due is when the first clock with one of some names ends.
func due(names string) string {
	return "(SELECT min(c.due_at) FROM clocks AS c WHERE c.request_id = a.id AND c.name IN " + names + ")"
}

// state says how an instant lies to a limit. At the limit itself it depends on
// the clock: one of hours is kept then, one of days is not.
func state(limit string) string {
	return "CASE WHEN " + limit + " IS NULL THEN 'none' WHEN a.at < " + limit + " THEN 'kept' WHEN a.at = " + limit + " THEN 'edge' ELSE 'late' END"
}

type answeredRow struct {
	Right   policies.Right `bun:"right"`
	Ruling  string         `bun:"ruling"`
	Outcome string         `bun:"outcome"`
	Days    int64          `bun:"days"`
	Law     string         `bun:"law"`
	Promise string         `bun:"promise"`
	N       int            `bun:"n"`
}

// countAnswered counts the answers of one policy.
func (d *Desk) countAnswered(ctx context.Context, p part, f *Figures) error {
	promised := "CAST(NULL AS timestamptz)" // a bare NULL is a text to PostgreSQL
	if names, err := d.promisedBy(ctx, p.policy, answerPromises[:]...); err != nil {
		return err
	} else if len(names) > 0 {
		promised = due("(" + quoted(names) + ")")
	}
	s := new(statement).add(`SELECT a."right", a.ruling, a.outcome, a.days, ` + state("a.law_due") + " AS law, " + state("a.promise_due") + " AS promise, count(*) AS n FROM (")
	s.add(`SELECT a.at, a."right", substr(a.ruling, 1, 16) AS ruling, a.outcome, `).put(d.day("a.at", p)).add(" - ").put(d.day("a.received_at", p))
	s.add(" AS days, " + due(lawAnswers) + " AS law_due, " + promised + " AS promise_due FROM (").put(p.answeredBase())
	s.add(") AS a) AS a GROUP BY 1, 2, 3, 4, 5, 6")
	rows, err := read[answeredRow](ctx, d, s)
	if err != nil {
		return err
	}
	for i := range rows {
		ruling, err := d.ruling(ctx, rows[i].Ruling)
		if err != nil {
			return err
		}
		f.Answered.add(&rows[i], ruling)
		f.keepPromise(p.policy, ruling, answerPromise(ruling), rows[i].Promise, rows[i].N)
	}
	return nil
}

// answerPromise is the promise of a ruling that the answer keeps, or nil.
func answerPromise(ruling *policies.Ruling) *policies.Clock {
	return clockOf(ruling, "respond.promise", "opt_out.promise")
}

// answerLaw is the law's clock that the answer stops, or nil.
func answerLaw(ruling *policies.Ruling) *policies.Clock {
	return clockOf(ruling, "respond.law", "opt_out.law")
}

// share turns the state of a clock into a share of n.
func share(state string, clock *policies.Clock, n int) Share {
	switch state {
	case "kept":
		return Share{n, n}
	case "late":
		return Share{0, n}
	case "edge":
		if clock != nil && clock.Rule.Term.Unit == deadlines.Hours {
			return Share{n, n}
		}
		return Share{0, n}
	}
	return Share{}
}

func (f *Answered) add(row *answeredRow, ruling *policies.Ruling) {
	f.Total += row.N
	f.Days.Add(row.Days, row.N)
	count(&f.Outcomes, row.Outcome, row.N)
	law := share(row.Law, answerLaw(ruling), row.N)
	f.Law.plus(law)
	f.Promise.plus(share(row.Promise, answerPromise(ruling), row.N))
	g := f.group(row.Right, ruling)
	g.Days.Add(row.Days, row.N)
	g.OnLaw.plus(law)
}

// group returns the group of a right and the law of a ruling.
func (f *Answered) group(right policies.Right, ruling *policies.Ruling) *Group {
	for i := range f.ByGroup {
		if g := &f.ByGroup[i]; g.Right == right && g.Law == ruling.Regime {
			return g
		}
	}
	g := Group{Right: right, Law: ruling.Regime}
	if c := answerLaw(ruling); c != nil {
		g.Term = c.Rule.Term
	}
	f.ByGroup = append(f.ByGroup, g)
	return &f.ByGroup[len(f.ByGroup)-1]
}

// lateRow is clocks that have ended and wait still.
type lateRow struct {
	Right  policies.Right `bun:"right"`
	Ruling string         `bun:"ruling"`
	Name   string         `bun:"name"`
	N      int            `bun:"n"`
}

// ofOpen restricts open requests to a policy so that no index by policy serves:
// the queue's own index has the open ones alone.
const ofOpen = "coalesce(r.policy, '') = ?"

// countLate counts the clocks of one policy that ended in the period and still
// wait for what would have kept them.
func (d *Desk) countLate(ctx context.Context, p part, f *Figures) error {
	s := new(statement).add(`SELECT r."right", `+shortRuling+` AS ruling, c.name, count(*) AS n FROM requests AS r JOIN clocks AS c ON c.request_id = r.id
		WHERE r.closed_at IS NULL AND r.held = '' AND r.due_at <= ? AND `+ofOpen+` AND r.appeal_of = 0 AND c.met_at IS NULL AND NOT c.held AND c.due_at <= ?
		AND c.due_at >= ? AND c.due_at < ? AND (c.name LIKE '%.promise' OR c.name IN `+lawAnswers+")", p.now, p.policy, p.now, p.from, p.to)
	rows, err := read[lateRow](ctx, d, s.filter(p.question).add(" GROUP BY 1, 2, 3"))
	if err != nil {
		return err
	}
	for _, row := range rows {
		ruling, err := d.ruling(ctx, row.Ruling)
		if err != nil {
			return err
		}
		clock := clockOf(ruling, row.Name)
		if clock == nil {
			continue
		}
		switch late := (Share{0, row.N}); {
		case clock.Basis == policies.ByLaw:
			f.Answered.Law.plus(late)
			f.Answered.LateOpen += row.N
			f.Answered.group(row.Right, ruling).OnLaw.plus(late)
		case clock.Answers():
			f.Answered.Promise.plus(late)
		}
		if clock.Basis == policies.ByPromise {
			f.keepPromise(p.policy, ruling, clock, "late", row.N)
		}
	}
	return nil
}
