// Command dsr keeps the rights that privacy policies promise: it receives
// data-subject requests, watches every clock, and carries each request to a
// lawful answer. This package reads flags, wires the rooms together, starts
// and stops; it decides nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // deadlines need every zone, also where the system has none

	"github.com/alecthomas/kong"
)

// commands is the command line. Every flag has a twin in the environment, and
// every secret can come from a file.
type commands struct {
	Serve     serveCommand     `cmd:"" help:"Serve the forms, the portal and the console, send letters and watch the clocks."`
	Dev       devCommand       `cmd:"" help:"Serve on this machine with sample requests and a built-in mailbox, to try things out."`
	Policy    policyCommand    `cmd:"" help:"Check, show, compare and question policy packs."`
	Deadlines deadlinesCommand `cmd:"" help:"Play worked deadline examples, and see which reminders are planned."`
	Explain   explainCommand   `cmd:"" help:"Explain the dates of a request, step by step."`
	Report    reportCommand    `cmd:"" help:"Print the yearly table of a law: what came, what was done, how long it took."`
	Audit     auditCommand     `cmd:"" help:"Verify and export the audit trail."`
	Letters   lettersCommand   `cmd:"" help:"Show letters as they would read."`
	Mail      mailCommand      `cmd:"" help:"Take a message from a mail server's pipe, and show how the watched mailboxes fare."`
	User      userCommand      `cmd:"" help:"Manage the people of the console."`
	Key       keyCommand       `cmd:"" help:"Make and rotate the key file."`
	Lifecycle lifecycleCommand `cmd:"" help:"Print everything that can happen to a request, as a Mermaid diagram."`
	Migrate   migrateCommand   `cmd:"" help:"Bring the database to the form this program needs."`
}

// errFound is returned by checks that found something: it is printed already.
var errFound = errors.New("")

// terminal is where a command prints, and the clock it goes by.
type terminal struct {
	ctx context.Context
	in  io.Reader
	out io.Writer
	err io.Writer
	now func() time.Time
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	t := &terminal{ctx: ctx, in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now}
	code := run(t, os.Args[1:])
	stop()
	os.Exit(code)
}

// run carries one command out and returns the exit code: 0 for success, 1 for
// a failure or a check that found something, 2 for a command line that cannot
// be read; where who called expects another one, that.
func run(t *terminal, args []string) int {
	var c commands
	parser, err := kong.New(&c, kong.Name("dsr"),
		kong.Description("A workflow engine for data-subject requests: it keeps the rights that privacy policies promise."),
		kong.Writers(t.out, t.err), kong.DefaultEnvars("DSR"), kong.Bind(t))
	if err != nil {
		fmt.Fprintln(t.err, "dsr:", err)
		return 2
	}
	exited := -1
	parser.Exit = func(code int) { exited = code }
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(t.err, "dsr: %v\nRun 'dsr --help' for the commands, and any of them with --help for its flags.\n", err)
		return 2
	}
	if err := command.Run(t); err != nil {
		if !errors.Is(err, errFound) {
			fmt.Fprintln(t.err, "dsr:", err)
		}
		var expected exitError
		if errors.As(err, &expected) {
			return expected.code
		}
		return 1
	}
	return 0
}

// counted writes a number of things: "1 error", "2 errors".
func counted[N int | int64](n N, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
