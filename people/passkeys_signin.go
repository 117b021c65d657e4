package people

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/uptrace/bun"

	"dsr/database"
)

// Noted is what goes along with the use of a passkey, each in the transaction
// of what it notes. Both are needed.
type Noted struct {
	In      Along // somebody signed in
	Suspect Along // a passkey was blocked
}

// BeginSignIn asks a browser for any passkey of this site. The authenticator
// has to check who holds it, by a PIN or finger, because nothing else is asked.
func (p *Passkeys) BeginSignIn() (Ceremony, error) {
	options, session, err := p.site.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("asking for a passkey: %w", err)
	}
	return ceremony(options.Response, session.Challenge)
}

// FinishSignIn takes the answer to BeginSignIn as a whole sign-in: the passkey
// is one factor, and what unlocked it the other. It opens no session: see
// [Enter]. Errors are ErrPasskey and ErrSuspect.
func (p *Passkeys) FinishSignIn(ctx context.Context, now time.Time, challenge, answer, network string, noted Noted) (User, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil || len(parsed.Response.UserHandle) == 0 {
		return User{}, ErrPasskey
	}
	var owner int64
	err = database.Row(ctx, p.register.db.Read(), []any{&owner}, "SELECT user_id FROM user_passkeys WHERE credential = ?", parsed.RawID)
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, ErrPasskey
	}
	if err != nil {
		return User{}, fmt.Errorf("finding a passkey: %w", err)
	}
	if err := p.prove(ctx, now, owner, challenge, parsed, protocol.VerificationRequired, noted); err != nil {
		return User{}, err
	}
	return p.admit(ctx, now, owner, network, noted)
}

// BeginFactor asks a browser for one of somebody's passkeys, as their second
// factor. The error is ErrNoFactor where none works here.
func (p *Passkeys) BeginFactor(ctx context.Context, id int64) (Ceremony, error) {
	h, _, err := p.holderOf(ctx, id)
	if err != nil {
		return Ceremony{}, err
	}
	if len(h.list) == 0 {
		return Ceremony{}, ErrNoFactor
	}
	options, session, err := p.site.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationPreferred))
	if err != nil {
		return Ceremony{}, fmt.Errorf("asking user %d for a passkey: %w", id, err)
	}
	return ceremony(options.Response, session.Challenge)
}

// FinishFactor takes the answer to BeginFactor as the second step of somebody
// whose first was right, and admits them. Errors are ErrPasskey, ErrSuspect,
// [ErrTooMany] and ErrCredentials for who has left meanwhile.
func (p *Passkeys) FinishFactor(ctx context.Context, now time.Time, id int64, challenge, answer, network string, noted Noted) (User, error) {
	if err := p.register.TryFactor(ctx, now, id, network); err != nil {
		return User{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		err = ErrPasskey
	} else {
		err = p.prove(ctx, now, id, challenge, parsed, protocol.VerificationPreferred, noted)
	}
	if errors.Is(err, ErrPasskey) || errors.Is(err, ErrSuspect) {
		err = cmp.Or(p.register.failed(ctx, now, id, "factor"), err)
	}
	if err != nil {
		return User{}, err
	}
	return p.admit(ctx, now, id, network, noted)
}

// admit is Admit; who has left is not told so.
func (p *Passkeys) admit(ctx context.Context, now time.Time, id int64, network string, noted Noted) (User, error) {
	u, err := p.register.Admit(ctx, now, id, network, noted.In)
	if errors.Is(err, ErrCredentials) {
		return User{}, ErrPasskey
	}
	return u, err
}

// prove checks an answer against somebody's passkeys and keeps what changes
// with each use.
func (p *Passkeys) prove(ctx context.Context, now time.Time, id int64, challenge string, parsed *protocol.ParsedCredentialAssertionData, verify protocol.UserVerificationRequirement, noted Noted) error {
	h, rows, err := p.holderOf(ctx, id)
	if err != nil {
		return err
	}
	for i := range rows {
		if rows[i].Suspect && bytes.Equal(rows[i].Credential, parsed.RawID) {
			return ErrSuspect
		}
	}
	session := webauthn.SessionData{Challenge: challenge, RelyingPartyID: p.site.Config.RPID, UserID: h.handle, UserVerification: verify}
	used, err := p.site.ValidateLogin(h, session, parsed)
	if err != nil || !h.user.Active || challenge == "" {
		return ErrPasskey
	}
	if used.Authenticator.CloneWarning {
		return p.block(ctx, id, used.ID, noted.Suspect)
	}
	return p.keepUse(ctx, now, rows, used)
}

// keepUse writes the counter on. Of two answers with the same counter the
// second finds it gone on.
func (p *Passkeys) keepUse(ctx context.Context, now time.Time, rows []passkeyRow, used *webauthn.Credential) error {
	var before int64
	for i := range rows {
		if bytes.Equal(rows[i].Credential, used.ID) {
			before = rows[i].SignCount
		}
	}
	var n int64
	err := p.register.db.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		n, err = affected(database.Exec(ctx, tx, `UPDATE user_passkeys SET sign_count = ?, backed_up = ?, used_at = ?
			WHERE credential = ? AND sign_count = ? AND NOT suspect`,
			int64(used.Authenticator.SignCount), used.Flags.BackupState, now.UTC().Truncate(time.Microsecond), used.ID, before))
		return err
	})
	if err != nil {
		return fmt.Errorf("noting the use of a passkey: %w", err)
	}
	if n == 0 {
		return ErrPasskey
	}
	return nil
}

// block makes a passkey useless whose counter went back, and says so.
func (p *Passkeys) block(ctx context.Context, id int64, credential []byte, also Along) error {
	err := p.register.change(ctx, id, "blocking a passkey", func(ctx context.Context, tx bun.Tx, _ *userRow) error {
		_, err := database.Exec(ctx, tx, "UPDATE user_passkeys SET suspect = TRUE WHERE credential = ?", credential)
		return err
	}, []Along{also})
	return cmp.Or(err, ErrSuspect)
}
