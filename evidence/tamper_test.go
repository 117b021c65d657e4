package evidence_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"dsr/evidence"
	"dsr/internal/dbtest"
	"dsr/requests"
)

// once plays the story on one engine: what is done to a file is the same for
// both.
func once(t *testing.T, v requests.MakeEvidence) (*house, []byte) {
	t.Helper()
	db := dbtest.Open(t, dbtest.SQLite(t))
	h := open(t, db)
	return h, h.play().pack(h.mara, v)
}

func TestAChangedByteInAnyFileIsFound(t *testing.T) {
	h, pack := once(t, requests.MakeEvidence{Personal: true})
	files := unzipped(t, pack)
	for path, content := range files {
		for _, at := range []int{0, len(content) / 2, len(content) - 1} {
			changed := maps.Clone(files)
			changed[path] = bytes.Clone(content)
			changed[path][at] ^= 1
			_, found, err := h.verify(zipped(t, changed), h.public())
			if err == nil && len(found) == 0 {
				t.Errorf("byte %d of %s was changed and nothing is found", at, path)
			}
			if told := strings.Join(found, "\n"); err == nil && !strings.Contains(told, path) && !strings.Contains(told, "manifest") {
				t.Errorf("byte %d of %s: no finding names it: %s", at, path, told)
			}
		}
	}
}

func TestAChangedByteOfTheZipIsFoundOrChangesNothing(t *testing.T) {
	h, pack := once(t, requests.MakeEvidence{})
	whole := unzipped(t, pack)
	for at := 0; at < len(pack); at += 1009 {
		changed := bytes.Clone(pack)
		changed[at] ^= 0x10
		_, found, err := h.verify(changed, h.public())
		if err != nil || len(found) > 0 {
			continue
		}
		if !maps.EqualFunc(whole, unzipped(t, changed), bytes.Equal) {
			t.Errorf("byte %d of the zip changes its content and nothing is found", at)
		}
	}
}

// tampering is something done to a pack and the words of what must be found.
type tampering struct {
	name string
	do   func(map[string][]byte)
	want string
}

func TestEachKindOfTamperingIsNamed(t *testing.T) {
	h, pack := once(t, requests.MakeEvidence{Personal: true})
	files := unzipped(t, pack)
	letters := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(p string) bool { return !strings.HasSuffix(p, ".txt") })
	for _, c := range []tampering{
		{"an entry taken out", func(f map[string][]byte) { delete(f, "clocks.json") }, "clocks.json was removed"},
		{"the print taken out", func(f map[string][]byte) { delete(f, "request.pdf") }, "request.pdf was removed"},
		{"the signature taken out", func(f map[string][]byte) { delete(f, "MANIFEST.sig") }, "MANIFEST.sig was removed"},
		{"an entry put in", func(f map[string][]byte) { f["letters/more.txt"] = []byte("x") }, "letters/more.txt was added"},
		{"two letters swapped", func(f map[string][]byte) {
			f[letters[0]], f[letters[1]] = f[letters[1]], f[letters[0]]
		}, letters[0] + " was changed"},
		{"a path that leads out", func(f map[string][]byte) { f["../x"] = []byte("x") }, `"../x" was added: its path leads out of the pack`},
		{"a path from the root", func(f map[string][]byte) { f["/etc/x"] = []byte("x") }, `"/etc/x" was added: its path`},
		{"a path of another system", func(f map[string][]byte) { f[`..\x`] = []byte("x") }, `was added: its path leads out`},
		{"a manifest written anew", func(f map[string][]byte) {
			f["index.html"] = []byte("all is well")
			f["MANIFEST.json"] = relisted(t, f)
		}, "the manifest does not fit its signature"},
	} {
		changed := maps.Clone(files)
		c.do(changed)
		_, found, err := h.verify(zipped(t, changed), h.public())
		if err != nil || !strings.Contains(strings.Join(found, "\n"), c.want) {
			t.Errorf("%s: %v, found:\n%s\nwant %q", c.name, err, strings.Join(found, "\n"), c.want)
		}
	}
}

