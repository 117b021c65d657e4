package year_test

import (
	"bytes"
	"context"
	"os"
	"strings"

	"dsr/database"
)

// checkSecrets looks for the mark of seeded names and addresses: in every column
// of every table, and on SQLite in the very bytes of the files.
func (w *world) checkSecrets(ctx context.Context) error {
	if w.houses[0].db.Engine() == database.SQLite {
		path := strings.TrimPrefix(w.url, "sqlite://")
		for _, name := range []string{path, path + "-wal"} {
			content, err := os.ReadFile(name)
			if err != nil && !os.IsNotExist(err) {
				return err
			}
			if i := bytes.Index(content, []byte(mark[1:])); i >= 0 { // a name begins with a capital, an address does not
				w.fault(nil, "something personal lies in the clear in the file, at byte %d: %q", i, around(content, i))
			}
		}
	}
	if w.houses[0].db.Engine() == database.SQLite && w.day < w.days {
		return nil // the columns lie in the file; the last day looks at both
	}
	columns, err := w.columns(ctx)
	if err != nil {
		return err
	}
	for _, c := range columns {
		var n int
		query := "SELECT count(*) FROM " + c.table + ` WHERE lower(CAST("` + c.name + `" AS TEXT)) LIKE '%` + mark + `%'`
		if c.bytes {
			query = "SELECT count(*) FROM " + c.table + ` WHERE position('\x` + hexOf(mark) + `'::bytea IN "` + c.name + `") > 0`
		}
		if err := w.ledger.db().NewRaw(query).Scan(ctx, &n); err != nil {
			return err
		}
		if n > 0 {
			w.fault(nil, "something personal lies in the clear in %d rows of %s.%s", n, c.table, c.name)
		}
	}
	return nil
}

func hexOf(s string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(digits[s[i]>>4])
		b.WriteByte(digits[s[i]&15])
	}
	return b.String()
}

func around(content []byte, i int) []byte { return content[max(0, i-60):min(len(content), i+40)] }

type column struct {
	table, name string
	bytes       bool
}

// columns are those of the database that hold text, or on PostgreSQL bytes.
func (w *world) columns(ctx context.Context) (list []column, err error) {
	var rows []struct {
		Table string `bun:"table_name"`
		Name  string `bun:"column_name"`
		Type  string `bun:"data_type"`
	}
	query := `SELECT m.name AS table_name, p.name AS column_name, lower(p.type) AS data_type FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS p
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`
	if w.houses[0].db.Engine() == database.PostgreSQL {
		query = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()"
	}
	err = w.ledger.db().NewRaw(query).Scan(ctx, &rows)
	for _, r := range rows {
		switch {
		case strings.Contains(r.Type, "text") || strings.Contains(r.Type, "char") || r.Type == "json" || r.Type == "jsonb":
			list = append(list, column{r.Table, r.Name, false})
		case r.Type == "bytea":
			list = append(list, column{r.Table, r.Name, true})
		}
	}
	return list, err
}
