package console

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
)

// sideColumn is the right column of a request page.
type sideColumn struct {
	Next       string // what has to happen next, as the queue says it
	Whose      string // whose move it is, or ""
	Assignee   *actorView
	CanAssign  bool
	Requester  []fact
	Masked     bool
	ShownUntil string
	Agent      []sideLine       // nothing where the person asks for themselves
	Together   []siblingRequest // of the same submission
	Others     []siblingRequest
	Labels     []string
	CanLabel   bool
	Suggested  []string // labels in use
	Notes      []noteView
	CanNote    bool
}

// sideLine is a line with a sign before it, or without.
type sideLine struct{ Icon, Text string }

// siblingRequest is another request of the same address.
type siblingRequest struct{ Ref, Href, Right, State string }

// noteView is a remark for the team.
type noteView struct{ Text, By string }

// sideOf makes the right column.
func sideOf(t teller, v *requests.View) sideColumn {
	side := sideColumn{Masked: v.Masked, CanAssign: lawful(v, requests.ActAssign), CanNote: lawful(v, requests.ActNote)}
	next := v.Next()
	side.Next, side.Whose = next.What, whose(next, v.AssigneeID, t.caller)
	if v.AssigneeID != 0 {
		name := t.person(v.AssigneeID)
		side.Assignee = &actorView{Who: name, Initials: initials(name), Mine: v.AssigneeID == t.caller}
	}
	side.Requester, side.Agent = requesterFacts(t, v), agentLines(t, v)
	side.Labels = v.Facts.Labels
	for _, o := range v.Others {
		sibling := siblingRequest{Ref: o.Reference, Href: requestAddress(o.Reference), Right: t.right(o.Right), State: otherState(t, &o)}
		if o.SubmissionID == v.SubmissionID && o.AppealOf == 0 && v.AppealOf == 0 {
			side.Together = append(side.Together, sibling)
		} else {
			side.Others = append(side.Others, sibling)
		}
	}
	for _, m := range v.Messages {
		if m.Kind == "note" {
			side.Notes = append(side.Notes, noteView{m.Body, t.actor(m.Actor).Who + ", " + m.At.In(t.place.Zone).Format("2 Jan")})
		}
	}
	return side
}

// otherState says where another request of the person stands.
func otherState(t teller, r *requests.Request) string {
	switch {
	case r.Open():
		return requests.PhaseName(r.Phase) + ", received " + r.ReceivedAt.In(t.place.Zone).Format("2 Jan 2006")
	case r.Phase == requests.Aside:
		return requests.OutcomeName(r.Outcome) + ", set aside " + r.ClosedAt.In(t.place.Zone).Format("2 Jan 2006")
	}
	return requests.OutcomeName(r.Outcome) + ", closed " + r.ClosedAt.In(t.place.Zone).Format("2 Jan 2006")
}

// agentLines say who asks for the person, and how far they have shown that they
// may; nothing where the person asks for themselves.
func agentLines(t teller, v *requests.View) []sideLine {
	a := v.Facts.Agent
	if a == nil {
		return nil
	}
	var lines []sideLine
	if who := v.Person.Agent; who != nil {
		lines = append(lines, sideLine{"", strings.TrimSpace(who.Name + " " + who.Email)})
		if who.Reference != "" {
			lines = append(lines, sideLine{"tag", "Their own reference: " + who.Reference})
		}
	}
	said := func(done bool, yes, no string) {
		line := sideLine{"lock", no}
		if done {
			line = sideLine{"check", yes}
		}
		lines = append(lines, line)
	}
	lines = append(lines, sideLine{"", t.agent() + ", asking " + agentText(a.Relation)})
	said(a.Mailbox, "Their mailbox is proved", "Their mailbox is not proved yet")
	switch {
	case a.Authority == "" && v.Right.IsOptOut():
		lines = append(lines, sideLine{"info", "Authority not shown; an opt-out does not wait for it"})
	default:
		said(a.Authority != "", "Authority accepted: "+lower(authorityName(a.Authority)), "Authority not shown yet")
	}
	switch {
	case a.Relation == "parent":
	case a.Confirmed:
		said(true, "The person knows of it", "")
	case !a.Authority.SpeaksAlone():
		lines = append(lines, sideLine{"info", "The person has not answered our letter"})
	}
	return lines
}

