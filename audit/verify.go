package audit

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"iter"

	"github.com/uptrace/bun"
)

// ErrNoKey means that verification was asked for without a public key.
var ErrNoKey = errors.New("the audit log cannot be verified without the public key of its checkpoints")

// Verify goes through the whole log and reports every fault it finds, in the
// order of writing; what is missing comes last. Checkpoints must be signed by
// one of the keys. With an anchor noted earlier it also finds that the newest
// checkpoints were taken away; the zero Anchor asks for less. It may run while
// the log is written. An error means that it could not finish; faults are no
// error: ask Summary.Findings.
func Verify(ctx context.Context, db bun.IDB, anchor Anchor, report func(Finding), keys ...ed25519.PublicKey) (Summary, error) {
	if len(keys) == 0 {
		return Summary{}, ErrNoKey
	}
	v := newVerifier(report, keys)
	v.anchor = anchor
	if err := walk(ctx, db, v); err != nil {
		return v.sum, err
	}
	return v.finish(), nil
}

// CompareHeads holds the log against heads that are known from elsewhere, such
// as the request rows', and reports chains that lost their tail or were
// written anew, also after the last checkpoint. Entries beyond a known head are
// no fault: the log may grow meanwhile. It returns how many heads it compared.
func CompareHeads(ctx context.Context, db bun.IDB, known iter.Seq2[Head, error], report func(Finding)) (int64, error) {
	const many = 500
	var count int64
	batch := make([]Head, 0, many)
	for h, err := range known {
		if err != nil {
			return count, fmt.Errorf("reading the known heads: %w", err)
		}
		if h.Seq == 0 {
			continue // an empty chain has nothing to lose
		}
		batch = append(batch, h)
		if len(batch) == many {
			if err := compare(ctx, db, batch, report); err != nil {
				return count, err
			}
			count, batch = count+many, batch[:0]
		}
	}
	if len(batch) == 0 {
		return count, nil
	}
	return count + int64(len(batch)), compare(ctx, db, batch, report)
}

func compare(ctx context.Context, db bun.IDB, known []Head, report func(Finding)) error {
	places := make([]bun.TupleValues, len(known))
	for i, h := range known {
		places[i] = bun.Tuple([]int64{h.Chain, h.Seq})
	}
	var found []link
	err := db.NewSelect().Table("audit_entries").Column("id", "chain", "seq", "hash").
		Where("(chain, seq) IN (VALUES ?)", bun.List(places)).Scan(ctx, &found)
	if err != nil {
		return fmt.Errorf("comparing heads with the audit log: %w", err)
	}
	stored := make(map[int64]link, len(found))
	for _, l := range found {
		stored[l.Chain] = l
	}
	for _, h := range known {
		l, there := stored[h.Chain]
		switch {
		case !there:
			if err := lost(ctx, db, h, report); err != nil {
				return err
			}
		case l.head() != h:
			report(Finding{What: Replaced, Chain: h.Chain, Seq: h.Seq, ID: l.ID})
		}
	}
	return nil
}

// lost tells how much of a chain's tail is not there.
func lost(ctx context.Context, db bun.IDB, known Head, report func(Finding)) error {
	last, err := ReadHead(ctx, db, known.Chain)
	if err != nil {
		return err
	}
	from := known.Seq
	if last.Seq < known.Seq {
		from = last.Seq + 1
	}
	report(Finding{What: Removed, Chain: known.Chain, Seq: from, To: known.Seq})
	return nil
}
