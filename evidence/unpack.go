package evidence

import (
	"archive/zip"
	"cmp"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
)

// unpack reads a zip into memory, never onto a disk. What must not be in a pack
// is reported and left out; what is too large to be one is an error before
// anything is unpacked.
func unpack(r io.ReaderAt, size int64, found func(string)) (map[string][]byte, error) {
	if size > MaxPack {
		return nil, fmt.Errorf("%w: it is larger than %d MiB", ErrPack, MaxPack>>20)
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: it is no whole zip file. It was cut off, or is something else", ErrPack)
	}
	if len(z.File) > MaxEntries {
		return nil, fmt.Errorf("%w: it has %d entries, where a pack has at most %d", ErrPack, len(z.File), MaxEntries)
	}
	var total uint64
	for _, f := range z.File {
		if f.UncompressedSize64 > MaxEntry || total+f.UncompressedSize64 > MaxPack {
			return nil, tooLarge()
		}
		total += f.UncompressedSize64
	}
	if z.Comment != "" {
		found("a comment was added to the zip file")
	}
	files := make(map[string][]byte, len(z.File))
	for _, f := range z.File {
		_, twice := files[f.Name]
		switch {
		case !sound(f.Name):
			found(fmt.Sprintf("%s was added: its path leads out of the pack", quoted(f.Name)))
			continue
		case twice:
			found(fmt.Sprintf("%s stands in the pack twice", quoted(f.Name)))
			continue
		case !f.Mode().IsRegular():
			found(fmt.Sprintf("%s was added: it is no plain file", quoted(f.Name)))
			continue
		}
		content, whole, err := inflate(f)
		if err != nil {
			return nil, err
		}
		if !whole {
			found(fmt.Sprintf("%s cannot be unpacked: it was changed or cut off", quoted(f.Name)))
			continue
		}
		files[f.Name] = content
	}
	return files, nil
}

func tooLarge() error {
	return fmt.Errorf("%w: it would unpack to more than %d MiB, or an entry to more than %d. Nothing was unpacked", ErrPack, MaxPack>>20, MaxEntry>>20)
}

// inflate reads one entry, and no more than it says it holds. One that cannot be
// read to its end is not whole; one that holds more is an error.
func inflate(f *zip.File) (content []byte, whole bool, err error) {
	in, err := f.Open()
	if err != nil {
		return nil, false, nil
	}
	defer in.Close()
	content, err = io.ReadAll(io.LimitReader(in, int64(f.UncompressedSize64)+1))
	if uint64(len(content)) > f.UncompressedSize64 {
		return nil, false, fmt.Errorf("%w: %s holds more than it says, as a zip bomb does", ErrPack, quoted(f.Name))
	}
	return content, err == nil, nil
}

// sorted goes through the keys of a map in their order, so that the same faults
// are told in the same words each time.
func sorted[K cmp.Ordered, V any](m map[K]V) iter.Seq[K] {
	return slices.Values(slices.Sorted(maps.Keys(m)))
}
