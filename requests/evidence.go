package requests

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"dsr/access"
	"dsr/audit"
	"dsr/database"
	"dsr/deadlines"
	"dsr/policies"
	"dsr/words"
)

// MakeEvidence puts on the timeline that somebody made an evidence pack, and
// whether it names the person. A pack that does needs the permission to show
// personal data, and of an auditor the reason.
type MakeEvidence struct {
	Personal bool
	Reason   string
}

// The kinds of evidence pack, as the timeline names them.
const (
	EvidenceMasked = "masked"
	EvidenceWhole  = "whole"
)

func (v MakeEvidence) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActEvidence, permission: access.Evidence, change: Change{Evidence: EvidenceMasked}, text: tidy(v.Reason)}
	if !o.request.Facts.Erased.IsZero() {
		p.text = "" // there is no key left to seal it with, and nobody left to name
		return p, nil
	}
	if !v.Personal {
		return p, nil
	}
	p.change.Evidence = EvidenceWhole
	if why := o.caller.WhyNot(access.Reveal, o.request.Policy); why != "" {
		return p, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	if o.caller.Role == access.Auditor {
		p.require("reason", p.text, "Say why you take personal data along. The reason stands on the timeline.")
	}
	return p, nil
}

// Evidence is what an evidence pack holds of one request.
type Evidence struct {
	*View
	Personal bool   // the person is named; otherwise their words and names are left out
	MadeBy   string // "staff:12"
	Place    deadlines.Place
	Words    words.Printer    // English, for the names of rights and letters
	Staff    map[int64]string // names of the team, only where Personal
	Sent     []SentLetter
	Derived  []*Derivation
	Rules    []policies.File // pack and law in the text they were received under
	Frozen   string          // the frozen ruling, whose hash the timeline names
	Removed  []File          // files that are deleted, without a name
	// Trail is the request's audit chain with the checkpoints over it, as
	// audit.ExportChain writes it.
	Trail  []byte
	Public ed25519.PublicKey // of the checkpoints
}

// SentLetter is a letter as it was written, without the secret in its link.
type SentLetter struct {
	LetterState
	MessageID string
	Envelope
	Hidden bool // a word that names the person was blotted out
}

// Evidence records that somebody makes an evidence pack of a request and reads
// what belongs in it. The trail is signed first, so that the pack's own making
// is under a checkpoint; where another process is signing it just then, the last
// entries are chained and not signed yet.
func (o *Office) Evidence(ctx context.Context, caller access.Caller, now time.Time, reference string, verb MakeEvidence) (*Evidence, error) {
	r, err := o.Do(ctx, caller, now, reference, 0, verb)
	if err != nil {
		return nil, err
	}
	verb.Personal = verb.Personal && r.Facts.Erased.IsZero()
	now = now.UTC().Truncate(time.Microsecond)
	if _, err := audit.Checkpoint(ctx, o.db, o.ring, now); err != nil && !errors.Is(err, audit.ErrRaced) && !database.IsBusy(err) {
		return nil, fmt.Errorf("request %s: signing its audit trail: %w", reference, err)
	}
	for range 5 {
		e, err := o.gather(ctx, caller, now, reference, verb.Personal)
		if !errors.Is(err, errRaced) {
			return e, err
		}
	}
	return nil, ErrStale
}

// gather reads everything; errRaced means that the request changed meanwhile.
func (o *Office) gather(ctx context.Context, caller access.Caller, now time.Time, reference string, personal bool) (*Evidence, error) {
	v, err := o.Open(ctx, caller, now, reference, personal)
	if err != nil {
		return nil, err
	}
	at, err := o.at(ctx, caller, now, reference)
	if err != nil {
		return nil, err
	}
	e := &Evidence{View: v, Personal: personal, MadeBy: caller.Actor(), Place: at.place, Words: o.words.In("en"),
		Public: o.ring.CheckpointKey().Public().(ed25519.PublicKey)}
	for i := range at.request.Clocks {
		d, err := at.derive(&at.request.Clocks[i])
		if err != nil {
			return nil, err
		}
		e.Derived = append(e.Derived, d)
	}
	var trail bytes.Buffer
	if err := audit.ExportChain(ctx, o.db.Read(), &trail, v.ID, e.Public, now); err != nil {
		return nil, err
	}
	e.Trail = trail.Bytes()
	for _, read := range []func(context.Context, *Evidence) error{o.sentLetters, o.removedFiles, o.ruleTexts, o.staffNames} {
		if err := read(ctx, e); err != nil {
			return nil, err
		}
	}
	return e, o.unmoved(ctx, e)
}

// unmoved reports whether nothing was written about the request meanwhile.
func (o *Office) unmoved(ctx context.Context, e *Evidence) error {
	var seq, auditSeq int64
	err := database.Row(ctx, o.db.Read(), []any{&seq, &auditSeq}, "SELECT seq, audit_seq FROM requests WHERE id = ?", e.ID)
	if err == nil && (seq != e.Seq || auditSeq != e.AuditSeq) {
		err = errRaced
	}
	return err
}

// sentLetters opens the letters to the requester and to the team.
func (o *Office) sentLetters(ctx context.Context, e *Evidence) error {
	for _, state := range e.Letters {
		letter, err := o.sentLetter(ctx, e.Request, state)
		if err != nil {
			return err
		}
		e.Sent = append(e.Sent, letter)
	}
	if e.Personal {
		return nil
	}
	hide, err := o.hider(e)
	if err != nil {
		return err
	}
	for i := range e.Sent {
		e.Sent[i].hide(hide)
	}
	if e.Answer == nil {
		return nil
	}
	e.Answer.Text, e.Answer.Told = hide.Replace(e.Answer.Text), hide.Replace(e.Answer.Told)
	for i := range e.Answer.Items {
		item := &e.Answer.Items[i]
		item.What, item.Text = hide.Replace(item.What), hide.Replace(item.Text)
	}
	return nil
}

