package imap_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	goimap "github.com/emersion/go-imap/v2"

	"dsr/internal/mailhost"
	"dsr/mailbox"
	"dsr/mailbox/imap"
)

// has reports whether a message has all of some flags.
func has(m mailhost.Found, flags ...goimap.Flag) bool {
	for _, f := range flags {
		if !slices.Contains(m.Flags, f) {
			return false
		}
	}
	return true
}

func TestAMessageIsTakenAsItCameThenMarkedAndMoved(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	box, l := host.Client("privacy"), newLedger(t)
	host.Append(box, "INBOX", monday, message(1))
	l.watch(account(host)) // which looks by itself once an hour
	first := l.next()
	until(t, "the message is moved", func() bool { return len(host.List(box, done)) == 1 })
	validity, _ := l.position()
	if want := fmt.Sprintf("imap:moxora/INBOX/%d/1", validity); first.Source != want {
		t.Errorf("its source is %s, not %s", first.Source, want)
	}
	if first.Policy != "moxora" || first.Door != "imap" || !first.ReceivedAt.Equal(monday) || first.Size != int64(len(message(1))) || !bytes.Equal(first.Raw, message(1)) {
		t.Errorf("it came as %+v", first)
	}
	host.Append(box, "INBOX", monday, message(2)) // and the server says so
	if second := l.next(); !bytes.Equal(second.Raw, message(2)) {
		t.Errorf("the second message is %q", second.Raw)
	}
	until(t, "both are moved", func() bool { return len(host.List(box, done)) == 2 })
	for _, m := range host.List(box, done) {
		if !has(m, "$DSRIngested", goimap.FlagSeen) {
			t.Errorf("a message that was taken has the flags %v", m.Flags)
		}
	}
	if left := host.List(box, "INBOX"); len(left) != 0 {
		t.Errorf("in the mailbox lies %v", left)
	}
}

func TestARestartGoesOnWhereTheLastOneStopped(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	box, l := host.Client("privacy"), newLedger(t)
	host.Append(box, "INBOX", monday, message(1))
	stop := l.watch(account(host))
	l.next()
	until(t, "it is moved", func() bool { return len(host.List(box, done)) == 1 })
	stop()
	host.Append(box, "INBOX", monday, message(2))
	l.watch(account(host))
	if d := l.next(); !bytes.Equal(d.Raw, message(2)) {
		t.Errorf("it goes on with %q", d.Raw)
	}
	until(t, "it is moved", func() bool { return len(host.List(box, done)) == 2 })
	if _, uid := l.position(); uid != 2 || len(l.sources) != 2 {
		t.Errorf("it is at %d after %v", uid, l.sources)
	}
}

func TestAServerThatDiesBetweenTakingAndMarkingCostsNothing(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	l := newLedger(t)
	l.answer = func(n int, _ mailbox.Delivery) error {
		if n == 1 {
			host.Kill()
		}
		return nil
	}
	host.Append(host.Client("privacy"), "INBOX", monday, message(1))
	l.watch(account(host))
	l.next()
	l.fault()
	host.Start()
	box := host.Client("privacy")
	until(t, "the message is moved", func() bool { return len(host.List(box, done)) == 1 })
	if n := len(slices.Compact(slices.Clone(l.sources))); n != 1 || len(l.took) != 0 {
		t.Errorf("one message came from %d sources: %v", n, l.sources)
	}
	host.Append(box, "INBOX", monday, message(2))
	l.next()
}

