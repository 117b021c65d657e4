package requests

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
)

// Destination is a domain that letters wait for.
type Destination struct {
	// Domain is that of the addresses; "" gathers the domains for which a single
	// letter waits, as those may name a person.
	Domain  string
	Waiting int
	Kind    string // why: greylisted, refused, unreachable or paced
	Since   time.Time
	LastAt  time.Time // when it was tried last
}

// Destinations lists where letters wait and why, most letters first, at most
// twenty. It needs access.ReadAudit.
func (o *Office) Destinations(ctx context.Context, caller access.Caller) ([]Destination, error) {
	if why := caller.WhyNot(access.ReadAudit, ""); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	var rows []struct {
		Domain string    `bun:"domain"`
		Kind   string    `bun:"kind"`
		N      int       `bun:"n"`
		Since  time.Time `bun:"since"`
		LastAt time.Time `bun:"last_at"`
	}
	// A shared domain is one that several letters wait for, whatever the reason.
	shared := `CASE WHEN (SELECT COUNT(*) FROM letter_troubles AS s WHERE s.domain = t.domain) > 1 THEN t.domain ELSE '' END`
	err := stuck(o.db.Read(), caller).Join("JOIN letter_troubles AS t ON t.job_key = l.job_key").
		ColumnExpr(shared+" AS domain, t.kind, COUNT(*) AS n, MIN(t.since) AS since, MAX(t.last_at) AS last_at").
		Where("o.state <> 'dead'").GroupExpr("1, 2").OrderExpr("n DESC, domain, t.kind").Limit(20).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("where letters wait: %w", err)
	}
	list := make([]Destination, len(rows))
	for i, r := range rows {
		list[i] = Destination{Domain: r.Domain, Waiting: r.N, Kind: r.Kind, Since: r.Since.UTC(), LastAt: r.LastAt.UTC()}
	}
	return list, nil
}

// ReturnedLetter is a letter that a mail server took and could not deliver.
type ReturnedLetter struct {
	Reference string // of the request; "" for a letter about none
	Policy    string // "" for a letter to staff about no request
	Kind      string
	Audience  string // as of a StuckLetter
	WrittenAt time.Time
	BouncedAt time.Time
	Error     string // what the report said, without addresses
}

// Returned lists the letters that came back, the newest first, at most limit,
// and how many there are. It needs access.ReadAudit.
func (o *Office) Returned(ctx context.Context, caller access.Caller, limit int) (list []ReturnedLetter, all int, err error) {
	if why := caller.WhyNot(access.ReadAudit, ""); why != "" {
		return nil, 0, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	query := func() *bun.SelectQuery {
		return postOf(o.db.Read().NewSelect().TableExpr(allLetters+" AS l").Where("l.bounced_at IS NOT NULL"), caller)
	}
	if err := query().ColumnExpr("COUNT(*)").Scan(ctx, &all); err != nil || all == 0 {
		return nil, 0, err
	}
	var rows []struct {
		Reference string    `bun:"reference"`
		Policy    string    `bun:"policy"`
		Kind      string    `bun:"kind"`
		Audience  string    `bun:"audience"`
		CreatedAt time.Time `bun:"created_at"`
		BouncedAt time.Time `bun:"bounced_at"`
		Error     string    `bun:"last_error"`
	}
	err = query().ColumnExpr("l.reference, l.policy, l.kind, l.audience, l.created_at, l.bounced_at, l.last_error").
		OrderExpr("l.bounced_at DESC, l.id DESC").Limit(int64(limit)).Scan(ctx, &rows)
	for _, r := range rows {
		list = append(list, ReturnedLetter{r.Reference, r.Policy, r.Kind, r.Audience, r.CreatedAt.UTC(), r.BouncedAt.UTC(), strings.TrimSpace(r.Error)})
	}
	return list, all, err
}
