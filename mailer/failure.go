package mailer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"strings"
	"syscall"
	"unicode"
)

// ErrTemporary says that a letter was not taken now and may be later.
var ErrTemporary = errors.New("the mail was not taken for now")

// ErrPermanent says that trying again cannot help: the address does not exist,
// or the envelope itself is at fault.
var ErrPermanent = errors.New("the mail was refused for good")

// Failure is why a letter was not sent. It wraps ErrTemporary or ErrPermanent,
// and holds no address of a person.
type Failure struct {
	Permanent bool
	Code      int    // reply code (RFC 5321, 4.2), 0 when the server said none
	Status    string // enhanced status code (RFC 3463): "5.1.1", or ""
	Step      string // what was being done: "the recipient", "connecting"
	Reply     string // what the server said, or what went wrong on the way
	cause     error  // a cancelled or expired context, or nil
}

// Error writes a sentence for the list of attempts.
func (f *Failure) Error() string {
	kind := ErrTemporary
	if f.Permanent {
		kind = ErrPermanent
	}
	return fmt.Sprintf("%v (%s): %s", kind, f.Step, f.Reply)
}

// Unwrap gives errors.Is the kind, and the context's error where that ended it.
func (f *Failure) Unwrap() []error {
	all := []error{ErrTemporary}
	if f.Permanent {
		all[0] = ErrPermanent
	}
	if f.cause != nil {
		all = append(all, f.cause)
	}
	return all
}

// Unreachable reports whether no connection could be had: nothing was said
// about the letter, and the next one would fare alike.
func (f *Failure) Unreachable() bool { return f.Step == connecting }

// connecting is the step of a failure to get a connection.
const connecting = "connecting"

// badEnvelope is a failure that began before any server was asked.
func badEnvelope(err error) *Failure {
	return &Failure{Permanent: true, Step: "the envelope", Reply: err.Error()}
}

// noLine is a failure to get a connection. It is always temporary: nothing was
// said about the letter yet, and a wrong password is mended by the operator.
func noLine(ctx context.Context, err error) *Failure {
	f := &Failure{Step: connecting, Reply: Redact(happened(ctx, err), ""), cause: ctx.Err()}
	var reply *textproto.Error
	if errors.As(err, &reply) {
		f.Code, f.Status = reply.Code, enhanced.FindString(reply.Msg)
	}
	return f
}

// refusal is a failure after the connection stood, at a step. A reply code says
// whether it is for good; none means that the line broke.
func refusal(ctx context.Context, at string, err error, to string) *Failure {
	f := &Failure{Step: at, Reply: Redact(happened(ctx, err), to), cause: ctx.Err()}
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return f
	}
	f.Code, f.Status = reply.Code, enhanced.FindString(reply.Msg)
	f.Permanent = f.Code >= 500 && !aboutUs(f.Code)
	return f
}

// happened repeats a reply, or says in words what broke the line. A server that could not be dialled
// keeps the sentence of the network, which names the place that was tried.
func happened(ctx context.Context, err error) string {
	var op *net.OpError
	var reply *textproto.Error
	dialled := !errors.As(err, &op) || op.Op != "dial"
	switch {
	case errors.As(err, &reply):
		return err.Error()
	case ctx.Err() != nil:
		return "it was broken off before the mail server had answered"
	case dialled && (errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed)): // we close it when its time is over
		return "the mail server did not answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the mail server hung up without an answer"
	}
	return err.Error()
}

// aboutUs are refusals of our sign-in, not of the letter (RFC 4954, section 6):
// the operator mends them and the letter goes out.
func aboutUs(code int) bool { return code == 530 || code == 534 || code == 535 || code == 538 }

// lineBroken reports whether the connection is of no more use: no answer came,
// or the server said good-bye (421).
func (f *Failure) lineBroken() bool { return f.Code == 0 || f.Code == goodBye }

// goodBye is what a server says that hangs up (RFC 5321, 3.8).
const goodBye = 421

var (
	enhanced   = regexp.MustCompile(`\b[245]\.\d{1,3}\.\d{1,3}\b`)
	anyAddress = regexp.MustCompile(`[^\s<>"'(),;:=]+@[^\s<>"'(),;:=]+`)
)

// Redact takes addresses out of what a server said: servers love to repeat the
// one they refuse, and the list of attempts outlives the request. What it returns
// is short, one line, and text that can be kept in whatever charset they speak.
func Redact(text, to string) string {
	const longest = 300
	text = strings.Join(strings.Fields(readable(text)), " ")
	text = anyAddress.ReplaceAllString(text, "(address)")
	if at := strings.LastIndexByte(to, '@'); at > 0 {
		local := regexp.MustCompile(`(?i)(^|[^\pL\pN])` + regexp.QuoteMeta(to[:at]) + `($|[^\pL\pN])`)
		text = local.ReplaceAllString(text, "${1}(address)${2}")
	}
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}

// readable is what a server said as UTF-8, without what steers a terminal.
func readable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}
