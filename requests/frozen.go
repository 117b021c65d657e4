package requests

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/policies"
	"dsr/strict"
)

// frozen finds the pack and the regime a request was received under, in the
// exact text of that day, whatever the files say now.
type frozen struct {
	db     *database.DB
	book   *policies.Book
	reader *strict.Reader

	mu      sync.Mutex
	packs   map[string]*policies.Pack
	regimes map[string]*policies.Regime
}

func newFrozen(db *database.DB, book *policies.Book) *frozen {
	f := &frozen{db: db, book: book, reader: strict.NewReader(), packs: map[string]*policies.Pack{}, regimes: map[string]*policies.Regime{}}
	for _, p := range book.Packs() {
		f.packs[p.SHA256] = p
	}
	for _, r := range book.Regimes() {
		f.regimes[r.SHA256] = r
	}
	return f
}

// remember keeps the text of every file in force, before the first request can
// be received under it.
func (f *frozen) remember(ctx context.Context, now time.Time) error {
	return f.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, file := range f.book.Files() {
			_, err := database.Exec(ctx, tx, `INSERT INTO rule_files (sha256, kind, name, version, content, first_seen_at)
				VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING`,
				file.SHA256, file.Kind, file.ID, file.Version, file.Content, now)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *frozen) pack(ctx context.Context, ruling *policies.Ruling) (*policies.Pack, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.packs[ruling.PackSHA256]; p != nil {
		return p, nil
	}
	content, err := f.content(ctx, ruling.PackSHA256)
	if err != nil {
		return nil, fmt.Errorf("policy pack %s of version %s: %w", ruling.Pack, ruling.PackVersion, err)
	}
	p, err := policies.ReadPack(f.reader, ruling.Pack+".yaml", []byte(content))
	if err != nil {
		return nil, err
	}
	f.packs[ruling.PackSHA256] = p
	return p, nil
}

func (f *frozen) regime(ctx context.Context, ruling *policies.Ruling) (*policies.Regime, *policies.RegimeVersion, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.regimes[ruling.SHA256]
	if r == nil {
		content, err := f.content(ctx, ruling.SHA256)
		if err != nil {
			return nil, nil, fmt.Errorf("regime %s of version %s: %w", ruling.Regime, ruling.Version, err)
		}
		if r, err = policies.ReadRegime(f.reader, ruling.Regime+".yaml", []byte(content)); err != nil {
			return nil, nil, err
		}
		f.regimes[ruling.SHA256] = r
	}
	version := r.VersionNamed(ruling.Version)
	if version == nil {
		return nil, nil, fmt.Errorf("regime %s has no version %s", ruling.Regime, ruling.Version)
	}
	return r, version, nil
}

func (f *frozen) content(ctx context.Context, sum string) (content string, err error) {
	err = database.Row(ctx, f.db.Read(), []any{&content}, "SELECT content FROM rule_files WHERE sha256 = ?", sum)
	return content, err
}
