package people_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/people"
)

// browser keeps the cookies of one visitor.
type browser struct {
	t        *testing.T
	sessions *scs.SessionManager
	cookies  map[string]string
	last     *http.Cookie
}

// console describes the sessions of staff. Their clock runs ahead of the
// system's, which is the one the session library reads.
func console(ahead *time.Duration) people.Options {
	return people.Options{Cookie: "dsr_console", Path: "/console", Lifetime: 12 * time.Hour, IdleTimeout: time.Hour,
		Now: func() time.Time { return time.Now().Add(*ahead) }}
}

func newBrowser(t *testing.T, db *database.DB, o people.Options) *browser {
	return &browser{t: t, sessions: people.Sessions(db, o), cookies: map[string]string{}}
}

// visit makes a request and returns what the page wrote.
func (b *browser) visit(page func(r *http.Request) string) string {
	b.t.Helper()
	b.sessions.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) { fmt.Fprint(w, "error: ", err) }
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, "/", nil)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, page(r))
	})).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.last = c
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return w.Body.String()
}

func (b *browser) enter(id int64) {
	b.t.Helper()
	b.visit(func(r *http.Request) string {
		if err := people.Enter(r.Context(), b.sessions, id); err != nil {
			b.t.Error(err)
		}
		return ""
	})
}

// who returns whose session it is, by id, or 0.
func (b *browser) who() (id int64) {
	b.t.Helper()
	b.visit(func(r *http.Request) string {
		id = people.Entered(r.Context(), b.sessions)
		return ""
	})
	return id
}

func (b *browser) want(id int64, when string) {
	b.t.Helper()
	if got := b.who(); got != id {
		b.t.Errorf("%s the session is that of %d, want %d", when, got, id)
	}
}

func TestSessions(t *testing.T) {
	tell(t, []story{
		{"a session is theirs until they sign out", aSessionIsTheirsUntilTheySignOut},
		{"signing in changes the token", signingInChangesTheToken},
		{"the token is not in the database", theTokenIsNotInTheDatabase},
		{"a token of one kind opens no session of another", aTokenOfOneKindOpensNoSessionOfAnother},
		{"revoking ends all sessions of one person", revokingEndsAllSessionsOfOnePerson},
		{"a revoked session is not saved anew by a request under way", aRevokedSessionIsNotSavedAnewByARequestUnderWay},
		{"a session ends by the clock", aSessionEndsByTheClock},
		{"the sweep takes sessions a day after their end", theSweepTakesSessionsADayAfterTheirEnd},
		{"a visit alone is not written each time", aVisitAloneIsNotWrittenEachTime},
		{"a session holds ids and states only", whatASessionHolds},
	})
}

func aSessionIsTheirsUntilTheySignOut(t *testing.T, db *database.DB, _ *people.Register, _ people.User) {
	b := newBrowser(t, db, console(new(time.Duration)))
	b.want(0, "before signing in")
	if n := count(t, db, "sessions"); n != 0 {
		t.Errorf("a visitor left %d sessions", n)
	}
	b.enter(12)
	b.want(12, "after signing in")
	token := b.cookies["dsr_console"]
	b.visit(func(r *http.Request) string { return fmt.Sprint(b.sessions.Destroy(r.Context())) })
	b.want(0, "after signing out")
	b.cookies["dsr_console"] = token
	b.want(0, "with the old token")
}

func signingInChangesTheToken(t *testing.T, db *database.DB, _ *people.Register, _ people.User) {
	b := newBrowser(t, db, console(new(time.Duration)))
	b.visit(func(r *http.Request) string {
		b.sessions.Put(r.Context(), "seen", true)
		return ""
	})
	planted := b.cookies["dsr_console"]
	b.enter(12)
	b.want(12, "after signing in")
	if b.cookies["dsr_console"] == planted {
		t.Error("the token stayed the same")
	}
	b.cookies["dsr_console"] = planted
	b.want(0, "with the token from before")
}

