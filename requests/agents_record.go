package requests

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/agents"
	"dsr/identity"
)

// mostMeant bounds the requests on which one document is recorded.
const mostMeant = 5000

// meant lists the open requests that a document is for and that lack it: the
// one it names, or all of its agent. Opt-outs lack nothing.
func (o *Office) meant(ctx context.Context, d *agents.Document) ([]*Request, error) {
	rows, err := o.read(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		if d.RequestID != 0 {
			q = q.Where("r.id = ?", d.RequestID)
		}
		return q.Where(ofAgent+" AND r.closed_at IS NULL", d.AgentID).Limit(mostMeant)
	})
	if err != nil {
		return nil, err
	}
	var list []*Request
	for _, r := range rows {
		takes, err := o.takes(ctx, r, d.Authority)
		if err != nil {
			return nil, err
		}
		if takes {
			list = append(list, r)
		}
	}
	return list, nil
}

// takes reports whether a request waits for an authority of this kind.
func (o *Office) takes(ctx context.Context, r *Request, authority identity.Authority) (bool, error) {
	a := r.Facts.Agent
	if a == nil || !r.Undecided() || r.Right.IsOptOut() || a.Authority != "" && (a.Authority.SpeaksAlone() || !authority.SpeaksAlone()) {
		return false, nil
	}
	_, version, err := o.frozen.regime(ctx, r.Ruling)
	if err != nil {
		return false, err
	}
	return version.AgentRule(r.Right).Accepts(authority), nil
}

// carryAuthority records an accepted document on each request it is for that
// lacks it, one by one. Whom it names is noted first: done again after a crash,
// it finds what is left.
func (o *Office) carryAuthority(ctx context.Context, caller access.Caller, now time.Time, d *agents.Document) error {
	list, err := o.meant(ctx, d)
	if err != nil {
		return err
	}
	for _, r := range list {
		if d.RequestID != 0 || d.Authority.SpeaksAlone() {
			if err := o.agents.Vouch(ctx, d, r.Person); err != nil {
				return err
			}
		}
		err := o.try(ctx, caller, now, r.Reference, acceptAuthority{authority: d.Authority})
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

// acceptAuthority records an authority that came with a document of the agent.
// Only where the request waited for it does a letter of its own follow, with
// the new dates; the one about the document tells the rest.
type acceptAuthority struct{ authority identity.Authority }

func (v acceptAuthority) plan(o *occasion) (*plan, error) {
	p, err := RecordProof{Authority: string(v.authority)}.plan(o)
	if err != nil {
		return nil, err
	}
	asked := o.request.Facts.Proof
	waited := asked != nil && asked.Authority && asked.JudgedAt.IsZero()
	if !waited {
		p.letters, p.change.Letter = nil, ""
	}
	if asked != nil && !asked.Authority {
		p.also = nil // what the person gave to prove who they are is judged by itself
	}
	return p, nil
}

// byIDs reads requests by number, without working their clocks out.
func (o *Office) byIDs(ctx context.Context, ids ...int64) ([]*Request, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return o.read(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("r.id IN ?", bun.Tuple(slices.Clone(ids))) })
}
