package mailer_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"dsr/mailer"
)

// zone is a DNS of a few names.
type zone map[string][]string

func (z zone) lookup(_ context.Context, name string) ([]string, error) {
	if texts, known := z[name]; known {
		return texts, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func TestADomainIsAskedWhetherItsMailIsBelieved(t *testing.T) {
	for _, x := range []struct {
		name, selector     string
		dns                zone
		spf, dkim, dmarc   string
		says, recordOfDKIM string
	}{
		{"nothing is published", "", zone{}, "missing", "unknown", "missing", "ends in -all", ""},
		{"everything is", "acme", zone{
			"mail.example.org":                 {"other=1", "v=spf1 include:spf.example.net -all"},
			"acme._domainkey.mail.example.org": {"v=DKIM1; k=rsa; p=MIIB"},
			"_dmarc.example.org":               {"v=DMARC1; p=reject; rua=mailto:d@example.org"},
		}, "good", "good", "good", "Nothing to do", "acme: v=DKIM1; k=rsa; p=MIIB"},
		{"two SPF records", "", zone{"mail.example.org": {"v=spf1 a -all", "v=spf1 mx -all"}}, "weak", "unknown", "missing", "Join them", ""},
		{"an SPF record that forbids nothing", "", zone{"mail.example.org": {"v=spf1 a ?all"}}, "weak", "unknown", "missing", "End it in -all", ""},
		{"a usual selector is found", "", zone{"s1._domainkey.mail.example.org": {"p=MIIB"}}, "missing", "good", "missing", "selector", "s1: p=MIIB"},
		{"a key was withdrawn", "acme", zone{"acme._domainkey.mail.example.org": {"v=DKIM1; p="}}, "missing", "missing", "missing", "was withdrawn", "acme: v=DKIM1; p="},
		{"a selector without a key", "acme", zone{}, "missing", "missing", "missing", "acme._domainkey.mail.example.org", ""},
		{"DMARC only watches", "", zone{"_dmarc.mail.example.org": {"v=DMARC1; p=none"}}, "missing", "unknown", "weak", "only watches", ""},
	} {
		report, err := mailer.CheckDomain(t.Context(), x.dns.lookup, "privacy@mail.example.org", x.selector)
		if err != nil || report.Domain != "mail.example.org" || len(report.Hints) != 3 {
			t.Errorf("%s: %+v %v", x.name, report, err)
			continue
		}
		states, advice := "", ""
		for _, h := range report.Hints {
			states += h.State + " "
			advice += h.Advice + "\n"
		}
		if want := x.spf + " " + x.dkim + " " + x.dmarc + " "; states != want || !strings.Contains(advice, x.says) || report.Hints[1].Record != x.recordOfDKIM {
			t.Errorf("%s: got %s want %s\n%s%s", x.name, states, want, advice, report.Hints[1].Record)
		}
	}
}

func TestAPolicyMayStandAtAnyDomainAbove(t *testing.T) {
	dns := zone{"_dmarc.example.org": {"v=DMARC1; p=quarantine"}}
	report, err := mailer.CheckDomain(t.Context(), dns.lookup, "privacy@post.eu.mail.example.org", "")
	if err != nil || report.Hints[2].State != mailer.DomainGood {
		t.Errorf("DMARC of a domain three levels below its policy: %+v %v", report.Hints, err)
	}
}

func TestADNSThatIsDownIsSaidAndNothingElseIsAsked(t *testing.T) {
	down := func(context.Context, string) ([]string, error) {
		return nil, &net.DNSError{Err: "timeout", IsTimeout: true}
	}
	report, err := mailer.CheckDomain(t.Context(), down, "privacy@example.org", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range report.Hints {
		if h.State != mailer.DomainUnknown || !strings.Contains(h.Advice, "did not answer") {
			t.Errorf("%+v", h)
		}
	}
	for from, want := range map[string]error{"privacy@localhost": mailer.ErrDomain, "privacy@[127.0.0.1]": mailer.ErrDomain, "nobody": mailer.ErrDomain} {
		if _, err := mailer.CheckDomain(t.Context(), down, from, ""); !errors.Is(err, want) {
			t.Errorf("%s: %v", from, err)
		}
	}
	for _, selector := range []string{"a b", "x..y", "-x", "x/y", strings.Repeat("x", 64)} {
		if _, err := mailer.CheckDomain(t.Context(), down, "privacy@example.org", selector); !errors.Is(err, mailer.ErrSelector) {
			t.Errorf("%q is taken for a selector: %v", selector, err)
		}
	}
}
