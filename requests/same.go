package requests

import (
	"context"

	"dsr/access"
)

// OpenOf lists the open requests of an address that the caller may see, the
// newest first, at most 20: whoever keys a new one in is shown them, so that a
// letter that came twice is seen. They are never made one by themselves. An
// address that is none has no requests.
func (o *Office) OpenOf(ctx context.Context, caller access.Caller, address string) ([]*Request, error) {
	email, err := NormalAddress(address)
	if err != nil || mayList(caller) != nil {
		return nil, nil
	}
	var found []*Request
	q := o.db.Read().NewSelect().Model(&found).Where("r.person = ? AND r.closed_at IS NULL", o.indexOf(email))
	err = servedBy(q, caller, "r.policy").Order("r.received_at DESC").Limit(20).Scan(ctx)
	return found, err
}
