package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

const (
	// logLimit is the size in bytes to which SQLite cuts its write-ahead log
	// after a burst.
	logLimit = 64 << 20
	// statements is how many parsed statements the SQLite writer keeps.
	statements = 128
	// connections is how many PostgreSQL connections a process uses at most.
	connections = 20
)

// Open opens the database a URL names and proves that it answers:
//
//	sqlite:///var/lib/dsr/dsr.db   an absolute path
//	sqlite:dsr.db, dsr.db          a path from the working folder
//	postgres://user@host/dsr       anything pgx understands
//
// A SQLite file that does not exist is made, readable by its owner only; its
// folder must exist, on a local disk. Tables are made by [DB.Migrate].
func Open(ctx context.Context, url string) (*DB, error) {
	scheme, rest, found := strings.Cut(url, ":")
	switch {
	case found && (scheme == "postgres" || scheme == "postgresql"):
		return openPostgreSQL(ctx, url)
	case found && scheme == "sqlite":
		return openSQLite(ctx, strings.TrimPrefix(rest, "//"))
	case found && strings.HasPrefix(rest, "//"):
		return nil, fmt.Errorf("database URL: %q is no known kind of database: use sqlite or postgres", scheme)
	default:
		return openSQLite(ctx, url)
	}
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, errors.New("database URL: SQLite needs the path of a file")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if err := create(path); err != nil {
		return nil, err
	}
	db := &DB{path: path}
	writer := sql.OpenDB(sqlite(path, true))
	writer.SetMaxOpenConns(1)
	db.write = bun.NewDB(writer, sqlitedialect.New())
	readers := sql.OpenDB(sqlite(path, false))
	readers.SetMaxOpenConns(max(4, runtime.NumCPU()))
	readers.SetMaxIdleConns(max(4, runtime.NumCPU()))
	db.read = bun.NewDB(readers, sqlitedialect.New())
	if err := proveLog(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), writer.Close(), readers.Close())
	}
	db.writer = startWriter(db.write)
	return db, nil
}

// create makes the file before SQLite would, because SQLite would let
// everybody read it. The log and its index inherit the rights.
func create(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("opening %s: the folder does not exist: make it first", path)
	}
	if err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	return file.Close()
}

// sqlite names the settings of a connection. Measured against them on this
// work and found not to help: a larger checkpoint interval, memory mapping,
// temporary tables in memory.
func sqlite(path string, writes bool) liteConnector {
	q := url.Values{}
	q.Set("_journal_mode", "WAL")
	q.Set("_synchronous", "FULL")
	q.Set("_busy_timeout", "5000")
	q.Set("_foreign_keys", "on")
	q.Set("_cache_size", "-65536")
	if writes {
		q.Set("mode", "rwc")
		q.Set("_txlock", "immediate")
		q.Set("_stmt_cache_size", fmt.Sprint(statements))
	} else {
		q.Set("mode", "rw") // ro could not make the index of the log
		q.Set("_query_only", "on")
	}
	hook := func(conn *sqlite3.SQLiteConn) error {
		_, err := conn.Exec(fmt.Sprintf("PRAGMA journal_size_limit=%d", logLimit), nil)
		return err
	}
	name := url.URL{Path: path}
	return liteConnector{
		driver: &sqlite3.SQLiteDriver{ConnectHook: hook},
		dsn:    "file:" + name.EscapedPath() + "?" + q.Encode(),
	}
}

// proveLog refuses a file on which readers and the writer would wait for each
// other, as on a file system without shared memory.
func proveLog(ctx context.Context, db *DB) error {
	var mode string
	if err := db.write.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return hide(err)
	}
	if mode != "wal" {
		return errors.New("SQLite cannot keep a write-ahead log here: use a local disk")
	}
	return hide(db.read.PingContext(ctx))
}

func openPostgreSQL(ctx context.Context, url string) (*DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err) // pgx blots out the password
	}
	// Bun writes values into the text: every text is new, preparing it would
	// cost a round trip for nothing. Exec and Row ask for prepared statements.
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	pool := sql.OpenDB(pgConnector{stdlib.GetConnector(*config, stdlib.OptionAfterConnect(readUTC))})
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening PostgreSQL: %w", err), pool.Close())
	}
	db := bun.NewDB(pool, pgdialect.New())
	return &DB{read: db, write: db}, nil
}

// readUTC makes instants come back in UTC, as from SQLite, and not in the zone
// of the machine.
func readUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}
