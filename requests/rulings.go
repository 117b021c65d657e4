package requests

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/policies"
)

// rulings keeps the frozen rulings by the hash of their content. There are few
// and they never change, so each is read once.
type rulings struct {
	read func(hash string) (string, error)

	mu    sync.RWMutex
	known map[string]*policies.Ruling
	kept  map[string]bool // those the database holds for certain
}

func newRulings(read func(hash string) (string, error)) *rulings {
	return &rulings{read: read, known: map[string]*policies.Ruling{}, kept: map[string]bool{}}
}

// freeze returns the hash of a ruling and its content.
func freeze(r *policies.Ruling) (hash, content string, err error) {
	data, err := json.Marshal(r)
	if err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), string(data), nil
}

// get returns a frozen ruling. What the database gives is checked against its
// hash: a ruling altered by hand is an error.
func (k *rulings) get(hash string) (*policies.Ruling, error) {
	k.mu.RLock()
	ruling := k.known[hash]
	k.mu.RUnlock()
	if ruling != nil {
		return ruling, nil
	}
	content, err := k.read(hash)
	if err != nil {
		return nil, fmt.Errorf("ruling %.12s: %w", hash, err)
	}
	if sum := sha256.Sum256([]byte(content)); hex.EncodeToString(sum[:]) != hash {
		return nil, fmt.Errorf("ruling %.12s was altered: its content has another hash", hash)
	}
	ruling = new(policies.Ruling)
	if err := json.Unmarshal([]byte(content), ruling); err != nil {
		return nil, fmt.Errorf("ruling %.12s cannot be read: %w", hash, err)
	}
	k.note(hash, ruling)
	return ruling, nil
}

// learn takes a ruling in that was just frozen.
func (k *rulings) learn(hash, content string) error {
	ruling := new(policies.Ruling)
	if err := json.Unmarshal([]byte(content), ruling); err != nil {
		return err
	}
	k.note(hash, ruling)
	return nil
}

func (k *rulings) note(hash string, ruling *policies.Ruling) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known[hash] = ruling
}

// keep writes a ruling unless the database is known to hold it.
func (k *rulings) keep(ctx context.Context, tx bun.IDB, hash, content string) error {
	k.mu.RLock()
	kept := k.kept[hash]
	k.mu.RUnlock()
	if kept {
		return nil
	}
	_, err := database.Exec(ctx, tx, "INSERT INTO rulings (sha256, content) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING", hash, content)
	return err
}

// keptFor notes, after the commit, that the database holds a ruling.
func (k *rulings) keptFor(hash string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept[hash] = true
}
