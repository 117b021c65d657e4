package requests

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/net/idna"

	"dsr/access"
	"dsr/agents"
	"dsr/audit"
	"dsr/database"
	"dsr/identity"
	"dsr/policies"
)

// Submission is what a person sends in one go. Each right becomes a request of
// its own; they are linked and acknowledged by one letter.
type Submission struct {
	Nonce      string // of the form; a second submission with it is the same one
	Policy     string
	Rights     []policies.Right
	Residence  string // ISO 3166, or empty when unknown
	Channel    string // form, mail, phone, post, counter, signal
	Language   string
	ReceivedAt time.Time // zero: now
	Signal     bool      // the browser sent Global Privacy Control
	Suspect    string    // why triage should look twice: "mailbox", "network", or ""
	Batch      bool      // a row of an agent's table, whose one letter confirms all rows
	Reading    *Reading  // what rules read from a message it came by
	Person     Person
}

// Why triage looks twice at a submission.
const (
	SuspectMailbox = "mailbox" // many forms name one mailbox
	SuspectNetwork = "network" // many forms come from one network
)

// Receipt is what the person gets to know at once.
type Receipt struct {
	SubmissionID int64
	Requests     []*Request
	Again        bool // the submission had been received before
}

// Receive takes a submission in. When it returns without error, every request
// is durable with its clocks, timeline, audit entry and letter. The errors are
// policies.ErrNoPolicy, ErrForbidden, FieldErrors and those of the database.
func (o *Office) Receive(ctx context.Context, caller access.Caller, now time.Time, s Submission) (*Receipt, error) {
	now = now.UTC().Truncate(time.Microsecond)
	pack, err := o.book.Pack(s.Policy)
	if err != nil {
		return nil, err
	}
	if why := caller.WhyNot(access.Receive, pack.ID); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	if s.ReceivedAt.IsZero() {
		s.ReceivedAt = now
	}
	s.ReceivedAt = s.ReceivedAt.UTC().Truncate(time.Microsecond)
	if err := o.checkSubmission(pack, now, &s); err != nil {
		return nil, err
	}
	agent, err := o.agentOf(ctx, now, pack, &s)
	if err != nil {
		return nil, err
	}
	for range 10 {
		arrivals, err := o.arrive(ctx, caller, now, pack, &s, agent)
		if err != nil {
			return nil, err
		}
		receipt, err := o.admit(ctx, now, &s, arrivals)
		if !errors.Is(err, errRaced) {
			return receipt, err
		}
	}
	return nil, fmt.Errorf("no free reference was found for policy %s", s.Policy)
}

// agentOf makes whoever asks for the person known, and says what they have
// shown before.
func (o *Office) agentOf(ctx context.Context, now time.Time, pack *policies.Pack, s *Submission) (agents.Agent, error) {
	if s.Person.Agent == nil {
		return agents.Agent{}, nil
	}
	a, err := o.agents.Ensure(ctx, now, pack.ID, s.Person.Agent.Email, s.Person.Agent.Name, s.Language)
	if err != nil {
		return a, err
	}
	a.Authority, err = o.agents.AuthorityFor(ctx, &a, o.indexOf(s.Person.Email))
	return a, err
}

// checkSubmission says by field what the person must mend.
func (o *Office) checkSubmission(pack *policies.Pack, now time.Time, s *Submission) error {
	fields := FieldErrors{}
	if len(s.Nonce) < 16 || len(s.Nonce) > 100 {
		fields["nonce"] = "This form is not complete. Open it again; your answers are kept."
	}
	if len(s.Rights) == 0 || len(s.Rights) > MaxRights {
		fields["right"] = "Choose what you would like to do."
	}
	slices.Sort(s.Rights)
	s.Rights = slices.Compact(s.Rights)
	if s.ReceivedAt.After(now) {
		fields["received"] = "The day of receipt cannot lie in the future."
	} else if now.Sub(s.ReceivedAt) > oldestReceipt {
		fields["received"] = "That is more than two years ago. Look at the year again."
	}
	address, err := NormalAddress(s.Person.Email)
	if err != nil {
		fields["email"] = "Enter an email address with an @, like name@example.com"
	}
	s.Person.Email = address
	o.checkAgent(s, fields)
	if n := len([]rune(s.Person.Details)); n > MaxDetails {
		fields["details"] = fmt.Sprintf("Write at most %d characters; this is %d.", MaxDetails, n)
	}
	for name, value := range s.Person.Identifiers {
		if len([]rune(value)) > 200 {
			fields[name] = "Write at most 200 characters."
		}
	}
	if len([]rune(s.Person.Name)) > 200 {
		fields["name"] = "Write at most 200 characters."
	}
	given := o.book.Given(pack, s.Residence, s.ReceivedAt)
	for _, right := range s.Rights {
		if !slices.Contains(given, right) {
			fields["right"] = fmt.Sprintf("Neither the %s policy nor the law where you live gives this right.", pack.Controller.Name)
		}
	}
	if len(fields) > 0 {
		return fields
	}
	return nil
}

