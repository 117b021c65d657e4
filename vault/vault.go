// Package vault keeps personal data unreadable at rest.
//
// Every request has a data key of its own. The data key seals the request's
// fields and files with AES-256-GCM and lies in the database only wrapped, that
// is encrypted by a key from the key ring. The ring is a text file that never
// enters the database, so a stolen database is noise, and to shred a request it
// is enough to delete its 65 wrapped bytes.
//
// The ring has an order. Its last key wraps new data keys; older keys still
// unwrap theirs until Rewrap has moved them. Its first key is the root of
// everything that must outlive a rotation: the blind index, the signatures of
// links and forms, the key of the audit log's checkpoints. A key is therefore
// never removed from the file, and who suspects the first key moves to a new
// file and a new database. Each use has its own key, derived with HKDF-SHA256
// (RFC 5869) under its own name, so that none can stand in for another.
//
// A label ("request/MOX-8H2D-5K/requester") is bound to each sealed value: a
// value copied to another field or another request does not open.
//
// The package does not know what is sealed, where it is stored or who may read
// it. Its errors never hold key material or contents.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

var (
	// ErrWrongKey means that a data key was wrapped by a key this ring does
	// not hold: the key file is an older copy or another installation's.
	ErrWrongKey = errors.New("this key file does not hold the key that is needed")
	// ErrTampered means that sealed bytes do not open: they were changed, cut
	// or moved from where they were sealed.
	ErrTampered = errors.New("sealed bytes were changed, cut or moved")
	// ErrDestroyed means that there is no key any more: the request's personal
	// data was erased.
	ErrDestroyed = errors.New("the data key was destroyed")
)

const (
	keySize  = 32 // AES-256
	overhead = 28 // 12 bytes of nonce before the ciphertext, 16 of tag after
	version  = 1  // first byte of everything sealed, wrapped or streamed
)

// The first byte of the additional data keeps the three kinds of ciphertext
// apart, whatever their labels say.
const (
	kindField byte = iota + 1
	kindStream
	kindWrap
)

// Key is the data key of one request. It is safe for use by several
// goroutines. The zero Key answers ErrDestroyed to everything.
type Key struct {
	aead cipher.AEAD
}

func newKey(raw []byte) (Key, error) {
	block, err := aes.NewCipher(raw)
	if err != nil {
		return Key{}, fmt.Errorf("preparing a key: %w", err)
	}
	// Random nonces are safe for 2^32 seals under one key (NIST SP 800-38D,
	// 8.3): a request's fields and chunks stay far below.
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return Key{}, fmt.Errorf("preparing a key: %w", err)
	}
	return Key{aead: aead}, nil
}

// Seal encrypts a value and binds it to the label. The result is 29 bytes
// longer than the value. Its only error is ErrDestroyed.
func (k Key) Seal(label string, plain []byte) ([]byte, error) {
	if k.aead == nil {
		return nil, ErrDestroyed
	}
	out := make([]byte, 1, 1+overhead+len(plain))
	out[0] = version
	return k.aead.Seal(out, nil, plain, labelled(kindField, label)), nil
}

// Open returns the value that was sealed under the same label. It fails with
// ErrTampered when the bytes or the label differ, and with ErrDestroyed.
func (k Key) Open(label string, sealed []byte) ([]byte, error) {
	if k.aead == nil {
		return nil, ErrDestroyed
	}
	if len(sealed) < 1+overhead || sealed[0] != version {
		return nil, ErrTampered
	}
	plain, err := k.aead.Open(nil, nil, sealed[1:], labelled(kindField, label))
	if err != nil {
		return nil, ErrTampered
	}
	return plain, nil
}

// Format prints the same words for every verb, so that no log can show a key.
func (k Key) Format(f fmt.State, _ rune) {
	fmt.Fprint(f, "data key (not shown)")
}

func labelled(kind byte, label string) []byte {
	return append(append(make([]byte, 0, 1+len(label)), kind), label...)
}
