package people

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Recovery codes stand in for a second factor that is lost. Each works once. A
// code is ten letters and digits of base 32, 50 bits, far more than anybody can
// guess within the limits; the database keeps a keyed hash of each.
const (
	recoveryCodes  = 10
	recoveryLength = 10
)

// NewCodes replaces the recovery codes of somebody who has a second factor, and
// returns the new ones, which nobody can read again. The error is ErrNoFactor
// where there is nothing to recover.
func (r *Register) NewCodes(ctx context.Context, id int64, also ...Along) (codes []string, err error) {
	err = r.change(ctx, id, "making recovery codes", func(ctx context.Context, tx bun.Tx, row *userRow) error {
		if !row.factors().Any() {
			return ErrNoFactor
		}
		codes, err = r.newCodes(ctx, tx, id)
		row.Codes = len(codes)
		return err
	}, also)
	return codes, err
}

// newCodes makes recovery codes anew; those from before are gone.
func (r *Register) newCodes(ctx context.Context, tx bun.Tx, id int64) ([]string, error) {
	if _, err := database.Exec(ctx, tx, "DELETE FROM user_codes WHERE user_id = ?", id); err != nil {
		return nil, err
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		code := rand.Text()[:recoveryLength]
		if _, err := database.Exec(ctx, tx, "INSERT INTO user_codes (user_id, mark) VALUES (?, ?)", id, r.codeMark(id, code)); err != nil {
			return nil, err
		}
		codes[i] = code[:recoveryLength/2] + "-" + code[recoveryLength/2:]
	}
	return codes, nil
}

// useRecoveryCode uses up a recovery code, however it is typed.
func (r *Register) useRecoveryCode(ctx context.Context, tx bun.Tx, now time.Time, id int64, typed string) (bool, error) {
	code := strings.ToUpper(letters(typed))
	if len(code) != recoveryLength {
		return false, nil
	}
	n, err := affected(database.Exec(ctx, tx, "UPDATE user_codes SET used_at = ? WHERE user_id = ? AND mark = ? AND used_at IS NULL",
		now.UTC().Truncate(time.Microsecond), id, r.codeMark(id, code)))
	return n == 1, err
}

// codeMark is a recovery code as the database keeps it, bound to whose it is.
func (r *Register) codeMark(id int64, code string) []byte {
	return r.ring.Index("user_codes.mark", strconv.FormatInt(id, 10)+"\n"+code)
}
