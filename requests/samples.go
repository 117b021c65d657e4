package requests

import (
	"context"

	"dsr/access"
)

// Newest lists the references of the newest requests of a policy that the
// caller may see, at most limit: to show a letter with.
func (o *Office) Newest(ctx context.Context, caller access.Caller, policy string, limit int) ([]string, error) {
	if !caller.May(access.View, policy) {
		return nil, ErrNotFound
	}
	var references []string
	err := o.db.Read().NewSelect().Table("requests").Column("reference").Where("policy = ? AND wrapped_key IS NOT NULL", policy).
		OrderExpr("id DESC").Limit(int64(limit)).Scan(ctx, &references)
	return references, err
}
