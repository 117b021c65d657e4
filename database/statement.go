package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
)

// Exec runs a statement whose text never changes, with ? for each argument.
// The engine parses a text once and keeps it; the text must therefore be a
// constant, or one of few, and must not contain values.
//
// Arguments are written as Bun writes them: instants in UTC cut to the
// microsecond, json.RawMessage as text (not compacted, and nil as NULL, as Bun
// does under the tag nullzero), the zero bun.NullTime as NULL. Text that is not
// UTF-8 or contains a NUL is [ErrText].
//
// On SQLite a write goes to its end although ctx is cancelled meanwhile.
func Exec(ctx context.Context, tx bun.IDB, query string, args ...any) (sql.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	query, args, err := bind(tx, query, args)
	if err != nil {
		return nil, err
	}
	if EngineOf(tx) == SQLite {
		ctx = context.WithoutCancel(ctx) // the driver starts a goroutine otherwise
	}
	return rawOf(tx).ExecContext(ctx, query, args...)
}

// Insert runs an INSERT of one row as [Exec] does and returns the generated id
// of the row. The statement must not have a RETURNING clause, and must not be
// one that may insert nothing.
func Insert(ctx context.Context, tx bun.IDB, query string, args ...any) (id int64, err error) {
	if EngineOf(tx) == PostgreSQL {
		err = Row(ctx, tx, []any{&id}, query+" RETURNING id", args...)
		return id, err
	}
	res, err := Exec(ctx, tx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// Row reads one row into the variables dest points at, in the manner of
// [Exec]. No row is sql.ErrNoRows. A *time.Time gets an instant in UTC.
func Row(ctx context.Context, tx bun.IDB, dest []any, query string, args ...any) error {
	query, args, err := bind(tx, query, args)
	if err != nil {
		return err
	}
	into := make([]any, len(dest))
	for i, d := range dest {
		if t, ok := d.(*time.Time); ok {
			d = instant{t}
		}
		into[i] = d
	}
	return rawOf(tx).QueryRowContext(ctx, query, args...).Scan(into...)
}

// Values returns the text "(?, ?), (?, ?)" for the given number of rows and
// columns, at least one of each, for statements that insert many rows at once:
// that is the fastest way to write them. SQLite takes at most 32,766 arguments
// in a statement.
func Values(rows, columns int) string {
	row := ", (" + strings.Repeat(", ?", columns)[2:] + ")"
	return strings.Repeat(row, rows)[2:]
}

// raw is what sends arguments apart from the text. Bun's own methods of these
// names write them into it.
type raw interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func rawOf(tx bun.IDB) raw {
	switch tx := tx.(type) {
	case bun.Tx:
		return tx.Tx
	case bun.Conn:
		return tx.Conn
	case *bun.DB:
		return tx.DB
	}
	panic(fmt.Sprintf("database: %T is no transaction, connection or pool", tx))
}

// bind makes text and arguments fit the engine.
func bind(tx bun.IDB, query string, args []any) (string, []any, error) {
	bound := make([]any, 0, len(args)+1)
	if EngineOf(tx) == PostgreSQL {
		bound = append(bound, pgx.QueryExecModeCacheStatement)
		query = numbered(query)
	}
	for i, arg := range args {
		value, err := bindValue(arg)
		if err != nil {
			return "", nil, fmt.Errorf("argument %d of a statement: %w", i+1, err)
		}
		bound = append(bound, value)
	}
	return query, bound, nil
}

// bindValue returns what both drivers write as Bun would.
func bindValue(arg any) (any, error) {
	switch v := arg.(type) {
	case json.RawMessage:
		if v == nil {
			return nil, nil
		}
		arg = string(v)
	case bun.NullTime:
		if v.IsZero() {
			return nil, nil
		}
		arg = v.Time
	}
	value, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if err != nil {
		return nil, fmt.Errorf("a %T cannot be written", arg)
	}
	switch v := value.(type) {
	case time.Time:
		return v.UTC().Truncate(time.Microsecond), nil
	case string:
		if !utf8.ValidString(v) || strings.IndexByte(v, 0) >= 0 {
			return nil, ErrText
		}
	}
	return value, nil
}

// numbered writes $1, $2 … for the question marks that stand outside of quotes.
func numbered(query string) string {
	var text strings.Builder
	quote := rune(0)
	n := 0
	for _, r := range query {
		switch {
		case quote == 0 && r == '?':
			n++
			text.WriteString("$" + strconv.Itoa(n))
			continue
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case r == quote:
			quote = 0
		}
		text.WriteRune(r)
	}
	return text.String()
}

// instant reads a time from either engine: SQLite gives text where it does not
// know the declared type of a column, as after RETURNING.
type instant struct{ to *time.Time }

func (i instant) Scan(src any) error {
	var t bun.NullTime
	if err := t.Scan(src); err != nil {
		return err
	}
	*i.to = t.UTC()
	return nil
}
