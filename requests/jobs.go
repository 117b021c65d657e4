package requests

import (
	"context"
	"time"

	"dsr/hooks"
	"dsr/mailer"
	"dsr/outbox"
)

// Jobs is everything the office leaves in the outbox to be done later, by kind,
// with what does it. Letters come from an address and leave by send.
func (o *Office) Jobs(from string, now func() time.Time, send func(context.Context, mailer.Envelope) error) map[string]outbox.Handler {
	return map[string]outbox.Handler{
		letterKind:      o.SendLetter(from, now, send),
		reminderKind:    o.Remind(now),
		HookKind:        o.PostHook(now, hooks.Poster{}),
		teamDigestKind:  o.WriteTeamDigest(now),
		followKind:      o.Follow(now),
		meetKind:        o.MeetAgent(now),
		agentLetterKind: o.SendAgentLetter(from, now, send),
		batchKind:       o.RunBatch(now),
		authorityKind:   o.CarryAuthority(now),
		recountKind:     o.Recount(now),
		staffLetterKind: o.SendStaffLetter(from, now, send),
		forgottenKind:   o.SendPasswordLink(now),
		bulkKind:        o.RunBulk(now),
		mailKind:        o.ReadMail(now),
		alsoKind:        o.ReceiveAlso(now),
		addressKind:     o.NoteAddress(now),
	}
}
