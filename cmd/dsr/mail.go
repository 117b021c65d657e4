package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"dsr/intake"
	"dsr/mailbox"
)

type mailCommand struct {
	Receive mailReceive `cmd:"" help:"Take one message from standard input, for a mail server's pipe."`
	Status  mailStatus  `cmd:"" help:"Show the watched mailboxes: how far each was read, and what is wrong."`
}

// The exit codes that mail servers know (sysexits.h). Every other one would
// make some of them send the message back to who wrote it.
const (
	exitRefused = 65 // EX_DATAERR: never
	exitLater   = 75 // EX_TEMPFAIL: try again later
)

// exitError is an error that who called expects a certain exit code for.
type exitError struct {
	code int
	error
}

// Unwrap returns what went wrong.
func (e exitError) Unwrap() error { return e.error }

type mailReceive struct {
	store
	packs
	Policy    string  `required:"" help:"Whose mailbox the message came to."`
	Received  string  `help:"When the mail server received it, like 2026-03-02T09:00:00Z; otherwise as the top trace line says, else now."`
	Sender    *string `help:"Envelope sender; empty for the null sender."`
	Recipient string  `help:"Envelope recipient."`
}

// Run takes a message. It exits with 0 when the message is on disk, with 65 when
// it will never be taken, and with 75 for whatever may be better later: also for
// a wrong setting, so that no request is lost by it.
func (c *mailReceive) Run(t *terminal) error {
	d, err := c.read(t)
	if err != nil {
		return err
	}
	h, err := c.store.openExisting(t, c.packs)
	if err != nil {
		return exitError{exitLater, err}
	}
	defer h.close()
	err = h.office.TakeMail(t.ctx, t.now(), *d)
	switch {
	case errors.Is(err, mailbox.ErrRefused):
		return exitError{exitRefused, err}
	case err != nil:
		return exitError{exitLater, err}
	}
	return nil
}

// read reads the message, of one that is too large the head.
func (c *mailReceive) read(t *terminal) (*mailbox.Delivery, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", c.Policy, c.Recipient)
	in := io.TeeReader(t.in, sum)
	raw, err := io.ReadAll(io.LimitReader(in, mailbox.MaxMessage+1))
	if err != nil {
		return nil, exitError{exitLater, err}
	}
	rest, err := io.Copy(io.Discard, in)
	if err != nil {
		return nil, exitError{exitLater, err}
	}
	if len(raw) == 0 {
		return nil, exitError{exitRefused, errors.New("no message came on standard input")}
	}
	d := &mailbox.Delivery{
		Policy: c.Policy, Door: "stdin", Source: fmt.Sprintf("stdin:%x", sum.Sum(nil)), ReceivedAt: mailbox.ReceivedAt(raw, t.now()),
		Recipient: c.Recipient, Raw: raw, Size: int64(len(raw)) + rest,
	}
	if len(raw) > mailbox.MaxMessage {
		head, _ := mailbox.Split(raw)
		d.Raw = head[:min(len(head), 1<<20)]
	}
	if c.Sender != nil {
		if d.Sender = *c.Sender; d.Sender == "" {
			d.Sender = "<>"
		}
	}
	if c.Received == "" {
		return d, nil
	}
	if d.ReceivedAt, err = time.Parse(time.RFC3339, c.Received); err != nil {
		return nil, exitError{exitLater, fmt.Errorf("--received %q is no instant like 2026-03-02T09:00:00Z", c.Received)}
	}
	return d, nil
}

type mailStatus struct {
	store
	packs
}

// Run lists the mailboxes. It exits with 1 where one of them cannot be read.
func (c *mailStatus) Run(t *terminal) error {
	h, err := c.store.openExisting(t, c.packs)
	if err != nil {
		return err
	}
	defer h.close()
	list, err := intake.Open(h.db, h.ring).Mailboxes(t.ctx, nil)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(t.out, "No mailbox was watched yet.")
	}
	var found error
	for _, m := range list {
		fmt.Fprintf(t.out, "%-16s looked at %s, read up to UID %d of %d\n", m.Name, m.LookedAt.UTC().Format(time.RFC3339), m.LastUID, m.UIDValidity)
		if m.Fault != "" {
			fmt.Fprintf(t.out, "%-16s cannot be read since %s: %s\n", "", m.FailingSince.UTC().Format(time.RFC3339), m.Fault)
			found = errFound
		}
	}
	return found
}
