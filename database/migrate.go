package database

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"

	"dsr/migrations"
)

// advisoryKey is the PostgreSQL advisory lock of migrations, "dsrm" in ASCII.
// Such locks are kept apart by database.
const advisoryKey = 0x6473726d

// Migrate brings the tables to the shape this program expects. Several
// processes may call it at once: one migrates, the others wait for it until
// ctx ends. A database that a newer program has migrated is refused with
// [ErrNewer] and left as it is.
//
// Each file and the note that it was applied are one transaction: a crash
// leaves the database before or after a file.
func (db *DB) Migrate(ctx context.Context) error {
	return db.migrate(ctx, migrations.Files())
}

func (db *DB) migrate(ctx context.Context, files fs.FS) error {
	unlock, err := db.lock(ctx)
	if err != nil {
		return fmt.Errorf("waiting for other migrations: %w", err)
	}
	defer unlock()
	known := migrate.NewMigrations()
	if err := known.Discover(files); err != nil {
		return fmt.Errorf("reading migrations: %w", err)
	}
	types := migrations.SQLite()
	if db.Engine() == PostgreSQL {
		types = migrations.PostgreSQL()
	}
	m := migrate.NewMigrator(db.write, known,
		migrate.WithTemplateData(types),
		migrate.WithMarkAppliedOnSuccess(true),
		migrate.WithUpsert(true),
		migrate.AfterMigration(note))
	if err := m.Init(ctx); err != nil {
		return fmt.Errorf("making the table of migrations: %w", err)
	}
	newer, err := m.MissingMigrations(ctx)
	if err != nil {
		return fmt.Errorf("reading the table of migrations: %w", err)
	}
	if len(newer) > 0 {
		return fmt.Errorf("%w (step %s): start that program, or restore a backup made before it", ErrNewer, names(newer))
	}
	if _, err := m.Migrate(ctx); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	return nil
}

// note records a migration inside its own transaction. Bun records it only
// afterwards, and finds it recorded.
func note(ctx context.Context, tx bun.IConn, m *migrate.Migration) error {
	_, err := tx.ExecContext(ctx,
		"INSERT INTO bun_migrations (name, group_id) VALUES (?, ?)", m.Name, m.GroupID)
	return err
}

func names(steps migrate.MigrationSlice) string {
	list := make([]string, 0, len(steps))
	for _, step := range steps {
		list = append(list, step.Name)
	}
	return strings.Join(list, ", ")
}

// lock keeps other migrations of this database out. It is given back by the
// operating system or by PostgreSQL when the process dies.
func (db *DB) lock(ctx context.Context) (unlock func(), err error) {
	if db.Engine() == SQLite {
		return lockFile(ctx, db.path+".lock")
	}
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return nil, hide(err)
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(?)", advisoryKey); err != nil {
		conn.Close()
		return nil, err
	}
	return func() {
		// The lock belongs to the session: the pool must not get it back.
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		conn.Close()
	}, nil
}

// lockFile holds a file until unlock is called. The file stays: removing it
// would let two processes hold two files of one name.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if err != syscall.EWOULDBLOCK && err != syscall.EINTR {
			file.Close()
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		}
	}
}
