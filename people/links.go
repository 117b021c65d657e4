package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// A link lets somebody choose a password. Its token is base64url of 12 random
// bytes, the expiry in Unix seconds (4 bytes) and a MAC over both (16 bytes):
// a forged or expired one is refused before the database is asked, which keeps
// a hash only.
const (
	linkRandom = 12
	linkSigned = linkRandom + 4
	linkBytes  = linkSigned + 16

	// InvitationLifetime is how long an invitation waits, ResetLifetime how long
	// a link for a forgotten password works.
	InvitationLifetime = 7 * 24 * time.Hour
	ResetLifetime      = time.Hour
)

// LinkPurpose says what a link is for.
type LinkPurpose string

// The purposes of links.
const (
	ForInvitation LinkPurpose = "invitation"
	ForPassword   LinkPurpose = "password" // forgotten
)

// LinkFault says what is wrong with a link.
type LinkFault string

// The faults of links.
const (
	LinkForged  LinkFault = "forged"
	LinkExpired LinkFault = "expired"
	LinkUsed    LinkFault = "used"
	LinkTaken   LinkFault = "taken back" // or replaced by a newer one
)

// LinkError is returned for a link that cannot be used.
type LinkError struct{ Fault LinkFault }

// Error names the fault.
func (e LinkError) Error() string { return "this link cannot be used: it is " + string(e.Fault) }

// Link is a link that was just made.
type Link struct {
	Token   string
	Expires time.Time
	purpose LinkPurpose
	hash    []byte
}

// NewLink makes a link. It counts once it is handed to [Register.Invite],
// [Register.InviteAgain] or [Register.Reset].
func (r *Register) NewLink(now time.Time, purpose LinkPurpose) Link {
	life := InvitationLifetime
	if purpose == ForPassword {
		life = ResetLifetime
	}
	expires := now.UTC().Add(life).Truncate(time.Second)
	raw := make([]byte, linkRandom, linkBytes)
	rand.Read(raw)
	raw = binary.BigEndian.AppendUint32(raw, uint32(expires.Unix()))
	raw = append(raw, r.ring.Sign("link/account", raw)...)
	token := base64.RawURLEncoding.EncodeToString(raw)
	hash := sha256.Sum256([]byte(token))
	return Link{Token: token, Expires: expires, purpose: purpose, hash: hash[:]}
}

// checkLink proves a token without the database and returns its hash.
func (r *Register) checkLink(now time.Time, token string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != linkBytes || !r.ring.Verify("link/account", raw[:linkSigned], raw[linkSigned:]) {
		return nil, LinkError{LinkForged}
	}
	if now.Unix() >= int64(binary.BigEndian.Uint32(raw[linkRandom:linkSigned])) {
		return nil, LinkError{LinkExpired}
	}
	hash := sha256.Sum256([]byte(token))
	return hash[:], nil
}

// keepLink writes a link down; those from before for the same purpose end.
func keepLink(ctx context.Context, tx bun.Tx, now time.Time, id int64, l Link) error {
	if _, err := database.Exec(ctx, tx, "DELETE FROM account_links WHERE user_id = ? AND purpose = ? AND used_at IS NULL", id, l.purpose); err != nil {
		return err
	}
	_, err := database.Exec(ctx, tx, "INSERT INTO account_links (hash, user_id, purpose, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
		l.hash, id, l.purpose, now.UTC().Truncate(time.Microsecond), l.Expires)
	return err
}

// clearLinks takes back every link of somebody that was not used.
func clearLinks(ctx context.Context, tx bun.Tx, id int64) error {
	_, err := database.Exec(ctx, tx, "DELETE FROM account_links WHERE user_id = ? AND used_at IS NULL", id)
	return err
}

// Peek says whose link it is and what for. It uses nothing up, because scanners
// of mail open links before people do. The error is LinkError.
func (r *Register) Peek(ctx context.Context, now time.Time, token string) (User, LinkPurpose, error) {
	hash, err := r.checkLink(now, token)
	if err != nil {
		return User{}, "", err
	}
	var id int64
	var purpose LinkPurpose
	var used bun.NullTime
	err = database.Row(ctx, r.db.Read(), []any{&id, &purpose, &used}, "SELECT user_id, purpose, used_at FROM account_links WHERE hash = ?", hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return User{}, "", LinkError{LinkTaken}
	case err != nil:
		return User{}, "", fmt.Errorf("looking at a link: %w", err)
	case !used.IsZero():
		return User{}, "", LinkError{LinkUsed}
	}
	u, err := r.Find(ctx, id)
	if err == nil && (purpose == ForInvitation) != (u.State() == Invited) {
		err = LinkError{LinkTaken}
	}
	return u, purpose, err
}

// UseLink uses a link up for a password of its owner's choice: who was invited
// is at work from then on, and all sessions end. It opens none. Errors are
// LinkError, FieldErrors and ErrBusy; a password that has to be mended leaves
// the link as it was.
func (r *Register) UseLink(ctx context.Context, now time.Time, token, password string, also ...Along) (User, error) {
	u, purpose, err := r.Peek(ctx, now, token)
	if err != nil {
		return User{}, err
	}
	if fault := passwordFault(password, u); fault != "" {
		return User{}, FieldErrors{"password": fault}
	}
	hash, err := r.hash.make(ctx, password)
	if err != nil {
		return User{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	link := sha256.Sum256([]byte(token))
	err = r.change(ctx, u.ID, "choosing a password", func(ctx context.Context, tx bun.Tx, row *userRow) error {
		n, err := affected(database.Exec(ctx, tx, "UPDATE account_links SET used_at = ? WHERE hash = ? AND used_at IS NULL", now, link[:]))
		if err != nil || n == 0 {
			return errors.Join(err, LinkError{LinkUsed}) // by another, while the password was hashed
		}
		row.Active, row.InvitedAt = row.Active || purpose == ForInvitation, bun.NullTime{}
		_, err = database.Exec(ctx, tx, `UPDATE users SET password_hash = ?, active = ?, invited_at = NULL, joined_at = COALESCE(joined_at, ?)
			WHERE id = ?`, hash, row.Active, now, u.ID)
		if err != nil {
			return err
		}
		if err := clearLinks(ctx, tx, u.ID); err != nil {
			return err
		}
		return endSessions(ctx, tx, u.ID)
	}, also)
	return u, err
}

// Reset leaves a link for somebody at work who has forgotten their password.
// The error is ErrNotFound for who is not.
func (r *Register) Reset(ctx context.Context, now time.Time, id int64, l Link, also ...Along) error {
	return r.change(ctx, id, "a link for a new password", func(ctx context.Context, tx bun.Tx, row *userRow) error {
		if !row.Active {
			return ErrNotFound
		}
		return keepLink(ctx, tx, now, id, l)
	}, also)
}
