package database

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
)

// The drivers are wrapped where their errors arise, because a caller who adds
// words to an error copies its text: hiding it later would be too late.

// liteConnector opens connections to one SQLite file.
type liteConnector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

func (c liteConnector) Driver() driver.Driver { return c.driver }

func (c liteConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, hide(err)
	}
	return &liteConn{conn.(*sqlite3.SQLiteConn)}, nil
}

// liteConn hides the texts of errors of a SQLite connection. A statement's
// rows need no wrapping: the engine parses and binds before the first of them.
type liteConn struct{ *sqlite3.SQLiteConn }

func (c *liteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	res, err := c.SQLiteConn.ExecContext(ctx, query, args)
	return res, hide(err)
}

func (c *liteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.SQLiteConn.QueryContext(ctx, query, args)
	return rows, hide(err)
}

func (c *liteConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.SQLiteConn.PrepareContext(ctx, query)
	return stmt, hide(err)
}

func (c *liteConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.SQLiteConn.BeginTx(ctx, opts)
	return tx, hide(err)
}

// pgConnector opens connections to one PostgreSQL database.
type pgConnector struct{ driver.Connector }

func (c pgConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err // pgx names host, user and database here, and no password
	}
	return &pgConn{conn.(*stdlib.Conn)}, nil
}

// pgConn hides the texts of errors of a PostgreSQL connection. Their messages
// quote values that do not fit a type, and pieces of bad syntax.
type pgConn struct{ *stdlib.Conn }

func (c *pgConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	res, err := c.Conn.ExecContext(ctx, query, args)
	return res, hide(err)
}

func (c *pgConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, hide(err)
	}
	return &pgRows{rows.(*stdlib.Rows)}, nil
}

func (c *pgConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.Conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, hide(err)
	}
	return &pgStmt{stmt.(*stdlib.Stmt)}, nil
}

// pgStmt hides the texts of errors of a prepared statement.
type pgStmt struct{ *stdlib.Stmt }

func (s *pgStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	res, err := s.Stmt.ExecContext(ctx, args)
	return res, hide(err)
}

func (s *pgStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.Stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, hide(err)
	}
	return &pgRows{rows.(*stdlib.Rows)}, nil
}

// pgRows hides the texts of errors that come between the rows: PostgreSQL
// sends rows before it has worked out the last of them.
type pgRows struct{ *stdlib.Rows }

func (r *pgRows) Next(dest []driver.Value) error { return hide(r.Rows.Next(dest)) }

func (r *pgRows) Close() error { return hide(r.Rows.Close()) }
