package requests

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/audit"
	"dsr/people"
)

// OnTrail puts a change of the staff list on the audit trail of the house, in
// the transaction of the change.
func OnTrail(now time.Time, caller access.Caller, act string) people.Along {
	return func(ctx context.Context, tx bun.Tx, u people.User) error {
		_, err := audit.AppendTo(ctx, tx, audit.House, audit.Entry{
			At: now, Actor: caller.Actor(), Act: act, Outcome: audit.Done,
			Detail: fmt.Sprintf(`{"user":%d,"role":%q,"active":%t}`, u.ID, u.Role, u.Active),
		})
		return err
	}
}
