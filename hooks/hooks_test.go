package hooks_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dsr/hooks"
)

const key = "a key of thirty-two characters ok"

// read reads a file of hooks, with a key beside it.
func read(t *testing.T, content string) (hooks.List, error) {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{"hooks.yaml": content, "key": key + "\n", "address": "https://hooks.example.com/secret/path\n", "short": "short"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return hooks.Read(filepath.Join(folder, "hooks.yaml"))
}

func one(t *testing.T, url, format string) *hooks.Hook {
	t.Helper()
	secret := "secret_file: key"
	if format == hooks.Slack {
		secret = ""
	}
	list, err := read(t, fmt.Sprintf("hooks:\n  - name: oncall\n    url: %s\n    format: %s\n    %s\n", url, format, secret))
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func event() hooks.Event {
	return hooks.Event{
		ID: "MOX-4K7P-92/respond.law/overdue/1780000000", Kind: hooks.Overdue, Reference: "MOX-4K7P-92", Policy: "moxora",
		Clock: "Answer, by law", Basis: "GDPR Art. 12(3)", Due: "2026-12-07", Planned: "2026-12-07T23:00:00Z",
		Link: "https://privacy.example.com/console/requests/MOX-4K7P-92",
	}
}

func TestAFileNamesHooksAndItsFaultsHaveAPlace(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"both forms":          {"hooks:\n  - {name: oncall, url: 'https://a.example/x', format: json, secret_file: key, policies: [moxora], events: [overdue, escalated]}\n  - {name: chat, url_file: address, format: slack}\n", ""},
		"a key nobody knows":  {"hooks:\n  - {name: oncall, url: 'https://a.example/x', format: slack, token: x}\n", "hooks.yaml:2"},
		"no address":          {"hooks:\n  - {name: oncall, format: slack}\n", "give either url or url_file"},
		"two addresses":       {"hooks:\n  - {name: oncall, url: 'https://a.example', url_file: address, format: slack}\n", "hooks.yaml:2"},
		"a plain address":     {"hooks:\n  - {name: oncall, url: 'http://a.example/x', format: slack}\n", "https://"},
		"a name for loopback": {"hooks:\n  - {name: oncall, url: 'http://localhost:80/x', format: slack}\n", "https://"},
		"a password in it":    {"hooks:\n  - {name: oncall, url: 'https://u:p@a.example/x', format: slack}\n", "its address is not like"},
		"an unsigned post":    {"hooks:\n  - {name: oncall, url: 'https://a.example/x', format: json}\n", "secret_file"},
		"a short key":         {"hooks:\n  - {name: oncall, url: 'https://a.example/x', format: json, secret_file: short}\n", "fewer than 16"},
		"an event nobody has": {"hooks:\n  - {name: oncall, url: 'https://a.example/x', format: slack, events: [late]}\n", `"late" is no kind`},
		"a name twice":        {"hooks:\n  - {name: oncall, url: 'https://a.example/x', format: slack}\n  - {name: oncall, url: 'https://a.example/x', format: slack}\n", "hooks.yaml:3"},
		"a name that is none": {"hooks:\n  - {name: On Call, url: 'https://a.example/x', format: slack}\n", "lower-case"},
		"a form that is none": {"hooks:\n  - {name: oncall, url: 'https://a.example/x', format: xml}\n", "format"},
		"a missing secret":    {"hooks:\n  - {name: oncall, url_file: nowhere, format: slack}\n", "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := read(t, c.file)
			switch {
			case c.want == "" && (err != nil || len(list) != 2):
				t.Errorf("%d hooks: %v", len(list), err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			case err != nil && (strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "secret/path")):
				t.Errorf("a secret stands in %v", err)
			}
			if c.want == "" && (!list[0].Wants("moxora", hooks.Overdue) || list[0].Wants("opvio", hooks.Overdue) || list[0].Wants("moxora", hooks.Soon) || !list[1].Wants("opvio", hooks.Soon)) {
				t.Error("the hooks want other events than the file says")
			}
		})
	}
}

