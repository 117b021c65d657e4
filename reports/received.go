package reports

import (
	"context"
	"slices"

	"dsr/deadlines"
	"dsr/identity"
	"dsr/policies"
	"dsr/requests"
)

// Received counts requests by the instant of their receipt. A second look at an
// answer is no new request: appeals are counted apart, here and everywhere but
// in what is open and what falls due.
type Received struct {
	Total   int
	Appeals int
	Steps   []StepCount
	ByRight []Count[policies.Right]
	ByLaw   []Count[string]
}

// StepCount is a week, month or year of a period, cut to it.
type StepCount struct {
	Period
	Total   int
	ByRight map[policies.Right]int
}

// Count is how often something occurred.
type Count[K any] struct {
	Of K
	N  int
}

// Proof follows the requests received in the period for which proof of the
// mailbox or more is needed, up to now: Needed = Proved + Open + Lapsed + Ended.
// Opt-outs need none, and those whom an agent speaks for prove nothing
// themselves; both are left out.
type Proof struct {
	Needed   int
	Proved   int // as far as the ruling on them asks
	Open     int // neither proved nor ended
	Lapsed   int // set aside because nothing came
	Ended    int // withdrawn, refused or passed on without proof
	Returned int // of all: set aside at some time and opened again since
}

type receivedRow struct {
	Step     int            `bun:"step"`
	Right    policies.Right `bun:"right"`
	Ruling   string         `bun:"ruling"`
	Phase    string         `bun:"phase"`
	Outcome  string         `bun:"outcome"`
	Verified identity.Level `bun:"verified"`
	Agent    int            `bun:"agent"`
	N        int            `bun:"n"`
}

// countReceived counts what came to one policy.
func (d *Desk) countReceived(ctx context.Context, p part, f *Figures) error {
	rows, err := read[receivedRow](ctx, d, p.receivedQuery())
	if err != nil {
		return err
	}
	for _, row := range rows {
		ruling, err := d.ruling(ctx, row.Ruling)
		if err != nil {
			return err
		}
		f.Received.add(&row, ruling.Regime)
		f.Proof.add(&row, ruling.Level)
	}
	returned, err := read[int](ctx, d, p.returnedQuery())
	if err != nil {
		return err
	}
	appeals, err := read[int](ctx, d, p.appealsQuery())
	if err != nil {
		return err
	}
	f.Proof.Returned, f.Received.Appeals = returned[0], appeals[0]
	return nil
}

func (p part) appealsQuery() *statement {
	s := new(statement).add("SELECT count(*) FROM requests AS r WHERE r.policy = ? AND r.received_at >= ? AND r.received_at < ? AND r.appeal_of <> 0", p.policy, p.from, p.to)
	return s.filter(p.question)
}

func (p part) receivedQuery() *statement {
	s := new(statement).add("SELECT ")
	starts := p.question.Period.starts()
	if len(starts) > 1 {
		s.add("CASE")
		for i, start := range starts[1:] {
			s.add(" WHEN r.received_at < ? THEN ?", start.Start(p.zone).UTC(), i)
		}
		s.add(" ELSE ? END", len(starts)-1)
	} else {
		s.add("0")
	}
	s.add(` AS step, r."right", ` + shortRuling + ` AS ruling,
		CASE WHEN r.phase IN ('closed', 'aside') THEN r.phase ELSE 'open' END AS phase, CASE WHEN r.outcome = 'lapsed' THEN r.outcome ELSE '' END AS outcome,
		r.verified, CASE WHEN r.agent_id <> 0 THEN 1 ELSE 0 END AS agent, count(*) AS n FROM requests AS r WHERE `)
	return p.received(s).add(" GROUP BY 1, 2, 3, 4, 5, 6, 7")
}

// received restricts a query to what came in the period and is a request: no
// spam, and nothing else that a person wrote.
func (p part) received(s *statement) *statement {
	return s.add("r.policy = ? AND r.received_at >= ? AND r.received_at < ? AND r.outcome NOT IN ('spam', 'no_request') AND r.appeal_of = 0", p.policy, p.from, p.to).filter(p.question)
}

// returnedQuery counts who opened their request again after it had lapsed. The
// cross join makes SQLite begin with what was opened again, which is rare.
func (p part) returnedQuery() *statement {
	s := new(statement).add(`SELECT count(DISTINCT r.id) FROM events AS e CROSS JOIN requests AS r
		WHERE r.id = e.request_id AND e.act = 'reopen' AND EXISTS (SELECT 1 FROM events AS b WHERE b.request_id = e.request_id AND b.seq < e.seq AND b.act = 'lapse')
		AND r.agent_id = 0 AND r."right" NOT LIKE 'opt_out.%' AND r."right" <> 'limit_sensitive' AND `)
	return p.received(s)
}

func (f *Received) add(row *receivedRow, law string) {
	f.Total += row.N
	f.Steps[row.Step].Total += row.N
	f.Steps[row.Step].ByRight[row.Right] += row.N
	count(&f.ByRight, row.Right, row.N)
	count(&f.ByLaw, law, row.N)
}

// count adds to the entry of a key.
func count[K comparable](list *[]Count[K], key K, n int) {
	i := slices.IndexFunc(*list, func(c Count[K]) bool { return c.Of == key })
	if i < 0 {
		*list = append(*list, Count[K]{Of: key})
		i = len(*list) - 1
	}
	(*list)[i].N += n
}

func (f *Proof) add(row *receivedRow, level identity.Level) {
	if !level.Needs(identity.Locate) || row.Right.IsOptOut() || row.Agent != 0 {
		return
	}
	f.Needed += row.N
	switch {
	case !level.Needs(row.Verified):
		f.Proved += row.N
	case row.Outcome == requests.Lapsed:
		f.Lapsed += row.N
	case row.Phase == "open":
		f.Open += row.N
	default:
		f.Ended += row.N
	}
}

// steps makes the empty steps of a period.
func (p Period) steps() []StepCount {
	starts := p.starts()
	list := make([]StepCount, len(starts))
	for i, start := range starts {
		list[i] = StepCount{Period: Period{From: start, Until: p.Until}, ByRight: map[policies.Right]int{}}
		if i > 0 {
			list[i-1].Until = start.AddDays(-1)
		}
	}
	return list
}

// Full reports whether a step is whole, and not cut by the ends of its period
// or by today.
func (s StepCount) Full(p Period, today deadlines.Date) bool {
	end := p.after(s.From).AddDays(-1)
	begin := s.From
	if p.Step() == ByWeek {
		begin = weekOf(s.From)
	}
	return begin == s.From && end == s.Until && s.Until < today
}