func theTokenIsNotInTheDatabase(t *testing.T, db *database.DB, _ *people.Register, _ people.User) {
	b := newBrowser(t, db, console(new(time.Duration)))
	b.enter(12)
	var rows []map[string]any
	if err := db.Read().NewSelect().Table("sessions").Scan(t.Context(), &rows); err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	token := b.cookies["dsr_console"]
	for column, value := range rows[0] {
		if strings.Contains(fmt.Sprintf("%s", value), token[:20]) {
			t.Errorf("%s holds the token", column)
		}
	}
	hash, _ := rows[0]["token_hash"].([]byte)
	if len(hash) != 32 {
		t.Errorf("the hash has %d bytes", len(hash))
	}
	b.cookies["dsr_console"] = base64.RawURLEncoding.EncodeToString(hash)
	b.want(0, "with the hash for a token")
}

func TestCookies(t *testing.T) {
	db := dbtest.Open(t, dbtest.SQLite(t))
	for _, c := range []struct {
		path   string
		secure bool
		want   string
	}{
		{"/", true, "__Host-dsr_portal=%s; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"/console", true, "__Secure-dsr_portal=%s; Path=/console; HttpOnly; Secure; SameSite=Lax"},
		{"/", false, "dsr_portal=%s; Path=/; HttpOnly; SameSite=Lax"},
	} {
		b := newBrowser(t, db, people.Options{Cookie: "dsr_portal", Path: c.path, Lifetime: time.Hour, Secure: c.secure, Now: time.Now})
		b.enter(12)
		if want := fmt.Sprintf(c.want, b.last.Value); b.last.String() != want {
			t.Errorf("got  %s\nwant %s", b.last, want)
		}
		b.want(12, "with this cookie")
	}
}

func aTokenOfOneKindOpensNoSessionOfAnother(t *testing.T, db *database.DB, _ *people.Register, _ people.User) {
	staff := newBrowser(t, db, console(new(time.Duration)))
	staff.enter(12)
	portal := newBrowser(t, db, people.Options{Cookie: "dsr_portal", Path: "/", Lifetime: time.Hour, Now: time.Now})
	portal.cookies["dsr_portal"] = staff.cookies["dsr_console"]
	portal.want(0, "with the token of the console")
	portal.visit(func(r *http.Request) string { return fmt.Sprint(portal.sessions.Destroy(r.Context())) })
	staff.want(12, "after the portal was left")
}

func revokingEndsAllSessionsOfOnePerson(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	var seats []*browser
	for range 3 {
		seats = append(seats, newBrowser(t, db, console(new(time.Duration))))
	}
	desk, phone, other := seats[0], seats[1], seats[2]
	other.enter(kim.ID + 1)
	for name, revoke := range map[string]func() error{
		"once revoked,":        func() error { return register.RevokeAll(t.Context(), kim.ID) },
		"once Kim has left,":   func() error { return register.Deactivate(t.Context(), kim.ID) },
		"with a new password,": func() error { return register.SetPassword(t.Context(), kim.ID, "eleven herons, no boat") },
	} {
		desk.enter(kim.ID)
		phone.enter(kim.ID)
		if err := revoke(); err != nil {
			t.Fatal(err)
		}
		desk.want(0, name)
		phone.want(0, name)
		other.want(kim.ID+1, name)
	}
}

func aRevokedSessionIsNotSavedAnewByARequestUnderWay(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	b := newBrowser(t, db, console(new(time.Duration)))
	b.enter(kim.ID)
	token := b.cookies["dsr_console"]
	b.visit(func(r *http.Request) string {
		if err := register.RevokeAll(r.Context(), kim.ID); err != nil {
			t.Error(err)
		}
		// A sweep within the day leaves the mark that it ended.
		if _, err := register.Sweep(r.Context(), time.Now().Add(20*time.Hour)); err != nil {
			t.Error(err)
		}
		b.sessions.Put(r.Context(), "seen", true)
		return ""
	})
	b.cookies["dsr_console"] = token
	b.want(0, "after the request")
}

func aSessionEndsByTheClock(t *testing.T, db *database.DB, _ *people.Register, _ people.User) {
	for _, c := range []struct {
		name  string
		ahead time.Duration
		lives bool
	}{
		{"within the idle time", 59 * time.Minute, true},
		{"after the idle time", 61 * time.Minute, false},
		{"after a lifetime", 13 * time.Hour, false},
		{"a clock set back a little", -4 * time.Minute, true},
		{"a clock set back by a day", -24 * time.Hour, false},
		{"a clock set back by years", -24 * 365 * 5 * time.Hour, false},
	} {
		ahead := new(time.Duration)
		b := newBrowser(t, db, console(ahead))
		b.enter(12)
		*ahead = c.ahead
		if got := b.who(); (got == 12) != c.lives {
			t.Errorf("%s: the session is that of %d", c.name, got)
		}
	}
}

func theSweepTakesSessionsADayAfterTheirEnd(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	newBrowser(t, db, console(new(time.Duration))).enter(12)
	for _, step := range []struct {
		after time.Duration
		left  int
	}{{24 * time.Hour, 1}, {26 * time.Hour, 0}} {
		if _, err := register.Sweep(t.Context(), time.Now().Add(step.after)); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "sessions"); n != step.left {
			t.Errorf("after %v %d are left, want %d", step.after, n, step.left)
		}
	}
}

