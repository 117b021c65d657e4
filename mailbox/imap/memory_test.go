package imap_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"

	"dsr/mailbox/imap"
)

// tokened is a session that is entered with a token.
type tokened struct {
	*imapmemserver.UserSession
	user      *imapmemserver.User
	mechanism string
	token     string
}

func (s *tokened) Login(string, string) error       { return imapserver.ErrAuthFailed }
func (s *tokened) AuthenticateMechanisms() []string { return []string{s.mechanism} }
func (s *tokened) enter()                           { s.UserSession = imapmemserver.NewUserSession(s.user) }
func (s *tokened) Close() error                     { return s.UserSession.Close() }
func (s *tokened) Authenticate(mech string) (sasl.Server, error) {
	if mech == sasl.OAuthBearer {
		return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			if o.Username != "privacy" || o.Token != s.token {
				return &sasl.OAuthBearerError{Status: "invalid_token"}
			}
			s.enter()
			return nil
		}), nil
	}
	return (*xoauth2Server)(s), nil
}

// xoauth2Server is the other side of XOAUTH2.
type xoauth2Server tokened

func (s *xoauth2Server) Next(response []byte) (challenge []byte, done bool, err error) {
	switch string(response) {
	case "":
		return nil, false, imapserver.ErrAuthFailed
	case "user=privacy\x01auth=Bearer " + s.token + "\x01\x01":
		(*tokened)(s).enter()
		return nil, true, nil
	}
	return []byte(`{"status":"400"}`), false, nil
}

