package evidence_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dsr/access"
	"dsr/database"
	"dsr/evidence"
	"dsr/internal/dbtest"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/vault"
	"dsr/words"
)

// house is an office on a clock that only the test moves.
type house struct {
	*testing.T
	*requests.Office
	ring    *vault.Ring
	db      *database.DB
	book    *policies.Book
	mara    access.Caller
	auditor access.Caller
	clock   time.Time
	ref     string
	caller  access.Caller // the requester
}

func open(t *testing.T, db *database.DB) *house {
	t.Helper()
	h := &house{T: t, db: db}
	h.on("2026-10-26 09:12")
	h.ring = must(vault.CreateRing(filepath.Join(t.TempDir(), "keys"), h.clock))
	cost := people.OWASP()
	cost.Memory, cost.Passes = 64, 1
	register := must(people.New(db, h.ring, cost))
	h.book = must(policies.Load(policies.Options{}))
	h.Office = must(requests.Open(t.Context(), h.clock, requests.Settings{
		DB: db, Book: h.book, Ring: h.ring, Words: must(words.Load()), People: register, BaseURL: "https://privacy.example.com",
	}))
	hire := func(email, name string, role access.Role) access.Caller {
		user, err := register.Create(t.Context(), h.clock, people.User{Email: email, Name: name, Role: role, Policies: access.AllPolicies()}, "a long enough pass phrase")
		if err != nil {
			t.Fatal(err)
		}
		return user.Caller()
	}
	h.mara, h.auditor = hire("mara@example.com", "Mara Lindqvist", access.Handler), hire("kai@example.com", "Kai Auditor", access.Auditor)
	return h
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (h *house) on(day string) *house {
	h.Helper()
	at, err := time.Parse("2006-01-02 15:04", day)
	if err != nil {
		h.Fatal(err)
	}
	h.clock = at
	return h
}

func (h *house) do(who access.Caller, v requests.Verb) *house {
	h.Helper()
	if _, err := h.Do(h.Context(), who, h.clock, h.ref, 0, v); err != nil {
		h.Fatalf("%T: %v", v, err)
	}
	return h
}

func (h *house) deliver() *house {
	h.Helper()
	now := func() time.Time { return h.clock }
	jobs := h.Jobs("privacy@example.com", now, func(context.Context, mailer.Envelope) error { return nil })
	if _, err := outbox.Drain(h.Context(), h.db, h.clock, jobs); err != nil {
		h.Fatal(err)
	}
	return h
}

// receive posts the form of Erin Okonjo, who asks for access.
func (h *house) receive() {
	h.Helper()
	h.receiveOf(policies.Access)
}

func (h *house) receiveOf(right policies.Right) {
	h.Helper()
	receipt, err := h.Receive(h.Context(), access.Caller{Kind: access.Requester}, h.clock, requests.Submission{
		Nonce: "nonce-of-the-form-000001", Policy: "moxora", Rights: []policies.Right{right}, Residence: "GB", Channel: "form", Language: "en",
		Person: requests.Person{Email: "erin.okonjo@example.org", Name: "Erin Okonjo", Details: "Everything, above all who opened my newsletters."},
	})
	if err != nil {
		h.Fatal(err)
	}
	h.ref, h.caller = receipt.Requests[0].Reference, requests.RequesterOf(receipt.SubmissionID)
	h.deliver()
}

// play is a whole request: a question that holds the law, an extension, an
// answer item by item with a file.
func (h *house) play() *house {
	h.Helper()
	h.receive()
	h.on("2026-10-26 09:31").do(h.caller, requests.ConfirmMailbox{})
	h.on("2026-10-28 11:03").do(h.mara, requests.AskQuestion{Question: "Dear Erin Okonjo, which of the two workspaces do you mean?"}).deliver()
	h.on("2026-11-05 18:47").do(h.caller, requests.AnswerQuestion{Text: "Only Okonjo Ceramics, please."}).deliver()
	h.on("2026-11-06 08:00").do(h.mara, requests.TakeUp{})
	h.on("2026-11-12 10:05").do(h.mara, requests.RecordFindings{Systems: []requests.Searched{{System: "App database", Found: "found"}, {System: "Helpdesk", Found: "nothing"}}})
	h.do(h.mara, requests.Note{Text: "The second workspace belongs to her sister."})
	h.on("2026-11-20 16:10").do(h.mara, requests.Decide{Text: "You get your account whole and your conversations with support in part.", Items: []requests.Item{
		{What: "Your account", Decision: requests.Give, Text: "Name, address and settings of Erin Okonjo."},
		{What: "Your conversations with support", Decision: requests.Part, Ground: "others_rights", Text: "We covered the names of other customers."},
	}, Files: []requests.Upload{{Name: "erin-okonjo.csv", Type: "text/csv", Content: []byte("field,value\nplan,team\n")}}})
	return h.deliver().on("2026-11-21 09:00")
}

// pack makes a pack of the request.
func (h *house) pack(who access.Caller, v requests.MakeEvidence) []byte {
	h.Helper()
	e, err := h.Evidence(h.Context(), who, h.clock, h.ref, v)
	if err != nil {
		h.Fatal(err)
	}
	return h.written(e)
}

func (h *house) written(e *requests.Evidence) []byte {
	h.Helper()
	var b bytes.Buffer
	if err := evidence.Write(&b, e, h.ring.CheckpointKey()); err != nil {
		h.Fatal(err)
	}
	return b.Bytes()
}

func (h *house) public() ed25519.PublicKey {
	return h.ring.CheckpointKey().Public().(ed25519.PublicKey)
}

// verify checks a pack and returns what was found.
func (h *house) verify(pack []byte, keys ...ed25519.PublicKey) (evidence.Report, []string, error) {
	h.Helper()
	var found []string
	report, err := evidence.Verify(bytes.NewReader(pack), int64(len(pack)), evidence.Options{Keys: keys, Book: h.book}, func(s string) { found = append(found, s) })
	return report, found, err
}

// unzipped reads a zip into memory.
func unzipped(t testing.TB, pack []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		files[f.Name] = must(io.ReadAll(must(f.Open())))
	}
	return files
}

// zipped makes a zip of files.
func zipped(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w := must(z.Create(name))
		must(w.Write(files[name]))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func each(t *testing.T, test func(h *house)) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) { test(open(t, db)) })
}
