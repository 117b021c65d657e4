package people

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
)

// change runs one change of somebody in a transaction: do writes it and leaves
// in the row how they stand afterwards, for what goes along.
func (r *Register) change(ctx context.Context, id int64, doing string, do func(context.Context, bun.Tx, *userRow) error, also []Along) error {
	err := r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := selectUser(ctx, tx, "u.id = ?", id)
		if err != nil {
			return err
		}
		if err := do(ctx, tx, row); err != nil {
			return err
		}
		u, err := r.open(row)
		if err != nil {
			return err
		}
		return runAlong(ctx, tx, u, also)
	})
	if err != nil {
		return fmt.Errorf("user %d: %s: %w", id, doing, err)
	}
	return nil
}

// Change is what can be changed of somebody.
type Change struct {
	Name     string
	Role     access.Role
	Policies access.Policies
}

// Change gives somebody another name, role or other policies. It takes effect
// at once, also in open sessions. What goes along is made of who they were
// before. Errors are FieldErrors, ErrNotFound and ErrLastAdministrator.
func (r *Register) Change(ctx context.Context, id int64, to Change, also func(before User) Along) error {
	var before User
	return r.change(ctx, id, "changing", func(ctx context.Context, tx bun.Tx, row *userRow) (err error) {
		if before, err = r.open(row); err != nil {
			return err
		}
		after := before
		after.Name, after.Role, after.Policies = to.Name, to.Role, to.Policies
		if faults := after.mend(); len(faults) > 0 {
			return faults
		}
		next := *row
		next.Role = string(after.Role)
		next.Policies, _ = writePolicies(after.Policies)
		if err := keepsAdministrator(ctx, tx, row, &next); err != nil {
			return err
		}
		if next.Sealed, err = r.sealPerson(row, after); err != nil {
			return err
		}
		*row = next
		_, err = database.Exec(ctx, tx, "UPDATE users SET sealed = ?, role = ?, policies = ? WHERE id = ?", next.Sealed, next.Role, next.Policies, id)
		return err
	}, []Along{func(ctx context.Context, tx bun.Tx, after User) error { return also(before)(ctx, tx, after) }})
}