// sentLetter opens one letter. Of an erased request only its Message-ID is left.
func (o *Office) sentLetter(ctx context.Context, r *Request, state LetterState) (SentLetter, error) {
	letter := SentLetter{LetterState: state}
	if !r.Facts.Erased.IsZero() {
		err := database.Row(ctx, o.db.Read(), []any{&letter.MessageID}, "SELECT message_id FROM letters WHERE id = ?", state.ID)
		return letter, err
	}
	row, _, envelope, err := o.letterOf(ctx, state.ID)
	if err != nil {
		return letter, err
	}
	letter.MessageID, letter.Envelope = row.MessageID, envelope.blinded()
	return letter, nil
}

// hide blots out whom a letter names. With a word gone its sum cannot be worked
// out any more, and the salt could only help to guess the word.
func (l *SentLetter) hide(names *strings.Replacer) {
	sum := l.Sum()
	l.To, l.Subject, l.Text, l.HTML = "the "+strings.Replace(l.Audience, "staff", "team", 1), names.Replace(l.Subject), names.Replace(l.Text), names.Replace(l.HTML)
	if l.Hidden = l.Sum() != sum; l.Hidden {
		l.Salt = ""
	}
}

// hider replaces what names the person, or who asks for them, wherever a letter
// or an answer repeats it.
func (o *Office) hider(e *Evidence) (*strings.Replacer, error) {
	key, err := o.keyOf(e.Request)
	if err != nil {
		return nil, err
	}
	p, err := key.person(e.Request)
	if err != nil {
		return nil, err
	}
	known := append(namesOf(p.Name), p.Email)
	for _, value := range p.Identifiers {
		known = append(known, value)
	}
	if p.Agent != nil {
		known = append(append(known, namesOf(p.Agent.Name)...), p.Agent.Email, p.Agent.Reference)
	}
	// The longest first, so that a name is not left where it is part of an address.
	slices.SortFunc(known, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, value := range known {
		if len([]rune(value)) >= shortestHidden {
			pairs = append(pairs, value, "•••", inHTML(value), "•••")
		}
	}
	return strings.NewReplacer(pairs...), nil
}

// inHTML writes a value as the templates of letters write it.
func inHTML(s string) string {
	return strings.ReplaceAll(template.HTMLEscapeString(s), "+", "&#43;")
}

// shortestHidden keeps a name of one or two letters from blotting out half of
// every sentence.
const shortestHidden = 3

// namesOf is a name and each of its words.
func namesOf(name string) []string { return append(strings.Fields(name), name) }

// removedFiles lists what was deleted: proof that was judged, the files of a
// proposal that came to nothing, and all of an erased request. Their names went
// with them, so no key is needed.
func (o *Office) removedFiles(ctx context.Context, e *Evidence) error {
	var rows []fileRow
	err := o.db.Read().NewSelect().Model(&rows).ColumnExpr("f.*, COALESCE(m.kind, '') AS kind").Join("LEFT JOIN messages m ON m.id = f.message_id").
		Where("f.request_id = ? AND f.deleted_at IS NOT NULL", e.ID).Order("f.id").Scan(ctx)
	if err != nil {
		return err
	}
	e.Removed, err = openFiles(rows, sealer{})
	return err
}

// ruleTexts reads the frozen ruling and the two files it names, as they were.
func (o *Office) ruleTexts(ctx context.Context, e *Evidence) error {
	err := database.Row(ctx, o.db.Read(), []any{&e.Frozen}, "SELECT content FROM rulings WHERE sha256 = ?", e.RulingHash)
	if err != nil {
		return fmt.Errorf("request %s: its ruling: %w", e.Reference, err)
	}
	r := e.Ruling
	e.Rules = []policies.File{
		{Kind: "pack", ID: r.Pack, Version: r.PackVersion, SHA256: r.PackSHA256},
		{Kind: "regime", ID: r.Regime, Version: r.Version, SHA256: r.SHA256},
	}
	for i := range e.Rules {
		if e.Rules[i].Content, err = o.frozen.content(ctx, e.Rules[i].SHA256); err != nil {
			return fmt.Errorf("request %s: the text of %s: %w", e.Reference, e.Rules[i].ID, err)
		}
	}
	return nil
}

// staffNames puts names to the numbers of the team.
func (o *Office) staffNames(ctx context.Context, e *Evidence) error {
	if !e.Personal {
		return nil
	}
	users, err := o.people.List(ctx)
	e.Staff = map[int64]string{}
	for _, u := range users {
		e.Staff[u.ID] = u.Name
	}
	return err
}

// LetterOf returns the letter whose Message-ID it is: the same number that the
// timeline notes when it was sent.
func LetterOf(messageID string) (int64, error) {
	number, _, _ := strings.Cut(messageID, "@")
	return strconv.ParseInt(number, 36, 64)
}

// Fits reports whether an event's content is what its hash was made of.
func (e *Event) Fits() bool { return bytes.Equal(e.Hash, e.sum()) }

// Replay works a request out from its timeline alone, without clocks: what
// whoever holds no database can compare a record with. The events are decoded
// on the way.
func Replay(events []Event, id int64) (*Request, error) {
	m, err := Lifecycle()
	if err != nil {
		return nil, err
	}
	r := &Request{ID: id}
	for i := range events {
		e := &events[i]
		if err := e.decode(); err != nil {
			return r, err
		}
		if err := r.apply(m, e); err != nil {
			return r, fmt.Errorf("event %d cannot follow: %w", e.Seq, err)
		}
	}
	return r, nil
}
