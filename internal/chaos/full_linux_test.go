package chaos_test

import (
	"database/sql"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	_ "github.com/mattn/go-sqlite3" // the driver of foldLog
	"golang.org/x/sys/unix"
)

var errorNumber = regexp.MustCompile(`\bE-\d{8}-[0-9A-F]{4}\b`)

func TestAFullDiskRefusesClearlyAndLosesNothing(t *testing.T) {
	t.Parallel()
	const before, after = 20, 20
	d := newDisk(t)
	p := newPlace(t, "sqlite://"+filepath.Join(d.dir, "dsr.db"))
	c := p.newCrowd(0, before+after)
	s := p.start()
	d.server = s
	c.open()
	c.all(c.fillIn)
	early, late := c.people[:before], c.people[before:]
	c.each(early, c.send)

	d.foldLog()
	d.fill()
	numbers := make(chan string, after)
	c.each(late, func(who *person) {
		got := c.press(who)
		if who.receipt != "" {
			return // there was room for this one
		}
		number := errorNumber.FindString(got.page)
		if got.status != d.status || number == "" || got.header.Get("Retry-After") == "" && d.status == http.StatusServiceUnavailable {
			t.Errorf("a full disk gives status %d with the number %q and leads to %q", got.status, number, got.to)
		}
		numbers <- number
	})
	refused := len(numbers)
	if refused < after/2 {
		t.Errorf("only %d of %d forms were refused", refused, after)
	}
	for range refused {
		number := <-numbers
		until(t, "the log has the number "+number, func() bool { return len(p.log.find(number)) == 1 })
	}
	// What was confirmed can be read meanwhile.
	c.each(early, c.read)
	if status, page := p.get("/healthz"); status != http.StatusOK {
		t.Errorf("the server is not there any more: %d %s", status, page)
	}

	// There is room again: the same forms can be sent, by the same process.
	d.free()
	c.each(late, c.send)
	c.all(c.read)
	a := p.archive()
	until(t, "all letters were sent", func() bool {
		return a.count("SELECT COUNT(*) FROM letters WHERE state = 'sent'") == before+after
	})
	s.stop()
	a.sound(before + after)
	a.has(c.people)
	a.delivered(before + after)
}

// disk is a small one that a test may fill. Where no file system may be
// mounted, the files of the server are forbidden to grow instead, which SQLite
// takes for a disk that does not work.
type disk struct {
	*testing.T
	dir    string
	status int // of the page that people get while it is full
	server *server
	small  bool // it is a file system of its own
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{T: t, dir: t.TempDir(), status: http.StatusServiceUnavailable, small: true}
	if err := syscall.Mount("tmpfs", d.dir, "tmpfs", 0, "size=16m,mode=0700"); err != nil {
		t.Logf("no file system may be mounted (%v): the files of the server are kept from growing instead", err)
		d.small, d.status = false, http.StatusInternalServerError
		return d
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.dir, 0); err != nil {
			t.Error(err)
		}
	})
	return d
}

// foldLog makes SQLite's write-ahead log empty. Otherwise it would go on for a
// while in the room that it has from before.
func (d *disk) foldLog() {
	d.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(d.dir, "dsr.db"))
	if err != nil {
		d.Fatal(err)
	}
	defer db.Close()
	until(d.T, "the log is folded into the file", func() bool {
		var busy, size, folded int
		if err := db.QueryRowContext(d.Context(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &size, &folded); err != nil {
			d.Fatal(err)
		}
		return busy == 0
	})
}

// rest is what is left of a full disk in bytes: small things still fit, as that
// somebody has tried, and a request does not.
const rest = 48 << 10

// fill takes nearly all the room there is.
func (d *disk) fill() {
	d.Helper()
	if !d.small {
		d.limit(1)
		return
	}
	ballast, err := os.Create(filepath.Join(d.dir, "ballast"))
	if err != nil {
		d.Fatal(err)
	}
	defer ballast.Close()
	size, err := io.Copy(ballast, endless{})
	if !errors.Is(err, syscall.ENOSPC) {
		d.Fatalf("the disk cannot be filled: %v", err)
	}
	if err := ballast.Truncate(size - rest); err != nil {
		d.Fatal(err)
	}
}

// free makes room again.
func (d *disk) free() {
	d.Helper()
	if !d.small {
		d.limit(unix.RLIM_INFINITY)
		return
	}
	if err := os.Remove(filepath.Join(d.dir, "ballast")); err != nil {
		d.Fatal(err)
	}
}

// limit sets how large a file of the server may become, in bytes.
func (d *disk) limit(bytes uint64) {
	d.Helper()
	set := unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(d.server.cmd.Process.Pid, unix.RLIMIT_FSIZE, &set, nil); err != nil {
		d.Fatal(err)
	}
}

// endless gives zeros without end.
type endless struct{}

// Read fills p.
func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