// relisted makes the manifest fit what is there.
func relisted(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var m evidence.Manifest
	if err := json.Unmarshal(files["MANIFEST.json"], &m); err != nil {
		t.Fatal(err)
	}
	for i := range m.Entries {
		e := &m.Entries[i]
		e.Size, e.SHA256 = int64(len(files[e.Path])), fmt.Sprintf("%x", evidence.Sum(files[e.Path]))
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// Whoever holds the key can sign any manifest. What they cannot do is to tell
// another story than the one that was hashed while it happened.
func TestTheControllerCannotTellAnotherStoryEither(t *testing.T) {
	h, pack := once(t, requests.MakeEvidence{Personal: true})
	files := unzipped(t, pack)
	replace := func(path, old, with string) func(map[string][]byte) {
		return func(f map[string][]byte) {
			if !bytes.Contains(f[path], []byte(old)) {
				t.Fatalf("%s does not hold %q", path, old)
			}
			f[path] = bytes.Replace(f[path], []byte(old), []byte(with), 1)
		}
	}
	var answer, receipt string
	for path := range files {
		switch {
		case strings.Contains(path, "partly_refused") && strings.HasSuffix(path, ".txt"):
			answer = path
		case strings.Contains(path, "received") && strings.HasSuffix(path, ".txt"):
			receipt = path
		}
	}
	for _, c := range []tampering{
		{"an event changed", replace("timeline.json", `\"outcome\":\"partly\"`, `\"outcome\":\"granted\"`), "was changed: its content does not fit its hash"},
		{"an outcome changed", replace("request.json", `"outcome": "partly"`, `"outcome": "granted"`), "says another outcome than the timeline"},
		{"a receipt moved", replace("request.json", "2026-10-26T09:12", "2026-10-29T09:12"), "says another receipt than the timeline"},
		{"a search added", replace("request.json", `"system": "Helpdesk"`, `"system": "Archive"`), "says another searches than the timeline"},
		{"a letter rewritten", replace(answer, "support", "nobody"), "is not the one that was sent"},
		{"letters swapped", func(f map[string][]byte) { f[answer], f[receipt] = f[receipt], f[answer] }, "is not the one that was sent"},
		{"a letter left out", replace("letters/letters.json", `"state": "sent"`, `"state": "waiting"`), "is another than the timeline says was sent"},
		{"a law rewritten", replace("rules/law-UK_GDPR.yaml", "regime: UK_GDPR", "regime: UK_GDPS"), "is not the text that the ruling names"},
		{"a ruling rewritten", replace("rules/ruling.json", `"Europe/London"`, `"Europe/Berlin"`), "is not the ruling that the timeline names"},
		{"a date moved", replace("clocks.json", `"due_date": "2026-12-07"`, `"due_date": "2026-12-08"`), "is due on 2026-12-07 by the rules and the timeline, and the pack says 2026-12-08"},
		{"a hold left out", replace("clocks.json", `"kind": "hold",`, `"kind": "held",`), "has another way to its date"},
		{"a holiday that moves a date", replace("rules/calendar.json", `"holidays": [`, `"holidays": [{"date": "2026-12-07", "name": "House day"},`), "is due on 2026-12-08"},
		{"another calendar", replace("rules/calendar.json", `"calendar": "`, `"calendar": "X`), "is not the calendar that the ruling names"},
		{"an entry of the trail changed", replace("audit.jsonl", `"act":"decide"`, `"act":"dismiss"`), "was altered: its content does not fit its hash"},
		{"the trail of another request", replace("audit.jsonl", `"chain":`, `"chain":1`), "was inserted"},
	} {
		changed := maps.Clone(files)
		c.do(changed)
		changed["MANIFEST.json"] = relisted(t, changed)
		changed["MANIFEST.sig"] = evidence.Sign(changed["MANIFEST.json"], h.ring.CheckpointKey())
		_, found, err := h.verify(zipped(t, changed), h.public())
		if err != nil || !strings.Contains(strings.Join(found, "\n"), c.want) {
			t.Errorf("%s: %v, found:\n%s\nwant %q", c.name, err, strings.Join(found, "\n"), c.want)
		}
	}

	// A day that is not among the program's holidays is told, and is no fault.
	changed := maps.Clone(files)
	replace("rules/calendar.json", `"holidays": [`, `"holidays": [{"date": "2027-06-02", "name": "House day"},`)(changed)
	changed["MANIFEST.json"] = relisted(t, changed)
	changed["MANIFEST.sig"] = evidence.Sign(changed["MANIFEST.json"], h.ring.CheckpointKey())
	report, found, err := h.verify(zipped(t, changed), h.public())
	if err != nil || len(found) > 0 || !strings.Contains(strings.Join(report.Open, "\n"), "are not those that this program has") {
		t.Errorf("a holiday of the house: %v, %q, %q", err, found, report.Open)
	}
}

func TestAnotherKeyIsNamed(t *testing.T) {
	h, pack := once(t, requests.MakeEvidence{})
	other, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, found, _ := h.verify(pack, other); !strings.Contains(strings.Join(found, "\n"), "not the one it was held against") {
		t.Errorf("held against another key: %q", found)
	}
	files := unzipped(t, pack)
	files["MANIFEST.sig"] = evidence.Sign(files["MANIFEST.json"], private)
	if _, found, _ := h.verify(zipped(t, files), h.public()); !slices.Contains(found, "the manifest does not fit its signature: one of the two was changed, or another key signed it") {
		t.Errorf("signed by another key: %q", found)
	}
	if _, found, _ := h.verify(pack, other, h.public()); len(found) > 0 {
		t.Errorf("one of two keys fits: %q", found)
	}
}

func TestWhatIsNoPackIsRefusedBeforeItIsUnpacked(t *testing.T) {
	h, pack := once(t, requests.MakeEvidence{})
	many := map[string][]byte{}
	for i := range 10_000 {
		many[fmt.Sprintf("letters/%05d.txt", i)] = nil
	}
	for name, c := range map[string]struct {
		pack []byte
		want string
	}{
		"cut off":            {pack[:len(pack)-300], "cut off"},
		"half of it":         {pack[:len(pack)/2], "cut off"},
		"empty":              {nil, "cut off"},
		"prose":              {[]byte("PK all is well"), "cut off"},
		"10,000 entries":     {zipped(t, many), "10000 entries"},
		"a zip bomb":         {zipped(t, map[string][]byte{"a": make([]byte, evidence.MaxEntry+1)}), "unpack to more than"},
		"many small bombs":   {zipped(t, bombs()), "unpack to more than"},
		"without a manifest": {zipped(t, map[string][]byte{"index.html": []byte("x")}), "no MANIFEST.json"},
		"another manifest":   {zipped(t, map[string][]byte{"MANIFEST.json": []byte(`{"format":"dsr-evidence-2"}`)}), "not that of dsr-evidence-1"},
	} {
		_, _, err := h.verify(c.pack, h.public())
		if !errors.Is(err, evidence.ErrPack) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestAnEntryThatSaysItIsSmallIsNotUnpackedFurther(t *testing.T) {
	h, _ := once(t, requests.MakeEvidence{})
	_, found, err := h.verify(lying(t))
	if told := strings.Join(found, "\n"); err == nil || !strings.Contains(told, "a cannot be unpacked") && !strings.Contains(err.Error(), "zip bomb") {
		t.Errorf("%v, found %q", err, told)
	}
}

// bombs are entries that are small by themselves.
func bombs() map[string][]byte {
	files := map[string][]byte{}
	for i := range 4 {
		files[fmt.Sprint(i)] = make([]byte, 30<<20)
	}
	return files
}

// lying is a zip whose entry says that it is small and is not.
func lying(t *testing.T) []byte {
	t.Helper()
	var plain, b bytes.Buffer
	inner := zip.NewWriter(&plain)
	w := must(inner.Create("a"))
	must(w.Write(make([]byte, 1<<20)))
	if err := inner.Close(); err != nil {
		t.Fatal(err)
	}
	f := must(zip.NewReader(bytes.NewReader(plain.Bytes()), int64(plain.Len()))).File[0]
	outer := zip.NewWriter(&b)
	header := f.FileHeader
	header.UncompressedSize64 = 10
	raw := must(outer.CreateRaw(&header))
	if _, err := io.Copy(raw, must(f.OpenRaw())); err != nil {
		t.Fatal(err)
	}
	if err := outer.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