// checkAgent says what to mend of whoever asks for the person.
func (o *Office) checkAgent(s *Submission, fields FieldErrors) {
	a := s.Person.Agent
	if a == nil {
		return
	}
	address, err := NormalAddress(a.Email)
	if err != nil {
		fields["own_email"] = "Enter your own email address with an @, like name@example.com"
	}
	a.Email = address
	if a.Name = strings.TrimSpace(a.Name); a.Name == "" || len([]rune(a.Name)) > 200 {
		fields["own_name"] = "Enter your own name, in at most 200 characters."
	}
	if a.Relation != agents.AsParent {
		a.Relation = agents.AsAgent
	}
}

// ErrAddress is returned for what is no address. It never repeats the address.
var ErrAddress = errors.New("this is no mail address, like name@example.com")

// NormalAddress returns an address in the form it is compared and written in:
// trimmed, its domain in lower-case ASCII (RFC 5890), its local part as typed.
func NormalAddress(s string) (string, error) {
	s = strings.TrimSpace(s)
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Name != "" || parsed.Address != s || len(s) > 254 || strings.ContainsAny(s, "\r\n\x00 ") {
		return "", ErrAddress
	}
	at := strings.LastIndexByte(s, '@')
	local, domain := s[:at], s[at+1:]
	domain, err = idna.Lookup.ToASCII(strings.TrimSuffix(domain, "."))
	if err != nil || !strings.Contains(domain, ".") || len(local) > 64 {
		return "", ErrAddress
	}
	return local + "@" + domain, nil
}

// indexOf is the blind index by which all requests of one address are found.
func (o *Office) indexOf(email string) []byte {
	return o.ring.Index("email", strings.ToLower(email))
}

// arrive works out the requests of a submission, without writing anything.
func (o *Office) arrive(ctx context.Context, caller access.Caller, now time.Time, pack *policies.Pack, s *Submission, agent agents.Agent) ([]*step, error) {
	if err := o.refreshCalendars(ctx); err != nil {
		return nil, err
	}
	steps := make([]*step, len(s.Rights))
	submission := o.ids.next(now)
	for i, right := range s.Rights {
		ruling, err := o.book.Rule(policies.Question{Pack: pack, Right: right, Residence: s.Residence, ReceivedAt: s.ReceivedAt})
		if err != nil {
			return nil, err
		}
		received := Received{
			Submission: submission, Policy: pack.ID, Right: right, Channel: s.Channel, Language: s.Language,
			ReceivedAt: s.ReceivedAt, Signal: s.Signal, Suspect: s.Suspect, Agent: agent.ID, Reading: s.Reading,
			AskMailbox: ruling.Level.Needs(identity.Locate) && s.Person.Agent == nil,
		}
		if s.Person.Agent != nil {
			received.Represented = &Representation{Relation: s.Person.Agent.Relation, Authority: agent.Authority, Mailbox: !agent.ProvedAt.IsZero()}
		}
		if steps[i], err = o.arrival(caller, now, pack, &s.Person, s.Residence, received, &ruling); err != nil {
			return nil, err
		}
	}
	letters, err := o.writeReceived(ctx, now, steps, s.Batch)
	if err != nil {
		return nil, err
	}
	steps[0].letters = letters
	return steps, o.tellArrivals(ctx, caller, now, pack, steps)
}

