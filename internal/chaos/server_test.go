package chaos_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dsr/mailer/inbox"
	"dsr/vault"
)

// program is the path of the dsr that TestMain built.
var program string

// TestMain builds the program once for all tests. They wait more than they
// compute, so more of them run at a time than there are processors.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		if err := flag.Set("test.parallel", "8"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		dir, err := os.MkdirTemp("", "dsr-chaos-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "dsr")
		build := exec.Command("go", "build", "-o", program, "dsr/cmd/dsr")
		build.Stdout, build.Stderr = os.Stderr, os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "building the program:", err)
			return 1
		}
		return m.Run()
	}())
}

const (
	// patience is how long anything may take on a busy machine before a test
	// gives up.
	patience = 3 * time.Minute
	// look is how often a condition is looked at that nothing announces.
	look = 20 * time.Millisecond
)

// until waits until a condition holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(look)
	defer tick.Stop()
	end := time.NewTimer(patience)
	defer end.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatalf("waited %v in vain until %s", patience, what)
		}
	}
}

// place is where a server runs: a folder with its keys, a database, a port of
// its own and a mailbox that its letters go to. It outlives the server.
type place struct {
	*testing.T
	dir, keys string
	database  string // its address
	listen    string
	mail      string // its mail file
	box       *inbox.Inbox
	log       *logbook
}

// newPlace makes a place with a mailbox. The database is a SQLite file in the
// folder unless another is named.
func newPlace(t *testing.T, database string) *place {
	t.Helper()
	p := &place{T: t, dir: t.TempDir(), database: database, log: &logbook{T: t}}
	p.keys = filepath.Join(p.dir, "keys")
	if p.database == "" {
		p.database = "sqlite://" + filepath.Join(p.dir, "dsr.db")
	}
	if _, err := vault.CreateRing(p.keys, time.Now()); err != nil {
		t.Fatal(err)
	}
	p.listen = freePort(t)
	p.mail = filepath.Join(p.dir, "mail.yaml")
	// All letters go to one domain, and nobody waits for its turn here.
	p.must(os.WriteFile(p.mail, []byte("outgoing:\n  limits: {per_minute: 0, per_domain_per_minute: 0}\n"), 0o600))
	p.box = openBox(t, "")
	t.Cleanup(p.log.checkAndShow)
	return p
}

// beside is a second place on the same database, keys and mailbox.
func (p *place) beside() *place {
	other := *p
	other.listen = freePort(p.T)
	return &other
}

func openBox(t *testing.T, address string) *inbox.Inbox {
	t.Helper()
	box, err := inbox.Start(inbox.Options{Address: address, Keep: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// server is one process of dsr serve.
type server struct {
	*place
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process is gone and its log is read
	err    error         // how it ended; set before exited is closed
}

// start starts a server and waits until it serves.
func (p *place) start() *server {
	p.Helper()
	s := &server{place: p, exited: make(chan struct{})}
	s.cmd = exec.Command(program, "serve", "--database", p.database, "--key-file", p.keys, "--listen", p.listen,
		"--smtp-url", "smtp://"+p.box.Address(), "--mail-from", "privacy@house.example", "--trusted-proxies", "127.0.0.1/32",
		"--mail", p.mail)
	s.cmd.Dir = p.dir
	s.cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := s.cmd.StderrPipe()
	if err != nil {
		p.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() {
		s.cmd.Process.Kill()
		<-s.exited
	})
	serving := make(chan struct{})
	go s.follow(out, serving)
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-serving:
	case <-s.exited:
		p.Fatalf("the server ended before it served: %v", s.err)
	case <-late.C:
		p.Fatal("the server does not serve")
	}
	return s
}

// follow reads the log of the process to its end.
func (s *server) follow(out io.Reader, serving chan struct{}) {
	defer close(s.exited)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s.log.add(lines.Text())
		var line struct{ Msg string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
			close(serving)
		}
	}
	s.err = s.cmd.Wait()
}

// kill ends the process as a power cut does to it.
func (s *server) kill() {
	s.cmd.Process.Signal(syscall.SIGKILL)
	<-s.exited
}

// stop asks the process to end and returns how long it took. It must end
// without a fault.
func (s *server) stop() time.Duration {
	s.Helper()
	began := time.Now()
	s.cmd.Process.Signal(syscall.SIGTERM)
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-s.exited:
	case <-late.C:
		s.Fatal("the server does not end when asked to")
	}
	if s.err != nil {
		s.Fatalf("the server did not end cleanly: %v", s.err)
	}
	return time.Since(began)
}

// url is the address of a page.
func (p *place) url(path string) string { return "http://" + p.listen + path }

// get loads a page and returns its status and text.
func (p *place) get(path string) (int, string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url(path), nil)
	if err != nil {
		p.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		p.Fatal(err)
	}
	return res.StatusCode, string(page)
}

// logbook keeps what the servers of a place said.
type logbook struct {
	*testing.T
	mu    sync.Mutex
	lines []string
}

func (l *logbook) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

// find returns the lines that hold a text.
func (l *logbook) find(text string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []string
	for _, line := range l.lines {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

// checkAndShow proves that no log names a person, and shows the faults of a
// test that failed.
func (l *logbook) checkAndShow() {
	for _, line := range l.find("person-") {
		l.Errorf("the log names a person: %s", line)
	}
	if l.Failed() {
		for _, line := range l.lines {
			if !strings.Contains(line, `"msg":"visit"`) {
				l.Log(line)
			}
		}
	}
}
