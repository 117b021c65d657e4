package outbox_test

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/outbox"
)

// BenchmarkAdd adds jobs as a sweep does, 500 in a transaction.
func BenchmarkAdd(b *testing.B) {
	db := dbtest.Open(b, dbtest.SQLite(b))
	b.ResetTimer()
	fill(b, db, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
}

// BenchmarkWork claims and settles jobs, 50 in a transaction.
func BenchmarkWork(b *testing.B) {
	db := dbtest.Open(b, dbtest.SQLite(b))
	fill(b, db, b.N)
	b.ResetTimer()
	for done := 0; done < b.N; {
		jobs := claim(b, db, noon, 50)
		write(b, db, func(ctx context.Context, tx bun.Tx) error {
			for _, job := range jobs {
				if err := outbox.Done(ctx, tx, noon, job); err != nil {
					return err
				}
			}
			return nil
		})
		done += len(jobs)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
}

func fill(b *testing.B, db *database.DB, count int) {
	jobs := make([]outbox.Job, 0, 500)
	for i := range count {
		jobs = append(jobs, outbox.Job{Kind: "letter", Payload: []byte("1"), RequestID: int64(i)})
		if len(jobs) == cap(jobs) || i == count-1 {
			add(b, db, noon, jobs...)
			jobs = jobs[:0]
		}
	}
}
