package reports

import (
	"context"

	"dsr/deadlines"
)

// Standing counts the requests that are open at the instant of asking, by how
// their governing clock stands. Its parts add up to Total. The period plays no
// part in it.
type Standing struct {
	Total   int
	Overdue int // the last day is over
	Today   int // due today
	Soon    int // due in one to SoonDays days
	Week    int // due after that, within seven days
	Later   int
	Held    int // the law waits for the requester
	Nothing int // no clock runs: answered, and not closed yet
}

// SoonDays is how near a due day is that the console paints as soon.
const SoonDays = 4

// LoadDays is how many days the forecast of work looks ahead, today included.
const LoadDays = 30

// Load is what falls due on one of the next days: the governing due days of
// open requests that are neither held nor overdue. What arrives until then is
// not guessed at.
type Load struct {
	Day       deadlines.Date
	Due       int
	ByPromise int // of Due: where the governing clock is a promise
}

type openRow struct {
	State   string `bun:"state"`
	Day     string `bun:"day"` // the last day, as written
	Promise int    `bun:"promise"`
	N       int    `bun:"n"`
}

// countOpen counts the open requests of one policy.
func (d *Desk) countOpen(ctx context.Context, p part, f *Figures) error {
	s := new(statement).add(`SELECT CASE WHEN r.due_clock = '' THEN 'nothing' WHEN r.held <> '' THEN 'held' WHEN r.due_at <= ? THEN 'overdue' ELSE 'runs' END AS state,
		CASE WHEN r.due_clock = '' OR r.held <> '' OR r.due_at <= ? THEN '1970-01-01' ELSE c.due_date END AS day,
		CASE WHEN r.due_clock LIKE '%.promise' THEN 1 ELSE 0 END AS promise, count(*) AS n
		FROM requests AS r LEFT JOIN clocks AS c ON c.request_id = r.id AND c.name = r.due_clock
		WHERE r.closed_at IS NULL AND `+ofOpen, p.now, p.now, p.policy)
	rows, err := read[openRow](ctx, d, s.filter(p.question).add(" GROUP BY 1, 2, 3"))
	if err != nil {
		return err
	}
	for i := range rows {
		day, err := deadlines.ParseDate(rows[i].Day)
		if err != nil {
			return err
		}
		f.Open.add(&rows[i], int64(day)-p.today)
		f.foresee(&rows[i], int(day-f.Today))
	}
	return nil
}

// add counts a row with some days left.
func (s *Standing) add(row *openRow, left int64) {
	s.Total += row.N
	switch {
	case row.State == "nothing":
		s.Nothing += row.N
	case row.State == "held":
		s.Held += row.N
	case row.State == "overdue":
		s.Overdue += row.N
	case left <= 0:
		s.Today += row.N
	case left <= SoonDays:
		s.Soon += row.N
	case left <= 7:
		s.Week += row.N
	default:
		s.Later += row.N
	}
}

// foresee adds what is due to its day, so many days ahead. A day that is over in
// the zone asked in, but not where the clock runs, counts as today.
func (f *Figures) foresee(row *openRow, ahead int) {
	ahead = max(0, ahead)
	if row.State != "runs" || ahead >= LoadDays {
		return
	}
	f.Load[ahead].Due += row.N
	if row.Promise != 0 {
		f.Load[ahead].ByPromise += row.N
	}
}