// asideNotes say why a request stands apart: nobody proved it, it was taken for
// spam, or triage has to look twice.
func asideNotes(t teller, v *requests.View) []note {
	day := v.ClosedAt.In(t.place.Zone).Format("Mon 2 Jan 2006")
	switch {
	case v.Phase == requests.Aside && v.Outcome == requests.Lapsed:
		return []note{{Icon: "pack", Heading: "Set aside on " + day + ": nobody proved that it is theirs", Text: "It is not refused. You open it again in one click, and so does the requester with any link we sent; it then counts from its receipt."}}
	case v.Phase == requests.Aside && v.Outcome == requests.NoRequest:
		return []note{{Icon: "pack", Heading: "No request, as of " + day, Text: "It is counted nowhere. If it asks for personal information after all, open it again; it then counts from its receipt."}}
	case v.Phase == requests.Aside:
		return []note{{Icon: "spam", Heading: "Taken for spam on " + day, Text: "No letter was sent. If it is a person’s after all, open it again; it then counts from its receipt."}}
	case v.Suspect != "" && v.Read == nil:
		n := note{Class: "warn", Icon: "spam", Heading: "Is it spam? " + sentence(suspicion(v.Suspect)), Text: "The first letter is held back until you say. The dates run from the receipt all the same."}
		if lawful(v, requests.ActSpam) {
			n.Link, n.Href = "It is spam: set it aside", requestAddress(v.Reference)+"/"+actOf(requests.ActSpam).slug
		}
		return []note{n}
	}
	return nil
}

// looksOf says of which answer this is a second look, or where the second look
// at this answer is, with the way there.
func looksOf(t teller, v *requests.View) []note {
	var notes []note
	if first := v.Facts.AppealOf; first != "" {
		n := note{Icon: "appeal", Heading: "A second look at an answer", Text: "The requester does not agree with the answer. Somebody who did not give it looks at it again.", Link: "See the first request, " + first, Href: requestAddress(first)}
		if v.Facts.NotBy != "" {
			n.Text = fmt.Sprintf("The requester does not agree with the answer. %s decided the first time and may not decide this; anybody else who serves %s may.", t.actor(v.Facts.NotBy).Who, v.Pack.Controller.Name)
		}
		notes = append(notes, n)
	}
	if second := v.Facts.Appealed; second != "" {
		on := ""
		if i := slices.IndexFunc(v.Timeline, func(e requests.Event) bool { return e.Act == requests.ActAppeal }); i >= 0 {
			on = " on " + v.Timeline[i].At.In(t.place.Zone).Format("Mon 2 Jan 2006")
		}
		notes = append(notes, note{Icon: "appeal", Heading: "The requester asked us to look again", Text: fmt.Sprintf("They asked%s. The second look has dates of its own.", on), Link: "See the second look, " + second, Href: requestAddress(second)})
	}
	return notes
}

// shownKey is where a session keeps which requests show their requester's
// details, and until when: pairs of a request's id and seconds.
const (
	shownKey = "shown"
	shownFor = 15 * time.Minute
)

// showPerson shows the requester's details to the caller for a while. It is an
// act, so it stands on the timeline.
func (s *Console) showPerson(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	ctx, now := c.Request().Context(), s.Now()
	r, err := s.Office.Do(ctx, site.Caller(c), now, c.Param("reference"), 0, requests.Show{Reason: form.Get("reason")})
	if err != nil {
		return s.withoutReason(c, form, err)
	}
	list := []int64{r.ID, now.Add(shownFor).Unix()}
	for id, until := range s.shown(c) {
		if id != r.ID && len(list) < 40 {
			list = append(list, id, until)
		}
	}
	s.Desks.Put(ctx, shownKey, list)
	return site.SeeOther(c, requestAddress(r.Reference)+shownAt(form.Get("to")))
}

// shownAt is where on a request's pages the details stand that were asked for.
func shownAt(to string) string {
	switch to {
	case "proof":
		return "#proof"
	case "record-proof", "reject-proof":
		return "/" + to
	}
	return "#submitted"
}

// shown lists what the caller's session may show still, by the request's id.
func (s *Console) shown(c echo.Context) map[int64]int64 {
	list, _ := s.Desks.Get(c.Request().Context(), shownKey).([]int64)
	open := map[int64]int64{}
	for i := 0; i+1 < len(list); i += 2 {
		if list[i+1] > s.Now().Unix() {
			open[list[i]] = list[i+1]
		}
	}
	return open
}