// oldServer serves one mailbox without MOVE, to whom session lets in.
func oldServer(t *testing.T, session func(*imapmemserver.User) imapserver.Session) (address string, user *imapmemserver.User) {
	t.Helper()
	user = imapmemserver.NewUser("privacy", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	server := imapserver.New(&imapserver.Options{
		InsecureAuth: true, Caps: goimap.CapSet{goimap.CapIMAP4rev1: {}}, Logger: log.New(io.Discard, "", 0),
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return session(user), nil, nil
		},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return listener.Addr().String(), user
}

func put(t *testing.T, user *imapmemserver.User, raw []byte) {
	t.Helper()
	if _, err := user.Append("INBOX", literal{bytes.NewReader(raw)}, &goimap.AppendOptions{Time: monday}); err != nil {
		t.Fatal(err)
	}
}

type literal struct{ *bytes.Reader }

func TestATokenOpensTheMailboxAndIsFetchedForEachSignIn(t *testing.T) {
	for _, mechanism := range []string{"OAUTHBEARER", "XOAUTH2"} {
		t.Run(mechanism, func(t *testing.T) {
			address, user := oldServer(t, func(u *imapmemserver.User) imapserver.Session {
				return &tokened{user: u, mechanism: mechanism, token: "fresh-token"}
			})
			put(t, user, message(1))
			l := newLedger(t)
			w := l.hasty(address)
			var asked atomic.Int32
			w.Account.Password, w.Account.Token = nil, func(context.Context) (string, error) {
				switch asked.Add(1) {
				case 1:
					return "", errors.New("the file is not there")
				case 2:
					return "stale-token", nil
				}
				return "fresh-token", nil
			}
			l.run(w)
			for _, want := range []string{"the token cannot be had: the file is not there", "it does not take the token"} {
				if s := l.fault(); !strings.Contains(s, want) {
					t.Errorf("it says %q, not %q", s, want)
				}
			}
			if d := l.next(); !bytes.Equal(d.Raw, message(1)) {
				t.Errorf("it took %q", d.Raw)
			}
			if said := l.said(); strings.Contains(said, "-token") {
				t.Errorf("the log shows a token: %s", said)
			}
		})
	}
}

// TestWithoutMoveTheMessageIsCopiedAndStays: nothing is expunged, and it is
// copied once however often the folder is looked at.
func TestWithoutMoveTheMessageIsCopiedAndStays(t *testing.T) {
	server := imapmemserver.New()
	address, user := oldServer(t, func(*imapmemserver.User) imapserver.Session { return server.NewSession() })
	server.AddUser(user)
	put(t, user, message(1))
	l := newLedger(t)
	l.run(l.hasty(address))
	l.next()
	put(t, user, message(2)) // seen by polling, or by IDLE
	l.next()
	count := func(folder string) uint32 {
		data, err := user.Status(folder, &goimap.StatusOptions{NumMessages: true})
		if err != nil {
			return 0
		}
		return *data.NumMessages
	}
	until(t, "both are copied", func() bool { return count("dsr/Processed") == 2 })
	put(t, user, message(3))
	l.next()
	until(t, "the third is copied", func() bool { return count("dsr/Processed") >= 3 })
	if count("dsr/Processed") != 3 || count("INBOX") != 3 || len(l.took) != 0 {
		t.Errorf("there are %d copies of %d messages, %d taken twice", count("dsr/Processed"), count("INBOX"), len(l.took))
	}
}

// unmarkable is a session in whose folders nobody may set a flag.
type unmarkable struct {
	imapserver.Session
	says []goimap.Flag // what it lists as flags that are kept
	done chan goimap.UID
}

func (s *unmarkable) Select(folder string, o *goimap.SelectOptions) (*goimap.SelectData, error) {
	data, err := s.Session.Select(folder, o)
	if err == nil {
		data.PermanentFlags = s.says
	}
	return data, err
}

func (s *unmarkable) Store(*imapserver.FetchWriter, goimap.NumSet, *goimap.StoreFlags, *goimap.StoreOptions) error {
	return &goimap.Error{Type: goimap.StatusResponseTypeNo, Text: "read-only"}
}

func (s *unmarkable) Copy(set goimap.NumSet, folder string) (*goimap.CopyData, error) {
	data, err := s.Session.Copy(set, folder)
	if err == nil {
		s.done <- set.(goimap.UIDSet)[0].Start
	}
	return data, err
}

// TestAFolderInWhichNothingCanBeMarkedIsRead: in one visit, whether the server
// says so or not. A visit after that hands the oldest message on once more to
// find it out again.
func TestAFolderInWhichNothingCanBeMarkedIsRead(t *testing.T) {
	for name, says := range map[string][]goimap.Flag{"said": nil, "unsaid": {goimap.FlagSeen, goimap.FlagWildcard}} {
		t.Run(name, func(t *testing.T) {
			server, done := imapmemserver.New(), make(chan goimap.UID, 100)
			address, user := oldServer(t, func(*imapmemserver.User) imapserver.Session {
				return &unmarkable{server.NewSession(), says, done}
			})
			server.AddUser(user)
			l := newLedger(t)
			for _, numbers := range [][]int{{1, 2, 3}, {4, 5}} { // a visit each
				for _, n := range numbers {
					put(t, user, message(n))
				}
				stop := l.run(l.hasty(address))
				for _, n := range numbers {
					if d := l.next(); !bytes.Equal(d.Raw, message(n)) {
						t.Errorf("as message %d it took %q", n, d.Raw)
					}
					if uid := <-done; int(uid) != n {
						t.Errorf("for message %d it put %d aside", n, uid)
					}
				}
				stop()
			}
			if _, uid := l.position(); uid != 5 || l.n != 6 || len(done) != 0 || len(l.faults) != 0 {
				t.Errorf("%d deliveries up to %d, %d put aside twice, %d faults", l.n, uid, len(done), len(l.faults))
			}
		})
	}
}

// readOnly is a mailbox that may be read, and neither marked nor emptied.
type readOnly struct {
	imapserver.Session
}

func (s *readOnly) Store(*imapserver.FetchWriter, goimap.NumSet, *goimap.StoreFlags, *goimap.StoreOptions) error {
	return &goimap.Error{Type: goimap.StatusResponseTypeNo, Text: "read-only"}
}

func (s *readOnly) Move(*imapserver.MoveWriter, goimap.NumSet, string) error {
	return &goimap.Error{Type: goimap.StatusResponseTypeNo, Text: "read-only"}
}

// Whoever may only read a mailbox takes each message of it once, in one visit.
func TestAMailboxThatMayOnlyBeReadIsReadWhole(t *testing.T) {
	user := imapmemserver.NewUser("privacy", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	mem := imapmemserver.New()
	mem.AddUser(user)
	var visits atomic.Int32
	server := imapserver.New(&imapserver.Options{
		InsecureAuth: true, Caps: goimap.CapSet{goimap.CapIMAP4rev1: {}, goimap.CapMove: {}}, Logger: log.New(io.Discard, "", 0),
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			visits.Add(1)
			return &readOnly{mem.NewSession()}, nil, nil
		},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	for n := 1; n <= 5; n++ {
		put(t, user, message(n))
	}
	l := newLedger(t)
	stop := l.run(l.hasty(listener.Addr().String()))
	for n := 1; n <= 5; n++ {
		if d := l.next(); !bytes.Equal(d.Raw, message(n)) {
			t.Errorf("as message %d it took %q", n, d.Raw)
		}
	}
	stop()
	if n := visits.Load(); n != 1 || len(l.faults) != 0 {
		t.Errorf("%d visits, faults: %s", n, l.said())
	}
}

func TestAnAccountThatCannotBeWatchedSaysWhy(t *testing.T) {
	good := imap.Account{
		Name: "moxora", Policy: "moxora", Address: "imap.example.com:993", Security: imap.TLS, User: "privacy",
		Password: func() (string, error) { return "", nil },
	}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(a *imap.Account){
		"letters, digits":        func(a *imap.Account) { a.Name = "a/b" },
		"names no policy":        func(a *imap.Account) { a.Policy = "" },
		"like imap.example.com":  func(a *imap.Account) { a.Address = "imap.example.com" },
		"tls, starttls or none":  func(a *imap.Account) { a.Security = "ssl" },
		"without TLS":            func(a *imap.Account) { a.Security = imap.None },
		"a password or a token":  func(a *imap.Account) { a.Password = nil },
		"needs a user and":       func(a *imap.Account) { a.User = "" },
		"no folder can have":     func(a *imap.Account) { a.Done = "*" },
		"two looks at moxora is": func(a *imap.Account) { a.Poll = -time.Second },
	} {
		a := good
		change(&a)
		if err := a.Check(); !errors.Is(err, imap.ErrAccount) || !strings.Contains(err.Error(), says) {
			t.Errorf("it says %v, not %q", err, says)
		}
		if err := (&imap.Watcher{Account: a}).Run(t.Context()); !errors.Is(err, imap.ErrAccount) {
			t.Errorf("it runs, and ends with %v", err)
		}
	}
}
