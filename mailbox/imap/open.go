package imap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

// usualAnswer is how many bytes an answer may have that holds no message. The
// largest is a list of a million UIDs.
const usualAnswer = 16 << 20

// visit is one connection to the server, signed in.
type visit struct {
	*Watcher
	leash   *leash
	client  *imapclient.Client
	release func() bool
	caps    goimap.CapSet
	done    string        // Done as the server writes it
	news    chan struct{} // holds one when the server said that there is more
	bare    bool          // the server refuses to mark messages, whatever it said before
}

// open connects, signs in and finds the folder that messages are moved to.
func (w *Watcher) open(ctx context.Context) (*visit, error) {
	dialer := net.Dialer{Timeout: or(w.Patience, patience)}
	conn, err := dialer.DialContext(ctx, "tcp", w.Account.Address)
	if err != nil {
		return nil, fmt.Errorf("the mail server cannot be reached: %w", err)
	}
	v := &visit{Watcher: w, leash: &leash{Conn: conn, left: usualAnswer}, news: make(chan struct{}, 1)}
	v.release = v.leash.tie(ctx)
	for _, step := range []func(context.Context) error{v.greet, v.signIn, v.prepare} {
		if err := step(ctx); err != nil {
			v.close()
			return nil, err
		}
	}
	return v, nil
}

// close hangs up.
func (v *visit) close() {
	v.release()
	v.leash.cut(net.ErrClosed)
	if v.client != nil {
		v.client.Close()
	}
}

// command gives the server its usual time and bytes for an answer.
func (v *visit) command(do func() error) error {
	return v.leash.within(or(v.Patience, patience), usualAnswer, do)
}

// greet protects the connection and waits for the server to say hello.
func (v *visit) greet(ctx context.Context) error {
	host, _, _ := net.SplitHostPort(v.Account.Address)
	config := &tls.Config{ServerName: host, RootCAs: v.Account.Roots, MinVersion: tls.VersionTLS12, NextProtos: []string{"imap"}}
	options := &imapclient.Options{TLSConfig: config, UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: v.heard}}
	return v.command(func() (err error) {
		switch v.Account.Security {
		case StartTLS:
			config.NextProtos = nil
			if v.client, err = imapclient.NewStartTLS(v.leash, options); err != nil {
				return secured(err)
			}
		case TLS:
			conn := tls.Client(v.leash, config)
			if err := conn.HandshakeContext(ctx); err != nil {
				return secured(err)
			}
			v.client = imapclient.New(conn, options)
		default:
			v.client = imapclient.New(v.leash, options)
		}
		if err := v.client.WaitGreeting(); err != nil {
			return fmt.Errorf("%w: it does not say hello: %s", ErrProtocol, plain(err))
		}
		return nil
	})
}

// secured says why a connection could not be protected.
func secured(err error) error {
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var refused *goimap.Error
	switch {
	case errors.As(err, &name):
		return fmt.Errorf("%w: it is for another name than %s", ErrCertificate, name.Host)
	case errors.As(err, &unknown):
		return fmt.Errorf("%w: nobody whom this machine trusts vouches for it", ErrCertificate)
	case errors.As(err, &invalid):
		return fmt.Errorf("%w: it is not valid (it may have run out)", ErrCertificate)
	case errors.As(err, &refused):
		return fmt.Errorf("the mail server offers no STARTTLS, and nothing is read without")
	}
	return fmt.Errorf("the connection cannot be protected with TLS: %s", plain(err))
}

// heard is told what the server says by itself. It runs while the server is
// being read, and must not wait.
func (v *visit) heard(data *imapclient.UnilateralDataMailbox) {
	if data.NumMessages == nil {
		return
	}
	select {
	case v.news <- struct{}{}:
	default:
	}
}

// signIn proves who we are, where the server has not taken us in already.
func (v *visit) signIn(ctx context.Context) error {
	err := v.command(func() error {
		v.caps = v.client.Caps()
		return nil
	})
	if err != nil {
		return err
	}
	if v.client.State() == goimap.ConnStateNotAuthenticated {
		var try func() error
		if try, err = v.credentials(ctx); err != nil {
			return err
		}
		if err := v.command(try); err != nil {
			return v.refused(err)
		}
	}
	return v.command(func() error {
		v.caps = v.client.Caps()
		return nil
	})
}

// credentials chooses how to sign in and fetches the secret for it.
func (v *visit) credentials(ctx context.Context) (func() error, error) {
	a := &v.Account
	if a.Token != nil {
		token, err := a.Token(ctx)
		if err != nil {
			return nil, fmt.Errorf("the token cannot be had: %w", err)
		}
		client, err := v.bearer(token)
		return func() error { return v.client.Authenticate(client) }, err
	}
	password, err := a.Password()
	switch {
	case err != nil:
		return nil, fmt.Errorf("the password cannot be had: %w", err)
	case v.caps.Has(goimap.AuthCap(sasl.Plain)):
		return func() error { return v.client.Authenticate(sasl.NewPlainClient("", a.User, password)) }, nil
	case v.caps.Has(goimap.CapLoginDisabled):
		return nil, fmt.Errorf("%w: it takes no password over this connection", ErrSignIn)
	}
	return func() error { return v.client.Login(a.User, password).Wait() }, nil
}

func (v *visit) bearer(token string) (sasl.Client, error) {
	switch {
	case v.caps.Has(goimap.AuthCap(sasl.OAuthBearer)):
		host, port, _ := net.SplitHostPort(v.Account.Address)
		number, _ := strconv.Atoi(port)
		return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: v.Account.User, Token: token, Host: host, Port: number}), nil
	case v.caps.Has(goimap.AuthCap(xoauth2Name)):
		return &xoauth2{user: v.Account.User, token: token}, nil
	}
	return nil, fmt.Errorf("%w: it takes no OAuth 2 token", ErrSignIn)
}

// refused says why a sign-in failed. What the server wrote is left out: some
// repeat what they were sent.
func (v *visit) refused(err error) error {
	var answer *goimap.Error
	var token *sasl.OAuthBearerError
	switch {
	case v.leash.cause() != nil:
		return err
	case errors.As(err, &token):
		return fmt.Errorf("%w: it does not take the token", ErrSignIn)
	case !errors.As(err, &answer):
		return fmt.Errorf("%w: it hangs up during the sign-in", ErrProtocol)
	case answer.Code == goimap.ResponseCodeUnavailable:
		return errors.New("the mail server cannot check passwords at the moment")
	case v.Account.Token != nil:
		return fmt.Errorf("%w: it does not take the token", ErrSignIn)
	}
	return fmt.Errorf("%w: it knows another user name or password", ErrSignIn)
}

// xoauth2Name is the mechanism of Google and Microsoft that came before
// OAUTHBEARER.
const xoauth2Name = "XOAUTH2"

// xoauth2 signs in with a token.
type xoauth2 struct{ user, token string }

// Start says everything at once.
func (x *xoauth2) Start() (mechanism string, first []byte, err error) {
	return xoauth2Name, []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers the server's reasons, after which it says no.
func (x *xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }

// plain makes what a server or the library said fit for a log: short, one line,
// nothing that steers a terminal.
func plain(err error) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, err.Error())
	return text[:min(len(text), 200)]
}

// transfer is how long a message of some bytes may take: an answer's usual
// time, and beyond it 32 KiB a second.
func (v *visit) transfer(size int64) time.Duration {
	return or(v.Patience, patience) + time.Duration(size)*time.Second/(32<<10)
}
