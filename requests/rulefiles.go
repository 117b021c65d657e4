package requests

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"dsr/access"
	"dsr/policies"
)

// ErrNoRules is returned for an edition of a pack or a law that the database
// does not keep, or that the caller may not see.
var ErrNoRules = errors.New("there is no such edition of a policy or a law")

// RuleEdition is one edition of a pack or a law that requests were received
// under, or could have been.
type RuleEdition struct {
	Kind    string // pack or regime
	ID      string // moxora, ccpa
	Version string
	SHA256  string
	Since   time.Time // when this installation first had it
	InForce bool      // requests received now are ruled by it
	Open    int       // open requests that it is frozen on
}

// RuleEditions lists every edition that the database keeps, each pack and law
// with its newest first, and how many open requests of the policies the caller
// serves stand on each. Packs of other policies are left out.
func (o *Office) RuleEditions(ctx context.Context, caller access.Caller) ([]RuleEdition, error) {
	if why := caller.WhyNot(access.View, ""); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	var rows []struct {
		SHA256  string    `bun:"sha256"`
		Kind    string    `bun:"kind"`
		Name    string    `bun:"name"`
		Version string    `bun:"version"`
		Since   time.Time `bun:"first_seen_at"`
	}
	err := o.db.Read().NewSelect().Table("rule_files").Column("sha256", "kind", "name", "version", "first_seen_at").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("the editions of packs and laws: %w", err)
	}
	open, err := o.openByFile(ctx, caller)
	if err != nil {
		return nil, err
	}
	force := map[string]bool{}
	for _, p := range o.book.Packs() {
		force[p.SHA256] = true
	}
	for _, r := range o.book.Regimes() {
		force[r.SHA256] = true
	}
	var list []RuleEdition
	for _, r := range rows {
		if r.Kind == "pack" && !caller.Policies.Include(r.Name) {
			continue
		}
		list = append(list, RuleEdition{
			Kind: r.Kind, ID: r.Name, Version: r.Version, SHA256: r.SHA256, Since: r.Since.UTC(), InForce: force[r.SHA256], Open: open[r.SHA256],
		})
	}
	slices.SortStableFunc(list, func(a, b RuleEdition) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), inFront(b.InForce, a.InForce), b.Since.Compare(a.Since))
	})
	return list, nil
}

func inFront(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// openByFile counts open requests by the file of their pack and of their law.
func (o *Office) openByFile(ctx context.Context, caller access.Caller) (map[string]int, error) {
	var rows []struct {
		Ruling string `bun:"ruling"`
		N      int    `bun:"n"`
	}
	err := servedBy(o.db.Read().NewSelect().Table("requests"), caller, "policy").ColumnExpr("ruling, COUNT(*) AS n").
		Where("closed_at IS NULL").GroupExpr("ruling").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("counting open requests by their rules: %w", err)
	}
	counts := map[string]int{}
	for _, row := range rows {
		ruling, err := o.rulings.get(row.Ruling)
		if err != nil {
			return nil, err
		}
		counts[ruling.PackSHA256] += row.N
		counts[ruling.SHA256] += row.N
	}
	return counts, nil
}

// RuleDiff is the difference between two editions.
type RuleDiff struct {
	Old, Fresh RuleEdition
	Changes    []policies.Change // what it means; of packs only
	Lines      []policies.Line   // of the files
}

// DiffRules compares two editions of one pack or law that RuleEditions lists.
func (o *Office) DiffRules(ctx context.Context, caller access.Caller, old, fresh string) (*RuleDiff, error) {
	editions, err := o.RuleEditions(ctx, caller)
	if err != nil {
		return nil, err
	}
	d := new(RuleDiff)
	for _, e := range editions {
		if e.SHA256 == old {
			d.Old = e
		}
		if e.SHA256 == fresh {
			d.Fresh = e
		}
	}
	if d.Old.ID == "" || d.Old.ID != d.Fresh.ID || d.Old.Kind != d.Fresh.Kind {
		return nil, ErrNoRules
	}
	before, err := o.frozen.content(ctx, old)
	if err != nil {
		return nil, err
	}
	after, err := o.frozen.content(ctx, fresh)
	if err != nil {
		return nil, err
	}
	d.Lines = policies.DiffLines(before, after, 3)
	if d.Old.Kind != "pack" {
		return d, nil
	}
	a, err := policies.ReadPack(o.frozen.reader, d.Old.ID+".yaml", []byte(before))
	if err != nil {
		return nil, err
	}
	b, err := policies.ReadPack(o.frozen.reader, d.Fresh.ID+".yaml", []byte(after))
	if err != nil {
		return nil, err
	}
	d.Changes = policies.Diff(a, b)
	return d, nil
}
