package audit_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/uptrace/bun"

	"dsr/audit"
	"dsr/database"
	"dsr/internal/dbtest"
)

func TestAnExportVerifiesWithoutTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		anchor := newLog(t, db, ring)
		file := export(t, db.Read(), ring)
		found, sum := verifyFile(t, file, anchor, public(ring))
		_, direct := verify(t, db.Read(), anchor, public(ring))
		if found != "" || sum != direct {
			t.Errorf("file %+v, database %+v\n%s", sum, direct, found)
		}
		if lines := strings.Count(file, "\n"); lines != 1+9+2+1 {
			t.Errorf("%d lines:\n%s", lines, file)
		}
		later := audit.Anchor{Number: 3, Digest: audit.Hash{1}}
		if found, _ := verifyFile(t, file, later, public(ring)); found != "checkpoint 3 was removed" {
			t.Errorf("an older export held against a newer anchor: %s", found)
		}
	})
}

func TestAChainIsProvenWithoutTheOthersContent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		newLog(t, db, ring)
		write(t, db, func(ctx context.Context, tx bun.Tx) error {
			e := entryOf("decide")
			e.Reason = "somebody else's"
			_, err := audit.AppendTo(ctx, tx, 3, e)
			return err
		})
		checkpoint(t, db, ring)
		appendTo(t, db, 3, 1, 3)
		for chain, want := range map[int64]audit.Summary{
			1:  {Entries: 5, Checkpoints: 3, Uncovered: 1},
			2:  {Entries: 3, Checkpoints: 3},
			0:  {Entries: 1, Checkpoints: 1},
			99: {},
		} {
			file := exportChain(t, db.Read(), ring, chain)
			if strings.Contains(file, "somebody else's") {
				t.Errorf("chain %d shows another", chain)
			}
			found, sum := verifyFile(t, file, audit.Anchor{}, public(ring))
			if found != "" || sum.Entries != want.Entries || sum.Checkpoints != want.Checkpoints || sum.Uncovered != want.Uncovered {
				t.Errorf("chain %d: %+v\n%s", chain, sum, found)
			}
		}
		file := strings.Split(exportChain(t, db.Read(), ring, 2), "\n")
		last := len(file) - 4 // the third entry, its checkpoint, the end, ""
		want := "the file holds another number of entries or checkpoints than its last line says\nentry 3 of chain 2 was removed"
		if found, _ := verifyFile(t, strings.Join(slices.Delete(file, last, last+1), "\n"), audit.Anchor{}, public(ring)); found != want {
			t.Errorf("without its last entry: %s", found)
		}
	})
}

// The lines of the export of newLog: the header, rows 1 to 4, checkpoint 1,
// rows 5 to 7, checkpoint 2, rows 8 and 9, the end.
func TestAnEditedFileIsFound(t *testing.T) {
	db := dbtest.Open(t, dbtest.SQLite(t))
	ring := newRing(t)
	newLog(t, db, ring)
	lines := strings.SplitAfter(export(t, db.Read(), ring), "\n")
	counted := "the file holds another number of entries or checkpoints than its last line says"
	cases := []struct {
		name string
		edit func(l []string) []string
		want string
	}{
		{"an entry taken out", func(l []string) []string { return slices.Delete(l, 6, 7) },
			"checkpoint 2 covers another number of entries than there are\n" + counted + "\nentry 2 of chain 2 was removed"},
		{"the last entry taken out", func(l []string) []string { return slices.Delete(l, 11, 12) }, counted},
		{"a checkpoint taken out", func(l []string) []string { return slices.Delete(l, 5, 6) },
			"checkpoint 1 was removed\n" + counted},
		{"an entry twice", func(l []string) []string { return slices.Insert(l, 7, l[6]) },
			"entry 2 of chain 2 (row 5) is not in its place: it was moved\n" +
				"entry 2 of chain 2 (row 5) was inserted: there is no room for it\n" +
				"checkpoint 2 covers another number of entries than there are\n" + counted},
		{"a checkpoint twice", func(l []string) []string { return slices.Insert(l, 6, l[5]) },
			"checkpoint 1 was replaced: it is not the one that was signed then\n" + counted},
		{"two entries swapped", func(l []string) []string { l[6], l[7] = l[7], l[6]; return l },
			"entry 2 of chain 2 (row 5) is not in its place: it was moved"},
		{"an entry after its checkpoint", func(l []string) []string { l[4], l[5] = l[5], l[4]; return l },
			"checkpoint 1 covers another number of entries than there are\n" +
				"entry 2 of chain 1 (row 4) is not in its place: it was moved\n" +
				"checkpoint 2 covers another number of entries than there are"},
		{"another word", func(l []string) []string { l[6] = strings.Replace(l[6], "as asked", "as told", 1); return l },
			"entry 2 of chain 2 (row 5) was altered: its content does not fit its hash"},
	}
	for _, c := range cases {
		file := strings.Join(c.edit(slices.Clone(lines)), "")
		if found, _ := verifyFile(t, file, audit.Anchor{}, public(ring)); found != c.want {
			t.Errorf("%s, found:\n%s\nwant:\n%s", c.name, found, c.want)
		}
	}
}

