package year_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"dsr/mailer"
)

// post is the mail server: it takes letters, refuses some, is away for days,
// and counts what it took by Message-ID.
type post struct {
	random  *rand.Rand
	down    bool
	grey    bool            // today it puts strangers off
	known   map[string]bool // recipients it has put off before
	refused map[string]bool // addresses that it refuses for good
	taken   map[string]*taken
	fresh   []mailer.Envelope // taken since the town looked last
	// cut is called after the server's yes, before the sender hears it: where it
	// returns true the process has died in between.
	cut   func() bool
	lit   func() bool // whether the note of a yes cannot be written now
	tries int
}

// taken is one letter by its Message-ID.
type taken struct {
	to      string
	count   int
	repeats int // how often a process died between the yes and its note
}

func newPost(random *rand.Rand) *post {
	return &post{random: random, known: map[string]bool{}, refused: map[string]bool{}, taken: map[string]*taken{}}
}

// send is what a sender does, without the wire.
func (p *post) send(_ context.Context, e mailer.Envelope) error {
	p.tries++
	switch {
	case p.down:
		return &mailer.Failure{Step: "connecting", Reply: "connection refused"}
	case p.refused[e.To]:
		return &mailer.Failure{Permanent: true, Code: 550, Status: "5.1.1", Step: "the recipient", Reply: mailer.Redact("550 5.1.1 <"+e.To+"> is unknown here", e.To)}
	case p.grey && !p.known[e.To]:
		p.known[e.To] = true
		return &mailer.Failure{Code: 451, Status: "4.7.1", Step: "the recipient", Reply: mailer.Redact("451 4.7.1 greylisted, come back later, "+e.To, e.To)}
	}
	if e.MessageID == "" {
		return errors.New("a letter has no Message-ID")
	}
	t := p.taken[e.MessageID]
	if t == nil {
		t = &taken{to: e.To}
		p.taken[e.MessageID] = t
		p.fresh = append(p.fresh, e)
	}
	t.count++
	if t.to != e.To {
		return fmt.Errorf("the Message-ID of one letter stands on another")
	}
	if p.cut != nil && p.cut() || p.lit() {
		t.repeats++
	}
	return nil
}
