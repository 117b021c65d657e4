package vault

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
)

const (
	idSize      = 4
	macSize     = 16                              // HMAC-SHA256 cut to 128 bits
	wrappedSize = 1 + idSize + overhead + keySize // 65: version, key id, nonce, data key, tag
	checkHeader = 1                               // version byte before the keys' check values
)

// Ring holds the keys of one installation, read from its key file. It never
// changes after loading and is safe for use by several goroutines. After a
// rotation every process loads the file again.
type Ring struct {
	keys       []ringKey // in the order of the file, never empty
	index      []byte
	sign       []byte
	checkpoint ed25519.PrivateKey
}

// ringKey is one line of the key file, ready for use.
type ringKey struct {
	id      [idSize]byte
	created string // 2006-01-02
	wrap    Key
	check   []byte
}

func newRingKey(raw []byte, created string) (ringKey, error) {
	k := ringKey{created: created, check: derive(raw, "check", macSize)}
	// The id is a fingerprint of key and date, so it also proves the line whole.
	copy(k.id[:], derive(raw, "id "+created, idSize))
	var err error
	k.wrap, err = newKey(derive(raw, "wrap", keySize))
	return k, err
}

// newRing takes the first key's bytes apart from the keys: only what is derived
// from them stays in memory.
func newRing(root []byte, keys []ringKey) *Ring {
	return &Ring{
		keys:       keys,
		index:      derive(root, "index", keySize),
		sign:       derive(root, "sign", keySize),
		checkpoint: ed25519.NewKeyFromSeed(derive(root, "checkpoint", ed25519.SeedSize)),
	}
}

// derive makes a key for one use. Its inputs are fixed sizes, for which HKDF
// has no error.
func derive(raw []byte, use string, size int) []byte {
	key, err := hkdf.Key(sha256.New, raw, nil, "dsr vault v1 "+use, size)
	if err != nil {
		panic(fmt.Sprintf("vault: deriving the key for %q: %v", use, err))
	}
	return key
}

// NewKey makes a data key and wraps it with the ring's last key. The wrapped
// form, 65 bytes, is what to store.
func (r *Ring) NewKey() (Key, []byte, error) {
	raw := make([]byte, keySize)
	rand.Read(raw) // never fails: the program stops when the system has no randomness
	key, err := newKey(raw)
	if err != nil {
		return Key{}, nil, err
	}
	return key, r.wrapped(raw), nil
}

func (r *Ring) wrapped(raw []byte) []byte {
	last := r.keys[len(r.keys)-1]
	out := make([]byte, 0, wrappedSize)
	out = append(append(out, version), last.id[:]...)
	return last.wrap.aead.Seal(out, nil, raw, wrapLabel(out))
}

func wrapLabel(header []byte) []byte {
	return append([]byte{kindWrap}, header...)
}

// Unwrap returns the data key for its stored form. It fails with ErrDestroyed
// when nothing is stored, with ErrWrongKey when the ring lacks the key that
// wrapped it, and with ErrTampered when the stored form was changed.
func (r *Ring) Unwrap(wrapped []byte) (Key, error) {
	raw, err := r.unwrapped(wrapped)
	if err != nil {
		return Key{}, err
	}
	return newKey(raw)
}

func (r *Ring) unwrapped(wrapped []byte) ([]byte, error) {
	if len(wrapped) == 0 {
		return nil, ErrDestroyed
	}
	if len(wrapped) != wrappedSize || wrapped[0] != version {
		return nil, fmt.Errorf("wrapped data key: %w", ErrTampered)
	}
	header, body := wrapped[:1+idSize], wrapped[1+idSize:]
	for _, k := range r.keys {
		if !bytes.Equal(k.id[:], header[1:]) {
			continue
		}
		raw, err := k.wrap.aead.Open(nil, nil, body, wrapLabel(header))
		if err != nil {
			return nil, fmt.Errorf("data key wrapped by key %x: %w", k.id, ErrTampered)
		}
		return raw, nil
	}
	return nil, fmt.Errorf("data key wrapped by key %x: %w", header[1:], ErrWrongKey)
}

// Rewrap returns the same data key wrapped by the ring's last key, for the
// sweep after a rotation. A data key that is so already comes back unchanged.
// Errors are those of Unwrap.
func (r *Ring) Rewrap(wrapped []byte) ([]byte, error) {
	raw, err := r.unwrapped(wrapped)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(wrapped[1:1+idSize], r.keys[len(r.keys)-1].id[:]) {
		return slices.Clone(wrapped), nil
	}
	return r.wrapped(raw), nil
}

// Index returns a 16-byte value by which a sealed field can be looked up
// without reading it. Equal values of one field give equal results, so the
// caller normalises first and deletes the row when the data is erased.
func (r *Ring) Index(field, value string) []byte {
	return mac(r.index, field, []byte(value))
}

// Sign returns a 16-byte HMAC-SHA256 over the message, for links and forms of
// one purpose.
func (r *Ring) Sign(purpose string, message []byte) []byte {
	return mac(r.sign, purpose, message)
}

// Verify says whether Sign made the mac for this purpose and message. It takes
// the same time for every wrong mac.
func (r *Ring) Verify(purpose string, message, sum []byte) bool {
	return hmac.Equal(mac(r.sign, purpose, message), sum)
}

// mac prefixes the name with its length, so that no name and message can be
// cut at another place and mean the same.
func mac(key []byte, name string, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(name)))
	h.Write(size[:])
	h.Write([]byte(name))
	h.Write(message)
	return h.Sum(nil)[:macSize]
}

// CheckpointKey returns the key that signs the audit log's checkpoints. It is
// the same for the life of the ring.
func (r *Ring) CheckpointKey() ed25519.PrivateKey {
	return slices.Clone(r.checkpoint)
}

// Check returns a value that identifies the ring's keys in their order without
// revealing them. A database stores it and asks Proves at the next start; when
// the ring has grown it stores the new value.
func (r *Ring) Check() []byte {
	check := make([]byte, checkHeader, checkHeader+len(r.keys)*macSize)
	check[0] = version
	for _, k := range r.keys {
		check = append(check, k.check...)
	}
	return check
}

// Proves says whether this ring opens what was sealed when Check gave the
// stored value: it has the same keys in the same order, and perhaps newer ones
// after them. False means the key file is not this database's, or an older copy.
func (r *Ring) Proves(check []byte) bool {
	return len(check) >= checkHeader+macSize &&
		(len(check)-checkHeader)%macSize == 0 &&
		bytes.HasPrefix(r.Check(), check)
}

// Format prints how many keys there are and the id of the last for every verb,
// so that no log can show a key.
func (r *Ring) Format(f fmt.State, _ rune) {
	last := r.keys[len(r.keys)-1]
	fmt.Fprintf(f, "key ring of %d, new data keys under %s of %s", len(r.keys), hex.EncodeToString(last.id[:]), last.created)
}
