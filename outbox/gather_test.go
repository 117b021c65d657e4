package outbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/outbox"
)

func TestJobsAreGatheredFromRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		payload := "CAST(what AS BLOB)"
		if db.Engine() == database.PostgreSQL {
			payload = "convert_to(what, 'UTF8')"
		}
		var n int
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) (err error) {
			for _, what := range []string{"one", "two", "three"} {
				if _, err := database.Exec(ctx, tx, "INSERT INTO reminders (request_id, at, what) VALUES (?, ?, ?)", len(what)*7+int(what[0]), now, what); err != nil {
					return err
				}
			}
			n, err = outbox.Gather(ctx, tx, now, "reminder", "SELECT request_id, "+payload+" AS payload FROM reminders WHERE what <> ? ORDER BY what", "two")
			return err
		})
		if err != nil || n != 2 {
			t.Fatalf("%d jobs: %v", n, err)
		}
		jobs, err := outbox.List(t.Context(), db.Read(), outbox.StateReady, 10, 0)
		if err != nil || len(jobs) != 2 {
			t.Fatalf("%d jobs are ready: %v", len(jobs), err)
		}
		for _, job := range jobs {
			if job.Kind != "reminder" || job.RequestID == 0 || string(job.Payload) != "one" && string(job.Payload) != "three" || !job.AvailableAt.Equal(now) || job.DedupeKey != "" {
				t.Errorf("a job is %+v", job)
			}
		}
	})
}
