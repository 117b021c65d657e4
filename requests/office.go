package requests

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"dsr/agents"
	"dsr/database"
	"dsr/hooks"
	"dsr/intake"
	"dsr/people"
	"dsr/policies"
	"dsr/proposals"
	"dsr/vault"
	"dsr/wording"
	"dsr/words"
	"dsr/workflow"
)

// Office holds what every verb needs. It is safe for use by several goroutines.
type Office struct {
	db     *database.DB
	book   *policies.Book
	ring   *vault.Ring
	words  *words.Catalogue
	texts  *wording.Book // what companies say in letters instead of the catalogue
	people *people.Register
	agents *agents.Register
	mails  *intake.Register
	routes MailRoutes
	hooks  hooks.List
	// readings are the rules by which rights are read from messages.
	readings *proposals.Book
	machine  *workflow.Machine
	rulings  *rulings
	frozen   *frozen
	ids      *ids
	baseURL  string // https://privacy.example.com, without a slash at the end
	domain   string // of Message-IDs
	// written counts the changes of this process, so that counts kept for a
	// moment know when they are old.
	written atomic.Int64
	counts  counts
	totals  totals
	// editions is the last row of calendar_editions that the book was told of.
	editions atomic.Int64
	// controllers keeps what letters say of a pack's controller, by pack.
	controllers sync.Map
	wake        func()
}

// Settings are what an Office is made of.
type Settings struct {
	DB      *database.DB
	Book    *policies.Book
	Ring    *vault.Ring
	Words   *words.Catalogue
	People  *people.Register
	BaseURL string     // where requesters and staff reach the pages
	Mail    MailRoutes // how mail finds its way back
	Hooks   hooks.List // where reminders are posted to beside mail
	Wake    func()     // called after a commit that left work in the outbox; may be nil
	Numbers uint32     // where the numbers of an instant count on from, for a story that is to be told twice alike; 0: anywhere
}

// ErrKeyFile is returned when the key file is not the one of the database.
var ErrKeyFile = errors.New("this key file does not open this database: start with the key file the database was made with")

// Open makes the office, proves the lifecycle, checks that the key file opens
// the database and keeps the text of every rule file in force.
func Open(ctx context.Context, now time.Time, s Settings) (*Office, error) {
	machine, err := Lifecycle()
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(s.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("the base address %q is not like https://privacy.example.com", s.BaseURL)
	}
	o := &Office{
		db: s.DB, book: s.Book, ring: s.Ring, words: s.Words, people: s.People, machine: machine,
		agents: agents.Open(s.DB, s.Ring), mails: intake.Open(s.DB, s.Ring), routes: s.Mail, hooks: s.Hooks, texts: wording.Open(s.DB, s.Words),
		frozen: newFrozen(s.DB, s.Book), ids: newIDs(s.Numbers),
		baseURL: strings.TrimRight(s.BaseURL, "/"), domain: base.Hostname(), wake: s.Wake,
	}
	if o.wake == nil {
		o.wake = func() {}
	}
	if o.readings, err = proposals.Load(); err != nil {
		return nil, err
	}
	o.rulings = newRulings(func(hash string) (content string, err error) {
		err = database.Row(context.Background(), s.DB.Read(), []any{&content}, "SELECT content FROM rulings WHERE sha256 = ?", hash)
		return content, err
	})
	if err := o.proveKey(ctx); err != nil {
		return nil, err
	}
	if err := o.refreshCalendars(ctx); err != nil {
		return nil, err
	}
	return o, o.frozen.remember(ctx, now.UTC().Truncate(time.Microsecond))
}

// proveKey compares the key file with the mark the database keeps of its own.
func (o *Office) proveKey(ctx context.Context) error {
	return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		check := fmt.Sprintf("%x", o.ring.Check())
		if _, err := database.Exec(ctx, tx, "INSERT INTO settings (name, value) VALUES ('key_check', ?) ON CONFLICT (name) DO NOTHING", check); err != nil {
			return err
		}
		var kept string
		if err := database.Row(ctx, tx, []any{&kept}, "SELECT value FROM settings WHERE name = 'key_check'"); err != nil {
			return err
		}
		var mark []byte
		if _, err := fmt.Sscanf(kept, "%x", &mark); err != nil || !o.ring.Proves(mark) {
			return ErrKeyFile
		}
		// A ring that has grown leaves its new mark, so that an older copy of
		// the file is refused from now on.
		_, err := database.Exec(ctx, tx, "UPDATE settings SET value = ? WHERE name = 'key_check' AND value = ?", check, kept)
		return err
	})
}

// Book returns the packs and laws in force.
func (o *Office) Book() *policies.Book { return o.book }

// Machine returns the lifecycle.
func (o *Office) Machine() *workflow.Machine { return o.machine }

// noted does what follows a commit: it remembers what the database holds now
// and wakes whoever sends letters.
func (o *Office) noted(s *step) {
	o.rulings.keptFor(s.after.RulingHash)
	o.written.Add(1)
	if len(s.letters) > 0 {
		o.wake()
	}
}
