package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// today is the clock of every script that sets no other with NOW.
const today = "2026-03-02T09:00:00Z"

// TestMain makes this binary the dsr of the scripts: one that goes by the clock
// in NOW and is the product in everything else.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dsr": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		now, err := time.Parse(time.RFC3339, os.Getenv("NOW"))
		if err != nil {
			fmt.Fprintln(os.Stderr, "NOW:", err)
			os.Exit(3)
		}
		t := &terminal{ctx: ctx, in: os.Stdin, out: os.Stdout, err: os.Stderr, now: func() time.Time { return now }}
		os.Exit(run(t, os.Args[1:]))
	}})
}

// TestScripts plays the command line as its users type it. After a change of
// texts that is meant, DSR_UPDATE_SCRIPTS=1 writes the new ones into the
// scripts.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("DSR_UPDATE_SCRIPTS") == "1",
		Setup: func(env *testscript.Env) error {
			env.Setenv("NOW", today)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"change":   change,
			"dropline": dropLine,
			"mode":     mode,
			"receive":  receive,
			"occupied": occupied,
			"noted":    noted,
			"pack":     pack,
			"cut":      cut,
		},
	})
}

// exits runs a program and checks its exit code: exits 2 dsr nonsense.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("it exits with %d, not with %d", got, want)
	}
}

// change writes a file anew with one text in place of another, at the first
// place it stands: change good.yaml bad.yaml 'zone: UTC' 'zone: Mars'. \n is a
// line end.
func change(ts *testscript.TestScript, _ bool, args []string) {
	text, lines := ts.ReadFile(args[0]), strings.NewReplacer(`\n`, "\n")
	old, into := lines.Replace(args[2]), lines.Replace(args[3])
	if !strings.Contains(text, old) {
		ts.Fatalf("%s does not hold %q", args[0], old)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Replace(text, old, into, 1)), 0o600))
}

// dropLine writes a file anew without one of its lines: dropline FROM INTO 3.
func dropLine(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.SplitAfter(ts.ReadFile(args[0]), "\n")
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Join(append(lines[:n-1:n-1], lines[n:]...), "")), 0o600))
}

// mode checks who may read a file: mode 0600 keys.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%#o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has the mode %s, not %s", args[1], got, args[0])
	}
}

// noted puts the checkpoint that an audit command printed into ANCHOR: noted
// FILE.
func noted(ts *testscript.TestScript, _ bool, args []string) {
	_, rest, found := strings.Cut(ts.ReadFile(args[0]), "Last checkpoint: ")
	anchor, _, _ := strings.Cut(rest, "\n")
	if !found {
		ts.Fatalf("%s names no checkpoint", args[0])
	}
	ts.Setenv("ANCHOR", anchor)
}
