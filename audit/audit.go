// Package audit keeps the record that an outsider can check: who did what and
// when, which attempts were refused, and proof that none of it was changed
// afterwards.
//
// # Chains
//
// Each request has a chain of entries, numbered from 1; the chain's id is the
// request's. Chain 0 is the house itself: sign-ins, settings. An entry holds
// the hash of the one before it, so whoever changes, removes or inserts one
// must write anew every later entry of its chain. The hash of an entry is the
// SHA-256 of these bytes, one after the other:
//
//	"dsr audit entry v1" and a zero byte
//	chain       8 bytes
//	seq         8 bytes
//	at          8 bytes, microseconds since 1970-01-01 UTC
//	actor       length in 4 bytes, then UTF-8
//	act         length in 4 bytes, then UTF-8
//	outcome     length in 4 bytes, then "done" or "refused"
//	reason      length in 4 bytes, then UTF-8
//	event_seq   8 bytes, 0 when the entry records no timeline event
//	event_hash  32 bytes, zeros likewise
//	detail      length in 4 bytes, then the JSON text as stored
//	prev_hash   32 bytes, zeros in the first entry of a chain
//
// Numbers are big-endian; the 8-byte ones are signed (two's complement). The
// row id is not part of it: it is given by the database and says nothing but
// the order of writing.
//
// # Checkpoints
//
// Chains alone can be rewritten whole, or lose their tails. So from time to
// time the log is sealed by a checkpoint: a statement of the last entry (the
// head) of every chain that grew since the checkpoint before, signed with
// Ed25519. One heads item is chain (8 bytes), seq (8) and hash (32), ordered by
// chain. The digest of a checkpoint is the SHA-256 of
//
//	"dsr audit checkpoint v1" and a zero byte
//	number       8 bytes, from 1
//	at           8 bytes, microseconds since 1970-01-01 UTC
//	covers_to    8 bytes, highest row id covered
//	covers       8 bytes, entries covered by this and all earlier checkpoints
//	prev_digest  32 bytes, zeros in the first
//	heads        length in 4 bytes, then the items
//
// and the signature is made over "dsr audit signature v1", a zero byte and the
// digest. Through prev_digest the last checkpoint vouches for all before it: an
// Anchor, its number and digest, is all one has to write down elsewhere to
// notice later that even the newest checkpoints were taken away. Without an
// anchor, entries after the last checkpoint are guarded by their chain, and
// their tails by whoever else knows the heads (see CompareHeads).
//
// # Files
//
// Export writes the whole log as lines of JSON that VerifyExport checks without
// the database. ExportChain writes one chain with the checkpoints that name it;
// their heads items show other chains' ids and hashes and nothing else, so one
// request's history can be proven to an outsider without the others'.
//
// The package holds no personal data and no reference to any other table: it
// outlives what it tells about. It does not know what an act means.
package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	// ErrEntry means that an entry cannot be recorded as it is.
	ErrEntry = errors.New("unusable audit entry")
	// ErrRaced means that another writer went on from the same head: read the
	// head again and retry the whole transaction.
	ErrRaced = errors.New("the audit chain grew meanwhile")
)

// House is the chain of what belongs to no request: sign-ins, settings.
const House int64 = 0

// Hash is a SHA-256. The zero Hash stands for "none".
type Hash [sha256.Size]byte

// String writes the hash as 64 hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Outcome says whether the act was done.
type Outcome string

const (
	Done    Outcome = "done"    // it was done, in the transaction that wrote the entry
	Refused Outcome = "refused" // it was attempted and not allowed; Reason says why
)

// Head is the last entry of a chain; an empty chain's has Seq 0 and no hash.
type Head struct {
	Chain int64
	Seq   int64
	Hash  Hash
}

// NewHead makes a head from its stored parts, for whoever keeps a chain's head
// in a row of their own.
func NewHead(chain, seq int64, hash []byte) (Head, error) {
	h := Head{Chain: chain, Seq: seq}
	if seq == 0 && len(hash) == 0 {
		return h, nil
	}
	if seq < 1 || len(hash) != len(h.Hash) {
		return Head{}, fmt.Errorf("the stored head of audit chain %d is damaged", chain)
	}
	copy(h.Hash[:], hash)
	return h, nil
}

