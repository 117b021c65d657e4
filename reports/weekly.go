package reports

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/deadlines"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/people"
	"dsr/requests"
	"dsr/words"
)

// WeeklyKind is the kind of outbox job that writes and sends one letter of the
// week.
const WeeklyKind = "week_report"

// weeklyHour is when the letter is due on Mondays, where the days of the
// reader's first policy begin.
const weeklyHour = 7

// Weekly writes the letter of the week to those who answer for a policy: the
// administrators who serve it, and its data protection officer's mailbox. A
// reader gets one letter for all their policies.
type Weekly struct {
	Desk    *Desk
	People  *people.Register
	Words   *words.Catalogue
	BaseURL string // where staff reach the console, without a slash at its end
}

// reader is somebody who gets the letter. Its name stands in the job, an
// address never does.
type reader struct {
	name     string // user:12, officer:moxora
	address  string
	policies []string
}

// readers lists who gets letters, administrators first. An officer's mailbox
// that is an administrator's own gets none of its own.
func (w *Weekly) readers(ctx context.Context) ([]reader, error) {
	var list []reader
	for _, pack := range w.Desk.book.Packs() {
		users, err := w.People.ForPolicy(ctx, pack.ID, access.Administrator)
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			list = addReader(list, "user:"+strconv.FormatInt(u.ID, 10), u.Email, pack.ID)
		}
	}
	administrators := len(list)
	for _, pack := range w.Desk.book.Packs() {
		officer := pack.Contacts.Officer()
		own := func(r reader) bool {
			return strings.EqualFold(r.address, officer) && slices.Contains(r.policies, pack.ID)
		}
		if !slices.ContainsFunc(list[:administrators], own) {
			list = addReader(list, "officer:"+pack.ID, officer, pack.ID)
		}
	}
	return list, nil
}

// addReader gives a policy to the reader of a name.
func addReader(list []reader, name, address, policy string) []reader {
	for i := range list {
		if list[i].name == name {
			list[i].policies = append(list[i].policies, policy)
			return list
		}
	}
	return append(list, reader{name: name, address: address, policies: []string{policy}})
}

// Sweep leaves the letters of the week that are due in the outbox. The key of
// each job names reader and week, so that neither a crash nor a second process
// writes anybody twice. Whoever holds the lease calls it.
func (w *Weekly) Sweep(ctx context.Context, now time.Time) error {
	readers, err := w.readers(ctx)
	if err != nil {
		return err
	}
	var jobs []outbox.Job
	for _, r := range readers {
		monday := lastMonday(now, w.Desk.ZoneOf(r.policies[0]))
		payload := r.name + " " + monday.String()
		key := WeeklyKind + ":" + payload
		told, err := w.told(ctx, r, key, monday)
		if err != nil {
			return err
		}
		if !told {
			jobs = append(jobs, outbox.Job{Kind: WeeklyKind, DedupeKey: key, Payload: []byte(payload)})
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	return w.Desk.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return outbox.Add(ctx, tx, now.UTC(), jobs...) })
}

// told reports whether a reader has their letter already, or there is nothing
// to write about: no request of their policies was received before the Monday.
func (w *Weekly) told(ctx context.Context, r reader, key string, monday deadlines.Date) (bool, error) {
	jobs, err := outbox.Find(ctx, w.Desk.db.Read(), key)
	if err != nil || len(jobs) > 0 {
		return true, err
	}
	for _, policy := range r.policies {
		some, err := read[int64](ctx, w.Desk, new(statement).add("SELECT id FROM requests WHERE policy = ? AND received_at < ? AND appeal_of = 0 LIMIT 1",
			policy, monday.Start(w.Desk.ZoneOf(policy)).UTC()))
		if err != nil || len(some) > 0 {
			return false, err
		}
	}
	return true, nil
}

// lastMonday is the latest Monday whose hour of the letter has come.
func lastMonday(now time.Time, zone *time.Location) deadlines.Date {
	return weekOf(deadlines.DateOf(now.Add(-weeklyHour*time.Hour), zone))
}

