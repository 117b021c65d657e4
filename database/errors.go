package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
)

var (
	// ErrClosed is returned by writes after [DB.Close].
	ErrClosed = errors.New("the database is closed")
	// ErrNested is returned by a write that is started inside a write.
	ErrNested = errors.New("a write was started inside another write: use the transaction at hand")
	// ErrBusy is returned when a write did not begin within 30 seconds.
	ErrBusy = errors.New("the database is busy: the write did not begin in time and nothing was changed")
	// ErrNewer is returned by [DB.Migrate] for a database that a newer
	// program has migrated.
	ErrNewer = errors.New("the database was migrated by a newer program")
	// ErrText is returned for text that PostgreSQL cannot hold: not UTF-8, or
	// with a NUL in it.
	ErrText = errors.New("a text is not UTF-8 or contains a NUL")

	errGone = errors.New("a write ended the goroutine of the writer and was undone")
	errLost = errors.New("the database undid the transaction: a write hid an error it got")
)

type runtimeError = runtime.Error

// Err is a refusal of the engine or a failure to reach it. Its text is made of
// a sentence, the engine's code and the names of tables, columns and
// constraints; values and statements are left out, because they may belong to
// a person. errors.As reaches the driver's own error, whose text must not be
// shown or logged.
type Err struct {
	// Sentence says what is wrong and, where there is something to do, what.
	Sentence string
	// Code is "SQLite 2067" or "SQLSTATE 23505", or empty.
	Code string
	// Where names the constraint or column, or is empty.
	Where string

	cause error
}

// Error returns the sentence with code and place.
func (e *Err) Error() string {
	detail := strings.TrimPrefix(e.Code+", "+e.Where, ", ")
	if detail = strings.TrimSuffix(detail, ", "); detail == "" {
		return e.Sentence
	}
	return e.Sentence + " (" + detail + ")"
}

// Unwrap returns the driver's error.
func (e *Err) Unwrap() error { return e.cause }

// IsUnique tells that a row with the same key exists already.
func IsUnique(err error) bool {
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return lite.ExtendedCode == sqlite3.ErrConstraintUnique || lite.ExtendedCode == sqlite3.ErrConstraintPrimaryKey
	}
	return sqlState(err) == "23505"
}

// IsFull tells that the disk, or the room given to the database, is full.
// Nothing that was acknowledged is lost; the write may be tried again once
// there is room.
func IsFull(err error) bool {
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return lite.Code == sqlite3.ErrFull
	}
	return sqlState(err) == "53100"
}

// IsBusy tells that somebody else held the database, or the rows, for too
// long. The write may be tried again.
func IsBusy(err error) bool {
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return lite.Code == sqlite3.ErrBusy || lite.Code == sqlite3.ErrLocked
	}
	return errors.Is(err, ErrBusy) || sqlState(err) == "55P03" || collided(err)
}

// collided tells that PostgreSQL undid a transaction that would succeed alone.
func collided(err error) bool {
	state := sqlState(err)
	return state == "40001" || state == "40P01"
}

func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// hide turns an error of a driver into an Err. What database/sql must see
// unchanged, and what carries no data, passes.
func hide(err error) error {
	var (
		hidden *Err
		lite   sqlite3.Error
		pg     *pgconn.PgError
	)
	switch {
	case err == nil, errors.As(err, &hidden), errors.Is(err, driver.ErrBadConn), errors.Is(err, driver.ErrSkip),
		errors.Is(err, io.EOF), // the end of rows
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &lite):
		return hideSQLite(lite)
	case errors.As(err, &pg):
		return &Err{sentencePostgreSQL(pg.Code), "SQLSTATE " + pg.Code, pg.ConstraintName, err}
	case errors.As(err, new(net.Error)), errors.Is(err, io.ErrUnexpectedEOF):
		return &Err{Sentence: "the connection to the database broke", cause: err}
	default:
		return &Err{Sentence: "the statement could not be sent to the database", cause: err}
	}
}

func hideSQLite(err sqlite3.Error) error {
	// Only the text of a broken constraint names nothing but the schema.
	_, where, _ := strings.Cut(err.Error(), "constraint failed: ")
	return &Err{sentenceSQLite(err), "SQLite " + strconv.Itoa(int(err.ExtendedCode)), where, err}
}

const (
	sentenceUnique   = "a row with the same key exists already"
	sentenceForeign  = "a row that is referred to does not exist or is still needed"
	sentenceRule     = "a value breaks a rule of its table"
	sentenceFull     = "the disk of the database is full: nothing acknowledged is lost, free some space"
	sentenceBusy     = "somebody else held the database for too long: try again"
	sentenceReadOnly = "the database cannot be written: look at the rights of the file and its folder"
	sentenceDamaged  = "the file is damaged or is no database: restore a backup"
	sentenceDisk     = "the disk of the database does not work as it should"
	sentenceCutOff   = "the statement took too long and was cut off"
	sentenceRefused  = "the database refused the statement"
)

func sentenceSQLite(err sqlite3.Error) string {
	switch err.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey:
		return sentenceUnique
	case sqlite3.ErrConstraintForeignKey:
		return sentenceForeign
	}
	switch err.Code {
	case sqlite3.ErrConstraint, sqlite3.ErrMismatch, sqlite3.ErrTooBig:
		return sentenceRule
	case sqlite3.ErrFull:
		return sentenceFull
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return sentenceBusy
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen:
		return sentenceReadOnly
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return sentenceDamaged
	case sqlite3.ErrIoErr:
		return sentenceDisk
	}
	return sentenceRefused
}

// sentencePostgreSQL chooses by code and by class, the first two characters of
// a code (PostgreSQL documentation, appendix A).
func sentencePostgreSQL(code string) string {
	switch code {
	case "23505":
		return sentenceUnique
	case "23503":
		return sentenceForeign
	case "53100":
		return sentenceFull
	case "55P03":
		return sentenceBusy
	case "57014":
		return sentenceCutOff
	case "25006":
		return sentenceReadOnly
	}
	switch code[:min(2, len(code))] {
	case "22", "23":
		return sentenceRule
	case "40":
		return sentenceBusy
	case "58":
		return sentenceDisk
	case "XX":
		return sentenceDamaged
	}
	return sentenceRefused
}
