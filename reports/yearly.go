package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dsr/access"
	"dsr/database"
	"dsr/policies"
	"dsr/requests"
)

// California is the law whose rules ask for the yearly table: 11 CCR 7102, of
// businesses that handle the information of ten million consumers a year.
const California = policies.California

// Yearly is what a company did with the requests under one law in a calendar
// year. Received counts by the day of receipt; all else by the day it happened,
// so that a request received in December and answered in January is received
// in one year and answered in the next. For each row
// Carried + Received = Whole + Part + Denied + Other + Open.
type Yearly struct {
	Law      string
	LawName  string
	Year     int
	Policies []string
	AsOf     time.Time
	Rows     []YearlyRow // first those the law asks for, also where nothing came
	All      YearlyRow
	Denials  []Denial // why, the most frequent first
}

// YearlyRow is one kind of request.
type YearlyRow struct {
	Name    string           // "Requests to delete"
	Rights  []policies.Right // that are counted in it
	Asked   bool             // the law's rules ask for this row
	Carried int              // received before the year, and not ended when it began
	Received,
	Whole, // complied with; that nothing was found is a whole answer too
	Part,
	Denied, // refused, or not proved to be theirs
	Other, // withdrawn, lapsed, or meant for somebody else
	Open int // not ended when the year ended, or now
	Days Spread // from receipt to the answer, of Whole, Part and Denied
}

// Denial is a reason for which requests were denied.
type Denial struct {
	Ground string // as the regime calls it, or "unproved"
	Name   string // in words
	Source string // article, if any
	N      int
}

// Yearly counts the table of a law for a calendar year of each policy's zone.
// Without a policy all that the caller serves are counted together.
func (d *Desk) Yearly(ctx context.Context, caller access.Caller, now time.Time, policy, law string, year int) (*Yearly, error) {
	period, err := Year(year)
	if err != nil {
		return nil, err
	}
	regime, err := d.book.Regime(law)
	if err != nil {
		return nil, err
	}
	parts, err := d.parts(ctx, caller, now, Question{Period: period, Policy: policy, Law: regime.ID})
	if err != nil {
		return nil, err
	}
	y := &Yearly{Law: regime.ID, LawName: regime.Name, Year: year, AsOf: now, Rows: askedRows(regime.ID), All: YearlyRow{Name: "All"}}
	for _, p := range parts {
		y.Policies = append(y.Policies, p.policy)
		if err := d.countYear(ctx, p, y); err != nil {
			return nil, fmt.Errorf("yearly table of %s: %w", p.policy, err)
		}
	}
	y.close(regime)
	return y, nil
}

// askedRows are the rows of 11 CCR 7102(a)(1). Asking for one's information in
// a form to take along is a request to know (Civ. Code 1798.130(a)(3)(B)).
func askedRows(law string) []YearlyRow {
	if law != California {
		return nil
	}
	return []YearlyRow{
		{Name: "Requests to delete", Rights: []policies.Right{policies.Deletion}, Asked: true},
		{Name: "Requests to correct", Rights: []policies.Right{policies.Correction}, Asked: true},
		{Name: "Requests to know", Rights: []policies.Right{policies.Access, policies.Portability}, Asked: true},
		{Name: "Requests to opt out of sale or sharing", Rights: []policies.Right{policies.OptOutSale}, Asked: true},
		{Name: "Requests to limit the use of sensitive information", Rights: []policies.Right{policies.LimitSensitive}, Asked: true},
	}
}

// row returns the row of a right and makes it where there is none.
func (d *Desk) row(y *Yearly, right policies.Right) *YearlyRow {
	i := slices.IndexFunc(y.Rows, func(r YearlyRow) bool { return slices.Contains(r.Rights, right) })
	if i < 0 {
		y.Rows = append(y.Rows, YearlyRow{Name: d.RightName(right), Rights: []policies.Right{right}})
		i = len(y.Rows) - 1
	}
	return &y.Rows[i]
}

type yearRow struct {
	What    string         `bun:"what"`
	Right   policies.Right `bun:"right"`
	Outcome string         `bun:"outcome"`
	Days    int64          `bun:"days"`
	N       int            `bun:"n"`
}

