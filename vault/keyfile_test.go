package vault_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dsr/vault"
)

var today = time.Date(2026, 11, 21, 23, 30, 0, 0, time.FixedZone("", -3600))

func newRing(t testing.TB) (*vault.Ring, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	ring, err := vault.CreateRing(path, today)
	if err != nil {
		t.Fatal(err)
	}
	return ring, path
}

func TestANewKeyFileIsPrivateDatedInUTCAndNeverOverwritten(t *testing.T) {
	_, path := newRing(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	before, _ := os.ReadFile(path)
	if !strings.Contains(string(before), " 2026-11-22 ") {
		t.Errorf("the key's date is not the UTC date:\n%s", before)
	}
	if _, err := vault.CreateRing(path, today); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating it again: %v; want fs.ErrExist", err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the second attempt changed the file")
	}
}

func TestAKeyFileThatOthersCanReadIsRefused(t *testing.T) {
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o644, 0o660} {
		_, path := newRing(t)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := vault.LoadRing(path)
		if err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %04o: %v; want a sentence with chmod 600", mode, err)
		}
	}
}

func TestMissingFilesAndFoldersAreToldApart(t *testing.T) {
	folder := t.TempDir()
	if _, err := vault.LoadRing(filepath.Join(folder, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v; want fs.ErrNotExist", err)
	}
	if _, err := vault.AddKey(filepath.Join(folder, "none"), today); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("rotating no file: %v; want fs.ErrNotExist", err)
	}
	if _, err := vault.LoadRing(folder); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: %v", err)
	}
}

func TestAFaultyKeyFileIsNamedByLineWithoutItsContent(t *testing.T) {
	_, path := newRing(t)
	content, _ := os.ReadFile(path)
	line := lastLine(string(content))
	w := strings.Fields(line)
	key := w[3]
	cases := []struct{ name, content, want string }{
		{"nothing at all", "", "no key in this file"},
		{"comments only", "# one\n\n#two\n", "no key in this file"},
		{"a cut line", "# c\n" + line[:len(line)-20], ":2: the fourth word is not a key"},
		{"a missing word", w[0] + " " + w[1] + " " + key, ":1: a key line has four words"},
		{"a comment after the key", line + " # mine", ":1: a key line has four words"},
		{"another tag", strings.Replace(line, "v1", "v2", 1), ":1: a key line begins with dsr-key-v1"},
		{"another id", w[0] + " 00000000 " + w[2] + " " + key, ":1: the id does not fit"},
		{"another date", strings.Replace(line, "2026-11-22", "2026-11-23", 1), ":1: the id does not fit"},
		{"no date", strings.Replace(line, "2026-11-22", "2026-22-11", 1), ":1: the third word is not a date"},
		{"another key", w[0] + " " + w[1] + " " + w[2] + " " + turned(key), ":1: the id does not fit"},
		{"a short key", w[0] + " " + w[1] + " " + w[2] + " " + base64.StdEncoding.EncodeToString(make([]byte, 31)), ":1: the fourth word"},
		{"the same key twice", line + "\n\n" + line + "\n", ":3: the key stands on line 1 already"},
		{"words in a wrong order", key + " " + w[1] + " " + w[2] + " " + w[0], ":1: a key line begins with"},
		{"bytes that are no text", "\xff\xfe" + line, ":1: a key line begins with"},
		{"a huge file", strings.Repeat("#", 1<<20+1), "larger than 1 MiB"},
	}
	for _, c := range cases {
		path := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := vault.LoadRing(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v; want %q", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), key[:8]) {
			t.Errorf("%s: the error shows the key", c.name)
		}
	}
}

func TestWindowsLineEndsAndAMissingLastOneAreFine(t *testing.T) {
	ring, path := newRing(t)
	content, _ := os.ReadFile(path)
	changed := strings.ReplaceAll(strings.TrimSpace(string(content)), "\n", "\r\n")
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := vault.LoadRing(path)
	if err != nil || !again.Proves(ring.Check()) {
		t.Errorf("%v", err)
	}
	if _, err := vault.AddKey(path, today); err != nil {
		t.Errorf("rotating it: %v", err)
	}
}

