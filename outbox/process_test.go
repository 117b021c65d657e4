package outbox_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/outbox"
)

// In a child process, workerURL names the database and workerHangs makes its
// handler never return.
const (
	workerURL   = "DSR_TEST_WORKER"
	workerHangs = "DSR_TEST_WORKER_HANGS"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(workerURL); url != "" {
		if err := work(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	m.Run()
}

// work does letters until its standard input ends, and says which.
func work(url string) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	db, err := database.Open(ctx, url)
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	w := outbox.NewWorker(db, time.Now, outbox.Options{Poll: 5 * time.Millisecond})
	w.Run(ctx, map[string]outbox.Handler{"letter": func(ctx context.Context, job outbox.Job) error {
		fmt.Println(job.ID)
		if os.Getenv(workerHangs) != "" {
			<-ctx.Done()
		}
		return nil
	}})
	return db.Close()
}

// child is a worker in another process.
type child struct {
	cmd *exec.Cmd
	in  io.Closer
	out *bufio.Scanner
}

func startChild(t *testing.T, url string, hangs bool) *child {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), workerURL+"="+url)
	if hangs {
		cmd.Env = append(cmd.Env, workerHangs+"=1")
	}
	cmd.Stderr = os.Stderr
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	return &child{cmd: cmd, in: in, out: bufio.NewScanner(out)}
}

func TestProcessesNeverShareAJob(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		const count = 200
		db := dbtest.Open(t, url)
		var jobs []outbox.Job
		for i := range count {
			jobs = append(jobs, letter(fmt.Sprint(i)))
		}
		add(t, db, time.Now().Add(-time.Second), jobs...)
		said := make(chan string)
		var children []*child
		for range 3 {
			c := startChild(t, url, false)
			children = append(children, c)
			go func() {
				for c.out.Scan() {
					said <- c.out.Text()
				}
				said <- ""
			}()
		}
		times := make(map[string]int)
		total := 0
		for ended := 0; ended < len(children); {
			id := <-said
			if id == "" {
				ended++
				continue
			}
			times[id]++
			if total++; total == count {
				for _, c := range children {
					c.in.Close()
				}
			}
		}
		for _, c := range children {
			if err := c.cmd.Wait(); err != nil {
				t.Error(err)
			}
		}
		if len(times) != count || total != count {
			t.Errorf("%d jobs were done %d times, want %d once each", len(times), total, count)
		}
		wantState(t, db, "0", outbox.StateDone)
	})
}

func TestAJobOutlivesItsWorker(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		db := dbtest.Open(t, url)
		now := time.Now()
		add(t, db, now.Add(-time.Second), letter("a"))
		c := startChild(t, url, true)
		if !c.out.Scan() {
			t.Fatal("the child did not begin")
		}
		if err := c.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := c.cmd.Wait(); err == nil {
			t.Fatal("the child ended in peace")
		}
		if jobs := claim(t, db, time.Now(), 1); len(jobs) != 0 {
			t.Errorf("the job was taken while its lease ran: %+v", jobs)
		}
		wantState(t, db, "a", outbox.StateLeased)
		claim(t, db, time.Now().Add(2*time.Minute), 1) // finds the lease run out
		jobs := claim(t, db, time.Now().Add(5*time.Minute), 1)
		if len(jobs) != 1 || jobs[0].Attempts != 2 {
			t.Errorf("claimed %+v after the lease, want the job again", jobs)
		}
	})
}
