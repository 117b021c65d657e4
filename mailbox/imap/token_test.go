package imap_test

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dsr/internal/mailhost"
)

// TestARealServerTakesATokenWhileItIsGood: each mechanism by itself, because
// ours prefers the standard one.
func TestARealServerTakesATokenWhileItIsGood(t *testing.T) {
	for _, mechanism := range []string{"oauthbearer", "xoauth2"} {
		t.Run(mechanism, func(t *testing.T) {
			host := mailhost.StartDovecot(t, mechanism)
			if host == nil {
				return
			}
			other := mailhost.StartDovecot(t, mechanism)
			box, l := host.Client("privacy"), newLedger(t)
			host.Append(box, "INBOX", monday, message(1))
			hour := time.Now().Add(time.Hour)
			tokens := []struct{ name, token string }{
				{"one that ran out", host.Token("privacy", time.Now().Add(-time.Minute))},
				{"one for another mailbox", host.Token("mara", hour)},
				{"one that somebody else signed", other.Token("privacy", hour)},
				{"what is none", "opaque-token"},
			}
			good := host.Token("privacy", hour)
			a := account(host)
			var asked atomic.Int32
			a.Password, a.Token = nil, func(context.Context) (string, error) {
				if n := int(asked.Add(1)); n <= len(tokens) {
					return tokens[n-1].token, nil
				}
				return good, nil
			}
			l.watch(a)
			for _, c := range tokens {
				if s := l.fault(); s != "the mail server refuses the sign-in: it does not take the token" {
					t.Errorf("of %s it says %q", c.name, s)
				}
			}
			if d := l.next(); !bytes.Equal(d.Raw, message(1)) || !d.ReceivedAt.Equal(monday) {
				t.Errorf("it took %+v", d)
			}
			until(t, "it is moved", func() bool { return len(host.List(box, done)) == 1 })
			if n := int(asked.Load()); n != len(tokens)+1 {
				t.Errorf("it signed in %d times, with %d tokens", n, len(tokens)+1)
			}
			for _, c := range append(tokens, struct{ name, token string }{"the good one", good}) {
				if strings.Contains(l.said(), c.token) {
					t.Errorf("the log shows %s", c.name)
				}
			}
		})
	}
}