func TestAPostIsSignedAndHoldsTheEventAlone(t *testing.T) {
	now := time.Date(2026, 12, 7, 23, 0, 5, 0, time.UTC)
	var got http.Header
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got, body = r.Header, must(io.ReadAll(r.Body))
	}))
	defer server.Close()
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // is not asked
	if err := (hooks.Poster{}).Post(t.Context(), now, one(t, server.URL+"/in", hooks.JSON), event()); err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "%d.%s", now.Unix(), body)
	if want := fmt.Sprintf("t=%d,v1=%s", now.Unix(), hex.EncodeToString(mac.Sum(nil))); got.Get(hooks.SignatureHeader) != want {
		t.Errorf("the signature is %q, want %q", got.Get(hooks.SignatureHeader), want)
	}
	var e hooks.Event
	if err := json.Unmarshal(body, &e); err != nil || e != event() {
		t.Errorf("the body is %s: %v", body, err)
	}
	if err := (hooks.Poster{}).Post(t.Context(), now, one(t, server.URL+"/in", hooks.Slack), event()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), `"text":"MOX-4K7P-92: overdue"`) || !strings.Contains(string(body), `"blocks":[`) || got.Get(hooks.SignatureHeader) != "" {
		t.Errorf("Slack got %s", body)
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// liar answers every question for a name with an address of this machine.
func liar(t *testing.T) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	go func() {
		packet := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(packet)
			if err != nil {
				return
			}
			end := 12
			for packet[end] != 0 {
				end += int(packet[end]) + 1
			}
			end += 5
			answer := append([]byte{}, packet[:end]...)
			answer[2], answer[3], answer[10], answer[11] = 0x81, 0x80, 0, 0
			if packet[end-3] == 1 && n > 0 { // A
				answer[7] = 1
				answer = append(answer, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1)
			}
			server.WriteTo(answer, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

func TestNoPostGoesWhereItMustNot(t *testing.T) {
	reached := 0
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer inside.Close()
	_, port, _ := net.SplitHostPort(inside.Listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "rebound.example.com", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "10.1.2.3", "192.168.1.1", "172.16.0.9",
		"169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "100.64.0.1", "0.0.0.0", "[::]", "192.0.2.1", "224.0.0.1", "[2002:7f00:1::1]", "240.0.0.1"} {
		h := one(t, "'https://"+host+":"+port+"/x'", hooks.JSON)
		err := hooks.Poster{Resolver: liar(t), Timeout: 5 * time.Second}.Post(t.Context(), time.Now(), h, event())
		if !errors.Is(err, hooks.ErrGuarded) {
			t.Errorf("a post to %s gave %v", host, err)
		}
	}
	if reached != 0 {
		t.Errorf("%d posts arrived", reached)
	}
}

func TestWhatAHookMayAnswer(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"yes":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }, ""},
		"a fault": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, "the answer was 500"},
		"go to the cloud": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		}, "redirects are not followed"},
		"nothing, for ever": {func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}, "no answer in time"},
		"a body without end": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 32<<10)); err != nil {
					return
				}
			}
		}, ""},
		"a head without end": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		}, "the connection failed"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.answer)
			defer server.CloseClientConnections()
			err := hooks.Poster{Timeout: 300 * time.Millisecond}.Post(t.Context(), time.Now(), one(t, server.URL+"/secret-path", hooks.JSON), event())
			switch {
			case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			case err != nil && (strings.Contains(err.Error(), "secret-path") || strings.Contains(err.Error(), "127.0.0.1")):
				t.Errorf("the address stands in %v", err)
			}
		})
	}
}

// gate is an address at which a test decides who is answered and how.
type gate struct {
	*httptest.Server
	came    chan string // a path that was asked for
	answers chan int    // 0: hang up
}

func newGate(t *testing.T) *gate {
	g := &gate{came: make(chan string, 100), answers: make(chan int, 100)}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.came <- r.URL.Path
		status := <-g.answers
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(g.Close)
	return g
}

func TestAHookThatDoesNotAnswerIsLeftAloneForAWhile(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	g := newGate(t)
	list, err := read(t, fmt.Sprintf("hooks:\n  - {name: gone, url: '%[1]s/gone', format: slack}\n  - {name: well, url: '%[1]s/well', format: slack}\n", g.URL))
	if err != nil {
		t.Fatal(err)
	}
	posts := hooks.NewPosts(hooks.Poster{}, func() time.Time { return now })
	post := func(hook int, after time.Duration, asked, answer int, want string) {
		t.Helper()
		now = now.Add(after)
		for range asked {
			g.answers <- answer
		}
		before := len(g.came)
		err := posts.Post(t.Context(), list[hook], event())
		if n := len(g.came) - before; n != asked || !strings.Contains(fmt.Sprint(err), want) || errors.Is(err, hooks.ErrResting) != (asked == 0) {
			t.Errorf("%s was asked %d times and gave %v, want %q", list[hook].Name, n, err, want)
		}
	}
	const gone, well, hangsUp = 0, 1, 0
	post(gone, 0, 1, hangsUp, "the connection failed")
	post(gone, 0, 0, hangsUp, "left alone for now: the connection failed")
	post(well, 0, 1, http.StatusOK, "<nil>")
	post(gone, 19*time.Second, 0, hangsUp, "left alone for now")
	post(gone, time.Second, 1, hangsUp, "the connection failed")
	post(gone, 19*time.Second, 0, hangsUp, "left alone for now")
	post(gone, time.Second, 1, http.StatusInternalServerError, "the answer was 500") // it took no time
	post(gone, 0, 1, http.StatusOK, "<nil>")
}

func TestOnePostAtATimeTriesAHookThatDidNotAnswer(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	g := newGate(t)
	h := one(t, g.URL, hooks.Slack)
	posts := hooks.NewPosts(hooks.Poster{}, func() time.Time { return now })
	g.answers <- 0
	if err := posts.Post(t.Context(), h, event()); err == nil {
		t.Fatal("nobody answered, and it was posted")
	}
	<-g.came
	now = now.Add(20 * time.Second)
	ended := make(chan error)
	go func() { ended <- posts.Post(t.Context(), h, event()) }()
	<-g.came // and is kept waiting
	if err := posts.Post(t.Context(), h, event()); !errors.Is(err, hooks.ErrResting) {
		t.Errorf("another post beside it gave %v", err)
	}
	g.answers <- http.StatusOK
	if err := <-ended; err != nil {
		t.Error(err)
	}
	g.answers <- http.StatusOK
	if err := posts.Post(t.Context(), h, event()); err != nil {
		t.Errorf("once it answers again: %v", err)
	}
}

func TestAPostThatWeCutOffSaysNothingOfItsHook(t *testing.T) {
	g := newGate(t)
	h := one(t, g.URL, hooks.Slack)
	posts := hooks.NewPosts(hooks.Poster{}, time.Now)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		<-g.came
		stop()
	}()
	if err := posts.Post(ctx, h, event()); err == nil {
		t.Fatal("nobody answered, and it was posted")
	}
	g.answers <- http.StatusOK // to nobody who listens
	g.answers <- http.StatusOK
	if err := posts.Post(t.Context(), h, event()); err != nil {
		t.Errorf("the next one gave %v", err)
	}
}
