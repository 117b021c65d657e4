package drafts_test

import (
	"context"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dsr/database"
	"dsr/drafts"
	"dsr/internal/dbtest"
	"dsr/vault"
)

func now() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC) }

func each(t *testing.T, test func(t *testing.T, db *database.DB, d *drafts.Drawer)) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring, err := vault.CreateRing(filepath.Join(t.TempDir(), "keys"), now())
		if err != nil {
			t.Fatal(err)
		}
		test(t, db, drafts.Open(db, ring))
	})
}

func begin(t *testing.T, d *drafts.Drawer, at time.Time, answers string) string {
	t.Helper()
	secret, err := d.Begin(t.Context(), at, "moxora", []byte(answers))
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestADraftIsReadAndChangedUnderItsSecretAndPolicyOnly(t *testing.T) {
	each(t, func(t *testing.T, _ *database.DB, d *drafts.Drawer) {
		secret := begin(t, d, now(), "one")
		got, err := d.Read(t.Context(), now().Add(time.Hour), "moxora", secret)
		if err != nil || string(got.Answers) != "one" || !got.Begun.Equal(now()) || got.Submission != 0 {
			t.Errorf("read %+v, %v", got, err)
		}
		err = d.Change(t.Context(), now().Add(time.Hour), "moxora", secret, func(answers []byte) ([]byte, error) { return append(answers, " and two"...), nil })
		if err != nil {
			t.Fatal(err)
		}
		if got, err = d.Read(t.Context(), now(), "moxora", secret); err != nil || string(got.Answers) != "one and two" {
			t.Errorf("after the change %q, %v", got.Answers, err)
		}
		for name, try := range map[string][2]string{"another policy": {"opvio", secret}, "another secret": {"moxora", strings.Repeat("A", 26)}, "none": {"moxora", ""}} {
			if _, err := d.Read(t.Context(), now(), try[0], try[1]); !errors.Is(err, drafts.ErrGone) {
				t.Errorf("%s: %v", name, err)
			}
		}
		failed := errors.New("it does not fit")
		if err := d.Change(t.Context(), now(), "moxora", secret, func([]byte) ([]byte, error) { return nil, failed }); !errors.Is(err, failed) {
			t.Errorf("a change that failed: %v", err)
		}
	})
}

func TestADraftEndsADayAfterItsLastAnswer(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, d *drafts.Drawer) {
		secret := begin(t, d, now(), "one")
		change := func(at time.Time) error {
			return d.Change(t.Context(), at, "moxora", secret, func(a []byte) ([]byte, error) { return a, nil })
		}
		if err := change(now().Add(23 * time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Read(t.Context(), now().Add(46*time.Hour), "moxora", secret); err != nil {
			t.Errorf("within a day of the change: %v", err)
		}
		if err := change(now().Add(48 * time.Hour)); !errors.Is(err, drafts.ErrGone) {
			t.Errorf("after its end: %v", err)
		}
		// The next one takes the ended ones away.
		begin(t, d, now().Add(49*time.Hour), "another")
		if n := rows(t, db); n != 1 {
			t.Errorf("%d drafts are kept, want 1", n)
		}
	})
}

func rows(t *testing.T, db *database.DB) (n int) {
	t.Helper()
	if err := database.Row(t.Context(), db.Read(), []any{&n}, "SELECT count(*) FROM drafts"); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestASentDraftForgetsItsAnswersAndRemembersWhatItBecame(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, d *drafts.Drawer) {
		secret := begin(t, d, now(), "my address")
		if err := d.Sent(t.Context(), secret, 4711); err != nil {
			t.Fatal(err)
		}
		got, err := d.Read(t.Context(), now(), "moxora", secret)
		if err != nil || got.Submission != 4711 || got.Answers != nil {
			t.Errorf("read %+v, %v", got, err)
		}
		err = d.Change(t.Context(), now(), "moxora", secret, func(a []byte) ([]byte, error) { return a, nil })
		if !errors.Is(err, drafts.ErrSent) {
			t.Errorf("a change: %v", err)
		}
		var sealed []byte
		if err := database.Row(t.Context(), db.Read(), []any{&sealed}, "SELECT sealed FROM drafts"); err != nil || sealed != nil {
			t.Errorf("it still holds %d bytes: %v", len(sealed), err)
		}
	})
}

func TestTheDatabaseHoldsNeitherSecretNorAnswer(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, d *drafts.Drawer) {
		secret := begin(t, d, now(), "dana.whitlock@example.org")
		var hash, sealed []byte
		if err := database.Row(context.Background(), db.Read(), []any{&hash, &sealed}, "SELECT id_hash, sealed FROM drafts"); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(sealed), "dana") || strings.Contains(string(hash), secret) || hex.EncodeToString(hash) == secret {
			t.Error("it can be read")
		}
	})
}
