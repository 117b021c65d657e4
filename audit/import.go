package audit

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrFile means that a file is no whole export: it was cut off, or a line is
// not what an export writes.
var ErrFile = errors.New("not a whole audit export")

// maxLine bounds a line of an export: a full checkpoint has 640 kB of heads.
const maxLine = 1 << 20

// VerifyExport does for a file what Verify does for the database, with the same
// findings. Without keys it trusts the key that stands in the file: then the
// reader compares Summary.KeyID with what the controller published. A file of
// one chain is held against the checkpoints in it; the anchor is compared when
// it is one of these. It fails with ErrFile.
func VerifyExport(r io.Reader, anchor Anchor, report func(Finding), keys ...ed25519.PublicKey) (Summary, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	first, err := nextLine(lines, 1)
	if err != nil {
		return Summary{}, err
	}
	if first.Header == nil || first.Header.Format != format {
		return Summary{}, fmt.Errorf("line 1: %w: it does not begin with the header of %s", ErrFile, format)
	}
	if len(keys) == 0 {
		keys = []ed25519.PublicKey{first.Header.PublicKey}
	}
	v := newVerifier(report, keys)
	v.anchor, v.only = anchor, first.Header.Chain
	return readBody(lines, v)
}

func readBody(lines *bufio.Scanner, v *verifier) (Summary, error) {
	for n := 2; ; n++ {
		l, err := nextLine(lines, n)
		if err != nil {
			return v.sum, err
		}
		switch {
		case l.Entry != nil:
			err = v.entry(*l.Entry)
		case l.Checkpoint != nil:
			err = v.checkpoint(*l.Checkpoint)
		case l.End != nil:
			v.compareEnd(*l.End)
			return v.finish(), atEnd(lines, n+1)
		default:
			err = fmt.Errorf("line %d: %w: a second header", n, ErrFile)
		}
		if err != nil {
			return v.sum, err
		}
	}
}

// compareEnd finds lines that were taken out of the file or put into it where
// nothing else tells: after the last checkpoint, at the end of a chain.
func (v *verifier) compareEnd(e end) {
	if e.Entries != v.sum.Entries || e.Checkpoints != v.sum.Checkpoints {
		v.finding(Miscounted, Finding{})
	}
}

func atEnd(lines *bufio.Scanner, n int) error {
	if lines.Scan() {
		return fmt.Errorf("line %d: %w: it goes on after its end", n, ErrFile)
	}
	return lines.Err()
}

// nextLine reads one line strictly: what nobody wrote there is not passed over.
func nextLine(lines *bufio.Scanner, n int) (line, error) {
	var l line
	there := lines.Scan()
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return l, fmt.Errorf("line %d: %w: it is longer than 1 MiB", n, ErrFile)
	} else if err != nil { // the scanner hands out the torn line all the same
		return l, fmt.Errorf("reading the audit export: %w", err)
	}
	if !there {
		return l, fmt.Errorf("line %d: %w: it ends before its last line", n, ErrFile)
	}
	decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l); err != nil || decoder.More() {
		// The decoder's own words may quote the file.
		return l, fmt.Errorf("line %d: %w: it is not a line of an export", n, ErrFile)
	}
	parts := 0
	for _, there := range []bool{l.Header != nil, l.Entry != nil, l.Checkpoint != nil, l.End != nil} {
		if there {
			parts++
		}
	}
	if parts != 1 {
		return l, fmt.Errorf("line %d: %w: it is not one entry or checkpoint", n, ErrFile)
	}
	return l, nil
}
