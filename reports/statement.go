package reports

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dsr/database"
)

// statement is a query that is put together in pieces, each with the values of
// its question marks.
type statement struct {
	text strings.Builder
	args []any
}

func (s *statement) add(text string, args ...any) *statement {
	s.text.WriteString(text)
	s.args = append(s.args, args...)
	return s
}

// put adds a piece made elsewhere.
func (s *statement) put(other *statement) *statement {
	return s.add(other.text.String(), other.args...)
}

// read runs the query and gives its rows.
func read[R any](ctx context.Context, d *Desk, s *statement) ([]R, error) {
	var rows []R
	err := d.db.Read().NewRaw(s.text.String(), s.args...).Scan(ctx, &rows)
	return rows, err
}

// filter adds the law and the right that are asked for. Columns are of r.
func (s *statement) filter(q Question) *statement {
	if q.Law != "" {
		s.add(" AND r.regime = ?", q.Law)
	}
	if q.Right != "" {
		s.add(` AND r."right" = ?`, string(q.Right))
	}
	return s
}

// zoneYears is how far before a period the clock changes of a zone are looked
// up. No request is open for longer.
const zoneYears = 12

// day is the number of the local day of an instant, worked out by the engine.
// Zones change their distance from UTC a few times a year: each stretch becomes
// a branch, the latest first.
func (d *Desk) day(column string, p part) *statement {
	s := new(statement)
	first := p.from.AddDate(-zoneYears, 0, 0)
	last := p.to
	if last.Before(p.now) {
		last = p.now
	}
	branches := 0
	for at := last; ; branches++ {
		begin, _ := at.In(p.zone).ZoneBounds()
		_, offset := at.In(p.zone).Zone()
		if begin.IsZero() || begin.Before(first) {
			if branches > 0 {
				s.add(" ELSE ")
			}
			s.add(fmt.Sprint(offset))
			break
		}
		if branches == 0 {
			s.add("CASE")
		}
		s.add(" WHEN "+column+" >= ? THEN "+fmt.Sprint(offset), begin.UTC())
		at = begin.Add(-time.Second)
	}
	if branches > 0 {
		s.add(" END")
	}
	whole := new(statement)
	if d.db.Engine() == database.SQLite {
		// Cut to the second: SQLite rounds to the millisecond, which would carry
		// the last half millisecond of a day into the next.
		return whole.add("(unixepoch(substr(" + column + ", 1, 19)) + (").put(s).add(")) / 86400")
	}
	return whole.add("CAST(floor((extract(epoch FROM " + column + ") + (").put(s).add(")) / 86400) AS bigint)")
}
