package wording

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// row is a version as stored.
type row struct {
	bun.BaseModel `bun:"table:wordings,alias:w"`

	ID       int64     `bun:"id,pk"`
	Policy   string    `bun:"policy"`
	Kind     string    `bun:"kind"`
	Language string    `bun:"language"`
	Number   int       `bun:"number"`
	Texts    string    `bun:"texts"`
	Author   string    `bun:"author"`
	At       time.Time `bun:"at"`
	Restores int       `bun:"restores"`
}

// version reads what a row says.
func (r *row) version() (Version, error) {
	v := Version{
		ID: r.ID, Place: Place{r.Policy, r.Kind, r.Language}, Number: r.Number, Author: r.Author, At: r.At.UTC(), Restores: r.Restores,
	}
	if err := json.Unmarshal([]byte(r.Texts), &v.Texts); err != nil {
		return v, fmt.Errorf("version %d of the letter %s for %s cannot be read: %w", r.Number, r.Kind, r.Policy, err)
	}
	return v, nil
}

// versions runs a query for rows.
func versions(ctx context.Context, query *bun.SelectQuery) ([]Version, error) {
	var rows []row
	if err := query.Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading the texts of letters: %w", err)
	}
	all := make([]Version, len(rows))
	for i := range rows {
		var err error
		if all[i], err = rows[i].version(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Current returns the version in force: the zero one, whose Number is 0, for a
// letter that nobody changed.
func (b *Book) Current(ctx context.Context, at Place) (Version, error) {
	return current(ctx, b.db.Read(), at)
}

func current(ctx context.Context, db bun.IDB, at Place) (Version, error) {
	found, err := versions(ctx, of(db, at).OrderExpr("number DESC").Limit(1))
	if err != nil || len(found) == 0 {
		return Version{Place: at}, err
	}
	return found[0], nil
}

func of(db bun.IDB, at Place) *bun.SelectQuery {
	return db.NewSelect().Where("policy = ? AND kind = ? AND language = ?", at.Policy, at.Kind, at.Language)
}

// History lists the newest versions of a letter, at most limit.
func (b *Book) History(ctx context.Context, at Place, limit int64) ([]Version, error) {
	return versions(ctx, of(b.db.Read(), at).OrderExpr("number DESC").Limit(limit))
}

// Numbered returns one version of a letter; number 0 is the shipped text.
func (b *Book) Numbered(ctx context.Context, at Place, number int) (Version, error) {
	if number == 0 {
		return Version{Place: at, Texts: Texts{}}, nil
	}
	found, err := versions(ctx, of(b.db.Read(), at).Where("number = ?", number))
	switch {
	case err != nil:
		return Version{}, err
	case len(found) == 0:
		return Version{}, fmt.Errorf("%w: %d", ErrNoVersion, number)
	}
	return found[0], nil
}

// Changed lists the version in force of every letter of a policy that was ever
// changed, also where the shipped text is back.
func (b *Book) Changed(ctx context.Context, policy string) ([]Version, error) {
	return versions(ctx, b.db.Read().NewSelect().Where("policy = ?", policy).
		Where("number = (SELECT MAX(n.number) FROM wordings AS n WHERE n.policy = w.policy AND n.kind = w.kind AND n.language = w.language)").
		OrderExpr("kind, language"))
}
