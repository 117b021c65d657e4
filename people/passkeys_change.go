package people

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Rename gives one of somebody's passkeys another name. Errors are ErrNotFound
// and FieldErrors.
func (p *Passkeys) Rename(ctx context.Context, id, passkey int64, name string) error {
	name, err := passkeyName(name)
	if err != nil {
		return err
	}
	return p.register.change(ctx, id, "naming a passkey", func(ctx context.Context, tx bun.Tx, of *userRow) error {
		row, err := passkeyOf(ctx, tx, id, passkey)
		if err != nil {
			return err
		}
		sealed, err := p.register.sealUnder(of, row.place(), []byte(name))
		if err != nil {
			return err
		}
		_, err = database.Exec(ctx, tx, "UPDATE user_passkeys SET sealed_name = ? WHERE id = ?", sealed, passkey)
		return err
	}, nil)
}

// Remove takes a passkey from somebody's list: it opens nothing any more. With
// the last factor the recovery codes go. Errors are ErrNotFound and, where a
// second factor is asked of them, ErrLastFactor.
func (p *Passkeys) Remove(ctx context.Context, id, passkey int64, also ...Along) error {
	return p.register.change(ctx, id, "removing a passkey", func(ctx context.Context, tx bun.Tx, of *userRow) error {
		if _, err := passkeyOf(ctx, tx, id, passkey); err != nil {
			return err
		}
		if of.Passkeys--; !of.factors().Any() {
			if err := p.register.keepsFactor(ctx, tx, of); err != nil {
				return err
			}
			of.Codes = 0
			return clearFactors(ctx, tx, id)
		}
		_, err := database.Exec(ctx, tx, "DELETE FROM user_passkeys WHERE id = ?", passkey)
		return err
	}, also)
}

func passkeyOf(ctx context.Context, tx bun.Tx, id, passkey int64) (*passkeyRow, error) {
	row := new(passkeyRow)
	err := tx.NewSelect().Model(row).Where("id = ?", passkey).Where("user_id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return row, err
}

// keepsFactor returns ErrLastFactor for who is asked for a second factor and
// would have none.
func (r *Register) keepsFactor(ctx context.Context, tx bun.Tx, of *userRow) error {
	var rules []string
	if err := tx.NewSelect().Table("factor_rules").Column("policy").Scan(ctx, &rules); err != nil {
		return err
	}
	for _, policy := range rules {
		if (FactorRule{Policy: policy}).covers(readPolicies(of.Policies)) {
			return ErrLastFactor
		}
	}
	return nil
}
