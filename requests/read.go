package requests

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/deadlines"
	"dsr/outbox"
	"dsr/policies"
	"dsr/workflow"
)

// find reads a request that the caller may see. What they may not see does not
// exist for them.
func (o *Office) find(ctx context.Context, caller access.Caller, reference string) (*Request, error) {
	r := new(Request)
	err := o.db.Read().NewSelect().Model(r).Where("r.reference = ?", reference).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	if !seen(caller, r) || !caller.May(access.View, r.Policy) {
		return nil, ErrNotFound
	}
	return r, r.unpack(o.rulings)
}

// seen reports whether a caller's way in leads to a request; an agent's leads
// to all they asked for.
func seen(caller access.Caller, r *Request) bool {
	return caller.Sees(r.SubmissionID, r.ID) || caller.Kind == access.Agent && caller.ID != 0 && caller.ID == r.AgentID
}

// ofSubmission reads all requests of one submission, in the order received.
func (o *Office) ofSubmission(ctx context.Context, submission int64) ([]*Request, error) {
	return o.read(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("r.submission_id = ?", submission) })
}

// read reads requests in the order of their numbers, without working their
// clocks out.
func (o *Office) read(ctx context.Context, which func(*bun.SelectQuery) *bun.SelectQuery) ([]*Request, error) {
	var list []*Request
	if err := which(o.db.Read().NewSelect().Model(&list)).Order("r.id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range list {
		if err := r.unpack(o.rulings); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Mine returns the requests a requester's link opens, with their clocks worked
// out.
func (o *Office) Mine(ctx context.Context, caller access.Caller, now time.Time) ([]*Request, error) {
	var mine []*Request
	for _, submission := range caller.Submissions {
		list, err := o.ofSubmission(ctx, submission)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			if err := r.compute(o.book, now); err != nil {
				return nil, err
			}
		}
		mine = append(mine, list...)
	}
	return mine, nil
}

// View is everything a page shows of one request.
type View struct {
	*Request
	Pack    *policies.Pack
	Regime  *policies.Regime
	Version *policies.RegimeVersion
	// Person is masked for staff until they show it; a requester sees their own.
	Person   Person
	Masked   bool
	Timeline []Event
	Messages []Entry
	Files    []File
	Letters  []LetterState
	Others   []Request // other requests of the same address, for staff
	Acts     []ActOption
	// Given is the proof that came and waits to be judged, for staff; nil when
	// there is none. Answer is the decision in words, nil before it.
	Given  *Given
	Answer *AnswerText
	// Proposal is the decision that waits for a second person, for staff; nil
	// when none does.
	Proposal *Waiting
	// Appeal says whether the requester can ask for another look; AppealUntil is
	// the last day where the law names one, else zero.
	Appeal      bool
	AppealUntil deadlines.Date
	Now         time.Time
	// Read is what rules read from the message it came by, for staff, until
	// somebody confirms it; Mails are the messages that belong to it.
	Read  *Read
	Mails []MailLine
}

// Entry is one message of the conversation, or a note.
type Entry struct {
	ID     int64
	Seq    int64
	At     time.Time
	Author string // requester or staff
	Actor  string
	Kind   string
	Body   string // of proof from outside: nothing, it stands in View.Given until it is judged
	Files  []File
	Judged bool // proof that was judged, and deleted
}

// LetterState is a letter as the console lists it: that it exists and how it
// fares, not what it says.
type LetterState struct {
	ID        int64
	Kind      string
	Audience  string
	State     string // waiting, sent, failed
	CreatedAt time.Time
	SentAt    time.Time
	Attempts  int       // how often it was handed to the mail server
	NextTry   time.Time // when it is tried again; zero once it was sent or given up
	LastError string
	BouncedAt time.Time // when it came back; zero: as far as anybody knows it arrived
	// Again says that it can be sent again: it was given up or came back, and no
	// other was sent instead.
	Again bool
}

// Open reads a request for a page. Showing a requester's data to staff is an
// act of its own: pass reveal after Show was done.
func (o *Office) Open(ctx context.Context, caller access.Caller, now time.Time, reference string, reveal bool) (*View, error) {
	at, err := o.at(ctx, caller, now, reference)
	if err != nil {
		return nil, err
	}
	key, err := o.keyOf(at.request)
	if err != nil {
		return nil, err
	}
	v := &View{Request: at.request, Pack: at.pack, Regime: at.regime, Version: at.version, Now: at.now}
	if v.Person, err = key.person(at.request); err != nil {
		return nil, err
	}
	if v.Masked = caller.Kind == access.Staff && !reveal; v.Masked {
		v.Person = v.Person.masked()
	}
	if v.Timeline, err = o.timeline(ctx, at.request, key); err != nil {
		return nil, err
	}
	if caller.Kind != access.Staff {
		v.Timeline = outward(v.Timeline)
	}
	if v.Files, err = o.files(ctx, at.request, key); err != nil {
		return nil, err
	}
	if v.Messages, err = o.conversation(ctx, caller, at.request, key, v.Files); err != nil {
		return nil, err
	}
	if err := v.unfold(); err != nil {
		return nil, err
	}
	v.Appeal = at.againstAppeal() == nil
	if v.AppealUntil, _, err = at.appealUntil(); err != nil {
		return nil, err
	}
	if caller.Kind == access.Staff {
		if err := o.openForStaff(ctx, caller, v); err != nil {
			return nil, err
		}
		v.Acts = at.options()
		if v.Proposal, err = o.waiting(ctx, at.request, key); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// unfold takes what has a form of its own out of the messages: the answer, and
// proof that waits to be judged.
func (v *View) unfold() error {
	for i := range v.Messages {
		m := &v.Messages[i]
		switch {
		case m.Kind == "answer" && m.Body != "": // nothing is left of an erased one
			v.Answer = new(AnswerText)
			if err := json.Unmarshal([]byte(m.Body), v.Answer); err != nil {
				return fmt.Errorf("request %s: its answer cannot be read: %w", v.Reference, err)
			}
			m.Body = v.Answer.Text
		case m.Kind == "proof" && m.Author == "requester" && m.Body == "":
			m.Judged = true
		case m.Kind == "proof" && m.Author == "requester":
			v.Given = new(Given)
			if err := json.Unmarshal([]byte(m.Body), v.Given); err != nil {
				return fmt.Errorf("request %s: the proof cannot be read: %w", v.Reference, err)
			}
			m.Body = ""
		}
	}
	return nil
}

func (o *Office) openForStaff(ctx context.Context, caller access.Caller, v *View) (err error) {
	if v.Letters, err = o.letterStates(ctx, v.ID); err != nil {
		return err
	}
	if v.Read, err = o.reading(ctx, v.Request); err != nil {
		return err
	}
	if v.Mails, err = o.mailsOf(ctx, v.ID); err != nil {
		return err
	}
	others := o.db.Read().NewSelect().Model(&v.Others).Where("r.person = ? AND r.id <> ?", v.Request.Person, v.ID)
	return servedBy(others, caller, "r.policy").Order("r.received_at DESC").Limit(20).Scan(ctx)
}

// masked hides what names the person and keeps what they ask.
func (p Person) masked() Person {
	masked := Person{Email: Mask(p.Email), Details: p.Details}
	if p.Name != "" {
		masked.Name = "•••"
	}
	if len(p.Identifiers) > 0 {
		masked.Identifiers = map[string]string{}
		for name := range p.Identifiers {
			masked.Identifiers[name] = "•••"
		}
	}
	if p.Agent != nil {
		masked.Agent = &Agent{Email: Mask(p.Agent.Email), Name: "•••", Relation: p.Agent.Relation}
	}
	return masked
}

func (o *Office) timeline(ctx context.Context, r *Request, key sealer) ([]Event, error) {
	var events []Event
	if err := o.db.Read().NewSelect().Model(&events).Where("e.request_id = ?", r.ID).Order("e.seq").Scan(ctx); err != nil {
		return nil, err
	}
	for i := range events {
		e := &events[i]
		if err := e.decode(); err != nil {
			return nil, err
		}
		var err error
		if e.Text, err = key.open("event/"+itoa(e.Seq), e.Sealed); err != nil {
			return nil, err
		}
		if err := e.unfold(); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// outward leaves out of a timeline what the team wrote for itself.
func outward(timeline []Event) []Event {
	own := []workflow.Act{ActNote, ActPropose, ActSendBack, ActLabel, ActUnlabel, ActShow, ActEvidence, ActAddress, ActSendAgain}
	timeline = slices.DeleteFunc(timeline, func(e Event) bool { return slices.Contains(own, e.Act) })
	for i := range timeline {
		timeline[i].Evidence = ""
	}
	return timeline
}

// messageRow is a row of the conversation.
type messageRow struct {
	ID     int64     `bun:"id"`
	Seq    int64     `bun:"seq"`
	At     time.Time `bun:"at"`
	Author string    `bun:"author"`
	Actor  string    `bun:"actor"`
	Kind   string    `bun:"kind"`
	Sealed []byte    `bun:"sealed"`
}

// conversation opens the messages a caller may read: notes are for staff.
func (o *Office) conversation(ctx context.Context, caller access.Caller, r *Request, key sealer, files []File) ([]Entry, error) {
	var rows []messageRow
	q := o.db.Read().NewSelect().Table("messages").Column("id", "seq", "at", "author", "actor", "kind", "sealed").Where("request_id = ?", r.ID).Order("id")
	if caller.Kind != access.Staff {
		q = q.Where("kind <> 'note'")
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	byMessage, err := o.fileMessages(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(rows))
	for i, row := range rows {
		body, err := key.open("message/"+itoa(row.Seq), row.Sealed)
		if err != nil {
			return nil, err
		}
		entries[i] = Entry{ID: row.ID, Seq: row.Seq, At: row.At, Author: row.Author, Actor: row.Actor, Kind: row.Kind, Body: body}
		for _, f := range files {
			if byMessage[f.ID] == row.ID {
				entries[i].Files = append(entries[i].Files, f)
			}
		}
	}
	return entries, nil
}

func (o *Office) fileMessages(ctx context.Context, request int64) (map[int64]int64, error) {
	var rows []fileRow
	err := o.db.Read().NewSelect().Model(&rows).Column("id", "message_id").Where("request_id = ?", request).Scan(ctx)
	byMessage := map[int64]int64{}
	for _, row := range rows {
		byMessage[row.ID] = row.MessageID
	}
	return byMessage, err
}

func (o *Office) letterStates(ctx context.Context, request int64) ([]LetterState, error) {
	var rows []struct {
		ID        int64        `bun:"id"`
		Kind      string       `bun:"kind"`
		Audience  string       `bun:"audience"`
		State     string       `bun:"state"`
		CreatedAt time.Time    `bun:"created_at"`
		SentAt    bun.NullTime `bun:"sent_at"`
		LastError string       `bun:"last_error"`
		BouncedAt bun.NullTime `bun:"bounced_at"`
		SentAgain int64        `bun:"sent_again"`
	}
	err := o.db.Read().NewSelect().Table("letters").Column("id", "kind", "audience", "state", "created_at", "sent_at", "last_error", "bounced_at", "sent_again").
		Where("request_id = ?", request).Order("id").Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	states := make([]LetterState, len(rows))
	keys := make([]string, len(rows))
	for i, row := range rows {
		keys[i] = numbered(letterKind, row.ID).DedupeKey
		states[i] = LetterState{ID: row.ID, Kind: row.Kind, Audience: row.Audience, State: row.State, CreatedAt: row.CreatedAt, SentAt: row.SentAt.Time, LastError: row.LastError, BouncedAt: row.BouncedAt.Time,
			Again: row.Audience == "requester" && row.SentAgain == 0 && (row.State == "failed" || !row.BouncedAt.IsZero())}
	}
	return states, o.attempts(ctx, states, keys)
}

// attempts adds how the post fares with each letter.
func (o *Office) attempts(ctx context.Context, states []LetterState, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	jobs, err := outbox.Find(ctx, o.db.Read(), keys...)
	for _, job := range jobs {
		i := slices.Index(keys, job.DedupeKey)
		states[i].Attempts = job.Attempts
		if job.State == outbox.StateReady || job.State == outbox.StateLeased {
			states[i].NextTry = job.AvailableAt
			states[i].LastError = job.LastError
		}
	}
	return err
}
