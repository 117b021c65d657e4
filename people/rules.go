package people

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
)

// FactorRule asks a second factor of everybody who serves a policy.
type FactorRule struct {
	Policy  string    // AllOfThem for the whole house
	AskedAt time.Time // since when
	ByWhen  time.Time // until then they are reminded, after it they do nothing else first
}

// AllOfThem is the policy of a rule for everybody.
const AllOfThem = everyPolicy

// FactorRules lists the rules, that of the house first.
func (r *Register) FactorRules(ctx context.Context) (rules []FactorRule, err error) {
	err = r.db.Read().NewSelect().Table("factor_rules").Column("policy", "asked_at", "by_when").Order("policy").Scan(ctx, &rules)
	if err != nil {
		return nil, fmt.Errorf("reading who is asked for a second factor: %w", err)
	}
	return rules, nil
}

// AskFactor begins to ask for a second factor, or changes by when. What goes
// along gets the zero User.
func (r *Register) AskFactor(ctx context.Context, rule FactorRule, also ...Along) error {
	return r.rule(ctx, also, `INSERT INTO factor_rules (policy, asked_at, by_when) VALUES (?, ?, ?)
		ON CONFLICT (policy) DO UPDATE SET by_when = EXCLUDED.by_when`,
		rule.Policy, rule.AskedAt.UTC().Truncate(time.Microsecond), rule.ByWhen.UTC().Truncate(time.Microsecond))
}

// DropFactor asks for no second factor any more under a policy.
func (r *Register) DropFactor(ctx context.Context, policy string, also ...Along) error {
	return r.rule(ctx, also, "DELETE FROM factor_rules WHERE policy = ?", policy)
}

func (r *Register) rule(ctx context.Context, also []Along, statement string, args ...any) error {
	err := r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := database.Exec(ctx, tx, statement, args...); err != nil {
			return err
		}
		return runAlong(ctx, tx, User{}, also)
	})
	if err != nil {
		return fmt.Errorf("changing who is asked for a second factor: %w", err)
	}
	return nil
}

// FactorDue says by when somebody has to have a second factor, and whether they
// are asked and have none yet. Of several rules the earliest counts.
func (r *Register) FactorDue(ctx context.Context, u User) (byWhen time.Time, asked bool, err error) {
	if u.Factors.Any() {
		return time.Time{}, false, nil
	}
	rules, err := r.FactorRules(ctx)
	for _, rule := range rules {
		if rule.covers(u.Policies) && (!asked || rule.ByWhen.Before(byWhen)) {
			byWhen, asked = rule.ByWhen, true
		}
	}
	return byWhen, asked, err
}

func (f FactorRule) covers(p access.Policies) bool {
	return f.Policy == AllOfThem || p.Include(f.Policy)
}
