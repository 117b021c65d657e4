package people

import (
	"bytes"
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	"github.com/uptrace/bun"

	"dsr/database"
)

// An authenticator app shares a secret with us and makes of it a code of six
// digits for each half minute (RFC 6238). A code is taken for the half minute
// before and after too, because clocks differ, and once only.
const (
	appPeriod = 30 // seconds
	appSkew   = 1  // periods to either side (RFC 6238, 5.2)
	appSecret = 20 // bytes (RFC 4226, 4)
	appIssuer = "dsr"
	qrPixels  = 240
	pendingIs = 30 * time.Minute // how long a secret waits for its first code
)

// App is a secret that somebody is about to put into their app.
type App struct {
	Secret string // in groups of four letters, to type by hand
	URL    string // otpauth://, for the app on the same device
	QR     []byte // the same as a picture, PNG
}

// BeginApp makes a secret for somebody's app. Until a code of it has come to
// [Register.ConfirmApp], an app set up before stays the one that counts. Asked
// again within half an hour it returns the same secret, so that a page loaded
// twice shows one picture.
func (r *Register) BeginApp(ctx context.Context, now time.Time, id int64) (App, error) {
	u, err := r.Find(ctx, id)
	if err != nil {
		return App{}, err
	}
	key, err := r.pendingApp(ctx, now, id)
	if err != nil {
		return App{}, fmt.Errorf("an app for user %d: %w", id, err)
	}
	if key == "" {
		if key, err = r.newApp(ctx, now, u); err != nil {
			return App{}, fmt.Errorf("an app for user %d: %w", id, err)
		}
	}
	return drawApp(key)
}

// PendingApp returns the secret that waits for its first code. The error is
// ErrNoFactor where none does.
func (r *Register) PendingApp(ctx context.Context, now time.Time, id int64) (App, error) {
	key, err := r.pendingApp(ctx, now, id)
	if err == nil && key == "" {
		err = ErrNoFactor
	}
	if err != nil {
		return App{}, fmt.Errorf("an app for user %d: %w", id, err)
	}
	return drawApp(key)
}

// newApp makes and keeps a secret that waits for its first code.
func (r *Register) newApp(ctx context.Context, now time.Time, u User) (string, error) {
	made, err := totp.Generate(totp.GenerateOpts{Issuer: appIssuer, AccountName: u.Email, Period: appPeriod, SecretSize: appSecret})
	if err != nil {
		return "", err
	}
	err = r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := selectUser(ctx, tx, "u.id = ?", u.ID)
		if err != nil {
			return err
		}
		sealed, err := r.sealUnder(row, "app", []byte(made.String()))
		if err != nil {
			return err
		}
		_, err = database.Exec(ctx, tx, `INSERT INTO user_apps (user_id, pending, pending_at) VALUES (?, ?, ?)
			ON CONFLICT (user_id) DO UPDATE SET pending = EXCLUDED.pending, pending_at = EXCLUDED.pending_at`,
			u.ID, sealed, now.UTC().Truncate(time.Microsecond))
		return err
	})
	return made.String(), err
}

// pendingApp returns the otpauth address that waits for its first code, or "".
func (r *Register) pendingApp(ctx context.Context, now time.Time, id int64) (string, error) {
	var sealed []byte
	err := database.Row(ctx, r.db.Read(), []any{&sealed},
		"SELECT pending FROM user_apps WHERE user_id = ? AND pending IS NOT NULL AND pending_at > ?", id, now.UTC().Add(-pendingIs))
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	plain, err := r.openOf(ctx, r.db.Read(), id, "app", sealed)
	return string(plain), err
}

func drawApp(address string) (App, error) {
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return App{}, errors.New("the secret of the app cannot be read")
	}
	image, err := key.Image(qrPixels, qrPixels)
	if err != nil {
		return App{}, err
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image); err != nil {
		return App{}, err
	}
	secret := key.Secret()
	var groups []string
	for len(secret) > 0 {
		n := min(4, len(secret))
		groups, secret = append(groups, secret[:n]), secret[n:]
	}
	return App{Secret: strings.Join(groups, " "), URL: address, QR: picture.Bytes()}, nil
}