func TestRotationKeepsOldKeysIndexAndSignatures(t *testing.T) {
	old, path := newRing(t)
	key, wrapped, err := old.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	sealed, _ := key.Seal("request/1/name", []byte("Ana"))

	ring, err := vault.AddKey(path, today.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := vault.LoadRing(path); err != nil || string(again.Check()) != string(ring.Check()) {
		t.Errorf("the file holds another ring than AddKey returned: %v", err)
	}
	if string(ring.Index("email", "a@b.example")) != string(old.Index("email", "a@b.example")) {
		t.Error("the index changed")
	}
	if !ring.Verify("link", []byte("m"), old.Sign("link", []byte("m"))) {
		t.Error("old links do not verify")
	}
	if !ring.CheckpointKey().Equal(old.CheckpointKey()) {
		t.Error("the checkpoint key changed")
	}
	rewrapped, err := ring.Rewrap(wrapped)
	if err != nil || string(rewrapped) == string(wrapped) || len(rewrapped) != 65 {
		t.Fatalf("rewrap: %d bytes, %v", len(rewrapped), err)
	}
	if same, err := ring.Rewrap(rewrapped); err != nil || string(same) != string(rewrapped) {
		t.Errorf("rewrapping twice: %v; want no change", err)
	}
	for name, w := range map[string][]byte{"old": wrapped, "rewrapped": rewrapped} {
		k, err := ring.Unwrap(w)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if plain, err := k.Open("request/1/name", sealed); string(plain) != "Ana" || err != nil {
			t.Errorf("%s: %q, %v", name, plain, err)
		}
	}
	if _, err := old.Unwrap(rewrapped); !errors.Is(err, vault.ErrWrongKey) {
		t.Errorf("the older ring on a newer wrap: %v; want ErrWrongKey", err)
	}
}

func TestADatabaseKnowsItsKeyFile(t *testing.T) {
	first, path := newRing(t)
	second, err := vault.AddKey(path, today)
	if err != nil {
		t.Fatal(err)
	}
	stranger, _ := newRing(t)
	cases := []struct {
		name  string
		ring  *vault.Ring
		check []byte
		want  bool
	}{
		{"itself", first, first.Check(), true},
		{"grown since", second, first.Check(), true},
		{"an older copy of the file", first, second.Check(), false},
		{"another installation's file", stranger, first.Check(), false},
		{"nothing stored", first, nil, false},
		{"only the version stored", first, first.Check()[:1], false},
		{"a cut value", second, second.Check()[:25], false},
		{"another version", first, append([]byte{2}, first.Check()[1:]...), false},
	}
	for _, c := range cases {
		if got := c.ring.Proves(c.check); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestTwoRotationsAtOnceLoseNoKey(t *testing.T) {
	_, path := newRing(t)
	var done sync.WaitGroup
	var mu sync.Mutex
	added := 0
	for range 8 {
		done.Go(func() {
			_, err := vault.AddKey(path, today)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				added++
			} else if !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		})
	}
	done.Wait()
	content, _ := os.ReadFile(path)
	if got := strings.Count(string(content), "\ndsr-key-v1 "); got != added+1 || added == 0 {
		t.Errorf("%d keys in the file after %d rotations", got, added)
	}
	if _, err := vault.LoadRing(path); err != nil {
		t.Error(err)
	}
}

func TestAFailedRotationLeavesTheFileAsItWas(t *testing.T) {
	_, path := newRing(t)
	before, _ := os.ReadFile(path)
	if err := os.WriteFile(path, append(before, "garbage\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.AddKey(path, today); err == nil {
		t.Fatal("a faulty file was rotated")
	}
	after, _ := os.ReadFile(path)
	if string(after) != string(before)+"garbage\n" {
		t.Error("the file changed")
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("path.new stays behind: %v", err)
	}
}

func TestNothingPrintsKeyMaterial(t *testing.T) {
	ring, path := newRing(t)
	key, _, _ := ring.NewKey()
	content, _ := os.ReadFile(path)
	secret := strings.Fields(lastLine(string(content)))[3]
	raw, _ := base64.StdEncoding.DecodeString(secret)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		got := fmt.Sprintf(verb+" "+verb, ring, key)
		if strings.Contains(got, secret) || strings.Contains(got, fmt.Sprintf("%x", raw)) || len(got) > 200 {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func lastLine(content string) string {
	lines := strings.Split(strings.TrimSpace(content), "\n")
	return lines[len(lines)-1]
}

// turned changes the first character of a base64 word.
func turned(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}