// Entry is one line of the log. The caller fills in At to EventHash, and Chain
// for AppendFirst; Link and the database do the rest. No field may hold
// personal data.
type Entry struct {
	ID        int64 // row id, set when read
	Chain     int64
	Seq       int64     // from 1 within its chain
	At        time.Time // UTC, whole microseconds
	Actor     string    // "staff:12", "requester", "machine:reminders"
	Act       string
	Outcome   Outcome
	Reason    string // code or sentence, for a refusal above all
	EventSeq  int64  // timeline event it records, 0 for none
	EventHash Hash   // that event's hash
	Detail    string // a JSON object as text; "" means {}
	PrevHash  Hash
	Hash      Hash
}

// Head returns the head of a chain that ends with the entry.
func (e Entry) Head() Head {
	return Head{Chain: e.Chain, Seq: e.Seq, Hash: e.Hash}
}

// Link puts the entry behind prev: it sets Chain, Seq, PrevHash and Hash, cuts
// At to microseconds in UTC and writes an empty Detail as {}.
func Link(prev Head, e Entry) Entry {
	e.Chain, e.Seq, e.PrevHash = prev.Chain, prev.Seq+1, prev.Hash
	e.At = e.At.UTC().Truncate(time.Microsecond)
	if e.Detail == "" {
		e.Detail = "{}"
	}
	e.Hash = e.sum()
	return e
}

// sum computes the hash from everything else in the entry.
func (e Entry) sum() Hash {
	const domain = "dsr audit entry v1\x00"
	size := len(domain) + 4*8 + 5*4 + 2*sha256.Size
	size += len(e.Actor) + len(e.Act) + len(e.Outcome) + len(e.Reason) + len(e.Detail)
	b := append(make([]byte, 0, size), domain...)
	b = number(b, e.Chain)
	b = number(b, e.Seq)
	b = number(b, e.At.UnixMicro())
	b = text(b, e.Actor)
	b = text(b, e.Act)
	b = text(b, string(e.Outcome))
	b = text(b, e.Reason)
	b = number(b, e.EventSeq)
	b = append(b, e.EventHash[:]...)
	b = text(b, e.Detail)
	b = append(b, e.PrevHash[:]...)
	return sha256.Sum256(b)
}

func number(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(n))
}

func text(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

const (
	maxWord   = 100      // bytes of actor and act
	maxReason = 1000     // bytes
	maxDetail = 64 << 10 // bytes
)

// check refuses what one of the engines would not store as it is, and what an
// export could not carry.
func (e Entry) check() error {
	texts := []struct {
		name, value string
		max         int
	}{
		{"actor", e.Actor, maxWord}, {"act", e.Act, maxWord},
		{"reason", e.Reason, maxReason}, {"detail", e.Detail, maxDetail},
	}
	for _, t := range texts {
		if len(t.value) > t.max {
			return fmt.Errorf("%w: its %s is longer than %d bytes", ErrEntry, t.name, t.max)
		}
		if !utf8.ValidString(t.value) || strings.ContainsRune(t.value, 0) {
			return fmt.Errorf("%w: its %s is not clean UTF-8", ErrEntry, t.name)
		}
	}
	switch {
	case e.Actor == "" || e.Act == "":
		return fmt.Errorf("%w: it names no actor or no act", ErrEntry)
	case e.Outcome != Done && e.Outcome != Refused:
		return fmt.Errorf("%w: its outcome is neither done nor refused", ErrEntry)
	case e.Chain < 0 || e.EventSeq < 0:
		return fmt.Errorf("%w: its chain or event number is negative", ErrEntry)
	case e.At.Year() < 1970 || e.At.Year() > 9999:
		return fmt.Errorf("%w: its time is outside the years 1970 to 9999", ErrEntry)
	case e.Detail[0] != '{' || !json.Valid([]byte(e.Detail)):
		return fmt.Errorf("%w: its detail is not a JSON object", ErrEntry)
	}
	return nil
}
