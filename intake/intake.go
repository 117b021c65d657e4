// Package intake owns the messages that came to a company's mailbox: each kept
// once, sealed byte for byte, with what became of it. A mailbox server delivers
// at least once, so a message is known by the place it came from and by what it
// holds, and the second delivery changes nothing.
//
// The package refuses to know what a message means: whoever reads it settles
// its outcome, in the transaction that carries the outcome out.
package intake

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/mailbox"
	"dsr/vault"
)

var (
	// ErrNotFound is returned for a message that is not kept, or no longer.
	ErrNotFound = errors.New("no such message")
	// ErrSettled is returned to who settles a message that is settled already.
	ErrSettled = errors.New("what becomes of this message was settled already")
)

// Outcome is what became of a message.
type Outcome string

// The outcomes. Every message has exactly one.
const (
	Waiting  Outcome = "waiting"  // not read yet
	Reply    Outcome = "reply"    // joined a request's conversation
	Request  Outcome = "request"  // became a new request, or several
	Bounce   Outcome = "bounce"   // came back to the letter it speaks of
	Noted    Outcome = "noted"    // an automatic answer: kept, never answered
	Unsorted Outcome = "unsorted" // waits for staff to say what it is
	Dropped  Outcome = "dropped"  // staff said that it is no request
	Repeated Outcome = "repeated" // the same message as one before
)

// Register keeps messages.
type Register struct {
	db   *database.DB
	ring *vault.Ring
}

// Open returns the register of a database.
func Open(db *database.DB, ring *vault.Ring) *Register { return &Register{db: db, ring: ring} }

// Mail is a message as it is kept, without its content.
type Mail struct {
	bun.BaseModel `bun:"table:mails,alias:m"`

	ID         int64        `bun:"id,pk,autoincrement"`
	Policy     string       `bun:"policy"`
	Source     string       `bun:"source"`
	Content    []byte       `bun:"content"` // blind index of the message
	Door       string       `bun:"door"`
	ReceivedAt time.Time    `bun:"received_at"`
	KeptAt     time.Time    `bun:"kept_at"`
	Size       int64        `bun:"size"`
	Whole      bool         `bun:"whole"` // false: too large, only its head was kept
	Kind       mailbox.Kind `bun:"kind"`
	Why        string       `bun:"why"`
	Outcome    Outcome      `bun:"outcome"`
	SettledAt  bun.NullTime `bun:"settled_at"`
	RequestID  int64        `bun:"request_id"`
	SameAs     int64        `bun:"same_as"`
	WrappedKey []byte       `bun:"wrapped_key"`
	Sealed     []byte       `bun:"sealed"` // the envelope

	SealedSummary []byte `bun:"summary"`
}

// partSize is how much of an original one row holds, in bytes.
const partSize = 256 << 10

// Keep keeps a message, sealed, and calls along in the same transaction with
// its id, to leave the job that reads it. A delivery that was kept before, and
// a message that came before by another way, change nothing more; fresh says
// whether this one is new.
func (g *Register) Keep(ctx context.Context, now time.Time, d *mailbox.Delivery, along func(ctx context.Context, tx bun.Tx, id int64) error) (fresh bool, err error) {
	m := &Mail{
		Policy: d.Policy, Source: d.Source, Content: g.contentOf(d), Door: d.Door, ReceivedAt: d.ReceivedAt.UTC().Truncate(time.Microsecond),
		KeptAt: now.UTC().Truncate(time.Microsecond), Size: d.Size, Whole: d.Size <= int64(len(d.Raw)), Outcome: Waiting,
	}
	key, wrapped, err := g.ring.NewKey()
	if err != nil {
		return false, err
	}
	parts, err := sealParts(key, d.Raw)
	if err != nil {
		return false, err
	}
	if m.Sealed, err = key.Seal("mail/envelope", []byte(d.Sender+"\n"+d.Recipient)); err != nil {
		return false, err
	}
	m.WrappedKey = wrapped
	err = g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		fresh = false
		if known, err := g.known(ctx, tx, m); known || err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(m).Returning("id").Exec(ctx); err != nil {
			return err
		}
		for n, sealed := range parts {
			if _, err := database.Exec(ctx, tx, "INSERT INTO mail_parts (mail_id, n, sealed) VALUES (?, ?, ?)", m.ID, n, sealed); err != nil {
				return err
			}
		}
		fresh = true
		return along(ctx, tx, m.ID)
	})
	if database.IsUnique(err) { // another process kept it in the same moment
		return false, g.note(ctx, m)
	}
	return fresh, err
}

