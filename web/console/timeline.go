package console

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"dsr/deadlines"
	"dsr/requests"
	"dsr/web/site"
	"dsr/workflow"
)

// timelineDay is the events of one local day.
type timelineDay struct {
	Name  string
	Lines []timelineLine
}

// timelineLine is one event in words.
type timelineLine struct {
	ISO, Clock string // 2026-10-26T09:12, 09:12
	actorView
	Text  string
	Quote string // words somebody gave as a reason
	Added string // a paragraph of their own in the letter
	Moves []dateMove
	Kinds []string // the filters that show it
	Link  string   // where to read more on the page, or ""
}

// actorView is who did something: a person's badge, the requester or the
// machine.
type actorView struct {
	Who      string
	Initials string // staff only
	Mine     bool   // the caller
	Machine  bool
}

// dateMove is a date that an event moved.
type dateMove struct{ Clock, From, To string }

// timelineFilter is one chip above the timeline.
type timelineFilter struct {
	Name, Label string
	Count       int
	Current     bool
}

// teller words events for somebody of the team.
type teller struct {
	voice
	caller int64
	place  deadlines.Place
	now    time.Time
	req    *requests.View
}

// timeline groups the events of one filter by day, oldest first, and counts
// what each filter shows.
func (t teller) timeline(events []requests.Event, only string) ([]timelineDay, []timelineFilter) {
	filters := []timelineFilter{{"", "All", 0, false}, {"messages", "Messages", 0, false}, {"decisions", "Decisions", 0, false}, {"clocks", "Clocks", 0, false}, {"system", "Machine", 0, false}, {"people", "People", 0, false}}
	var days []timelineDay
	for i := range events {
		line := t.line(&events[i])
		for f := range filters {
			if filters[f].Name == "" || slices.Contains(line.Kinds, filters[f].Name) {
				filters[f].Count++
			}
		}
		if only == "" || slices.Contains(line.Kinds, only) {
			days = t.onDay(days, events[i].At, line)
		}
	}
	for f := range filters {
		filters[f].Current = filters[f].Name == only
	}
	return days, filters
}

// onDay adds a line to the day it belongs to.
func (t teller) onDay(days []timelineDay, at time.Time, line timelineLine) []timelineDay {
	d := deadlines.DateOf(at, t.place.Zone)
	name := d.Time().Format("Mon 2 January 2006")
	if d == deadlines.DateOf(t.now, t.place.Zone) {
		name += ", today"
	}
	if len(days) == 0 || days[len(days)-1].Name != name {
		days = append(days, timelineDay{Name: name})
	}
	last := &days[len(days)-1]
	last.Lines = append(last.Lines, line)
	return days
}

// line words one event.
func (t teller) line(e *requests.Event) timelineLine {
	at := e.At.In(t.place.Zone)
	line := timelineLine{ISO: at.Format("2006-01-02T15:04"), Clock: at.Format("15:04"), actorView: t.actor(e.Actor)}
	if r := e.Change.Received; r != nil && r.Represented != nil && line.Who == "Requester" {
		line.Who = t.agent() // their form came before anybody knew them
	}
	line.Text = t.text(e)
	if effect := t.effect(e); effect != "" {
		line.Text += ". " + effect
	}
	line.Moves = t.moves(e)
	switch {
	case conversation(e.Act):
		line.Link = "messages"
	case e.Act != requests.ActComplete || !t.req.Masked: // who it is stands masked beside it
		line.Quote = e.Text
	}
	line.Added, line.Kinds = e.Added, kindsOf(e)
	return line
}

// moves lists the dates an event moved. Should a calendar no longer cover them,
// the page is shown without: the clocks above say what is wrong.
func (t teller) moves(e *requests.Event) []dateMove {
	moved, err := t.req.MovedBy(e, t.place)
	if err != nil {
		return nil
	}
	moves := make([]dateMove, len(moved))
	for i, m := range moved {
		moves[i] = dateMove{t.clock(m.Clock), shortDay(m.From, t.now, t.place), shortDay(m.To, t.now, t.place)}
	}
	return moves
}