func TestAFileThatIsNoExportIsRefusedByLine(t *testing.T) {
	db := dbtest.Open(t, dbtest.SQLite(t))
	ring := newRing(t)
	newLog(t, db, ring)
	file := export(t, db.Read(), ring)
	header, body, _ := strings.Cut(file, "\n")
	cases := []struct{ name, file, want string }{
		{"nothing", "", "line 1: not a whole audit export: it ends before its last line"},
		{"another file", "a,b\n1,2\n", "line 1: not a whole audit export: it is not a line of an export"},
		{"no header", body, "line 1: not a whole audit export: it does not begin with the header"},
		{"another format", strings.Replace(file, "dsr-audit-1", "dsr-audit-2", 1), "line 1: not a whole audit export: it does not begin"},
		{"cut between lines", file[:strings.LastIndex(strings.TrimSpace(file), "\n")+1], "line 13: not a whole audit export: it ends before"},
		{"cut inside a line", file[:len(file)/2], "not a line of an export"},
		{"two headers", header + "\n" + file, "line 2: not a whole audit export: a second header"},
		{"more after the end", file + "\n{}\n", "line 14: not a whole audit export: it goes on"},
		{"an unknown key", strings.Replace(file, `"actor"`, `"note":"x","actor"`, 1), "line 2: not a whole audit export: it is not a line"},
		{"two values in a line", header + header + "\n" + body, "line 1: not a whole audit export: it is not a line"},
		{"an empty line", header + "\n\n" + body, "line 2: not a whole audit export: it is not a line"},
		{"a line of nothing", header + "\n{}\n" + body, "line 2: not a whole audit export: it is not one entry"},
		{"a long line", header + "\n" + strings.Repeat(" ", 1<<20) + "\n" + body, "line 2: not a whole audit export: it is longer than 1 MiB"},
	}
	for _, c := range cases {
		_, err := audit.VerifyExport(strings.NewReader(c.file), audit.Anchor{}, func(audit.Finding) {})
		if !errors.Is(err, audit.ErrFile) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.name, err, c.want)
		}
	}
	broken := errors.New("broken")
	src := io.MultiReader(strings.NewReader(file[:1000]), iotest.ErrReader(broken))
	if _, err := audit.VerifyExport(src, audit.Anchor{}, func(audit.Finding) {}); !errors.Is(err, broken) {
		t.Errorf("an error of the disk: %v", err)
	}
}

func TestTheLargestEntryFitsIntoAFile(t *testing.T) {
	db := dbtest.Open(t, dbtest.SQLite(t))
	ring := newRing(t)
	write(t, db, func(ctx context.Context, tx bun.Tx) error {
		e := entryOf("extend")
		e.Detail = `{"a":"` + strings.Repeat("\u007f<", 32<<9) + strings.Repeat("\u2028", 5000) + `"}`
		e.Reason = strings.Repeat("\x01", 1000)
		_, err := audit.AppendTo(ctx, tx, 1, e)
		return err
	})
	checkpoint(t, db, ring)
	if found, sum := verifyFile(t, export(t, db.Read(), ring), audit.Anchor{}, public(ring)); found != "" || sum.Entries != 1 {
		t.Errorf("%+v\n%s", sum, found)
	}
}

