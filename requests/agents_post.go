package requests

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/agents"
	"dsr/deadlines"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/policies"
)

// The kinds of letters to agents that are about no single request.
const (
	LetterAgentLink = "agent_link"
	LetterAuthority = "authority_decided"
	LetterBatch     = "batch_received"
	LetterDigest    = "agent_digest"
)

// agentLetterKind is the kind of outbox job that sends one of them.
const agentLetterKind = "agent_letter"

// agentPost is one letter to an agent before it is written.
type agentPost struct {
	kind     string
	occasion string // written about once
	code     bool   // it carries a code beside its link
	relation string // what the agent said they are when they asked for it, or ""
	language string // in which they asked; "": the one known of them
	letter   func(agentLink) composable
}

// agentLink is what every letter to an agent can say.
type agentLink struct {
	controller mailer.Controller
	address    string
	code       string
	until      deadlines.Date
	today      deadlines.Date
}

// toAgent composes, renders and seals a letter to an agent. What it returns
// writes the letter, its link and the job that sends it.
func (o *Office) toAgent(now time.Time, a *agents.Agent, p agentPost) (agents.Along, error) {
	pack, err := o.book.Pack(a.Policy)
	if err != nil {
		return nil, err
	}
	zone, err := o.ZoneOf(pack)
	if err != nil {
		return nil, err
	}
	if p.language == "" {
		p.language = a.Language
	}
	link := o.newLink(now, linkAgent, p.code)
	message, err := worded(p.kind, p.letter(agentLink{
		controller: o.controller(pack), address: o.baseURL + "/a/" + link.token, code: link.code,
		until: deadlines.DateOf(link.expires, zone), today: deadlines.DateOf(now, zone),
	}), o.words.In(p.language))
	if err != nil {
		return nil, err
	}
	content, err := json.Marshal(o.envelopeOf(pack, a.Email, message))
	if err != nil {
		return nil, err
	}
	post := &agents.Letter{
		Occasion: p.occasion, Kind: p.kind, Language: p.language, MessageID: strings.ToLower(rand.Text()) + "@" + o.domain, Content: content,
	}
	return func(ctx context.Context, tx bun.Tx) error {
		id, err := o.agents.Post(ctx, tx, now, a, post, &agents.Link{Hash: link.hash, Expires: link.expires, Code: link.codeMark, Relation: p.relation, Language: p.language})
		if err != nil || id == 0 {
			return err
		}
		return outbox.Add(ctx, tx, now.UTC(), numbered(agentLetterKind, id))
	}, nil
}

// ZoneOf is where the days of a policy begin.
func (o *Office) ZoneOf(pack *policies.Pack) (*time.Location, error) {
	zone, err := time.LoadLocation(pack.Zone)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %q is no time zone of the IANA list", pack.ID, pack.Zone)
	}
	return zone, nil
}

// SendAgentLetter is the outbox's handler for letters to agents. It keeps to
// the rules of SendLetter.
func (o *Office) SendAgentLetter(from string, now func() time.Time, send func(context.Context, mailer.Envelope) error) outbox.Handler {
	return round{o, agentMark, now, send}.posting(func(ctx context.Context, id int64) (parcel, error) {
		_, letter, err := o.agents.Letter(ctx, id)
		if err != nil || letter.State == "sent" {
			return parcel{gone: true}, err
		}
		p, err := parcelOf(letter.Content, from, letter.MessageID, letter.CreatedAt)
		p.note = func(ctx context.Context, fault string) error {
			if fault != "" {
				return o.agents.LetterFailed(ctx, id, fault)
			}
			return o.agents.LetterSent(ctx, now(), id, afterLetter(now(), &letter))
		}
		return p, err
	})
}

// afterLetter is what follows when a letter has left: the one about a table
// confirms each of its requests.
func afterLetter(now time.Time, l *agents.Letter) agents.Along {
	return func(ctx context.Context, tx bun.Tx) error {
		batch, found := strings.CutPrefix(l.Occasion, "batch:")
		if l.Kind != LetterBatch || !found {
			return nil
		}
		return outbox.Add(ctx, tx, now.UTC(), outbox.Job{Kind: batchKind, DedupeKey: "batch:confirm:" + batch, Payload: []byte(confirmPart + batch)})
	}
}
