package people_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/people"
)

func TestTheSecondFactor(t *testing.T) {
	tell(t, []story{
		{"an app counts once a code of it has come", anAppCountsOnceACodeOfItHasCome},
		{"a code is taken once", aCodeIsTakenOnce},
		{"clocks may differ by half a minute", clocksMayDifferByHalfAMinute},
		{"a recovery code works once, however it is typed", aRecoveryCodeWorksOnce},
		{"neither secret nor codes can be read in the tables", neitherSecretNorCodesCanBeRead},
		{"the password alone makes no network known", thePasswordAloneMakesNoNetworkKnown},
		{"who has only the first factor is nobody", whoHasOnlyTheFirstFactorIsNobody},
		{"a lost factor is taken away with its sessions", aLostFactorIsTakenAway},
		{"an app is replaced without a gap", anAppIsReplacedWithoutAGap},
		{"by when somebody has to have one", byWhenSomebodyHasToHaveOne},
	})
}

// secretOf reads the secret as somebody's app does.
func secretOf(t testing.TB, app people.App) string {
	t.Helper()
	u, err := url.Parse(app.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("secret")
}

func codeAt(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// wrongAt is a code that is not right about an instant.
func wrongAt(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	for n := 0; ; n++ {
		code, right := fmt.Sprintf("%06d", n), false
		for _, skew := range []time.Duration{-30, 0, 30} {
			right = right || code == codeAt(t, secret, at.Add(skew*time.Second))
		}
		if !right {
			return code
		}
	}
}

// withApp sets up an app at an instant and returns its secret and the recovery
// codes.
func withApp(t testing.TB, register *people.Register, id int64, at time.Time) (secret string, codes []string) {
	t.Helper()
	app, err := register.BeginApp(t.Context(), at, id)
	if err != nil {
		t.Fatal(err)
	}
	secret = secretOf(t, app)
	if codes, err = register.ConfirmApp(t.Context(), at, id, codeAt(t, secret, at), office); err != nil {
		t.Fatal(err)
	}
	return secret, codes
}

func factorsOf(t testing.TB, register *people.Register, id int64) people.Factors {
	t.Helper()
	u, err := register.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return u.Factors
}

func anAppCountsOnceACodeOfItHasCome(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	app, err := register.BeginApp(t.Context(), monday, kim.ID)
	if err != nil {
		t.Fatal(err)
	}
	again, err := register.BeginApp(t.Context(), monday.Add(time.Minute), kim.ID)
	if err != nil || again.Secret != app.Secret {
		t.Errorf("the page loaded again shows another secret: %v", err)
	}
	if !strings.HasPrefix(app.URL, "otpauth://totp/dsr:kim@moxora.example?") || strings.ReplaceAll(app.Secret, " ", "") != secretOf(t, app) || len(app.QR) < 200 {
		t.Errorf("%q %q, a picture of %d bytes", app.URL, app.Secret, len(app.QR))
	}
	if factorsOf(t, register, kim.ID).Any() {
		t.Error("it counts before a code has come")
	}
	if _, err := register.ConfirmApp(t.Context(), monday, kim.ID, wrongAt(t, secretOf(t, app), monday), office); !errors.Is(err, people.ErrFactor) {
		t.Errorf("a wrong code: %v", err)
	}
	codes, err := register.ConfirmApp(t.Context(), monday, kim.ID, codeAt(t, secretOf(t, app), monday), office)
	if err != nil || len(codes) != 10 || factorsOf(t, register, kim.ID) != (people.Factors{App: true, Codes: 10}) {
		t.Errorf("%v, %d codes, %+v", err, len(codes), factorsOf(t, register, kim.ID))
	}
	if _, err := register.ConfirmApp(t.Context(), monday, kim.ID, codeAt(t, secretOf(t, app), monday), office); !errors.Is(err, people.ErrNoFactor) {
		t.Errorf("confirmed twice: %v", err)
	}
	later, err := register.BeginApp(t.Context(), monday.Add(time.Hour), kim.ID)
	if err != nil || later.Secret == app.Secret {
		t.Errorf("an old secret is shown again: %v", err)
	}
}

func aCodeIsTakenOnce(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	secret, _ := withApp(t, register, kim.ID, monday)
	if _, err := register.PassFactor(t.Context(), monday, kim.ID, codeAt(t, secret, monday), office); !errors.Is(err, people.ErrFactor) {
		t.Errorf("the code of the set-up: %v", err)
	}
	now := monday.Add(time.Minute)
	var passed int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			_, err := register.PassFactor(t.Context(), now, kim.ID, codeAt(t, secret, now), office)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				passed++
			} else if !errors.Is(err, people.ErrFactor) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if passed != 1 {
		t.Errorf("%d of four with the same code at once came in", passed)
	}
}

func clocksMayDifferByHalfAMinute(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	secret, _ := withApp(t, register, kim.ID, monday)
	for i, c := range []struct {
		off  time.Duration
		want bool
	}{{-30, true}, {30, true}, {-90, false}, {90, false}, {0, true}} {
		now := monday.Add(time.Duration(i+1) * time.Hour)
		code := codeAt(t, secret, now.Add(c.off*time.Second))
		if i == 4 {
			code = " " + code[:3] + " " + code[3:] // as apps show it
		}
		if _, err := register.PassFactor(t.Context(), now, kim.ID, code, office); (err == nil) != c.want {
			t.Errorf("off by %d seconds: %v", c.off, err)
		}
	}
}

func aRecoveryCodeWorksOnce(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	_, codes := withApp(t, register, kim.ID, monday)
	lee := create(t, register, people.User{Email: "lee@moxora.example", Name: "Lee", Role: kim.Role, Policies: kim.Policies})
	withApp(t, register, lee.ID, monday)
	if _, err := register.PassFactor(t.Context(), monday, lee.ID, codes[0], office); !errors.Is(err, people.ErrFactor) {
		t.Errorf("a colleague's code: %v", err)
	}
	if _, err := register.PassFactor(t.Context(), monday, kim.ID, " "+strings.ToLower(strings.ReplaceAll(codes[0], "-", " ")), office); err != nil {
		t.Errorf("typed otherwise: %v", err)
	}
	if _, err := register.PassFactor(t.Context(), monday, kim.ID, codes[0], office); !errors.Is(err, people.ErrFactor) {
		t.Errorf("a second time: %v", err)
	}
	fresh, err := register.NewCodes(t.Context(), kim.ID)
	if err != nil || len(fresh) != 10 || factorsOf(t, register, kim.ID).Codes != 10 {
		t.Errorf("%v, %v", fresh, err)
	}
	if _, err := register.PassFactor(t.Context(), monday, kim.ID, codes[1], office); !errors.Is(err, people.ErrFactor) {
		t.Errorf("a code from before: %v", err)
	}
}

func neitherSecretNorCodesCanBeRead(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	secret, codes := withApp(t, register, kim.ID, monday)
	for _, table := range []string{"user_apps", "user_codes"} {
		var rows []map[string]any
		if err := db.Read().NewSelect().Table(table).Scan(t.Context(), &rows); err != nil || len(rows) == 0 {
			t.Fatal(table, err)
		}
		for _, row := range rows {
			for column, value := range row {
				text := fmt.Sprintf("%s", value)
				if strings.Contains(text, secret) || strings.Contains(text, codes[0][:5]) {
					t.Errorf("%s.%s shows it", table, column)
				}
			}
		}
	}
	// What is sealed for one does not open for another.
	lee := create(t, register, people.User{Email: "lee@moxora.example", Name: "Lee", Role: kim.Role, Policies: kim.Policies})
	write(t, db, "UPDATE user_apps SET user_id = ? WHERE user_id = ?", lee.ID, kim.ID)
	if _, err := register.PassFactor(t.Context(), monday.Add(time.Hour), lee.ID, codeAt(t, secret, monday.Add(time.Hour)), office); err == nil || errors.Is(err, people.ErrFactor) {
		t.Errorf("a secret moved to another row: %v", err)
	}
}

func thePasswordAloneMakesNoNetworkKnown(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	secret, _ := withApp(t, register, kim.ID, monday)
	went := 0
	along := func(context.Context, bun.Tx, people.User) error { went++; return nil }
	u, err := register.SignIn(t.Context(), monday, email, password, "203.0.113.9", along)
	if err != nil || !u.Factors.App || went != 0 || count(t, db, "user_networks") != 0 {
		t.Errorf("%+v, %v; %d went along, %d networks are known", u.Factors, err, went, count(t, db, "user_networks"))
	}
	now := monday.Add(time.Minute)
	if _, err := register.PassFactor(t.Context(), now, kim.ID, codeAt(t, secret, now), "203.0.113.9", along); err != nil || went != 1 || count(t, db, "user_networks") != 1 {
		t.Errorf("%v; %d went along", err, went)
	}
	if u, err := register.Find(t.Context(), kim.ID); err != nil || !u.SignedInAt.Equal(now) {
		t.Errorf("signed in at %v, %v", u.SignedInAt, err)
	}
}

func whoHasOnlyTheFirstFactorIsNobody(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	b := newBrowser(t, db, console(new(time.Duration)))
	begun := func(after time.Duration) (id int64) {
		b.visit(func(r *http.Request) string {
			id = people.Begun(r.Context(), b.sessions, monday.Add(after))
			return ""
		})
		return id
	}
	first := func() {
		b.visit(func(r *http.Request) string {
			return fmt.Sprint(people.Begin(r.Context(), b.sessions, monday, kim.ID))
		})
	}
	first()
	b.want(0, "after the first step")
	if begun(9*time.Minute) != kim.ID || begun(11*time.Minute) != 0 || begun(-time.Minute) != 0 {
		t.Errorf("the second step is owed by %d, after ten minutes by %d", begun(0), begun(11*time.Minute))
	}
	if list, err := register.Visits(t.Context(), time.Now(), kim.ID, ""); err != nil || len(list) != 0 {
		t.Errorf("it is listed as a session: %v, %v", list, err)
	}
	if err := register.SetPassword(t.Context(), kim.ID, "eleven herons, no boat"); err != nil {
		t.Fatal(err)
	}
	if begun(0) != 0 {
		t.Error("a new password leaves the first step standing")
	}
	first()
	b.enter(kim.ID)
	b.want(kim.ID, "after the second step")
	if begun(0) != 0 {
		t.Error("the first step stands after the second")
	}
}

func aLostFactorIsTakenAway(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	if err := register.ResetFactors(t.Context(), kim.ID); !errors.Is(err, people.ErrNoFactor) {
		t.Errorf("where there is none: %v", err)
	}
	secret, codes := withApp(t, register, kim.ID, monday)
	b := newBrowser(t, db, console(new(time.Duration)))
	b.enter(kim.ID)
	undo := errors.New("no")
	if err := register.ResetFactors(t.Context(), kim.ID, func(context.Context, bun.Tx, people.User) error { return undo }); !errors.Is(err, undo) || !factorsOf(t, register, kim.ID).App {
		t.Errorf("without its entry it happens all the same: %v", err)
	}
	if err := register.ResetFactors(t.Context(), kim.ID); err != nil {
		t.Fatal(err)
	}
	b.want(0, "after the reset")
	later := monday.Add(time.Hour)
	for _, code := range []string{codes[0], codeAt(t, secret, later)} {
		if _, err := register.PassFactor(t.Context(), later, kim.ID, code, office); !errors.Is(err, people.ErrFactor) {
			t.Errorf("%v", err)
		}
	}
	if u, err := register.SignIn(t.Context(), later, email, password, office); err != nil || u.Factors.Any() {
		t.Errorf("%+v, %v", u, err)
	}
}

func anAppIsReplacedWithoutAGap(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	old, _ := withApp(t, register, kim.ID, monday)
	now := monday.Add(time.Hour)
	app, err := register.BeginApp(t.Context(), now, kim.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := register.PassFactor(t.Context(), now, kim.ID, codeAt(t, old, now), office); err != nil {
		t.Errorf("the old app until then: %v", err)
	}
	if _, err := register.ConfirmApp(t.Context(), now, kim.ID, codeAt(t, secretOf(t, app), now), office); err != nil {
		t.Fatal(err)
	}
	later := now.Add(time.Hour)
	if _, err := register.PassFactor(t.Context(), later, kim.ID, codeAt(t, old, later), office); !errors.Is(err, people.ErrFactor) {
		t.Errorf("the old app afterwards: %v", err)
	}
	if _, err := register.PassFactor(t.Context(), later, kim.ID, codeAt(t, secretOf(t, app), later), office); err != nil {
		t.Errorf("the new app: %v", err)
	}
	if err := register.RemoveApp(t.Context(), kim.ID); err != nil || factorsOf(t, register, kim.ID) != (people.Factors{}) {
		t.Errorf("%v, %+v", err, factorsOf(t, register, kim.ID))
	}
}

func byWhenSomebodyHasToHaveOne(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	due := func() (time.Time, bool) {
		t.Helper()
		u, err := register.Find(t.Context(), kim.ID)
		if err != nil {
			t.Fatal(err)
		}
		by, asked, err := register.FactorDue(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		return by, asked
	}
	ask := func(policy string, days int) {
		t.Helper()
		if err := register.AskFactor(t.Context(), people.FactorRule{Policy: policy, AskedAt: monday, ByWhen: monday.AddDate(0, 0, days)}); err != nil {
			t.Fatal(err)
		}
	}
	ask("vensor", 1)
	if _, asked := due(); asked {
		t.Error("a policy they do not serve counts")
	}
	ask("opvio", 30)
	ask(people.AllOfThem, 14)
	if by, asked := due(); !asked || !by.Equal(monday.AddDate(0, 0, 14)) {
		t.Errorf("by %v, %v", by, asked)
	}
	if err := register.DropFactor(t.Context(), people.AllOfThem); err != nil {
		t.Fatal(err)
	}
	if by, asked := due(); !asked || !by.Equal(monday.AddDate(0, 0, 30)) {
		t.Errorf("by %v, %v", by, asked)
	}
	withApp(t, register, kim.ID, monday)
	if _, asked := due(); asked {
		t.Error("who has one is asked")
	}
	if err := register.RemoveApp(t.Context(), kim.ID); !errors.Is(err, people.ErrLastFactor) || !factorsOf(t, register, kim.ID).App {
		t.Errorf("the only one is taken away: %v", err)
	}
}

// A stranger who knows the password guesses ten thousand times, from many
// networks, for a day. They get nowhere, and Kim, in the office, gets in.
func TestACodeGuessedTenThousandTimesGetsNowhere(t *testing.T) {
	register := newRegister(t, dbtest.Open(t, dbtest.SQLite(t)))
	kim := create(t, register, kim())
	secret, codes := withApp(t, register, kim.ID, monday)
	if _, err := register.PassFactor(t.Context(), monday, kim.ID, codes[0], office); err != nil {
		t.Fatal(err)
	}
	judged := 0
	now := monday
	for i := range 10_000 {
		now = monday.Add(time.Duration(i) * 24 * time.Hour / 10_000)
		guess := wrongAt(t, secret, now)
		if i%2 == 0 {
			guess = fmt.Sprintf("AAAAA-%05d", i)
		}
		_, err := register.PassFactor(t.Context(), now, kim.ID, guess, fmt.Sprintf("203.0.113.%d", i%200))
		switch {
		case errors.Is(err, people.ErrFactor):
			judged++
		case !errors.As(err, new(people.ErrTooMany)):
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	if judged > 141 {
		t.Errorf("%d guesses were judged in a day", judged)
	}
	if _, err := register.PassFactor(t.Context(), now, kim.ID, codeAt(t, secret, now), office); err != nil {
		t.Errorf("Kim in the office: %v", err)
	}
	for range 30 { // in the stranger's own network nobody is spared
		register.PassFactor(t.Context(), now, kim.ID, "000000", "203.0.113.1")
	}
	if _, err := register.PassFactor(t.Context(), now.Add(time.Minute), kim.ID, codes[1], office); err != nil {
		t.Errorf("Kim in the office with a recovery code: %v", err)
	}
}