// note writes down a delivery whose message is known, unless it is known too.
func (g *Register) note(ctx context.Context, m *Mail) error {
	return g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		known, err := g.known(ctx, tx, m)
		if err == nil && !known {
			err = errors.New("the message is neither known nor could it be kept")
		}
		return err
	})
}

// known reports whether the delivery or its message came before, and writes
// the delivery down in the second case.
func (g *Register) known(ctx context.Context, tx bun.Tx, m *Mail) (bool, error) {
	var rows []Mail
	err := tx.NewSelect().Model(&rows).Column("id", "source").
		Where("m.source = ? OR (m.policy = ? AND m.content = ? AND m.outcome <> 'repeated')", m.Source, m.Policy, m.Content).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	for _, row := range rows {
		if row.Source == m.Source {
			return true, nil
		}
	}
	again := *m
	again.Outcome, again.SameAs, again.SettledAt = Repeated, rows[0].ID, bun.NullTime{Time: m.KeptAt}
	again.WrappedKey, again.Sealed = nil, nil
	_, err = tx.NewInsert().Model(&again).Exec(ctx)
	return true, err
}

// contentOf is what a message is known by, however it came: its Message-ID, whom
// it is from and its body. The other headers differ, because servers on the way
// put some before it. Without the sender a form that gives every message the same
// number would make one message of two people's same words.
func (g *Register) contentOf(d *mailbox.Delivery) []byte {
	head, body := mailbox.Split(d.Raw)
	sum := sha256.Sum256(body)
	name := mailbox.MessageIDOf(head)
	if name == "" {
		sum = sha256.Sum256(d.Raw)
	}
	return g.ring.Index("mail", fmt.Sprintf("%s %x %s", name, sum, strings.Join(mailbox.SendersOf(head), ",")))
}

// label binds a part to its place; one that lost its end does not open.
func label(n int, last bool) string {
	if last {
		return fmt.Sprintf("mail/%d/last", n)
	}
	return fmt.Sprintf("mail/%d", n)
}

func sealParts(key vault.Key, raw []byte) (parts [][]byte, err error) {
	for n := 0; n == 0 || len(raw) > 0; n++ {
		part := raw[:min(partSize, len(raw))]
		raw = raw[len(part):]
		sealed, err := key.Seal(label(n, len(raw) == 0), part)
		if err != nil {
			return nil, err
		}
		parts = append(parts, sealed)
	}
	return parts, nil
}

// Delivery opens a message as it came.
func (g *Register) Delivery(ctx context.Context, id int64) (*Mail, *mailbox.Delivery, error) {
	m := new(Mail)
	err := g.db.Read().NewSelect().Model(m).Where("m.id = ?", id).Scan(ctx)
	if err != nil {
		return nil, nil, notFound(err)
	}
	if len(m.WrappedKey) == 0 {
		return m, nil, ErrNotFound
	}
	key, err := g.ring.Unwrap(m.WrappedKey)
	if err != nil {
		return m, nil, err
	}
	var parts [][]byte
	if err := g.db.Read().NewSelect().Table("mail_parts").Column("sealed").Where("mail_id = ?", id).Order("n").Scan(ctx, &parts); err != nil {
		return m, nil, err
	}
	d := &mailbox.Delivery{Policy: m.Policy, Door: m.Door, Source: m.Source, ReceivedAt: m.ReceivedAt.UTC(), Size: m.Size}
	for n, sealed := range parts {
		part, err := key.Open(label(n, n == len(parts)-1), sealed)
		if err != nil {
			return m, nil, fmt.Errorf("mail %d: %w", id, err)
		}
		d.Raw = append(d.Raw, part...)
	}
	envelope, err := key.Open("mail/envelope", m.Sealed)
	if err != nil {
		return m, nil, fmt.Errorf("mail %d: %w", id, err)
	}
	d.Sender, d.Recipient = cutLine(string(envelope))
	return m, d, nil
}
