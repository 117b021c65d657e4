package database_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/uptrace/bun"

	"dsr/internal/dbtest"

	"dsr/database"
)

// rowsPerJob is about what one received request writes.
const rowsPerJob = 9

// BenchmarkWrite compares what a job costs by how it writes its rows, with 64
// callers at once, and beside it the same rows by prepared statements of one
// goroutine in transactions of 64 jobs ("bare"), which is as fast as it gets.
func BenchmarkWrite(b *testing.B) {
	at := time.Date(2026, 3, 5, 11, 30, 0, 123_456_000, time.UTC)
	thing := func(job, row int) Thing {
		return Thing{Name: fmt.Sprintf("%d-%d", job, row), Amount: 7, At: at, Sealed: make([]byte, 100)}
	}
	b.Run("bare", func(b *testing.B) { bare(b, thing) })
	b.Run("Bun", func(b *testing.B) {
		grouped(b, func(ctx context.Context, tx bun.Tx, job int) error {
			for row := range rowsPerJob {
				x := thing(job, row)
				if _, err := tx.NewInsert().Model(&x).Returning("NULL").Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	})
	b.Run("Exec", func(b *testing.B) {
		grouped(b, func(ctx context.Context, tx bun.Tx, job int) error {
			for row := range rowsPerJob {
				if _, err := database.Exec(ctx, tx, insertThing+"(?, ?, ?, ?, ?, ?, ?)", columns(thing(job, row))...); err != nil {
					return err
				}
			}
			return nil
		})
	})
	b.Run("Exec of many rows", func(b *testing.B) {
		query := insertThing + database.Values(rowsPerJob, 7)
		grouped(b, func(ctx context.Context, tx bun.Tx, job int) error {
			var args []any
			for row := range rowsPerJob {
				args = append(args, columns(thing(job, row))...)
			}
			_, err := database.Exec(ctx, tx, query, args...)
			return err
		})
	})
}

func grouped(b *testing.B, fn func(ctx context.Context, tx bun.Tx, job int) error) {
	db := openThings(b, dbtest.SQLite(b))
	jobs := make(chan int, 64)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for job := range jobs {
				err := db.Write(context.Background(), func(ctx context.Context, tx bun.Tx) error { return fn(ctx, tx, job) })
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	b.ResetTimer()
	for job := range b.N {
		jobs <- job
	}
	close(jobs)
	wg.Wait()
	b.ReportMetric(float64(b.N*rowsPerJob)/b.Elapsed().Seconds(), "rows/s")
}

func bare(b *testing.B, thing func(job, row int) Thing) {
	path := filepath.Join(b.TempDir(), "dsr.db")
	if err := openThings(b, path).Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_foreign_keys=on&_cache_size=-65536")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	stmt, err := db.Prepare(insertThing + "(?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for job := 0; job < b.N; {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		insert := tx.Stmt(stmt)
		for end := min(job+64, b.N); job < end; job++ {
			for row := range rowsPerJob {
				x := thing(job, row)
				if _, err := insert.Exec(x.Name, x.Amount, x.Flag, x.At, nil, x.Sealed, nil); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*rowsPerJob)/b.Elapsed().Seconds(), "rows/s")
}
