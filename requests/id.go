package requests

import (
	"crypto/rand"
	"encoding/binary"
	"sync/atomic"
	"time"
)

// ids gives rows their numbers before they are written, so that everything
// that hashes or seals them is done outside the one writer. A number is the
// milliseconds since 2020 and a counter: rows of one time lie together, and two
// processes meet so rarely that a taken number is simply tried again.
type ids struct{ counter atomic.Uint32 }

var idEpoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

const counterBits = 20

// newIDs counts on from a number, from any for 0.
func newIDs(from uint32) *ids {
	if from == 0 {
		var seed [4]byte
		rand.Read(seed[:])
		from = binary.BigEndian.Uint32(seed[:])
	}
	g := new(ids)
	g.counter.Store(from)
	return g
}

func (g *ids) next(now time.Time) int64 {
	return idsFrom(now) | int64(g.counter.Add(1))&(1<<counterBits-1)
}

// idsFrom is the lowest number of an instant.
func idsFrom(at time.Time) int64 { return (at.UnixMilli() - idEpoch) << counterBits }