func TestAFullDiskStopsAnExport(t *testing.T) {
	db := dbtest.Open(t, dbtest.SQLite(t))
	ring := newRing(t)
	newLog(t, db, ring)
	full := errors.New("no space left")
	if err := audit.Export(t.Context(), db.Read(), failing{full}, public(ring), noon); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestAnAnchorIsWrittenDownAndReadBack(t *testing.T) {
	a := audit.Anchor{Number: 12, Digest: audit.Hash{0xab, 1}}
	if got, err := audit.ParseAnchor(" " + a.String() + "\n"); err != nil || got != a {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", "12", "12:", "x:" + a.Digest.String(), "0:" + a.Digest.String(), "-1:" + a.Digest.String(), "1:" + a.Digest.String()[2:], "1:" + a.Digest.String() + "00"} {
		if got, err := audit.ParseAnchor(s); err == nil {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// golden reads a file of testdata: the export of newLog and of its chain 2, as
// the first release wrote them, with the anchor and the key of then.
func golden(t testing.TB, name string) (string, audit.Anchor, ed25519.PublicKey) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	anchor, err := audit.ParseAnchor("2:6ba9bbc767035a2ee4e1b383ab738afdfa6b2afa46c552741b45bd84825bc753")
	if err != nil {
		t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString("R9DTekFGsw7Q4m25VCBOpDyeTE1iK47KER6qTmF1BdE=")
	if err != nil {
		t.Fatal(err)
	}
	return string(file), anchor, key
}

func TestFilesOfTheFirstReleaseStillVerify(t *testing.T) {
	for name, entries := range map[string]int64{"log.jsonl": 9, "chain.jsonl": 3} {
		file, anchor, key := golden(t, name)
		found, sum := verifyFile(t, file, anchor, key)
		if found != "" || sum.Entries != entries || sum.Checkpoints != 2 || sum.Last != anchor || sum.KeyID != "4db4727303684cfb" {
			t.Errorf("%s: %+v\n%s", name, sum, found)
		}
	}
}

// FuzzVerifyExport holds whatever is accepted as fully signed against what was
// ever signed: no edited file may tell another story.
func FuzzVerifyExport(f *testing.F) {
	log, anchor, key := golden(f, "log.jsonl")
	chain, _, _ := golden(f, "chain.jsonl")
	f.Add([]byte(log))
	f.Add([]byte(chain))
	lines := strings.SplitAfter(log, "\n")
	for i := range lines {
		f.Add([]byte(strings.Join(slices.Delete(slices.Clone(lines), i, i+1), "")))
	}
	f.Add([]byte(`{"header":{"format":"dsr-audit-1","made_at":"2026-11-21T11:00:00Z","key_id":"","public_key":"AAAA"}}` + "\n" +
		`{"checkpoint":{"number":9223372036854775807,"heads":"AAAA","public_key":"AAAA"}}` + "\n" +
		`{"entry":{"seq":-9223372036854775808}}` + "\n" + `{"end":{}}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		found := 0
		sum, err := audit.VerifyExport(bytes.NewReader(file), audit.Anchor{}, func(f audit.Finding) {
			found++
			_ = f.String()
		}, key)
		if int64(found) != sum.Findings {
			t.Errorf("%d findings, %d in the summary", found, sum.Findings)
		}
		if err != nil || found > 0 || sum.Uncovered > 0 || sum.Entries == 0 {
			return
		}
		if sum.Entries > 7 || sum.Last.Number > anchor.Number || sum.Last.Number == anchor.Number && sum.Last != anchor {
			t.Errorf("accepted %+v in\n%s", sum, file)
		}
	})
}

// BenchmarkVerifyExport tells how long an outsider waits for a log of 20,000
// entries over 2,000 requests.
func BenchmarkVerifyExport(b *testing.B) {
	db := dbtest.Open(b, dbtest.SQLite(b))
	ring := newRing(b)
	for range 10 {
		write(b, db, func(ctx context.Context, tx bun.Tx) error {
			for chain := range int64(2000) {
				if _, err := audit.AppendTo(ctx, tx, chain, entryOf("remind")); err != nil {
					return err
				}
			}
			return nil
		})
	}
	anchor := checkpoint(b, db, ring)
	file := export(b, db.Read(), ring)
	b.Run("file", func(b *testing.B) {
		for b.Loop() {
			if _, sum := verifyFile(b, file, anchor, public(ring)); sum.Entries != 20_000 {
				b.Fatal(sum)
			}
		}
	})
	b.Run("database", func(b *testing.B) {
		for b.Loop() {
			if _, sum := verify(b, db.Read(), anchor, public(ring)); sum.Entries != 20_000 {
				b.Fatal(sum)
			}
		}
	})
}

func ExampleFinding() {
	fmt.Println(audit.Finding{What: audit.Removed, Chain: 7, Seq: 3, To: 5})
	fmt.Println(audit.Finding{What: audit.Altered, Chain: audit.House, Seq: 1, ID: 12})
	// Output:
	// entries 3 to 5 of chain 7 were removed
	// entry 1 of the house (row 12) was altered: its content does not fit its hash
}
