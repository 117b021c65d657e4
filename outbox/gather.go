package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Gather adds a job of a kind, to be done at once, for each row that a query
// gives as request_id and payload, in the transaction of the caller, and returns
// how many. The rows never leave the database, which is what makes it fast for
// many. On PostgreSQL the query may also be a DELETE that returns them. The jobs
// have no dedupe key: the query must not give a row twice.
func Gather(ctx context.Context, tx bun.IDB, now time.Time, kind, query string, args ...any) (int, error) {
	const into = "INSERT INTO outbox (kind, request_id, payload, available_at, created_at, retry_from) SELECT "
	text := into + "?, source.request_id, source.payload, ?, ?, ? FROM (" + query + ") AS source"
	if database.EngineOf(tx) == database.PostgreSQL {
		text = "WITH source AS (" + query + ") " + into + "?::text, source.request_id, source.payload, ?::timestamptz, ?::timestamptz, ?::timestamptz FROM source"
		args = append(append([]any{}, args...), kind, now, now, now)
	} else {
		args = append([]any{kind, now, now, now}, args...)
	}
	result, err := database.Exec(ctx, tx, text, args...)
	if err != nil {
		return 0, fmt.Errorf("gathering jobs: %w", err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}