// countYear counts what one policy received, carried over and ended.
func (d *Desk) countYear(ctx context.Context, p part, y *Yearly) error {
	s := new(statement).add(`SELECT 'received' AS what, r."right", '' AS outcome, 0 AS days, count(*) AS n FROM requests AS r WHERE `)
	p.received(s).add(" GROUP BY 2")
	const columns = ` UNION ALL SELECT 'carried', r."right", '', 0, count(*) FROM requests AS r WHERE r.appeal_of = 0 AND `
	s.add(columns+"r.policy = ? AND r.received_at < ? AND r.phase NOT IN ('answer', 'closed', 'aside')", p.policy, p.from).filter(p.question).add(" GROUP BY 2")
	s.add(columns+"r.policy = ? AND r.answered_at >= ? AND r.answered_at IS NOT NULL AND r.received_at < ?", p.policy, p.from, p.from).filter(p.question).add(" GROUP BY 2")
	s.add(columns+"r.policy = ? AND r.closed_at >= ? AND r.received_at < ? AND r.answered_at IS NULL AND r.outcome IN "+unanswered, p.policy, p.from, p.from)
	s.filter(p.question).add(" GROUP BY 2")
	s.add(` UNION ALL SELECT 'ended', a."right", a.outcome, a.days, count(*) FROM (SELECT a."right", a.outcome, `).put(d.day("a.at", p)).add(" - ").put(d.day("a.received_at", p))
	s.add(" AS days FROM (").put(p.answeredBase()).add(") AS a) AS a GROUP BY 2, 3, 4")
	s.add(` UNION ALL SELECT 'ended', r."right", r.outcome, 0, count(*) FROM requests AS r WHERE r.policy = ? AND r.closed_at >= ? AND r.closed_at < ? AND r.appeal_of = 0
		AND r.answered_at IS NULL AND r.outcome IN ('withdrawn', 'lapsed')`, p.policy, p.from, p.to).filter(p.question).add(" GROUP BY 2, 3")
	rows, err := read[yearRow](ctx, d, s)
	if err != nil {
		return err
	}
	for i := range rows {
		d.row(y, rows[i].Right).add(&rows[i])
	}
	return d.countDenials(ctx, p, y)
}

// unanswered are the outcomes of requests that ended without a decision.
const unanswered = "('withdrawn', 'lapsed', 'not_us', 'unproved')"

func (r *YearlyRow) add(row *yearRow) {
	switch row.What {
	case "received":
		r.Received += row.N
		return
	case "carried":
		r.Carried += row.N
		return
	}
	switch row.Outcome {
	case requests.Granted, requests.NothingFound:
		r.Whole += row.N
	case requests.Partly:
		r.Part += row.N
	case requests.RefusedAll, requests.Unproved:
		r.Denied += row.N
	default:
		r.Other += row.N
		return
	}
	r.Days.Add(row.Days, row.N)
}

// countDenials counts the grounds of what was refused whole, and what nobody
// proved to be theirs (11 CCR 7102(b)).
func (d *Desk) countDenials(ctx context.Context, p part, y *Yearly) error {
	ground := "coalesce(json_extract(r.facts, '$.ground'), '')"
	if d.db.Engine() == database.PostgreSQL {
		ground = "coalesce(CAST(r.facts AS json) ->> 'ground', '')"
	}
	s := new(statement).add("SELECT CASE WHEN r.outcome = 'unproved' THEN r.outcome ELSE " + ground + " END AS of, count(*) AS n FROM requests AS r JOIN (").put(p.answeredBase())
	rows, err := read[struct {
		Of string `bun:"of"`
		N  int    `bun:"n"`
	}](ctx, d, s.add(") AS a ON a.id = r.id WHERE a.outcome IN ('refused', 'unproved') GROUP BY 1"))
	if err != nil {
		return err
	}
	for _, row := range rows {
		i := slices.IndexFunc(y.Denials, func(d Denial) bool { return d.Ground == row.Of })
		if i < 0 {
			y.Denials = append(y.Denials, Denial{Ground: row.Of})
			i = len(y.Denials) - 1
		}
		y.Denials[i].N += row.N
	}
	return nil
}

// close sums the rows up, works out what stayed open and names the grounds.
func (y *Yearly) close(regime *policies.Regime) {
	for i := range y.Rows {
		r := &y.Rows[i]
		r.Open = r.Carried + r.Received - r.Whole - r.Part - r.Denied - r.Other
		y.All.plus(r)
	}
	asked := len(askedRows(y.Law))
	slices.SortFunc(y.Rows[asked:], func(a, b YearlyRow) int { return strings.Compare(a.Name, b.Name) })
	for i := range y.Denials {
		y.Denials[i].Name, y.Denials[i].Source = ground(regime, y.Denials[i].Ground)
	}
	slices.SortFunc(y.Denials, func(a, b Denial) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return strings.Compare(a.Name, b.Name)
	})
}

func (r *YearlyRow) plus(other *YearlyRow) {
	r.Carried, r.Received, r.Whole, r.Part = r.Carried+other.Carried, r.Received+other.Received, r.Whole+other.Whole, r.Part+other.Part
	r.Denied, r.Other, r.Open = r.Denied+other.Denied, r.Other+other.Other, r.Open+other.Open
	r.Days.plus(other.Days)
}

// ground names a ground by its words and its article.
func ground(regime *policies.Regime, code string) (name, source string) {
	switch code {
	case requests.Unproved:
		return "Not proved who they are", ""
	case "":
		return "No ground of its own: a second look agreed with the first", ""
	}
	for i := len(regime.Versions) - 1; i >= 0; i-- {
		for _, g := range regime.Versions[i].Refusals {
			if g.Ground == code {
				source = g.Source
			}
		}
	}
	name = strings.ReplaceAll(code, "_", " ")
	return strings.ToUpper(name[:1]) + name[1:], source
}
