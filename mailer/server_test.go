package mailer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"dsr/mailer"
)

func TestSMTPAddressesThatAreTaken(t *testing.T) {
	for address, want := range map[string]string{
		"smtp://mail.example.org":                   "smtp://mail.example.org:587",
		"smtp://ada:s3cret@mail.example.org:2587":   "smtp://ada@mail.example.org:2587",
		"smtps://ada:s3cret@mail.example.org":       "smtps://ada@mail.example.org:465",
		"smtp://127.0.0.1:1025":                     "smtp://127.0.0.1:1025",
		"smtp://localhost":                          "smtp://localhost:25",
		"smtp://[::1]:1025":                         "smtp://[::1]:1025",
		"smtp://ada:s3cret@127.0.0.1:1025":          "smtp://ada@127.0.0.1:1025",
		"smtp://127.0.0.1:1025?tls=starttls":        "smtp://127.0.0.1:1025?tls=starttls",
		"smtp://mail.internal:25?tls=none":          "smtp://mail.internal:25?tls=none",
		"smtp://a%40example.org:s3cret@mail.host":   "smtp://a%40example.org@mail.host:587",
		"smtp://mail.example.org:587/?tls=starttls": "smtp://mail.example.org:587",
	} {
		s, err := mailer.ParseURL(address)
		if err != nil || s.String() != want {
			t.Errorf("%s: got %v, %v, want %s", address, s, err, want)
			continue
		}
		again, err := mailer.ParseURL(s.String())
		if err != nil || again.String() != want {
			t.Errorf("%s does not read back: %v, %v", want, again, err)
		}
	}
}

func TestSMTPAddressesThatAreRefusedWithoutShowingThePassword(t *testing.T) {
	for address, want := range map[string]string{
		"":                                       "must begin with",
		"mail.example.org:587":                   "must begin with",
		"http://mail.example.org":                "must begin with",
		"smtp://":                                "host is missing",
		"smtp://u:s3cret@mail.host:99999":        "port",
		"smtp://u:s3cret@mail.host:x":            "not an address",
		"smtp://u:s3cret@mail host":              "not an address",
		"smtp://u:s3cret@mail.host?tls=none":     "without TLS",
		"smtp://u:s3cret@mail.host?tls=maybe":    "tls=none or ?tls=starttls",
		"smtps://u:s3cret@mail.host?tls=none":    "neither",
		"smtp://u:s3cret@mail.host?verify=false": "not ?verify=",
		"smtp://u:s3cret@mail.host/inbox":        "nothing but ?tls=",
	} {
		_, err := mailer.ParseURL(address)
		if !errors.Is(err, mailer.ErrServer) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", address, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error shows the password: %v", address, err)
		}
	}
}

func TestAPasswordIsNeverPrinted(t *testing.T) {
	s, err := mailer.ParseURL("smtps://ada@mail.example.org")
	if err != nil {
		t.Fatal(err)
	}
	s = s.WithPassword("s3cret")
	holder := struct{ server mailer.Server }{s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, value := range []any{s, &s, holder, mailer.NewSender(s, mailer.Options{})} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, "s3cret") {
				t.Errorf("%s of %T shows the password: %s", verb, value, got)
			}
		}
	}
}
