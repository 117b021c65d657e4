package chromium_test

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// start builds "dsr dev", starts it with its sample requests on a free port and
// returns its address.
func start(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "dsr")
	if out, err := exec.Command("go", "build", "-o", program, "dsr/cmd/dsr").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	command := exec.Command(program, "dev", "--dir", filepath.Join(dir, "run"), "--listen", address, "--quiet")
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(os.Interrupt)
		command.Wait()
	})
	// It says where its pages are once it serves them.
	base := "http://" + address
	for said := bufio.NewScanner(out); said.Scan(); {
		if strings.Contains(said.Text(), base+"/mailbox") {
			return base
		}
	}
	t.Fatal("the program did not start")
	return ""
}

// The program as a newcomer starts it: the pages of the team and the mailbox
// are read by axe-core, light at a desk and dark on a phone.
func TestTheConsoleIsForEverybody(t *testing.T) {
	t.Parallel()
	b := openTab(t, "")
	if b == nil {
		return
	}
	b.base = start(t)
	b.width(desk).visit("/console/signin").answers(200)
	look[int](b, `document.getElementsByName('email')[0].value='mara@example.com',document.getElementsByName('password')[0].value='try-it-on-this-machine',0`)
	b.load(func(context.Context) error {
		look[int](b, "document.querySelector('main form button').click(),0")
		return nil
	})
	request := look[string](b, `document.querySelector('.c-ref a').getAttribute('href')`)
	paths := []string{"/console", "/console?q=is:overdue+right:portability", "/console?q=nonsense:x", "/console?q=is:closed", "/console/agents", "/console/policies", "/console/policies/moxora", "/console/me",
		request, request + "/extend", request + "/message", request + "/ask-clarification", request + "/assign", request + "/note", request + "/decide", request + "/why/respond.law",
		"/mailbox", "/mailbox?as=text", "/mailbox?as=raw"}
	count := new(tally)
	for _, path := range paths {
		b.width(1440).prefers("prefers-color-scheme", "light")
		b.visit(path).answers(200)
		b.name = path
		b.axed(count)
		b.width(phone).prefers("prefers-color-scheme", "dark")
		b.axed(count, "wide")
		b.width(narrow).holds("wide")
	}
	t.Logf("%d pages; %s", len(paths), count)
}
