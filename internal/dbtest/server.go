package dbtest

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// script makes and starts a server in the folder $2 with the programs in $1,
// says "ready", and stops and removes it when its standard input ends: when
// the test binary is gone, also after kill -9. Durability is switched off; the
// short deadlock timeout lets tests collide quickly.
const script = `
"$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$2/log" 2>&1 &&
"$1/pg_ctl" -D "$2/data" -l "$2/log" -w -o "-c listen_addresses='' -c unix_socket_directories='$2' \
	-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off \
	-c max_connections=300 -c shared_buffers=32MB -c deadlock_timeout=50ms" start >>"$2/log" 2>&1 &&
echo ready || tail -n 1 "$2/log"
cat >/dev/null
"$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1
rm -rf "$2"
`

// postgres is a server to make databases on.
type postgres struct {
	url   string
	admin *sql.DB
	alive io.WriteCloser // our server stops when this is closed; nil if not ours
}

func findServer() (*postgres, error) {
	found := &postgres{url: os.Getenv("DSR_TEST_POSTGRES_URL")}
	if found.url == "" {
		dir, alive, err := startServer()
		if err != nil {
			return nil, err
		}
		query := url.Values{"host": {dir}, "user": {"postgres"}}
		found.url = (&url.URL{Scheme: "postgres", Path: "/postgres", RawQuery: query.Encode()}).String()
		found.alive = alive
	}
	config, err := pgx.ParseConfig(found.url)
	if err != nil {
		return nil, err
	}
	found.admin = stdlib.OpenDB(*config)
	return found, found.admin.Ping()
}

// startServer returns the folder of a new server, where its socket is, and
// what keeps it alive.
func startServer() (dir string, alive io.WriteCloser, err error) {
	programs, err := findPrograms()
	if err != nil {
		return "", nil, err
	}
	dir, err = os.MkdirTemp("", "dsr-postgres-")
	if err != nil {
		return "", nil, err
	}
	attributes, err := attributesFor(dir)
	if err != nil {
		return "", nil, err
	}
	alive, err = start(programs, dir, attributes)
	return dir, alive, err
}

// findPrograms returns the folder of the newest installed server.
func findPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		version := func(path string) int {
			n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
			return n
		}
		newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
		return filepath.Dir(newest), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("no server is installed")
	}
	path, err = filepath.EvalSymlinks(path)
	return filepath.Dir(path), err
}

// attributesFor gives the server a process group of its own, so that an
// interrupt at the keyboard ends the tests first. When root runs the tests dir
// and server belong to the user postgres: the server refuses to run as root.
func attributesFor(dir string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() != 0 {
		return attributes, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("root cannot run the server: %w", err)
	}
	uid, errU := strconv.Atoi(account.Uid)
	gid, errG := strconv.Atoi(account.Gid)
	if err := errors.Join(errU, errG, os.Chown(dir, uid, gid)); err != nil {
		return nil, err
	}
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, nil
}

func start(programs, dir string, attributes *syscall.SysProcAttr) (alive io.WriteCloser, err error) {
	cmd := exec.Command("sh", "-c", script, "sh", programs, dir)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.SysProcAttr = attributes
	alive, err = cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "ready\n" {
		alive.Close()
		return nil, errors.Join(fmt.Errorf("starting a server: %q", line), err)
	}
	return alive, nil
}
