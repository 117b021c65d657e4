//go:build bench

package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"dsr/access"
	"dsr/database"
	"dsr/policies"
	"dsr/requests"
)

const (
	clients  = 64
	measured = 10 * time.Second
)

// benchReceive compares Receive with the same rows and bytes written by bare
// prepared statements in transactions of 64.
func benchReceive(ctx context.Context) error {
	p, err := open(ctx, "")
	if err != nil {
		return err
	}
	defer p.close()
	perSecond, latencies, err := receiveFor(ctx, p, measured)
	if err != nil {
		return err
	}
	tables, err := copyRows(ctx, p.db)
	if err != nil {
		return err
	}
	bare, err := bareFor(tables, filepath.Join(p.dir, "bare.db"), p.dir, measured)
	if err != nil {
		return err
	}
	rows, bytes := 0, 0
	for _, t := range tables {
		rows += len(t.rows)
		for _, row := range t.rows {
			bytes += size(row)
		}
	}
	ratio := perSecond / bare
	line("rows and bytes of one intake", "%d rows, %d bytes", rows, bytes)
	line("Receive, 64 clients", "%.0f/s, p50 %s, p99 %s", perSecond, quantile(latencies, 0.5), quantile(latencies, 0.99))
	line("bare prepared statements, 64 a transaction", "%.0f/s", bare)
	line("Receive ÷ bare", "%.2f (promised at least 0.40: %s)", ratio, verdict(ratio >= 0.4))
	return nil
}

func receiveFor(ctx context.Context, p *place, d time.Duration) (float64, []time.Duration, error) {
	var done, failed atomic.Int64
	var mu sync.Mutex
	var all []time.Duration
	var running sync.WaitGroup
	begin := time.Now()
	for client := range clients {
		running.Go(func() {
			var mine []time.Duration
			for n := 0; time.Since(begin) < d; n++ {
				at := time.Now()
				_, err := p.office.Receive(ctx, access.Caller{Kind: access.Requester}, at, requests.Submission{
					Nonce: fmt.Sprintf("nonce-%016d-%016d", client, n), Policy: "moxora", Rights: []policies.Right{policies.Access},
					Residence: "GB", Channel: "form", Language: "en",
					Person: requests.Person{Email: fmt.Sprintf("p%d.%d@example.org", client, n), Details: "Everything you hold about me, please."},
				})
				if err != nil {
					failed.Add(1)
					return
				}
				mine = append(mine, time.Since(at))
				done.Add(1)
			}
			mu.Lock()
			all = append(all, mine...)
			mu.Unlock()
		})
	}
	running.Wait()
	if failed.Load() > 0 {
		return 0, nil, fmt.Errorf("%d intakes failed", failed.Load())
	}
	return float64(done.Load()) / time.Since(begin).Seconds(), all, nil
}

func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[int(q*float64(len(all)-1))].Round(10 * time.Microsecond)
}

// table is what one intake wrote to one table.
type table struct {
	name    string
	columns []string
	rows    [][]any
}

// copyRows reads back what the last intake wrote.
func copyRows(ctx context.Context, db *database.DB) ([]table, error) {
	var request, submission int64
	err := database.Row(ctx, db.Read(), []any{&request, &submission}, "SELECT id, submission_id FROM requests ORDER BY id DESC LIMIT 1")
	if err != nil {
		return nil, err
	}
	var tables []table
	for _, q := range []struct {
		name, where string
		key         any
	}{
		{"submissions", "id", submission}, {"requests", "id", request}, {"audit_entries", "chain", request}, {"events", "request_id", request},
		{"clocks", "request_id", request}, {"reminders", "request_id", request}, {"letters", "request_id", request}, {"links", "request_id", request}, {"outbox", "request_id", request},
	} {
		t, err := copyTable(ctx, db, q.name, q.where, q.key)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

func copyTable(ctx context.Context, db *database.DB, name, where string, key any) (table, error) {
	rows, err := db.Read().DB.QueryContext(ctx, "SELECT * FROM "+name+" WHERE "+where+" = ?", key)
	if err != nil {
		return table{}, fmt.Errorf("%s: %w", name, err)
	}
	defer rows.Close()
	t := table{name: name}
	if t.columns, err = rows.Columns(); err != nil {
		return table{}, err
	}
	for rows.Next() {
		values := make([]any, len(t.columns))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return table{}, err
		}
		for i, v := range values {
			if at, ok := v.(time.Time); ok {
				values[i] = at.UTC().Format("2006-01-02 15:04:05.999999-07:00")
			}
		}
		t.rows = append(t.rows, values)
	}
	return t, rows.Err()
}

func size(row []any) int {
	n := 0
	for _, v := range row {
		switch v := v.(type) {
		case string:
			n += len(v)
		case []byte:
			n += len(v)
		default:
			n += 8
		}
	}
	return n
}

// bareFor writes the same rows through prepared statements, 64 intakes a
// transaction, into a database of the same shape and settings.
func bareFor(tables []table, file, dir string, d time.Duration) (float64, error) {
	empty, err := database.Open(context.Background(), file)
	if err != nil {
		return 0, err
	}
	if err := empty.Migrate(context.Background()); err != nil {
		return 0, err
	}
	if err := empty.Close(); err != nil {
		return 0, err
	}
	// The same settings as the product's, and the same rows it needs to exist.
	db, err := sql.Open("sqlite3", "file:"+file+"?_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_cache_size=-65536&_txlock=immediate")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	statements := make([]*sql.Stmt, len(tables))
	for i, t := range tables {
		text := "INSERT INTO " + t.name + ` ("` + strings.Join(t.columns, `", "`) + `") VALUES (?` + strings.Repeat(", ?", len(t.columns)-1) + ")"
		if statements[i], err = db.Prepare(text); err != nil {
			return 0, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	if _, err := db.Exec("INSERT INTO rulings (sha256, content) VALUES (?, '')", rulingOf(tables)); err != nil {
		return 0, err
	}
	n := 0
	begin := time.Now()
	for time.Since(begin) < d {
		tx, err := db.Begin()
		if err != nil {
			return 0, err
		}
		for range clients {
			n++
			for i, t := range tables {
				statement := tx.Stmt(statements[i])
				for _, row := range t.rows {
					if _, err := statement.Exec(other(t, row, n)...); err != nil {
						return 0, fmt.Errorf("%s: %w", t.name, err)
					}
				}
			}
		}
		if err := tx.Commit(); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(begin).Seconds(), nil
}

// other makes a row that is as long as the copied one and differs where rows of
// different intakes differ: counted ids, and at random what is random.
func other(t table, row []any, n int) []any {
	changed := slices.Clone(row)
	for i, column := range t.columns {
		switch column {
		case "id", "chain", "request_id", "submission_id":
			if id, ok := row[i].(int64); ok {
				changed[i] = id + int64(n)
			}
		case "nonce", "message_id", "dedupe_key":
			s := fmt.Sprint(row[i])
			changed[i] = s[:max(0, len(s)-8)] + fmt.Sprintf("%08d", n)
		case "reference":
			changed[i] = rand.Text()[:len(fmt.Sprint(row[i]))]
		case "hash", "person", "wrapped_key", "event_hash", "audit_head":
			if b, ok := row[i].([]byte); ok {
				c := make([]byte, len(b))
				rand.Read(c)
				changed[i] = c
			}
		}
	}
	return changed
}

// rulingOf is the ruling that the copied request refers to.
func rulingOf(tables []table) any {
	for _, t := range tables {
		if i := slices.Index(t.columns, "ruling"); i >= 0 {
			return t.rows[0][i]
		}
	}
	return nil
}
