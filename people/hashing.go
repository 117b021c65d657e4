package people

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"
)

// Hashing says what one password costs (RFC 9106) and how many may be under
// way.
type Hashing struct {
	Memory uint32 // KiB for one hash
	Passes uint32
	// Parallel is how many are computed at once, so that Parallel × Memory
	// bounds the memory they take. At least 1.
	Parallel int
	// Waiting is how many more wait for their turn; the next is ErrBusy.
	Waiting int
}

// OWASP returns the parameters of the OWASP Password Storage Cheat Sheet for
// Argon2id, 19 MiB and two passes, for at most four at once. One takes some
// 40 ms, so the last in the queue waits about a second.
func OWASP() Hashing {
	return Hashing{Memory: 19 * 1024, Passes: 2, Parallel: min(4, runtime.GOMAXPROCS(0)), Waiting: 64}
}

const (
	saltBytes = 16
	hashBytes = 32
)

// hasher makes and checks password hashes within the bounds of a Hashing.
type hasher struct {
	params argon2id.Params
	queue  chan struct{} // a place for everybody let in
	slots  chan struct{} // a place for everybody at work
	dummy  string        // the hash of a password nobody has
}

func newHasher(cost Hashing) (*hasher, error) {
	if cost.Memory < 8 || cost.Passes < 1 || cost.Parallel < 1 || cost.Waiting < 0 {
		return nil, errors.New("password hashing needs at least 8 KiB, one pass and one at a time")
	}
	h := &hasher{
		params: argon2id.Params{Memory: cost.Memory, Iterations: cost.Passes, Parallelism: 1, SaltLength: saltBytes, KeyLength: hashBytes},
		queue:  make(chan struct{}, cost.Parallel+cost.Waiting),
		slots:  make(chan struct{}, cost.Parallel),
	}
	var err error
	h.dummy, err = argon2id.CreateHash(rand.Text(), &h.params)
	return h, err
}

// within runs fn when it is its turn. It returns ErrBusy at once when the queue
// is full, and ctx's error when ctx ends first.
func (h *hasher) within(ctx context.Context, fn func() error) error {
	select {
	case h.queue <- struct{}{}:
	default:
		return ErrBusy
	}
	defer func() { <-h.queue }()
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.slots }()
	return fn()
}

// make hashes a password that passed the rules.
func (h *hasher) make(ctx context.Context, password string) (hash string, err error) {
	err = h.within(ctx, func() error {
		hash, err = h.create(password)
		return err
	})
	return hash, err
}

func (h *hasher) create(password string) (string, error) {
	return argon2id.CreateHash(norm.NFC.String(password), &h.params)
}

// check compares a password with a hash, or with one that nothing matches when
// the hash is empty: both take the same time. When the password is right and
// the hash was made at another cost, renewed is the hash to keep instead. It
// belongs inside within.
func (h *hasher) check(password, hash string) (right bool, renewed string, err error) {
	if hash == "" || len(password) > MaxPassword {
		password, hash = "", h.dummy
	}
	right, params, err := argon2id.CheckHash(norm.NFC.String(password), hash)
	if err != nil {
		return false, "", fmt.Errorf("the password hash cannot be read: %w", err)
	}
	if right && *params != h.params {
		renewed, err = h.create(password)
	}
	return right, renewed, err
}
