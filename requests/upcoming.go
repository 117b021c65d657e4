package requests

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dsr/access"
	"dsr/deadlines"
	"dsr/policies"
)

// Upcoming is one reminder that will be sent if nothing happens to its request
// until then.
type Upcoming struct {
	At        time.Time `json:"at"` // in the request's zone; one that is past goes out with the next sweep
	Reference string    `json:"reference"`
	Policy    string    `json:"policy"`
	About     string    `json:"about"`     // respond.law, question.identity, proof, files
	Threshold string    `json:"threshold"` // 10d, overdue, extend, officer+1bd
	Letter    string    `json:"letter"`    // kind of letter; lapse: the request is set aside
	To        string    `json:"to"`        // by role, never by name
	Why       string    `json:"why"`       // what runs, until when, and what makes it a reminder
	Source    string    `json:"source"`    // article or section, and where the threshold is set
}

// upcomingPage is how many requests are looked at at a time.
const upcomingPage = 200

// Upcoming lists what is planned until an instant, by time, for one policy or
// for all the caller may see. It reads the rows the sweep reads and asks the same
// code.
func (o *Office) Upcoming(ctx context.Context, caller access.Caller, now, until time.Time, policy string) ([]Upcoming, error) {
	if err := mayList(caller); err != nil {
		return nil, err
	}
	var list []Upcoming
	for last := int64(-1); ; {
		var rows []*Request
		q := scope(o.db.Read().NewSelect().Model(&rows), caller).Where("r.id > ?", last).
			Where("r.id IN (SELECT request_id FROM reminders WHERE at <= ?)", until.UTC()).Order("r.id").Limit(upcomingPage)
		if policy != "" {
			q = q.Where("r.policy = ?", policy)
		}
		if err := q.Scan(ctx); err != nil {
			return nil, err
		}
		for _, r := range rows {
			if err := r.unpack(o.rulings); err != nil {
				return nil, err
			}
			at, err := o.look(ctx, caller, now.UTC(), r)
			if err != nil {
				return nil, err
			}
			list = append(list, at.upcoming(until)...)
		}
		if len(rows) < upcomingPage {
			break
		}
		last = rows[len(rows)-1].ID
	}
	slices.SortStableFunc(list, func(a, b Upcoming) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Reference, b.Reference), strings.Compare(a.About+"/"+a.Threshold, b.About+"/"+b.Threshold))
	})
	return list, nil
}

// upcoming lists the outstanding reminders of a request until an instant.
func (o *occasion) upcoming(until time.Time) []Upcoming {
	var list []Upcoming
	reminders := o.request.reminders(o.place, o.pack)
	for i := range reminders {
		m := &reminders[i]
		if !o.request.outstanding(m) || m.at.After(until) {
			continue
		}
		u := Upcoming{At: m.at.In(o.place.Zone), Reference: o.request.Reference, Policy: o.request.Policy, About: m.about, Threshold: m.threshold}
		u.Letter, u.To, u.Why, u.Source = o.explainReminder(m)
		list = append(list, u)
	}
	return list
}

// explainReminder says what a reminder is, for whom, and why it comes.
func (o *occasion) explainReminder(m *reminder) (letter, to, why, source string) {
	handler := "all handlers and administrators, since nobody has it"
	if o.request.AssigneeID != 0 {
		handler = "whoever has it"
	}
	switch m.kind {
	case proofWanted:
		if m.threshold == lapseNow {
			return LetterLapsed, "requester", "nobody proved in time that the request is theirs: it is set aside", "House rule"
		}
		return LetterNudge, "requester", "proof was asked for and has not come", "House rule"
	case answerFiles:
		return LetterExpiring, "requester", "the files of the answer were not fetched yet", "House rule"
	case question:
		kind := deadlines.HoldKind(strings.TrimPrefix(m.about, questionClock))
		since := deadlines.Date(0)
		if h := o.request.OpenHold(kind); h != nil {
			since = deadlines.DateOf(h.From, o.place.Zone)
		}
		return LetterQuestionOpen, handler, fmt.Sprintf("the question about %s, open since %s, holds a clock", kind, since), o.setBy(len(o.pack.Reminders.Questions) > 0)
	}
	c := o.request.clockNamed(m.about)
	letter = reminderLetterKind(m)
	why = fmt.Sprintf("%s, due %s", ClockName(c.Kind, c.Basis), c.Due.Date)
	if c.Due.Before.IsZero() {
		why = fmt.Sprintf("%s, due %s", ClockName(c.Kind, c.Basis), c.Due.At.In(o.place.Zone).Format("2006-01-02 15:04"))
	}
	source = c.Rule.Sources.Term
	switch m.kind {
	case lastCall:
		return letter, handler, why + "; it can be extended until " + c.Due.FirstDate.String(), cmp.Or(c.Rule.Sources.Extension, source)
	case escalation:
		to = "approvers, or administrators where there is none"
		if m.step.To == policies.ToOfficer {
			to = "data protection contact and administrators"
		}
		return letter, to, why + ", has run out by then", source + "; " + o.setBy(len(o.pack.Reminders.Escalation) > 0)
	}
	return letter, handler, why, source + "; " + o.setBy(len(o.pack.Leads(c.Kind)) > 0)
}

// setBy says where a threshold comes from.
func (o *occasion) setBy(pack bool) string {
	if pack {
		return "reminders of the " + o.pack.Controller.Name + " pack, version " + o.pack.Version
	}
	return "the house’s reminders"
}