func TestWhatWasMarkedAndNotMovedIsMoved(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	box, l := host.Client("privacy"), newLedger(t)
	uid := host.Append(box, "INBOX", monday, message(1))
	box.Select("INBOX", nil).Wait()
	if err := box.Store(goimap.UIDSetNum(uid), &goimap.StoreFlags{Op: goimap.StoreFlagsAdd, Flags: []goimap.Flag{"$DSRIngested"}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	l.watch(account(host))
	until(t, "it is moved", func() bool { return len(host.List(box, done)) == 1 })
	if len(l.took) != 0 {
		t.Error("it was taken once more")
	}
}

func TestTwoWatchersTakeEachMessageFromOneSource(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	const many = 30
	box, l := host.Client("privacy"), newLedger(t)
	l.watch(account(host))
	l.watch(account(host))
	for n := range many {
		host.Append(box, "INBOX", monday, message(n))
	}
	seen := map[string]bool{}
	for range many {
		seen[l.next().Source] = true
	}
	// Two at once may each move a message, and then it is there twice.
	until(t, "all are moved", func() bool {
		moved := map[string]bool{}
		for _, m := range host.List(box, done) {
			moved[string(m.Raw)] = true
		}
		return len(moved) == many && len(host.List(box, "INBOX")) == 0
	})
	if len(seen) != many || len(l.took) != 0 {
		t.Errorf("%d messages came from %d sources, and %d more", many, len(seen), len(l.took))
	}
}

func TestAFolderThatWasMadeAnewIsReadAnew(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	box, l := host.Client("privacy"), newLedger(t)
	a := account(host)
	a.Folder, a.Poll = "Privacy", 50*time.Millisecond
	l.watch(a)
	if s := l.fault(); !strings.Contains(s, "Privacy") {
		t.Errorf("without the folder it says %q", s)
	}
	for n := 1; n <= 2; n++ {
		if err := box.Create("Privacy", nil).Wait(); err != nil {
			t.Fatal(err)
		}
		host.Append(box, "Privacy", monday, message(n))
		d := l.next()
		if !bytes.Equal(d.Raw, message(n)) || !strings.HasPrefix(d.Source, "imap:moxora/Privacy/") || !strings.HasSuffix(d.Source, "/1") {
			t.Errorf("in round %d came %q from %s", n, d.Raw, d.Source)
		}
		until(t, "it is moved", func() bool { return len(host.List(box, done)) == n })
		if n == 1 {
			box.Unselect().Wait()
			if err := box.Delete("Privacy").Wait(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if l.sources[0] == l.sources[1] {
		t.Errorf("two folders have one source: %v", l.sources)
	}
}

func TestAMailboxThatWasEmptiedIsReadOn(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	box, l := host.Client("privacy"), newLedger(t)
	a := account(host)
	a.Done = "" // so that what was taken stays
	l.watch(a)
	for n := range 3 {
		host.Append(box, "INBOX", monday, message(n))
		l.next()
	}
	until(t, "all are marked", func() bool {
		return !slices.ContainsFunc(host.List(box, "INBOX"), func(m mailhost.Found) bool { return !has(m, "$DSRIngested") })
	})
	box.Select("INBOX", nil).Wait()
	box.Store(goimap.SeqSet{{Start: 1}}, &goimap.StoreFlags{Op: goimap.StoreFlagsAdd, Flags: []goimap.Flag{goimap.FlagDeleted}}, nil).Close()
	if err := box.Expunge().Close(); err != nil {
		t.Fatal(err)
	}
	host.Append(box, "INBOX", monday, message(9))
	if d := l.next(); !bytes.Equal(d.Raw, message(9)) {
		t.Errorf("then came %q", d.Raw)
	}
}

func TestOfAMessageThatIsTooLargeTheHeadIsTaken(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	head := "From: Lena <lena@example.org>\r\nMessage-ID: <large@example.org>\r\nSubject: Everything\r\n\r\n"
	line := strings.Repeat("x", 76) + "\r\n"
	large := []byte(head + strings.Repeat(line, 60_000_000/len(line)))
	box, l := host.Client("privacy"), newLedger(t)
	host.Append(box, "INBOX", monday, large)
	l.watch(account(host))
	if d := l.next(); string(d.Raw) != head || d.Size != int64(len(large)) || !d.ReceivedAt.Equal(monday) {
		t.Errorf("%d bytes came, of %d, received at %v", len(d.Raw), d.Size, d.ReceivedAt)
	}
	until(t, "it is moved", func() bool {
		data, err := box.Status(done, &goimap.StatusOptions{NumMessages: true}).Wait()
		return err == nil && *data.NumMessages == 1
	})
}

func TestWhatIsRefusedStaysAndTheOthersGoOn(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	box, l := host.Client("privacy"), newLedger(t)
	l.answer = func(_ int, d mailbox.Delivery) error {
		if bytes.Equal(d.Raw, message(1)) {
			return fmt.Errorf("a policy that ended: %w", mailbox.ErrRefused)
		}
		return nil
	}
	host.Append(box, "INBOX", monday, message(1))
	host.Append(box, "INBOX", monday, message(2))
	l.watch(account(host))
	l.next()
	until(t, "the other one is moved", func() bool { return len(host.List(box, done)) == 1 })
	if left := host.List(box, "INBOX"); len(left) != 1 || !has(left[0], "$DSRRefused") || has(left[0], goimap.FlagSeen) {
		t.Errorf("in the mailbox lies %v", left)
	}
}

func TestWhatCannotBeKeptIsTriedAgainAndHoldsUpNobody(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	box, l := host.Client("privacy"), newLedger(t)
	var mending sync.Mutex
	broken := true
	l.answer = func(_ int, d mailbox.Delivery) error {
		mending.Lock()
		defer mending.Unlock()
		if broken && bytes.Equal(d.Raw, message(1)) {
			return errors.New("the disk is full")
		}
		return nil
	}
	host.Append(box, "INBOX", monday, message(1))
	host.Append(box, "INBOX", monday, message(2))
	l.watch(account(host))
	if s := l.fault(); !strings.Contains(s, "the disk is full") {
		t.Errorf("it says %q", s)
	}
	if d := l.next(); !bytes.Equal(d.Raw, message(2)) {
		t.Fatalf("first came %q", d.Raw)
	}
	if _, uid := l.position(); uid != 0 {
		t.Errorf("the position moved to %d, past a message that is open", uid)
	}
	mending.Lock()
	broken = false
	mending.Unlock()
	if d := l.next(); !bytes.Equal(d.Raw, message(1)) {
		t.Errorf("then came %q", d.Raw)
	}
	until(t, "both are moved", func() bool { return len(host.List(box, done)) == 2 })
	until(t, "the position is past both", func() bool { _, uid := l.position(); return uid == 2 })
}

func TestOnlyTheRightCertificateIsBelieved(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	named := func(address string) string { return strings.Replace(address, "127.0.0.1", mailhost.Host, 1) }
	for name, c := range map[string]struct {
		change func(a *imap.Account)
		says   string
	}{
		"TLS, another name":      {func(a *imap.Account) { a.Security, a.Address, a.Roots = imap.TLS, host.IMAPS, host.Roots }, "another name than 127.0.0.1"},
		"STARTTLS, another name": {func(a *imap.Account) { a.Security, a.Address, a.Roots = imap.StartTLS, host.IMAP, host.Roots }, "another name than 127.0.0.1"},
		"TLS, nobody vouches":    {func(a *imap.Account) { a.Security, a.Address = imap.TLS, named(host.IMAPS) }, "nobody whom this machine trusts"},
		"STARTTLS, nobody":       {func(a *imap.Account) { a.Security, a.Address = imap.StartTLS, named(host.IMAP) }, "nobody whom this machine trusts"},
		"no TLS at all":          {func(a *imap.Account) { a.Security, a.Address = imap.TLS, named(host.IMAP) }, "cannot be protected"},
		"TLS":                    {func(a *imap.Account) { a.Security, a.Address, a.Roots = imap.TLS, named(host.IMAPS), host.Roots }, ""},
		"STARTTLS":               {func(a *imap.Account) { a.Security, a.Address, a.Roots = imap.StartTLS, named(host.IMAP), host.Roots }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l, a := newLedger(t), account(host)
			a.User = strings.NewReplacer(" ", "", ",", "").Replace(name)
			c.change(&a)
			host.Append(host.Client(a.User), "INBOX", monday, message(1))
			l.watch(a)
			if c.says == "" {
				l.next()
				return
			}
			if s := l.fault(); !strings.Contains(s, c.says) {
				t.Errorf("it says %q, not %q", s, c.says)
			}
		})
	}
}

func TestAWrongPasswordIsSaidAndNeverShown(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	host.Append(host.Client("privacy"), "INBOX", monday, message(1))
	var mu sync.Mutex
	password := "hunter2-of-moxora"
	l, a := newLedger(t), account(host)
	a.Password = func() (string, error) {
		mu.Lock()
		defer mu.Unlock()
		return password, nil
	}
	l.watch(a)
	if s := l.fault(); s != "the mail server refuses the sign-in: it knows another user name or password" {
		t.Errorf("it says %q", s)
	}
	if said := l.said(); strings.Contains(said, password) || !strings.Contains(said, "refuses the sign-in") {
		t.Errorf("the log says %s", said)
	}
	mu.Lock()
	password = mailhost.Password // somebody wrote the right one into the file
	mu.Unlock()
	l.next()
}
