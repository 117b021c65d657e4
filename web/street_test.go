package web_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/intake"
	"dsr/internal/dbtest"
	"dsr/mailer"
	"dsr/mailer/inbox"
	"dsr/outbox"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/vault"
	"dsr/web"
	"dsr/words"
)

// street is a running site with a real database, on a clock that the test
// moves, and a letter box at its end.
type street struct {
	*testing.T
	site    web.Site
	server  *httptest.Server
	handler http.Handler
	mara    access.Caller // handler of all policies
	post    []mailer.Envelope
	log     *safeBuffer
	mails   *intake.Register

	mu    sync.Mutex
	clock time.Time
}

func (s *street) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

// later moves the clock on.
func (s *street) later(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = s.clock.Add(d)
}

// safeBuffer is a log that several goroutines write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// openStreet starts a site; change may set fields of it first.
func openStreet(t *testing.T, change ...func(*web.Site)) *street {
	t.Helper()
	s := &street{T: t, log: new(safeBuffer)}
	// Sessions begin by the system's clock, so the test begins there too.
	s.clock = time.Now().UTC().Truncate(time.Second)
	db := dbtest.Open(t, dbtest.SQLite(t))
	ring, err := vault.CreateRing(filepath.Join(t.TempDir(), "keys"), s.clock)
	if err != nil {
		t.Fatal(err)
	}
	s.furnish(db, ring)
	for _, c := range change {
		c(&s.site)
	}
	if s.handler, err = web.New(s.site); err != nil {
		t.Fatal(err)
	}
	s.server = httptest.NewServer(s.handler)
	t.Cleanup(s.server.Close)
	return s
}

func (s *street) furnish(db *database.DB, ring *vault.Ring) {
	s.Helper()
	s.mails = intake.Open(db, ring)
	cost := people.OWASP()
	cost.Memory, cost.Passes = 64, 1
	register, err := people.New(db, ring, cost)
	if err != nil {
		s.Fatal(err)
	}
	catalogue, err := words.Load()
	if err != nil {
		s.Fatal(err)
	}
	book, err := policies.Load(policies.Options{})
	if err != nil {
		s.Fatal(err)
	}
	office, err := requests.Open(s.Context(), s.clock, requests.Settings{
		DB: db, Book: book, Ring: ring, Words: catalogue, People: register, BaseURL: "https://privacy.example.com",
	})
	if err != nil {
		s.Fatal(err)
	}
	user, err := register.Create(s.Context(), s.clock, people.User{
		Email: "mara@example.com", Name: "Mara Lindqvist", Role: access.Handler, Policies: access.AllPolicies(), Active: true,
	}, "a long enough pass phrase")
	if err != nil {
		s.Fatal(err)
	}
	s.mara = user.Caller()
	s.site = web.Site{
		Office: office, Book: book, People: register, Words: catalogue, Ring: ring, DB: db, Now: s.now,
		Log:    slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Limits: web.Limits{Drafts: plenty(), Intake: plenty(), Mailbox: plenty(), FormTime: -1},
	}
}

// plenty is a limit that no test reaches by accident.
func plenty() people.Limit { return people.Limit{Count: 100_000, Per: time.Hour} }

// withMailbox gives a site the mailbox of a developer's machine.
func withMailbox(t *testing.T) (*inbox.Inbox, func(*web.Site)) {
	t.Helper()
	box, err := inbox.Start(inbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box, func(s *web.Site) { s.Inbox = box }
}

// deliver sends every letter that waits.
func (s *street) deliver() {
	s.Helper()
	s.drain(map[string]outbox.Handler{"letter": s.jobs()["letter"]})
}

// jobs are all kinds of work, with the letter box at the end of the street.
func (s *street) jobs() map[string]outbox.Handler {
	return s.site.Office.Jobs("privacy@example.com", s.now, func(_ context.Context, e mailer.Envelope) error {
		s.post = append(s.post, e)
		return nil
	})
}

// drain does the work that waits of some kinds, and says how much it was.
func (s *street) drain(jobs map[string]outbox.Handler) int {
	s.Helper()
	done, err := outbox.Drain(s.Context(), s.site.DB, s.now(), jobs)
	if err != nil {
		s.Fatal(err)
	}
	return done
}

// link returns the path of the link in the newest letter to a requester.
func (s *street) link() string {
	s.Helper()
	s.deliver()
	for i := len(s.post) - 1; i >= 0; i-- {
		if _, rest, found := strings.Cut(s.post[i].Text, "https://privacy.example.com/r/"); found {
			return "/r/" + strings.Fields(rest)[0]
		}
	}
	s.Fatal("no letter holds a link")
	return ""
}

// do carries out a verb as Mara.
func (s *street) do(reference string, v requests.Verb) {
	s.Helper()
	if _, err := s.site.Office.Do(s.Context(), s.mara, s.now(), reference, 0, v); err != nil {
		s.Fatalf("%T: %v", v, err)
	}
}

// sql alters the database behind the site's back.
func (s *street) sql(statement string) {
	s.Helper()
	err := s.site.DB.Write(s.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, statement)
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
}

// count returns how many requests there are.
func (s *street) count() int {
	s.Helper()
	page, err := s.site.Office.Queue(s.Context(), s.mara, s.now(), requests.Filter{}, requests.Page{})
	if err != nil {
		s.Fatal(err)
	}
	return page.Total
}