// arrival makes one request and the event that receives it.
func (o *Office) arrival(caller access.Caller, now time.Time, pack *policies.Pack, person *Person, residence string, received Received, ruling *policies.Ruling) (*step, error) {
	law, content, err := lawOf(residence, ruling)
	if err != nil {
		return nil, err
	}
	r := &Request{ID: o.ids.next(now), Reference: newReference(pack.Prefix), Person: o.indexOf(person.Email)}
	key, wrapped, err := o.ring.NewKey()
	if err != nil {
		return nil, err
	}
	r.WrappedKey = wrapped
	st := &step{before: &Request{}, after: r, key: sealer{key: key, reference: r.Reference}}
	if r.Sealed, err = st.key.sealJSON("person", person); err != nil {
		return nil, err
	}
	received.Reference, received.Law = r.Reference, law
	st.plan = &plan{act: ActReceive, change: Change{Letter: LetterReceived, content: content, Received: &received}}
	st.event = &Event{RequestID: r.ID, Seq: 1, At: now, Act: ActReceive, Actor: caller.Actor(), Change: st.plan.change}
	if err := o.rulings.learn(law.Ruling, content); err != nil {
		return nil, err
	}
	if err := r.apply(o.machine, st.event); err != nil {
		return nil, err
	}
	if err := r.rule(o.rulings); err != nil {
		return nil, err
	}
	if err := r.compute(o.book, now); err != nil {
		return nil, err
	}
	r.settle()
	if st.next, err = o.nextReminder(r, pack); err != nil {
		return nil, err
	}
	if err := st.event.encode(); err != nil {
		return nil, err
	}
	st.entry = audit.Link(audit.Head{Chain: r.ID}, audit.Entry{
		At: now, Actor: caller.Actor(), Act: string(ActReceive), Outcome: audit.Done, EventSeq: 1, EventHash: audit.Hash(st.event.Hash),
	})
	r.AuditSeq, r.AuditHead = st.entry.Seq, st.entry.Hash[:]
	return st, r.pack()
}

// admit writes the submission. A nonce seen before returns the first receipt.
func (o *Office) admit(ctx context.Context, now time.Time, s *Submission, steps []*step) (*Receipt, error) {
	submission := steps[0].after.SubmissionID
	err := o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := database.Exec(ctx, tx, insertSubmission, submission, s.Nonce, s.Policy, s.Channel, s.Language, s.ReceivedAt); err != nil {
			return err
		}
		for _, st := range steps {
			if err := o.keepArrival(ctx, tx, st); err != nil {
				return err
			}
		}
		return nil
	})
	if database.IsUnique(err) {
		if receipt, again := o.receivedBefore(ctx, s); again == nil {
			return receipt, nil
		}
		return nil, errRaced // a reference or an id that was taken already
	}
	if err != nil {
		return nil, err
	}
	receipt := &Receipt{SubmissionID: submission}
	for _, st := range steps {
		o.noted(st)
		receipt.Requests = append(receipt.Requests, st.after)
	}
	return receipt, nil
}

func (o *Office) keepArrival(ctx context.Context, tx bun.Tx, st *step) error {
	r := st.after
	if err := o.rulings.keep(ctx, tx, r.RulingHash, st.plan.change.content); err != nil {
		return err
	}
	if err := insertRequestRow(ctx, tx, r); err != nil {
		return err
	}
	if _, err := audit.AppendFirst(ctx, tx, st.entry); err != nil {
		return err
	}
	if err := insertEventRow(ctx, tx, st.event); err != nil {
		return err
	}
	if err := keepClocks(ctx, tx, nil, r); err != nil {
		return err
	}
	if err := st.keepReminder(ctx, tx); err != nil {
		return err
	}
	return keepLetters(ctx, tx, st.event.At, r.ID, st.letters)
}

// receivedBefore returns the receipt of a nonce that was used already.
func (o *Office) receivedBefore(ctx context.Context, s *Submission) (*Receipt, error) {
	receipt := &Receipt{Again: true}
	err := database.Row(ctx, o.db.Read(), []any{&receipt.SubmissionID}, "SELECT id FROM submissions WHERE nonce = ? AND policy = ?", s.Nonce, s.Policy)
	if err != nil {
		return nil, err
	}
	list, err := o.ofSubmission(ctx, receipt.SubmissionID)
	receipt.Requests = slices.DeleteFunc(list, func(r *Request) bool { return r.AppealOf != 0 })
	return receipt, err
}

// alphabet leaves out what is mistaken for something else: I, L, O, U, 0, 1.
const alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// newReference makes a reference that cannot be guessed in practice: MOX-8H2D-5K.
func newReference(prefix string) string {
	var b [6]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return prefix + "-" + string(b[:4]) + "-" + string(b[4:])
}
