package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	keyTag      = "dsr-key-v1"
	maxKeyFile  = 1 << 20
	keyFileHead = `# Keys of one dsr installation. Whoever holds this file and the database can read
# every request; whoever loses it can read none. Keep a copy apart from the
# database's backups. New keys are added at the end. Never remove, reorder or
# edit a line.
`
)

// LoadRing reads a key file. A line is a comment after #, or four words: the
// tag dsr-key-v1, the key's id (8 hexadecimal digits, a fingerprint of key and
// date), the date it was made (UTC) and the key, 32 bytes in base64. The file
// must belong to its owner alone (mode 0600 or 0400). A fault names file and
// line and never repeats what stands there; fs.ErrNotExist means there is no
// file.
func LoadRing(path string) (*Ring, error) {
	content, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	return parseRing(path, content)
}

func readKeyFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("opening the key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("key file %s is not a regular file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("key file %s is open to other users (mode %04o): run chmod 600 on it", path, mode)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the key file %s: %w", path, err)
	}
	if len(content) > maxKeyFile {
		return nil, fmt.Errorf("key file %s is larger than 1 MiB: it is not a key file", path)
	}
	return content, nil
}

func parseRing(path string, content []byte) (*Ring, error) {
	var keys []ringKey
	var lines []int
	var root []byte
	for i, line := range strings.Split(string(content), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, raw, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		for j, other := range keys {
			if other.id == key.id || bytes.Equal(other.check, key.check) {
				return nil, fmt.Errorf("%s:%d: the key stands on line %d already", path, i+1, lines[j])
			}
		}
		if root == nil {
			root = raw
		}
		keys, lines = append(keys, key), append(lines, i+1)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s: there is no key in this file: put the right one back from your copy", path)
	}
	return newRing(root, keys), nil
}

func parseLine(line string) (ringKey, []byte, error) {
	words := strings.Fields(line)
	if len(words) != 4 {
		return ringKey{}, nil, fmt.Errorf("a key line has four words (%s, id, date, key), this one has %d", keyTag, len(words))
	}
	if words[0] != keyTag {
		return ringKey{}, nil, fmt.Errorf("a key line begins with %s: this one was changed or needs another version of dsr", keyTag)
	}
	if _, err := time.Parse(time.DateOnly, words[2]); err != nil {
		return ringKey{}, nil, errors.New("the third word is not a date like 2026-11-21")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(words[3])
	if err != nil || len(raw) != keySize {
		return ringKey{}, nil, errors.New("the fourth word is not a key: it was changed or cut")
	}
	key, err := newRingKey(raw, words[2])
	if err != nil {
		return ringKey{}, nil, err
	}
	if hex.EncodeToString(key.id[:]) != words[1] {
		return ringKey{}, nil, errors.New("the id does not fit the key and its date: the line was changed")
	}
	return key, raw, nil
}

// newLine makes a key of today and its line.
func newLine(now time.Time) (string, error) {
	raw := make([]byte, keySize)
	rand.Read(raw)
	key, err := newRingKey(raw, now.UTC().Format(time.DateOnly))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %x %s %s\n", keyTag, key.id, key.created, base64.StdEncoding.EncodeToString(raw)), nil
}

// CreateRing makes a key file with one key, dated by now, and returns its
// ring. The file is readable by its owner alone and on disk before the call
// returns. An existing file is never overwritten: fs.ErrExist.
func CreateRing(path string, now time.Time) (*Ring, error) {
	line, err := newLine(now)
	if err != nil {
		return nil, err
	}
	if err := writeNew(path, []byte(keyFileHead+line)); err != nil {
		return nil, fmt.Errorf("creating the key file: %w", err)
	}
	if err := syncFolder(path); err != nil {
		return nil, err
	}
	return LoadRing(path)
}

// AddKey appends a new key to the key file and returns the ring with it: from
// then on new data keys are wrapped by it. The file is replaced in one step, so
// a crash leaves the old or the new one. fs.ErrExist means that another AddKey
// is at work, or was cut off and left its path.new behind.
func AddKey(path string, now time.Time) (*Ring, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("opening the key file: %w", err)
	}
	line, err := newLine(now)
	if err != nil {
		return nil, err
	}
	return replace(path, line)
}

// replace reads the old content only once path.new is ours, so that of two
// rotations at the same time none loses the other's key.
func replace(path, line string) (*Ring, error) {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("another rotation is at work; if none is, remove %s.new: %w", path, err)
	} else if err != nil {
		return nil, fmt.Errorf("writing the new key file: %w", err)
	}
	ring, err := extend(path, line, f)
	if err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	return ring, syncFolder(path)
}

// extend fills the new file with the old lines and one more and puts it in the
// old one's place.
func extend(path, line string, next *os.File) (*Ring, error) {
	defer next.Close() // for the early returns; a second Close is harmless
	old, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	if _, err := parseRing(path, old); err != nil {
		return nil, err
	}
	content := append(bytes.TrimRight(old, "\n"), '\n')
	content = append(content, line...)
	ring, err := parseRing(path, content)
	if err != nil {
		return nil, err
	}
	if err := fill(next, content); err != nil {
		return nil, fmt.Errorf("writing the new key file: %w", err)
	}
	if err := os.Rename(next.Name(), path); err != nil {
		return nil, fmt.Errorf("replacing the key file: %w", err)
	}
	return ring, nil
}

// writeNew removes the file again if it cannot be filled: half a key file is
// worse than none. What was there before is never touched.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := fill(f, content); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// fill writes the file to the disk and closes it.
func fill(f *os.File, content []byte) error {
	_, err := f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolder puts the file's name on disk too: a synced file without a name is
// lost after a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("saving the key file: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("saving the key file: %w", err)
	}
	return nil
}
