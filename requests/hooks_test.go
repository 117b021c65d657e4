package requests_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/hooks"
	"dsr/outbox"
	"dsr/policies"
	"dsr/requests"
	"dsr/words"
)

// again opens a second office over the same house, with hooks.
func (h *house) withHooks(list hooks.List) *house {
	h.Helper()
	catalogue, err := words.Load()
	if err != nil {
		h.Fatal(err)
	}
	book, err := policies.Load(policies.Options{})
	if err != nil {
		h.Fatal(err)
	}
	h.Office, err = requests.Open(h.Context(), h.clock, requests.Settings{
		DB: h.db, Book: book, Ring: h.ring, Words: catalogue, People: h.people, BaseURL: "https://privacy.example.com", Hooks: list,
	})
	if err != nil {
		h.Fatal(err)
	}
	return h
}

func TestHooksHearOfRemindersAndAFailingOneIsTold(t *testing.T) {
	each(t, func(h *house) {
		answer, posts := http.StatusOK, []string{}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			posts = append(posts, r.URL.Path)
			w.WriteHeader(answer)
		}))
		defer server.Close()
		file := filepath.Join(t.TempDir(), "hooks.yaml")
		content := fmt.Sprintf("hooks:\n  - {name: all, url: '%[1]s/all', format: slack}\n  - {name: late, url: '%[1]s/late', format: slack, policies: [sectora], events: [overdue, escalated]}\n  - {name: other, url: '%[1]s/other', format: slack, policies: [moxora]}\n", server.URL)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := hooks.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		admin := h.hire("admin@example.com", "Ada Admin", access.Administrator, access.AllPolicies())
		h.withHooks(list).working().tells("2026-03-23 06:00", "mara@example.com due in 10 days").on("2026-04-02 22:00").sweep()
		slices.Sort(posts)
		if want := []string{"/all", "/all", "/all", "/late", "/late"}; !slices.Equal(posts, want) {
			t.Errorf("posts to %v, want %v", posts, want)
		}
		answer, posts = http.StatusInternalServerError, nil
		told := 0
		for end := h.on("2026-04-07 05:00").sweep().clock.AddDate(0, 0, 5); h.clock.Before(end); h.clock = h.clock.Add(time.Hour) {
			h.post = nil
			h.deliver()
			for _, e := range h.post {
				if e.To == "admin@example.com" && strings.Contains(e.Subject, "do not reach") {
					told++
				}
			}
		}
		if told != 2 || len(posts) < 40 {
			t.Errorf("administrators heard %d times of two hooks that failed %d times", told, len(posts))
		}
		dead, err := outbox.List(h.Context(), h.db.Read(), outbox.StateDead, 10, 0)
		if err != nil || len(dead) != 2 {
			t.Errorf("%d jobs were given up: %v", len(dead), err)
		}
		states, err := h.HookStates(h.Context(), admin)
		if err != nil || len(states) != 3 || states[0].Fault != "the answer was 500" || states[0].FailingSince.IsZero() || !states[2].FailingSince.IsZero() {
			t.Errorf("the hooks are %+v: %v", states, err)
		}
		if _, err := h.HookStates(h.Context(), h.mara); err == nil {
			t.Error("a handler may see the hooks")
		}
		h.verified()
	})
}

// TestAHookThatDoesNotAnswerIsAskedOnceForAll: what waits for it beside that is
// tried again later, and says nothing about it.
func TestAHookThatDoesNotAnswerIsAskedOnceForAll(t *testing.T) {
	each(t, func(h *house) {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			asked++
			panic(http.ErrAbortHandler)
		}))
		defer server.Close()
		file := filepath.Join(t.TempDir(), "hooks.yaml")
		if err := os.WriteFile(file, fmt.Appendf(nil, "hooks:\n  - {name: gone, url: '%s', format: slack}\n", server.URL), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := hooks.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		h.withHooks(list).on("2026-03-02")
		for range 5 {
			h.receive("sectora", "DE", policies.Access)
		}
		h.on("2026-03-23 12:00").sweep()
		h.stored("SELECT COUNT(*) FROM outbox WHERE kind = 'hook' AND state = 'ready' AND attempts = 1", 5)
		h.stored("SELECT COUNT(*) FROM outbox WHERE kind = 'hook' AND last_error LIKE 'the hook gave no answer a moment ago%'", 4)
		h.stored("SELECT COUNT(*) FROM hooks WHERE fault LIKE 'the connection failed%'", 1)
		if asked != 1 {
			t.Errorf("it was asked %d times", asked)
		}
	})
}
