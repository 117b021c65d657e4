package audit

import (
	"cmp"
	"crypto/ed25519"
	"maps"
	"math"
	"slices"
)

// verifier goes through entries in the order of writing and checkpoints after
// the entries they cover. It keeps the head of every chain (about 100 bytes a
// chain) and nothing of the entries themselves.
type verifier struct {
	report func(Finding)
	keys   []ed25519.PublicKey
	anchor Anchor
	only   *int64 // the one chain of the file, nil when all are there

	tails   map[int64]tail
	grown   map[int64]bool // chains with entries since the last sound checkpoint
	missing map[int64][]gap
	lastID  int64

	last    checkpoint // the last one gone through
	sound   bool       // whether it stood up to every check
	surplus int64      // entries there minus entries covered, as far as reported
	sum     Summary
}

// tail is what the next entry of a chain must follow from. A loose tail is an
// altered entry, whose true hash is not known.
type tail struct {
	seq   int64
	hash  Hash
	loose bool
}

// gap is a run of numbers of a chain that have not been seen.
type gap struct{ from, to int64 }

func newVerifier(report func(Finding), keys []ed25519.PublicKey) *verifier {
	v := &verifier{
		keys: keys, sound: true, lastID: math.MinInt64,
		tails: map[int64]tail{}, grown: map[int64]bool{}, missing: map[int64][]gap{},
	}
	v.report = func(f Finding) {
		v.sum.Findings++
		report(f)
	}
	if len(keys) > 0 {
		v.sum.KeyID = KeyID(keys[0])
	}
	return v
}

// entry takes the next entry.
func (v *verifier) entry(row entryRow) error {
	e, sound := row.entry()
	v.sum.Entries++
	v.sum.Uncovered++
	at := Finding{Chain: e.Chain, Seq: e.Seq, ID: e.ID}
	if e.ID <= v.lastID {
		v.finding(Reordered, at)
	}
	v.lastID = max(v.lastID, e.ID)
	if v.only != nil && *v.only != e.Chain {
		v.finding(Inserted, at)
		return nil
	}
	altered := !sound || e.Hash != e.sum()
	if altered {
		v.finding(Altered, at)
	}
	v.place(e, at, altered)
	return nil
}

// place puts the entry into its chain.
func (v *verifier) place(e Entry, at Finding, altered bool) {
	t := v.tails[e.Chain]
	switch {
	case e.Seq == t.seq+1:
		if e.PrevHash != t.hash && !t.loose && !altered {
			v.finding(Replaced, at)
		}
	case altered:
		return // its chain or number may be what was altered
	case e.Seq > t.seq:
		v.missing[e.Chain] = append(v.missing[e.Chain], gap{t.seq + 1, e.Seq - 1})
	case v.fill(e.Chain, e.Seq):
		v.finding(Reordered, at)
		return
	default:
		v.finding(Inserted, at)
		return
	}
	v.tails[e.Chain] = tail{seq: e.Seq, hash: e.Hash, loose: altered}
	v.grown[e.Chain] = true
}

// fill takes a number out of what is missing, if it was.
func (v *verifier) fill(chain, seq int64) bool {
	gaps := v.missing[chain]
	i := slices.IndexFunc(gaps, func(g gap) bool { return g.from <= seq && seq <= g.to })
	if i < 0 {
		return false
	}
	var rest []gap
	if g := gaps[i]; g.from < seq {
		rest = append(rest, gap{g.from, seq - 1})
	}
	if g := gaps[i]; seq < g.to {
		rest = append(rest, gap{seq + 1, g.to})
	}
	v.missing[chain] = slices.Replace(gaps, i, i+1, rest...)
	return true
}

// checkpoint takes the next checkpoint, after the entries it covers.
func (v *verifier) checkpoint(row checkpointRow) error {
	v.sum.Checkpoints++
	c, readable := row.checkpoint()
	gapless := c.Number <= v.last.Number+1 || v.only != nil
	if !gapless {
		v.finding(CheckpointMissing, Finding{Checkpoint: v.last.Number + 1, To: c.Number - 1})
	}
	fault := v.judge(c, readable)
	if fault != "" {
		v.finding(fault, Finding{Checkpoint: c.Number})
	} else {
		v.heads(c, v.sound && gapless)
		v.sum.Uncovered = 0
	}
	if c.Number > v.last.Number {
		v.last = c
		v.sum.Last = c.anchor()
	}
	v.sound = fault == ""
	return nil
}

// judge holds the checkpoint against its own digest, the keys, the one before
// it and the anchor, and returns what is wrong with it, or "". The entries are
// held against it only if nothing is.
func (v *verifier) judge(c checkpoint, readable bool) What {
	switch {
	case !readable || !c.whole():
		return CheckpointAltered
	case !c.signedBy(v.keys):
		return CheckpointForged
	case c.Number <= v.last.Number,
		c.Number == v.last.Number+1 && v.only == nil && c.PrevDigest != v.last.Digest,
		c.CoversTo < v.last.CoversTo && v.sound,
		c.Number == v.anchor.Number && c.Digest != v.anchor.Digest:
		return CheckpointReplaced
	}
	return ""
}

// heads holds the chains against what a sound checkpoint signed. It is
// complete when the checkpoint before is known too: then a chain that grew and
// is not named has grown by something nobody signed.
func (v *verifier) heads(c checkpoint, complete bool) {
	heads, _ := unpackHeads(c.Heads)
	for _, h := range heads {
		if v.only == nil || *v.only == h.Chain {
			v.head(h, c.Number)
			delete(v.grown, h.Chain)
		}
	}
	if v.only != nil {
		return
	}
	if complete {
		for _, chain := range slices.Sorted(maps.Keys(v.grown)) {
			v.finding(Inserted, Finding{Chain: chain, Seq: v.tails[chain].seq, Checkpoint: c.Number})
		}
	}
	clear(v.grown)
	if surplus := v.sum.Entries - c.Covers; surplus != v.surplus {
		v.surplus = surplus
		v.finding(Miscounted, Finding{Checkpoint: c.Number})
	}
}

func (v *verifier) head(h Head, checkpoint int64) {
	t := v.tails[h.Chain]
	switch {
	case t.seq > h.Seq:
		v.finding(Inserted, Finding{Chain: h.Chain, Seq: h.Seq + 1, Checkpoint: checkpoint})
		return
	case t.seq < h.Seq:
		// Told at the end, unless they turn up: then they were moved.
		v.missing[h.Chain] = append(v.missing[h.Chain], gap{t.seq + 1, h.Seq})
	case t.hash != h.Hash && !t.loose:
		v.finding(Replaced, Finding{Chain: h.Chain, Seq: h.Seq, Checkpoint: checkpoint})
	}
	// What was signed is the truth the next entry must follow from.
	v.tails[h.Chain] = tail{seq: h.Seq, hash: h.Hash}
}

// finish tells what never turned up.
func (v *verifier) finish() Summary {
	for _, chain := range slices.Sorted(maps.Keys(v.missing)) {
		gaps := v.missing[chain]
		slices.SortFunc(gaps, func(a, b gap) int { return cmp.Compare(a.from, b.from) })
		for _, g := range gaps {
			v.finding(Removed, Finding{Chain: chain, Seq: g.from, To: g.to})
		}
	}
	if v.only == nil && v.anchor.Number > v.last.Number {
		v.finding(CheckpointMissing, Finding{Checkpoint: v.last.Number + 1, To: v.anchor.Number})
	}
	v.sum.Chains = int64(len(v.tails))
	return v.sum
}

func (v *verifier) finding(what What, f Finding) {
	f.What = what
	v.report(f)
}
