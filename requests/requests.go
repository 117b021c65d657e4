// Package requests is the office: the only place that changes a request.
//
// Every change goes through one door, Do, and every new request through
// Receive. Both ask the same questions in the same order: may this caller do
// this, does the lifecycle know the act in this phase, what stands in the way.
// What passes becomes one event on the request's timeline; the request's row
// and its clocks are projections of those events and can be rebuilt from them.
// The event, the projections, the audit entry, the letter and the job that
// sends it are written in one transaction. What does not pass is recorded too.
//
// The package knows nothing of HTTP, SMTP, YAML or any system that holds
// information.
package requests

import (
	"errors"
	"strings"
	"time"
)

// Errors that callers tell apart.
var (
	// ErrNotFound covers what does not exist and what the caller may not see.
	ErrNotFound = errors.New("no such request")
	// ErrStale is returned when somebody changed the request since it was read.
	ErrStale = errors.New("somebody changed this request in the meantime")
	// ErrForbidden is returned when the caller's role does not allow the act.
	ErrForbidden = errors.New("not allowed")
	// ErrInvalid is wrapped by FieldErrors.
	ErrInvalid = errors.New("something in the form needs mending")
	// ErrLink is returned for a link that is forged, expired or used up.
	ErrLink = errors.New("this link cannot be used")
	// ErrCode is returned for a code that is wrong, ended, or was tried too often.
	ErrCode = errors.New("this code does not fit")
	// ErrFilesEnded is returned for files of an answer whose time is over; they
	// are still there and their requester can renew them.
	ErrFilesEnded = errors.New("the time to fetch these files is over")
)

// Objection is one reason why an act is not lawful now, in words for the
// person who tried, with its source.
type Objection struct {
	Sentence string
	Source   string // article, or "" for a rule of the house
}

// Refused is returned when the lifecycle or the law stands against an act. The
// attempt is in the audit trail by then.
type Refused struct{ Objections []Objection }

// Error joins the objections.
func (r *Refused) Error() string {
	sentences := make([]string, len(r.Objections))
	for i, o := range r.Objections {
		sentences[i] = o.Sentence
	}
	return strings.Join(sentences, " ")
}

// FieldErrors names what a person can mend, by field.
type FieldErrors map[string]string

// Error lists the fields.
func (f FieldErrors) Error() string { return ErrInvalid.Error() }

// Unwrap makes errors.Is(err, ErrInvalid) true.
func (f FieldErrors) Unwrap() error { return ErrInvalid }

// Limits on what one request may hold, in bytes and counts.
const (
	MaxDetails = 10_000   // characters of free text in a form or a message
	MaxUpload  = 20 << 20 // bytes of one file
	MaxUploads = 20       // files a requester may send to one request
	MaxRights  = 13       // rights on one submission
	MaxItems   = 60       // items decided one by one

	LinkLifetime   = 30 * 24 * time.Hour
	AnswerLifetime = 30 * 24 * time.Hour // how long an answer's files can be fetched; the requester can renew it
	LapseAfter     = 28 * 24 * time.Hour // how long proof is waited for at most
)
