package reports

import (
	"context"
	"encoding/json"
	"fmt"

	"dsr/policies"
)

// shortHash is how much of a ruling's hash groups rows: enough to tell all
// rulings of a house apart, and little to sort.
const shortHash = 16

const shortRuling = "substr(r.ruling, 1, 16)"

// ruling returns a frozen ruling by the first characters of its hash. There are
// few and they never change, so each is read once.
func (d *Desk) ruling(ctx context.Context, hash string) (*policies.Ruling, error) {
	d.mu.Lock()
	known := d.rulings[hash]
	d.mu.Unlock()
	if known != nil {
		return known, nil
	}
	if err := d.learnRulings(ctx); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if known = d.rulings[hash]; known == nil {
		return nil, fmt.Errorf("ruling %s is not among those kept", hash)
	}
	return known, nil
}

// learnRulings reads all rulings where there are others than the desk knows:
// they are only ever added.
func (d *Desk) learnRulings(ctx context.Context) error {
	there, err := read[int](ctx, d, new(statement).add("SELECT count(*) FROM rulings"))
	if err != nil {
		return err
	}
	d.mu.Lock()
	known := len(d.rulings)
	d.mu.Unlock()
	if there[0] == known {
		return nil
	}
	rows, err := read[struct {
		SHA256  string `bun:"sha256"`
		Content string `bun:"content"`
	}](ctx, d, new(statement).add("SELECT sha256, content FROM rulings"))
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, row := range rows {
		ruling := new(policies.Ruling)
		if err := json.Unmarshal([]byte(row.Content), ruling); err != nil {
			return fmt.Errorf("ruling %.12s cannot be read: %w", row.SHA256, err)
		}
		d.rulings[row.SHA256[:shortHash]] = ruling
	}
	return nil
}

// clockOf returns the first clock of a ruling with one of some names, or nil.
func clockOf(ruling *policies.Ruling, names ...string) *policies.Clock {
	for _, name := range names {
		for i := range ruling.Clocks {
			if c := &ruling.Clocks[i]; c.Name() == name {
				return c
			}
		}
	}
	return nil
}
