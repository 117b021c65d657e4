package requests

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Sort says by what a list is sorted.
type Sort struct {
	By         string // due, received, reference, event or closed
	Descending bool
}

// The columns a list can be sorted by, each served by an index.
const (
	ByDue       = "due"       // the earliest governing date first; held requests stand last
	ByReceived  = "received"  // when it came
	ByReference = "reference" // by its reference
	ByEvent     = "event"     // when somebody last did something, of open requests
	ByClosed    = "closed"    // when it ended, of requests that have
)

const descending = "-desc"

// sortWords lists what may follow "sort:".
func sortWords() []string {
	var words []string
	for _, by := range []string{ByDue, ByReceived, ByReference, ByEvent, ByClosed} {
		words = append(words, by, by+descending)
	}
	return words
}

// String writes the sort as in a filter.
func (s Sort) String() string {
	if s.Descending {
		return s.By + descending
	}
	return s.By
}

// Sort returns how the list is sorted: as the last word says, else what is due
// first, and what ended last first.
func (f Filter) Sort() Sort {
	for _, t := range slices.Backward(f.Tokens) {
		if t.Key == "sort" {
			by, found := strings.CutSuffix(t.Value, descending)
			return Sort{By: by, Descending: found}
		}
	}
	return f.usualSort()
}

func (f Filter) usualSort() Sort {
	switch {
	case f.Closed && !f.Any:
		return Sort{By: ByClosed, Descending: true}
	case slices.ContainsFunc(f.Tokens, func(t Token) bool { return t.Key == "" && !strings.Contains(t.Value, "@") }):
		return Sort{By: ByReference}
	}
	return Sort{By: ByDue}
}

// Sorts lists what this list can be sorted by.
func (f Filter) Sorts() []string {
	switch {
	case f.Any:
		return []string{ByDue, ByReceived, ByReference}
	case f.Closed:
		return []string{ByClosed, ByReceived, ByReference}
	}
	return []string{ByDue, ByReceived, ByReference, ByEvent}
}

// SortedBy writes the filter with another order.
func (f Filter) SortedBy(s Sort) string {
	next := Filter{Tokens: slices.DeleteFunc(slices.Clone(f.Tokens), func(t Token) bool { return t.Key == "sort" })}
	if s != f.usualSort() {
		next.Tokens = append(next.Tokens, Token{"sort", s.String()})
	}
	return next.String()
}

// checkSort takes out an order this list does not have.
func (f *Filter) checkSort() {
	f.Tokens = slices.DeleteFunc(f.Tokens, func(t Token) bool {
		if t.Key != "sort" || slices.Contains(f.Sorts(), strings.TrimSuffix(t.Value, descending)) {
			return false
		}
		f.Faults = append(f.Faults, fmt.Sprintf("sort:%s does not fit this list. It can be sorted by %s.", t.Value, enumerate(f.Sorts(), "or")))
		return true
	})
}

// columns are the columns of the filter's sort, the last of which tells every two
// requests apart.
func (f Filter) columns(db bun.IDB) []string {
	first := func(column string) string { return column }
	if f.endedLately() {
		first = func(column string) string { return filtering(db, column) }
	}
	switch f.Sort().By {
	case ByReceived:
		return []string{first("r.received_at"), "r.id"}
	case ByReference:
		return []string{first("r.reference")}
	case ByEvent:
		return []string{"r.last_at", "r.id"}
	case ByClosed:
		return []string{"r.closed_at", "r.id"}
	}
	return []string{"r.held", "r.due_at", "r.id"}
}

// fewDays is within how many days so little ended that sorting it is quicker than
// going through all that ever ended in the order wanted.
const fewDays = 90

// endedLately is whether the filter keeps to what ended within a few days.
func (f Filter) endedLately() bool {
	return slices.ContainsFunc(f.Tokens, func(t Token) bool { return t.Key == "closed" && days(t.Value) <= fewDays })
}

// order sorts a query; backwards reads it from its end.
func (f Filter) order(q *bun.SelectQuery, backwards bool) *bun.SelectQuery {
	direction := ""
	if f.Sort().Descending != backwards {
		direction = " DESC"
	}
	return q.OrderExpr(strings.Join(f.columns(q.DB()), direction+", ") + direction)
}

// cursor is the place of a request in its list. Pages follow each other by it,
// so that a list stays quick and steady at any depth. It belongs to one list.
type cursor struct {
	View string    `json:"v"` // mark of the filter and its order
	Held string    `json:"h,omitempty"`
	At   time.Time `json:"t,omitzero"`
	Ref  string    `json:"r,omitempty"`
	ID   int64     `json:"i"`
}

// cursorOf is the place of a request in the list of a filter.
func (f Filter) cursorOf(r *Request) cursor {
	c := cursor{View: f.mark(), ID: r.ID}
	switch f.Sort().By {
	case ByReceived:
		c.At = r.ReceivedAt
	case ByReference:
		c.Ref = r.Reference
	case ByEvent:
		c.At = r.LastAt
	case ByClosed:
		c.At = r.ClosedAt.Time
	default:
		c.Held, c.At = string(r.Held), r.DueAt
	}
	return c
}

// mark tells lists apart, in a few characters.
func (f Filter) mark() string {
	sum := sha256.Sum256([]byte(f.String() + "\n" + f.Sort().String()))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

func (c cursor) key() string {
	data, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// parseCursor reads a key of this list. One that is damaged or of another list
// is ErrPage.
func (f Filter) parseCursor(key string) (cursor, error) {
	var c cursor
	data, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil || len(data) > 500 || json.Unmarshal(data, &c) != nil || c.ID == 0 || c.View != f.mark() || strings.ContainsRune(c.Held+c.Ref, 0) {
		return c, ErrPage
	}
	return c, nil
}

// beyond restricts a query to what follows a place, or precedes it.
func (f Filter) beyond(q *bun.SelectQuery, c cursor, backwards bool) *bun.SelectQuery {
	sort, sign := f.Sort(), ">"
	if sort.Descending != backwards {
		sign = "<"
	}
	args := []any{c.At, c.ID}
	switch sort.By {
	case ByReference:
		args = []any{c.Ref}
	case ByDue:
		args = []any{c.Held, c.At, c.ID}
	}
	columns := f.columns(q.DB())
	return q.Where("("+strings.Join(columns, ", ")+") "+sign+" (?"+strings.Repeat(", ?", len(columns)-1)+")", args...)
}
