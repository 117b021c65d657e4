package chaos_test

import (
	"crypto/ed25519"
	"slices"
	"strings"
	"time"

	"dsr/access"
	"dsr/audit"
	"dsr/database"
	"dsr/mailer"
	"dsr/mailer/inbox"
	"dsr/outbox"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/vault"
	"dsr/words"
)

// archive is the database of a place, opened beside or after its servers.
type archive struct {
	*place
	db     *database.DB
	ring   *vault.Ring
	people *people.Register
	office *requests.Office
}

func (p *place) archive() *archive {
	p.Helper()
	a := &archive{place: p}
	book, err := policies.Load(policies.Options{})
	p.must(err)
	catalogue, err := words.Load()
	p.must(err)
	a.ring, err = vault.LoadRing(p.keys)
	p.must(err)
	a.db, err = database.Open(p.Context(), p.database)
	p.must(err)
	p.Cleanup(func() { a.db.Close() })
	p.must(a.db.Migrate(p.Context()))
	a.people, err = people.New(a.db, a.ring, people.OWASP())
	p.must(err)
	a.office, err = requests.Open(p.Context(), time.Now(), requests.Settings{
		DB: a.db, Book: book, Ring: a.ring, Words: catalogue, People: a.people, BaseURL: p.url(""),
	})
	p.must(err)
	return a
}

func (p *place) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// count returns the number a query gives.
func (a *archive) count(query string, args ...any) int {
	a.Helper()
	var n int
	a.must(a.db.Read().NewRaw(query, args...).Scan(a.Context(), &n))
	return n
}

// sound replays every timeline, follows every chain and compares their heads.
func (a *archive) sound(wantRequests int) {
	a.Helper()
	report, err := a.office.VerifyTimelines(a.Context(), func(m requests.Mismatch) { a.Errorf("timeline: %s", m) })
	a.must(err)
	if report.Requests != wantRequests {
		a.Errorf("the database holds %d requests, %d forms were confirmed", report.Requests, wantRequests)
	}
	found := func(f audit.Finding) { a.Errorf("audit: %s", f) }
	_, err = audit.Verify(a.Context(), a.db.Read(), audit.Anchor{}, found, a.ring.CheckpointKey().Public().(ed25519.PublicKey))
	a.must(err)
	_, err = audit.CompareHeads(a.Context(), a.db.Read(), func(yield func(audit.Head, error) bool) {
		for _, head := range report.Heads {
			if !yield(head, nil) {
				return
			}
		}
	}, found)
	a.must(err)
}

// has opens every confirmed request and looks for what it was confirmed with.
func (a *archive) has(confirmed []*person) {
	a.Helper()
	auditor := access.Caller{Kind: access.Staff, ID: 1, Role: access.Auditor, Policies: access.AllPolicies()}
	for _, who := range confirmed {
		for _, name := range who.names {
			v, err := a.office.Open(a.Context(), auditor, time.Now(), name, true)
			switch {
			case err != nil:
				a.Errorf("person %d: the confirmed request cannot be opened: %v", who.n, err)
			case v.Policy != who.policy || string(v.Right) != who.right || !strings.HasPrefix(v.Person.Email, "person-"):
				a.Errorf("person %d: the request is another one's", who.n)
			case len(v.Clocks) == 0 || len(v.Timeline) == 0 || v.Timeline[0].Act != requests.ActReceive:
				a.Errorf("person %d: %d clocks and %d events", who.n, len(v.Clocks), len(v.Timeline))
			case len(v.Letters) != 1 || v.Letters[0].Kind != requests.LetterReceived || v.Letters[0].State != "sent":
				a.Errorf("person %d: the letters are %+v", who.n, v.Letters)
			}
		}
	}
}

// idle waits until no job is waiting that could be done now.
func (a *archive) idle() {
	a.Helper()
	until(a.T, "the outbox is empty", func() bool {
		return a.count("SELECT COUNT(*) FROM outbox WHERE state = 'ready' AND available_at <= ?", time.Now().UTC()) == 0
	})
}

// drain does what killed processes left behind, on a clock that runs ahead by
// minutes: their leases have run out then, and so have the pauses after it.
func (a *archive) drain() {
	a.Helper()
	server, err := mailer.ParseURL("smtp://" + a.box.Address())
	a.must(err)
	sender := mailer.NewSender(server, mailer.Options{})
	defer sender.Close()
	for ahead := 5 * time.Minute; a.count("SELECT COUNT(*) FROM outbox WHERE state IN ('ready', 'leased')") > 0; ahead *= 2 {
		_, err := outbox.Drain(a.Context(), a.db, time.Now().Add(ahead), a.office.Jobs("privacy@house.example", time.Now, sender.Send))
		a.must(err)
	}
}

// weekReport begins the Message-IDs of the report of the week, which belongs to
// no request and is written when it is sent.
const weekReport = "week-"

// delivered counts the copies of each letter in the mailbox by Message-ID, and
// proves that copies are the same letter and that none is missing or strange.
func (a *archive) delivered(wantLetters int) (copies []int) {
	a.Helper()
	var known []string
	a.must(a.db.Read().NewRaw("SELECT message_id FROM letters").Scan(a.Context(), &known))
	if len(known) != wantLetters {
		var held []string
		a.must(a.db.Read().NewRaw("SELECT suspect FROM requests WHERE suspect <> ''").Scan(a.Context(), &held))
		a.Errorf("%d letters were written, not %d; held back as suspect: %q", len(known), wantLetters, held)
	}
	arrived := map[string][]inbox.Message{}
	for _, m := range a.box.Messages() {
		arrived[m.MessageID] = append(arrived[m.MessageID], m)
	}
	for id, list := range arrived {
		if !slices.Contains(known, id) && !strings.HasPrefix(id, weekReport) {
			a.Errorf("a letter arrived that nobody wrote: %s", id)
		}
		for _, m := range list {
			if m.Text != list[0].Text || m.To[0] != list[0].To[0] {
				a.Errorf("two letters have the Message-ID %s", id)
			}
		}
		copies = append(copies, len(list))
	}
	for _, id := range known {
		if len(arrived[id]) == 0 {
			a.Errorf("the letter %s never arrived", id)
		}
	}
	return copies
}

// confirmed returns those who have a confirmation.
func (c *crowd) confirmed() []*person {
	return slices.DeleteFunc(slices.Clone(c.people), func(who *person) bool { return who.receipt == "" })
}
