package requests

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/outbox"
)

// A page that takes an address only leaves a job, the same for every address,
// and the job looks whose it is: so nobody learns by it whether an address is
// known. What the job holds is sealed under a key of its own.

// leaveSealed leaves such a job to be done at once.
func (o *Office) leaveSealed(ctx context.Context, now time.Time, kind string, v any) error {
	payload, err := o.sealPayload(kind, v)
	if err != nil {
		return err
	}
	err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return outbox.Add(ctx, tx, now.UTC(), outbox.Job{Kind: kind, DedupeKey: kind + ":" + rand.Text(), Payload: payload})
	})
	if err == nil {
		o.wake()
	}
	return err
}

// sealPayload seals what a job must know and nobody else may read.
func (o *Office) sealPayload(kind string, v any) ([]byte, error) {
	key, wrapped, err := o.ring.NewKey()
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	sealed, err := key.Seal(kind, plain)
	if err != nil {
		return nil, err
	}
	return json.Marshal([2][]byte{wrapped, sealed})
}

// openPayload reads it again. What cannot be read now never can.
func (o *Office) openPayload(kind string, payload []byte, into any) error {
	var parts [2][]byte
	err := json.Unmarshal(payload, &parts)
	if err != nil {
		return fmt.Errorf("%w: its payload is damaged", outbox.ErrPermanent)
	}
	key, err := o.ring.Unwrap(parts[0])
	if err != nil {
		return fmt.Errorf("%w: %w", outbox.ErrPermanent, err)
	}
	plain, err := key.Open(kind, parts[1])
	if err != nil {
		return fmt.Errorf("%w: %w", outbox.ErrPermanent, err)
	}
	return json.Unmarshal(plain, into)
}