// firstDates says when the clocks were due at first.
func (t teller) firstDates() string {
	dates, err := t.req.FirstDates(t.place)
	if err != nil {
		return ""
	}
	var parts []string
	for _, d := range dates {
		parts = append(parts, ". "+t.clock(d.Clock)+" due "+shortDay(d.To, t.now, t.place))
	}
	return strings.Join(parts, "")
}

// actor says who did something, from "staff:12", "requester" or
// "machine:reminders".
func (t teller) actor(actor string) actorView {
	kind, rest, _ := strings.Cut(actor, ":")
	switch kind {
	case "staff":
		id, _ := strconv.ParseInt(rest, 10, 64)
		name := t.person(id)
		return actorView{Who: name, Initials: initials(name), Mine: id == t.caller}
	case "machine":
		return actorView{Machine: true}
	case "agent":
		return actorView{Who: t.agent()}
	}
	return actorView{Who: "Requester"}
}

// agent names the capacity in which somebody asks for the person.
func (t teller) agent() string {
	if a := t.req.Facts.Agent; a != nil && a.Relation == "parent" {
		return "Parent"
	}
	return "Agent"
}

// clock names a clock by its name on the request.
func (t teller) clock(name string) string {
	for i := range t.req.Clocks {
		if c := &t.req.Clocks[i]; c.Name() == name {
			return sentence(subject(c))
		}
	}
	_, basis, _ := strings.Cut(name, ".")
	return sentence(basis)
}

// conversation reports whether an act's words stand among the messages.
func conversation(act workflow.Act) bool {
	switch act {
	case requests.ActMessage, requests.ActReply, requests.ActAskProof, requests.ActRejectProof, requests.ActAskQuestion, requests.ActAnswer, requests.ActDecide, requests.ActApprove, requests.ActNote, requests.ActAppeal:
		return true
	}
	return false
}

// kindsOf lists the filters that show an event.
func kindsOf(e *requests.Event) []string {
	var kinds []string
	switch e.Act {
	case requests.ActMessage, requests.ActReply, requests.ActAskProof, requests.ActGiveProof, requests.ActRejectProof, requests.ActAskQuestion, requests.ActAnswer, requests.ActAppeal, requests.ActComplete:
		kinds = append(kinds, "messages")
	case requests.ActFindings, requests.ActDecide, requests.ActDismiss, requests.ActWithdraw, requests.ActClose, requests.ActRecordProof, requests.ActSpam, requests.ActNoRequest, requests.ActClear, requests.ActConfirmReading, requests.ActReopen, requests.ActLapse, requests.ActPropose, requests.ActApprove, requests.ActSendBack:
		kinds = append(kinds, "decisions")
	}
	c := &e.Change
	if len(c.Moved) > 0 || len(c.Met) > 0 || c.HoldOpen != "" || c.HoldShut != "" || c.Extension != nil || c.Received != nil || c.Law != nil || c.Receipt != nil {
		kinds = append(kinds, "clocks")
	}
	if strings.HasPrefix(e.Actor, "machine") {
		return append(kinds, "system")
	}
	return append(kinds, "people")
}

// effect says what an event did to the clocks, beyond the dates it moved.
func (t teller) effect(e *requests.Event) string {
	var parts []string
	for i := range t.req.Clocks {
		c := &t.req.Clocks[i]
		switch kind := e.Change.HoldOpen; {
		case kind != "" && site.Stops(c, kind):
			parts = append(parts, sentence(subject(c))+" held from today ("+orTerm(c.Rule.Sources.Hold, c.Rule.Sources.Term)+")")
		case kind != "" && movesStart(c, kind):
			parts = append(parts, sentence(subject(c))+" starts when it comes ("+orTerm(c.Rule.Sources.Start, c.Rule.Sources.Term)+")")
		}
		if slices.Contains(e.Change.Met, c.Name()) {
			parts = append(parts, sentence(subject(c))+": done "+keptText(c))
		}
	}
	return strings.Join(parts, ". ")
}

// keptText says whether a clock was met in time.
func keptText(c *requests.Clock) string {
	if c.Due.OnTime(c.MetAt) {
		return "in time"
	}
	return "late"
}

// orTerm falls back on the source of the whole rule.
func orTerm(source, term string) string {
	if source == "" {
		return term
	}
	return source
}
