package audit

import (
	"bufio"
	"fmt"
	"io"
)

// ReadEntries hands out the entries of an exported file in the order of the
// file, for whoever holds something else against them. It checks nothing:
// VerifyExport does. It returns the only chain of the file, or nil where the
// whole log is in it, and fails with ErrFile.
func ReadEntries(r io.Reader, do func(Entry)) (chain *int64, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	first, err := nextLine(lines, 1)
	if err != nil {
		return nil, err
	}
	if first.Header == nil {
		return nil, fmt.Errorf("line 1: %w: it does not begin with a header", ErrFile)
	}
	for n := 2; ; n++ {
		l, err := nextLine(lines, n)
		if err != nil || l.End != nil {
			return first.Header.Chain, err
		}
		if l.Entry != nil {
			e, _ := l.Entry.entry()
			do(e)
		}
	}
}