// Jobs is what Sweep leaves in the outbox, with what does it. Letters come from
// an address and leave by send.
func (w *Weekly) Jobs(from string, now func() time.Time, send func(context.Context, mailer.Envelope) error) map[string]outbox.Handler {
	return map[string]outbox.Handler{WeeklyKind: func(ctx context.Context, job outbox.Job) error {
		name, day, _ := strings.Cut(string(job.Payload), " ")
		monday, err := deadlines.ParseDate(day)
		if err != nil {
			return fmt.Errorf("%w: its payload names no week", outbox.ErrPermanent)
		}
		readers, err := w.readers(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(readers, func(r reader) bool { return r.name == name })
		if i < 0 {
			return nil // they no longer answer for a policy
		}
		envelope, err := w.letter(ctx, now(), readers[i], monday)
		if err != nil {
			return err
		}
		// Whoever gets the letter twice after a crash gets the same one.
		sum := sha256.Sum256(job.Payload)
		envelope.MessageID = fmt.Sprintf("week-%x@%s", sum[:12], w.domain())
		envelope.From = (&mail.Address{Name: "dsr", Address: from}).String()
		return requests.Attempted(send(ctx, envelope))
	}}
}

func (w *Weekly) domain() string {
	base, err := url.Parse(w.BaseURL)
	if err != nil {
		return "localhost"
	}
	return base.Hostname()
}

// letter counts the week before a Monday and writes it down for a reader.
func (w *Weekly) letter(ctx context.Context, now time.Time, r reader, monday deadlines.Date) (mailer.Envelope, error) {
	week := Period{From: monday.AddDays(-7), Until: monday.AddDays(-1)}
	report := mailer.WeekReport{From: week.From, Until: week.Until}
	for _, policy := range r.policies {
		figures, err := w.figures(ctx, now, policy, week)
		if err != nil {
			return mailer.Envelope{}, err
		}
		report.Policies = append(report.Policies, figures)
	}
	pack, err := w.Desk.book.Pack(r.policies[0])
	if err != nil {
		return mailer.Envelope{}, err
	}
	report.Console = mailer.Product(pack.Contacts.Privacy)
	address := url.Values{"period": {"days"}, "from": {week.From.String()}, "until": {week.Until.String()}}
	if len(r.policies) == 1 {
		address.Set("policy", r.policies[0])
	}
	report.Link = w.BaseURL + "/console/dashboard?" + address.Encode()
	letter, err := report.Compose(w.Words.In(words.Base))
	if err != nil {
		return mailer.Envelope{}, fmt.Errorf("%w: %w", outbox.ErrPermanent, err)
	}
	message, err := mailer.Render(letter)
	return mailer.Envelope{To: r.address, Subject: message.Subject, Text: message.Text, HTML: message.HTML, Date: now}, err
}

// figures are those of one policy for a week, and of what is open now.
func (w *Weekly) figures(ctx context.Context, now time.Time, policy string, week Period) (mailer.WeekFigures, error) {
	q := Question{Period: week, Policy: policy}
	f, err := w.Desk.count(ctx, now, q, []part{w.Desk.partOf(policy, now, q)})
	if err != nil {
		return mailer.WeekFigures{}, err
	}
	figures := mailer.WeekFigures{
		Policy: w.Desk.PolicyName(policy), Received: f.Received.Total, Answered: f.Answered.Total,
		OnTime: f.Answered.Law.Part, Counted: f.Answered.Law.Of, Open: f.Open.Total, Overdue: f.Open.Overdue,
	}
	for _, l := range f.Load[:7] {
		figures.Due += l.Due
	}
	for i := range f.Promises {
		if p := &f.Promises[i]; p.Untrue() {
			figures.Untrue = append(figures.Untrue, p.Phrase)
		}
	}
	return figures, nil
}
