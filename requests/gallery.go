package requests

import (
	"context"
	"fmt"
	"slices"
	"time"

	"dsr/access"
	"dsr/wording"
)

// LetterKind is one kind of letter that the product writes.
type LetterKind struct {
	Kind     string
	Name     string // in English
	When     string // when it goes out
	Audience string // requester, agent or staff
	Own      bool   // a company may give it a text of its own
}

// LetterKinds lists every kind of letter: to requesters in the order of a
// request's life, to agents, and to the team.
func LetterKinds() []LetterKind {
	var kinds []LetterKind
	for _, l := range wording.Letters() {
		kinds = append(kinds, LetterKind{Kind: l.Kind, Name: l.Name, When: l.When, Audience: "requester", Own: true})
	}
	kinds = append(kinds,
		LetterKind{LetterAgentLink, "Link to their page", "An agent asked for it, or asked for somebody for the first time.", "agent", false},
		LetterKind{LetterAuthority, "Authority decided", "Somebody compared their proof.", "agent", false},
		LetterKind{LetterBatch, "Table received", "They sent many requests at once.", "agent", false},
		LetterKind{LetterDigest, "How their requests stand", "On Mondays.", "agent", false})
	for _, k := range [][3]string{
		{LetterNew, "New request", "A request came, and they want a letter for each: of the first twenty of a policy on a day."},
		{LetterAssigned, "Assigned", "A request was given to somebody else of the team."},
		{LetterReplied, "Requester replied", "They wrote, answered or sent something."},
		{LetterVerified, "Identity is proved", "The requester proved who they are, and somebody else has the request."},
		{LetterSearched, "All systems answered", "The findings are complete, and somebody else has the request."},
		{LetterApproval, "Approval wanted", "A decision was proposed that a second person has to approve."},
		{LetterSentBack, "Sent back", "The second person did not approve."},
		{LetterBounced, "A letter came back", "A mail server could not deliver a letter to the requester."},
		{LetterSoon, "Due soon", "A clock reaches a threshold."},
		{LetterLastDay, "Last day to extend", "The law lets the date be moved on this day for the last time."},
		{LetterQuestionOpen, "A question is open", "A clock stands still for a question that nobody has answered."},
		{LetterToday, "Due today", "A clock runs out today."},
		{LetterOverdue, "Overdue", "A clock has run out."},
		{LetterEscalation, "Escalation", "An overdue clock reaches the data protection contact."},
		{LetterVolume, "Unusual number", "Twenty requests or more have come today, and four times as many as usual."},
		{LetterMorning, "Letter of the morning", "On working mornings at 07:00 where they live, if there is anything to tell."},
		{LetterWeek, "Letter of the week", "On Mondays, to administrators and the data protection contact."},
		{LetterHook, "Another channel fails", "An address that reminders are posted to has not taken them."},
		{LetterInvitation, "Invitation", "An administrator invited somebody to the team."},
		{LetterNewPassword, "Another password", "They forgot their password."},
		{LetterFactorReset, "Second factor removed", "An administrator removed their second factor."},
	} {
		kinds = append(kinds, LetterKind{k[0], k[1], k[2], "staff", false})
	}
	return kinds
}

// Gallery shows a letter of any kind for a request the caller may see, in the
// texts in force; letters to staff are in English, whatever the language of the
// place. Nothing is sent, and no link opens anything. The errors are ErrNotFound,
// also for a kind there is not, and FieldErrors for another policy's request.
func (o *Office) Gallery(ctx context.Context, caller access.Caller, now time.Time, at wording.Place, reference string) ([]Specimen, error) {
	kinds := LetterKinds()
	i := slices.IndexFunc(kinds, func(k LetterKind) bool { return k.Kind == at.Kind })
	if i < 0 {
		return nil, fmt.Errorf("%w: letter %q", ErrNotFound, at.Kind)
	}
	if kinds[i].Audience == "staff" {
		at.Language = "en"
	}
	speaks, _, err := o.texts.Printer(ctx, at)
	if err != nil {
		return nil, err
	}
	return o.specimens(ctx, caller, now, at, speaks, reference)
}
