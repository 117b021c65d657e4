package audit

import "fmt"

// What names a kind of finding.
type What string

const (
	// Altered: the content of an entry does not fit its own hash.
	Altered What = "altered"
	// Replaced: an entry fits its own hash, but not the entry before it or the
	// checkpoint that signed it; one of them was written anew.
	Replaced What = "replaced"
	// Removed: entries that must have been there are not.
	Removed What = "removed"
	// Inserted: an entry is there that a checkpoint or its chain leaves no room
	// for.
	Inserted What = "inserted"
	// Reordered: an entry is there, but after those that follow from it.
	Reordered What = "reordered"
	// Miscounted: a checkpoint covers another number of entries than there are.
	Miscounted What = "miscounted"
	// CheckpointMissing: checkpoints that must have been there are not.
	CheckpointMissing What = "checkpoint missing"
	// CheckpointAltered: a checkpoint does not fit its own digest.
	CheckpointAltered What = "checkpoint altered"
	// CheckpointForged: a checkpoint's signature is not by a known key.
	CheckpointForged What = "checkpoint forged"
	// CheckpointReplaced: a signed checkpoint does not follow from the one
	// before it, or is not the one of the anchor.
	CheckpointReplaced What = "checkpoint replaced"
)

// Finding is one fault found by verification.
type Finding struct {
	What       What
	Checkpoint int64 // number of the checkpoint that is, or shows, the fault; 0 for none
	Chain      int64 // for findings about entries
	Seq        int64 // number within the chain
	ID         int64 // row id of the entry, 0 when it is not there
	// To is the last of several that are missing: numbers within the chain, or
	// of checkpoints. It equals the first when only one is.
	To int64
}

// String tells the finding in a sentence.
func (f Finding) String() string {
	entry := fmt.Sprintf("entry %d of %s", f.Seq, chainName(f.Chain))
	row := fmt.Sprintf("%s (row %d)", entry, f.ID)
	if f.ID == 0 {
		row = entry
	}
	switch f.What {
	case Altered:
		return row + " was altered: its content does not fit its hash"
	case Replaced:
		if f.Checkpoint > 0 {
			return fmt.Sprintf("%s was replaced: checkpoint %d signed another", row, f.Checkpoint)
		}
		return row + " does not follow from the entry before it: one of the two was replaced"
	case Removed:
		if f.To > f.Seq {
			return fmt.Sprintf("entries %d to %d of %s were removed", f.Seq, f.To, chainName(f.Chain))
		}
		return entry + " was removed"
	case Inserted:
		return row + " was inserted: there is no room for it" + shownBy(f.Checkpoint)
	case Reordered:
		return row + " is not in its place: it was moved"
	case Miscounted:
		if f.Checkpoint == 0 {
			return "the file holds another number of entries or checkpoints than its last line says"
		}
		return fmt.Sprintf("checkpoint %d covers another number of entries than there are", f.Checkpoint)
	case CheckpointMissing:
		if f.To > f.Checkpoint {
			return fmt.Sprintf("checkpoints %d to %d were removed", f.Checkpoint, f.To)
		}
		return fmt.Sprintf("checkpoint %d was removed", f.Checkpoint)
	case CheckpointAltered:
		return fmt.Sprintf("checkpoint %d was altered: its content does not fit its digest", f.Checkpoint)
	case CheckpointForged:
		return fmt.Sprintf("checkpoint %d is forged: no known key signed it", f.Checkpoint)
	default:
		return fmt.Sprintf("checkpoint %d was replaced: it is not the one that was signed then", f.Checkpoint)
	}
}

func chainName(chain int64) string {
	if chain == House {
		return "the house"
	}
	return fmt.Sprintf("chain %d", chain)
}

func shownBy(checkpoint int64) string {
	if checkpoint == 0 {
		return ""
	}
	return fmt.Sprintf(" in checkpoint %d", checkpoint)
}

// Summary is what verification went through.
type Summary struct {
	Entries     int64
	Chains      int64
	Checkpoints int64
	Findings    int64
	// Uncovered counts the entries after the last sound checkpoint: their
	// chains were checked, but nobody signed them yet.
	Uncovered int64
	// Last is the newest checkpoint gone through.
	Last Anchor
	// KeyID names the public key that checkpoints were held against.
	KeyID string
}
