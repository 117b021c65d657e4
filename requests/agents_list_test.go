package requests_test

import (
	"context"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"dsr/agents"
	"dsr/database"
	"dsr/identity"
	"dsr/policies"
	"dsr/requests"
)

// asked keeps the reads that ask whose agent a request has.
type asked struct{ queries []string }

func (*asked) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (a *asked) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	if strings.Contains(e.Query, "r.agent_id") && !strings.HasPrefix(e.Query, "EXPLAIN") {
		a.queries = append(a.queries, e.Query)
	}
}

// There may be a million requests, of which an agent asked for twelve.
func TestWhatAnAgentAskedForIsFoundByItsIndex(t *testing.T) {
	each(t, func(h *house) {
		if database.EngineOf(h.db.Read()) != database.SQLite {
			return // its planner reads conditions by itself
		}
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		document := h.send(agent, identity.SignedPermission, "")
		reads := new(asked)
		h.db.Read().AddQueryHook(reads)
		for _, closed := range []bool{false, true} {
			if _, err := h.AskedBy(h.Context(), agent, h.clock, closed, requests.Page{}); err != nil {
				t.Fatal(err)
			}
		}
		h.accept(document)
		if len(reads.queries) < 4 {
			t.Errorf("only %d reads were seen", len(reads.queries))
		}
		for _, query := range reads.queries {
			var plan []struct {
				ID      int    `bun:"id"`
				Parent  int    `bun:"parent"`
				NotUsed int    `bun:"notused"`
				Detail  string `bun:"detail"`
			}
			if err := h.db.Read().NewRaw("EXPLAIN QUERY PLAN "+query).Scan(h.Context(), &plan); err != nil {
				t.Fatal(err)
			}
			for _, step := range plan {
				if strings.HasPrefix(step.Detail, "SCAN r") {
					t.Errorf("%s: %s", step.Detail, query)
				}
			}
		}
	})
}
