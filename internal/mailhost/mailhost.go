// Package mailhost gives tests a real mail host on this machine: Dovecot, which
// keeps mailboxes and serves them by IMAP, and OpenSMTPD, which takes mail by
// SMTP and hands it on by LMTP. Each runs with a configuration of its own in a
// folder of its own, on ports of the loopback, and ends with its test, or with
// the test binary however that ends.
//
// Where a server is not installed a test fails. Only where
// DSR_TEST_WITHOUT_MAIL=1 is set and CI=true is not, it is not run and says so
// in a line that begins with "NOT RUN:".
package mailhost

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to start or stop.
const patience = 15 * time.Second

// find returns the path of a server, or "" where its test is not run.
func find(t testing.TB, name string) string {
	t.Helper()
	for _, dir := range []string{"", "/usr/sbin/", "/usr/local/sbin/"} {
		if path, err := exec.LookPath(dir + name); err == nil {
			return path
		}
	}
	lacking(t, name+" is not installed")
	return ""
}

// lacking fails a test, or says that it was not run.
func lacking(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv("DSR_TEST_WITHOUT_MAIL") != "1" {
		t.Fatalf("%s; install the servers with: sudo apt-get install dovecot-imapd dovecot-lmtpd opensmtpd, or set DSR_TEST_WITHOUT_MAIL=1", why)
	}
	fmt.Fprintf(os.Stderr, "NOT RUN: %s on a real mail host: %s\n", t.Name(), why)
}

// folder makes a folder with a short name, as sockets need, that is removed
// after the test.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dsr-mail-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// account is the user that a server works as: ours, or nobody where root runs
// the tests.
type account struct{ name, group, uid, gid string }

func (a account) numbers() (uid, gid int) {
	uid, errU := strconv.Atoi(a.uid)
	gid, errG := strconv.Atoi(a.gid)
	if err := errors.Join(errU, errG); err != nil {
		panic(err)
	}
	return uid, gid
}

func unprivileged(t testing.TB) account {
	t.Helper()
	found, err := user.Current()
	if err == nil && found.Uid == "0" {
		found, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	group, err := user.LookupGroupId(found.Gid)
	if err != nil {
		t.Fatal(err)
	}
	return account{name: found.Username, group: group.Name, uid: found.Uid, gid: found.Gid}
}

// own gives a folder and what is in it to the account a server works as.
func (a account) own(t testing.TB, dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	uid, gid := a.numbers()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, uid, gid))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// port returns a port of the loopback that was free a moment ago.
func port(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// keeper runs the server in its arguments until its own standard input ends,
// which it does when the test binary is gone, also after kill -9.
//
// The server leads a group of its own, so that it can be killed with all that
// it started while the shell lives on to see it end.
const keeper = `exec 3<&0; setsid "$@" </dev/null >&2 & server=$!; echo $server
{ cat <&3; kill $server; } >/dev/null 2>&1 & wait $server; echo ended`

// process is a running server.
type process struct {
	alive io.WriteCloser // it stops when this is closed
	ended chan struct{}
	group int // of the server's processes
	shell *exec.Cmd
}

// launch starts a server and returns when each of the addresses is answered at.
func launch(t testing.TB, log string, as *syscall.Credential, addresses []string, command ...string) *process {
	t.Helper()
	p := &process{ended: make(chan struct{}), shell: exec.Command("sh", append([]string{"-c", keeper, "sh"}, command...)...)}
	p.shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	p.shell.Dir = filepath.Dir(log)
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p.shell.Stderr = file
	if p.alive, err = p.shell.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.shell.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.shell.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	if p.group, err = strconv.Atoi(lines.Text()); err != nil {
		t.Fatal(err)
	}
	go p.await(lines)
	for _, address := range addresses {
		if err := p.answers(address); err != nil {
			p.stop()
			said, _ := os.ReadFile(log)
			t.Fatalf("%s: %v; it said:\n%s", command[0], err, said)
		}
	}
	return p
}

// await sees the server end, and then what keeps it.
func (p *process) await(lines *bufio.Scanner) {
	lines.Scan()
	syscall.Kill(-p.shell.Process.Pid, syscall.SIGKILL)
	p.shell.Wait()
	close(p.ended)
}

// answers waits until a server greets whoever connects to an address.
func (p *process) answers(address string) error {
	late := time.After(patience)
	turn := time.NewTicker(10 * time.Millisecond)
	defer turn.Stop()
	for {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			conn.Close()
			return nil
		}
		select {
		case <-p.ended:
			return errors.New("it ended")
		case <-late:
			return fmt.Errorf("it does not answer at %s", address)
		case <-turn.C:
		}
	}
}

// stop ends a server as its administrator would.
func (p *process) stop() {
	p.alive.Close()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.kill()
		<-p.ended
	}
}

// kill ends a server and all that it started, as a power cut would.
func (p *process) kill() { syscall.Kill(-p.group, syscall.SIGKILL) }

// gone waits until none of a killed server's processes is left: those that are
// still dying hold its sockets, and a server that starts meanwhile takes itself
// for a second one.
func (p *process) gone(t testing.TB) {
	t.Helper()
	<-p.ended
	late := time.After(patience)
	turn := time.NewTicker(5 * time.Millisecond)
	defer turn.Stop()
	for syscall.Kill(-p.group, 0) == nil {
		select {
		case <-turn.C:
		case <-late:
			t.Fatal("a killed server does not end")
		}
	}
}
