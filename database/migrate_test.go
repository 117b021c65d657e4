package database_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/internal/dbtest"
)

// racerURL names, in a child process, the database to migrate.
const racerURL = "DSR_TEST_MIGRATE"

func TestMain(m *testing.M) {
	if url := os.Getenv(racerURL); url != "" {
		if err := race(url); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	m.Run()
}

// race waits for the start and migrates.
func race(url string) error {
	ctx := context.Background()
	db, err := database.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	return db.Migrate(ctx)
}

func TestSeveralProcessesMigrateAtOnce(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		var racers []*racer
		for range 4 {
			racers = append(racers, startRacer(t, url))
		}
		for _, r := range racers {
			if line, err := r.out.ReadString('\n'); line != "ready\n" {
				t.Fatalf("%q %v", line, err)
			}
		}
		for _, r := range racers {
			fmt.Fprintln(r.in)
		}
		for _, r := range racers {
			said, _ := r.out.ReadString(0)
			if err := r.cmd.Wait(); err != nil {
				t.Errorf("%v: %s", err, said)
			}
		}
		wantStepsOnce(t, dbtest.Open(t, url))
	})
}

type racer struct {
	cmd *exec.Cmd
	in  *os.File
	out *bufio.Reader
}

func startRacer(t *testing.T, url string) *racer {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), racerURL+"="+url)
	cmd.Stderr = os.Stderr
	hear, say, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin = hear
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hear.Close()
	t.Cleanup(func() { say.Close() })
	return &racer{cmd: cmd, in: say, out: bufio.NewReader(out)}
}

// wantStepsOnce holds the notes of what was applied against the files.
func wantStepsOnce(t *testing.T, db *database.DB) {
	t.Helper()
	var steps, different int
	err := database.Row(t.Context(), db.Read(), []any{&steps, &different}, "SELECT COUNT(*), COUNT(DISTINCT name) FROM bun_migrations")
	if err != nil || steps == 0 || steps != different {
		t.Errorf("%d notes of %d steps, %v", steps, different, err)
	}
}

func TestSeveralGoroutinesMigrateAtOnceWhileOthersWrite(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		var wg sync.WaitGroup
		first := openThings(t, url)
		for i := range 6 {
			wg.Go(func() {
				db, err := database.Open(context.Background(), url)
				if err != nil {
					t.Error(err)
					return
				}
				err = errors.Join(db.MigrateFiles(context.Background(), things()), first.Write(context.Background(), add(fmt.Sprint(i))), db.Close())
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		wantStepsOnce(t, first)
		wantNames(t, first, "0", "1", "2", "3", "4", "5")
	})
}

func TestADatabaseOfANewerProgramIsRefusedAndLeftAlone(t *testing.T) {
	eachThings(t, func(t *testing.T, db *database.DB) {
		newer := things()
		newer["002_later.tx.up.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE later (id {{.PK}});")}
		if err := db.MigrateFiles(t.Context(), newer); err != nil {
			t.Fatal(err)
		}
		err := db.MigrateFiles(t.Context(), things())
		if !errors.Is(err, database.ErrNewer) || !strings.Contains(err.Error(), "step 002") {
			t.Errorf("got %v, want that step 002 is from a newer program", err)
		}
		wantStepsOnce(t, db)
	})
}

func TestAStepThatFailsLeavesTheDatabaseBeforeIt(t *testing.T) {
	eachThings(t, func(t *testing.T, db *database.DB) {
		broken := things()
		broken["002_later.tx.up.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE later (id {{.PK}});\n--bun:split\nCREATE TABLE things (id {{.PK}});")}
		if err := db.MigrateFiles(t.Context(), broken); err == nil {
			t.Error("a broken step was applied")
		}
		mended := things()
		mended["002_later.tx.up.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE later (id {{.PK}});")}
		if err := db.MigrateFiles(t.Context(), mended); err != nil {
			t.Error(err)
		}
		wantStepsOnce(t, db)
	})
}

func TestACrashBetweenAStepAndBunsNoteIsHarmless(t *testing.T) {
	db := openThings(t, dbtest.SQLite(t))
	trigger := func(query string) {
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, query)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	later := things()
	later["002_later.tx.up.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE later (id {{.PK}});")}
	trigger("CREATE TRIGGER crash BEFORE UPDATE ON bun_migrations BEGIN SELECT RAISE(ABORT, 'crash'); END")
	if err := db.MigrateFiles(t.Context(), later); err == nil {
		t.Error("the note of Bun did not fail")
	}
	trigger("DROP TRIGGER crash")
	if err := db.MigrateFiles(t.Context(), later); err != nil {
		t.Error(err)
	}
	wantStepsOnce(t, db)
}

func TestWaitingForOtherMigrationsEndsWithTheContext(t *testing.T) {
	eachThings(t, func(t *testing.T, db *database.DB) {
		unlock, err := db.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- db.MigrateFiles(ctx, things()) }()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that it was called off", err)
		}
		unlock()
		if err := db.MigrateFiles(t.Context(), things()); err != nil {
			t.Error(err)
		}
	})
}
