package audit

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// headSize is the size of one item of a checkpoint's heads.
const headSize = 8 + 8 + sha256.Size

// checkpoint is one signed statement, as stored and exported.
type checkpoint struct {
	Number     int64
	At         time.Time
	CoversTo   int64  // highest entry id covered
	Covers     int64  // entries covered by this and all earlier checkpoints
	Heads      []byte // packed, see packHeads
	PrevDigest Hash
	Digest     Hash
	KeyID      string
	PublicKey  ed25519.PublicKey
	Signature  []byte
}

// Anchor names a checkpoint. Written down outside the database, it proves later
// that no checkpoint up to it was taken away or made anew. The zero Anchor
// stands for "no checkpoint".
type Anchor struct {
	Number int64
	Digest Hash
}

// String writes the anchor as ParseAnchor reads it: 12:9f86d0….
func (a Anchor) String() string {
	return strconv.FormatInt(a.Number, 10) + ":" + a.Digest.String()
}

// ParseAnchor reads what String wrote.
func ParseAnchor(s string) (Anchor, error) {
	before, after, _ := strings.Cut(strings.TrimSpace(s), ":")
	n, err := strconv.ParseInt(before, 10, 64)
	digest, hexErr := hex.DecodeString(after)
	if err != nil || hexErr != nil || n < 1 || len(digest) != sha256.Size {
		return Anchor{}, fmt.Errorf("an anchor is a checkpoint's number, a colon and 64 hexadecimal digits")
	}
	return Anchor{Number: n, Digest: Hash(digest)}, nil
}

// KeyID returns the short name of a public key: the first 8 bytes of its
// SHA-256 in hexadecimal.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

func (c checkpoint) anchor() Anchor {
	return Anchor{Number: c.Number, Digest: c.Digest}
}

// follow makes the checkpoint after prev over the entries given, which end at
// row coversTo, and signs it.
func follow(prev checkpoint, grown []link, coversTo int64, key ed25519.PrivateKey, now time.Time) checkpoint {
	public := key.Public().(ed25519.PublicKey)
	c := checkpoint{
		Number:     prev.Number + 1,
		At:         now.UTC().Truncate(time.Microsecond),
		CoversTo:   coversTo,
		Covers:     prev.Covers + int64(len(grown)),
		Heads:      packHeads(grown),
		PrevDigest: prev.Digest,
		KeyID:      KeyID(public),
		PublicKey:  public,
	}
	c.Digest = c.sum()
	c.Signature = ed25519.Sign(key, c.signed())
	return c
}

func (c checkpoint) sum() Hash {
	b := append(make([]byte, 0, 128+len(c.Heads)), "dsr audit checkpoint v1\x00"...)
	b = number(b, c.Number)
	b = number(b, c.At.UnixMicro())
	b = number(b, c.CoversTo)
	b = number(b, c.Covers)
	b = append(b, c.PrevDigest[:]...)
	b = text(b, string(c.Heads))
	return sha256.Sum256(b)
}

func (c checkpoint) signed() []byte {
	return append([]byte("dsr audit signature v1\x00"), c.Digest[:]...)
}

// signedBy says whether one of the keys made the signature over the digest.
func (c checkpoint) signedBy(keys []ed25519.PublicKey) bool {
	known := slices.ContainsFunc(keys, func(k ed25519.PublicKey) bool { return k.Equal(c.PublicKey) })
	return known && len(c.PublicKey) == ed25519.PublicKeySize && ed25519.Verify(c.PublicKey, c.signed(), c.Signature)
}

// whole says whether the checkpoint's parts fit each other, whoever signed it.
func (c checkpoint) whole() bool {
	return c.Digest == c.sum() && c.KeyID == KeyID(c.PublicKey)
}

// packHeads writes the last link of each chain, by chain. Entries come in the
// order of writing, so the last one seen is the head.
func packHeads(grown []link) []byte {
	last := make(map[int64]Head, len(grown))
	for _, l := range grown {
		last[l.Chain] = l.head()
	}
	heads := slices.SortedFunc(maps.Values(last), func(a, b Head) int { return cmp.Compare(a.Chain, b.Chain) })
	b := make([]byte, 0, len(heads)*headSize)
	for _, h := range heads {
		b = number(number(b, h.Chain), h.Seq)
		b = append(b, h.Hash[:]...)
	}
	return b
}

// unpackHeads reads what packHeads wrote; false means that it did not.
func unpackHeads(b []byte) ([]Head, bool) {
	if len(b)%headSize != 0 {
		return nil, false
	}
	heads := make([]Head, 0, len(b)/headSize)
	for item := range slices.Chunk(b, headSize) {
		h := Head{
			Chain: int64(binary.BigEndian.Uint64(item)),
			Seq:   int64(binary.BigEndian.Uint64(item[8:])),
			Hash:  Hash(item[16:]),
		}
		if h.Seq < 1 || len(heads) > 0 && heads[len(heads)-1].Chain >= h.Chain {
			return nil, false
		}
		heads = append(heads, h)
	}
	return heads, true
}