func aVisitAloneIsNotWrittenEachTime(t *testing.T, db *database.DB, _ *people.Register, _ people.User) {
	b := newBrowser(t, db, console(new(time.Duration)))
	b.enter(12)
	expiry := func() (at time.Time) {
		if err := database.Row(t.Context(), db.Read(), []any{&at}, "SELECT expires_at FROM sessions"); err != nil {
			t.Fatal(err)
		}
		return at
	}
	began := expiry()
	b.want(12, "at once")
	if !expiry().Equal(began) {
		t.Error("a visit at once was written")
	}
	write(t, db, "UPDATE sessions SET expires_at = ?", began.Add(-50*time.Minute))
	b.want(12, "after 50 minutes")
	if got := expiry(); got.Before(began) {
		t.Errorf("a visit after 50 minutes left the end at %v", got)
	}
}

func whatASessionHolds(t *testing.T, db *database.DB, _ *people.Register, _ people.User) {
	b := newBrowser(t, db, console(new(time.Duration)))
	b.visit(func(r *http.Request) string {
		for key, value := range map[string]any{"n": int64(-7), "list": []int64{3, 1}, "text": "saved", "flag": true} {
			b.sessions.Put(r.Context(), key, value)
		}
		return ""
	})
	b.visit(func(r *http.Request) string {
		ctx := r.Context()
		list, _ := b.sessions.Get(ctx, "list").([]int64)
		if b.sessions.GetInt64(ctx, "n") != -7 || !slices.Equal(list, []int64{3, 1}) || b.sessions.GetString(ctx, "text") != "saved" || !b.sessions.GetBool(ctx, "flag") {
			t.Error("something was lost")
		}
		return ""
	})
	for name, value := range map[string]any{"a float": 1.5, "a long text": strings.Repeat("x", 201), "bytes": bytes.Repeat([]byte("x"), 3)} {
		answer := b.visit(func(r *http.Request) string {
			b.sessions.Put(r.Context(), "odd", value)
			return ""
		})
		if !strings.HasPrefix(answer, "error: a session holds") {
			t.Errorf("%s: %q", name, answer)
		}
	}
	write(t, db, "UPDATE sessions SET content = ?", []byte("of another version"))
	b.visit(func(r *http.Request) string {
		if b.sessions.Exists(r.Context(), "n") {
			t.Error("content that cannot be read was read")
		}
		return ""
	})
}