// ConfirmApp makes the secret that waits the one that counts, once a code shows
// that the app has it, and returns ten recovery codes, which nobody can read
// again. An app from before and older recovery codes end with it; tries are
// counted as at the sign-in. Errors are ErrFactor, ErrNoFactor when nothing
// waits, and [ErrTooMany].
func (r *Register) ConfirmApp(ctx context.Context, now time.Time, id int64, code, network string, also ...Along) ([]string, error) {
	tried, err := r.try(ctx, now, id, network)
	if err != nil {
		return nil, err
	}
	address, err := r.pendingApp(ctx, now, id)
	switch {
	case err != nil:
		return nil, err
	case address == "":
		return nil, ErrNoFactor
	}
	period, right := matches(address, code, now)
	if !right {
		return nil, ErrFactor
	}
	var codes []string
	err = r.change(ctx, id, "setting up an app", func(ctx context.Context, tx bun.Tx, row *userRow) error {
		res, err := database.Exec(ctx, tx, `UPDATE user_apps SET sealed = pending, confirmed_at = ?, last_step = ?, pending = NULL, pending_at = NULL
			WHERE user_id = ? AND pending IS NOT NULL`, now.UTC().Truncate(time.Microsecond), period, id)
		if n, err := affected(res, err); err != nil || n == 0 {
			return errors.Join(err, ErrNoFactor)
		}
		if err := tried.charges.giveBack(ctx, tx); err != nil {
			return err
		}
		codes, err = r.newCodes(ctx, tx, id)
		row.App, row.Codes = true, len(codes)
		return err
	}, also)
	return codes, err
}

// RemoveApp takes the app away, and the recovery codes with it when no other
// factor is left. Errors are ErrNoFactor where there is none and ErrLastFactor.
func (r *Register) RemoveApp(ctx context.Context, id int64, also ...Along) error {
	return r.change(ctx, id, "removing an app", func(ctx context.Context, tx bun.Tx, row *userRow) error {
		if !row.App {
			return ErrNoFactor
		}
		if row.App = false; !row.factors().Any() {
			if err := r.keepsFactor(ctx, tx, row); err != nil {
				return err
			}
			row.Codes = 0
			return clearFactors(ctx, tx, id)
		}
		_, err := database.Exec(ctx, tx, "DELETE FROM user_apps WHERE user_id = ?", id)
		return err
	}, also)
}

// useAppCode uses up a code of the app. Of two who come with the same one the
// second finds its period gone.
func (r *Register) useAppCode(ctx context.Context, tx bun.Tx, now time.Time, id int64, code string) (bool, error) {
	var sealed []byte
	var last int64
	err := database.Row(ctx, tx, []any{&sealed, &last}, "SELECT sealed, last_step FROM user_apps WHERE user_id = ? AND confirmed_at IS NOT NULL", id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	address, err := r.openOf(ctx, tx, id, "app", sealed)
	if err != nil {
		return false, err
	}
	period, right := matches(string(address), code, now)
	if !right || period <= last {
		return false, nil
	}
	n, err := affected(database.Exec(ctx, tx, "UPDATE user_apps SET last_step = ? WHERE user_id = ? AND last_step < ?", period, id, period))
	return n == 1, err
}

// matches says for which period a code is right. All periods are compared,
// whichever fits, so that the time it takes says nothing.
func matches(address, code string, now time.Time) (period int64, right bool) {
	key, err := otp.NewKeyFromURL(address)
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	if err != nil || len(code) != otp.DigitsSix.Length() {
		return 0, false
	}
	for p := now.Unix()/appPeriod - appSkew; p <= now.Unix()/appPeriod+appSkew; p++ {
		want, err := hotp.GenerateCodeCustom(key.Secret(), uint64(max(0, p)), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			period, right = p, true
		}
	}
	return period, right
}

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
