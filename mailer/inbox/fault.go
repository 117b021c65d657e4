package inbox

import (
	"errors"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

// Stage is where in the talk a fault strikes.
type Stage string

// The stages.
const (
	AtGreeting  Stage = "greeting"  // in place of the first thing it says
	AtStartTLS  Stage = "starttls"  // in answer to STARTTLS
	UnderTLS    Stage = "tls"       // in answer to the first EHLO under TLS
	AtSender    Stage = "sender"    // in answer to MAIL FROM
	AtRecipient Stage = "recipient" // in answer to RCPT TO
	MidLetter   Stage = "mid"       // when part of the letter is through
	AfterLetter Stage = "after"     // in answer to the whole letter, which is not kept
	AfterTaking Stage = "taken"     // as AfterLetter, but the letter is kept: it will arrive twice
)

// Fault is how the mailbox misbehaves. Code alone refuses; Drop ends the
// connection without a word; Hang says nothing until the other side gives up
// or the mailbox is closed; Slow says everything from then on, to the end of
// the connection, one byte at a time.
type Fault struct {
	At     Stage
	Code   int    // reply code: 451, 550
	Status [3]int // enhanced status: {4, 7, 1}
	Say    string
	Drop   bool
	Hang   bool
	Slow   time.Duration // between two bytes
	Times  int           // how often, then all is well; 0: until Break is called again
}

// Break makes the mailbox misbehave from now on; the zero Fault mends it.
func (in *Inbox) Break(f Fault) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.fault = &f
	if f == (Fault{}) {
		in.fault = nil
	}
}

// Greylist refuses the first k recipients for now, as servers do to strangers.
func (in *Inbox) Greylist(k int) {
	in.Break(Fault{At: AtRecipient, Code: 451, Status: [3]int{4, 7, 1}, Say: "greylisted, please try again later", Times: k})
}

// faulty reports whether a fault waits at a stage, without using it up.
func (in *Inbox) faulty(at Stage) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.fault != nil && in.fault.At == at
}

// misbehave strikes if there is a fault at this stage, and uses it up.
func (in *Inbox) misbehave(at Stage, conn net.Conn) error {
	in.mu.Lock()
	f := in.fault
	if f == nil || f.At != at {
		in.mu.Unlock()
		return nil
	}
	if f.Times == 1 {
		in.fault = nil
	} else if f.Times > 1 {
		f.Times--
	}
	strike := *f
	in.mu.Unlock()
	switch {
	case strike.Hang:
		<-in.closing
		return errGone
	case strike.Drop:
		conn.Close()
		return errGone
	case strike.Slow > 0:
		lineOf(conn).pause.Store(int64(strike.Slow))
		return nil
	}
	return &smtp.SMTPError{Code: strike.Code, EnhancedCode: smtp.EnhancedCode(strike.Status), Message: strike.Say}
}

// errGone is never seen by anybody: the connection it would be told over is
// closed.
var errGone = errors.New("the connection is gone")
