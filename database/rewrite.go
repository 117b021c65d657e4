package database

import (
	"bytes"
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// rewriteBatch is how many rows of a table one transaction of Rewrite reads.
const rewriteBatch = 500

// Rewrite changes a column of bytes in every row of a table, by ascending id,
// and returns how many rows it changed. Rows in which the column is NULL, and
// those for which change returns what it was given, are left alone. Others may
// write meanwhile; a row they changed first is left for another run. The names
// are the program's own and never come from outside.
func (db *DB) Rewrite(ctx context.Context, table, column string, change func([]byte) ([]byte, error)) (int, error) {
	changed := 0
	for last := int64(-1); ; {
		var rows []struct {
			ID   int64  `bun:"id"`
			Cell []byte `bun:"cell"`
		}
		err := db.Read().NewSelect().Table(table).Column("id").ColumnExpr("? AS cell", bun.Ident(column)).
			Where("id > ? AND ? IS NOT NULL", last, bun.Ident(column)).Order("id").Limit(rewriteBatch).Scan(ctx, &rows)
		if err != nil || len(rows) == 0 {
			return changed, err
		}
		n := 0
		err = db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			n = 0
			for _, row := range rows {
				cell, err := change(row.Cell)
				if err != nil {
					return fmt.Errorf("%s %d: %w", table, row.ID, err)
				}
				if bytes.Equal(cell, row.Cell) {
					continue
				}
				result, err := Exec(ctx, tx, "UPDATE "+table+" SET "+column+" = ? WHERE id = ? AND "+column+" = ?", cell, row.ID, row.Cell)
				if err != nil {
					return err
				}
				done, err := result.RowsAffected()
				if err != nil {
					return err
				}
				n += int(done)
			}
			return nil
		})
		if err != nil {
			return changed, err
		}
		changed, last = changed+n, rows[len(rows)-1].ID
	}
}
