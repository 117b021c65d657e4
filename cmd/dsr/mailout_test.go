package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dsr/mailer"
	"dsr/policies"
)

// desk is a folder with a mail file and the keys that it may name.
type desk struct {
	*testing.T
	dir  string
	book *policies.Book
	now  time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{T: t, dir: t.TempDir(), now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	var err error
	if d.book, err = (packs{}).load(); err != nil {
		t.Fatal(err)
	}
	_, good, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d.key("ed25519.pem", good)
	d.key("rsa.pem", long)
	d.key("curve.pem", curve)
	d.write("text.pem", []byte("my secret"))
	d.write("empty.pem", nil)
	year := 365 * 24 * time.Hour
	d.certificate("mail", "privacy@moxora.example", d.now.Add(-year), d.now.Add(year))
	d.certificate("ended", "privacy@moxora.example", d.now.Add(-year), d.now.Add(-24*time.Hour))
	d.certificate("early", "privacy@moxora.example", d.now.Add(24*time.Hour), d.now.Add(year))
	d.certificate("other", "info@moxora.example", d.now.Add(-year), d.now.Add(year))
	return d
}

func (d *desk) write(name string, content []byte) {
	d.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), content, 0o600); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) key(name string, key any) {
	d.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		d.Fatal(err)
	}
	d.write(name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// certificate writes one for S/MIME and its key, as <name>.crt and <name>.key.
func (d *desk) certificate(name, address string, from, until time.Time) {
	d.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		d.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "Moxora privacy team"}, EmailAddresses: []string{address},
		NotBefore: from, NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		d.Fatal(err)
	}
	d.write(name+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	d.key(name+".key", private)
}

// load reads a mail file with these lines below outgoing, for letters from an
// address.
func (d *desk) load(lines, from string) (m *mailFile, s mailer.Signing, err error) {
	d.Helper()
	d.write("mail.yaml", []byte("outgoing:\n"+lines))
	if m, err = loadMail(filepath.Join(d.dir, "mail.yaml"), d.book); err != nil {
		return nil, s, err
	}
	s, err = m.signing(from, d.now)
	return m, s, err
}

func TestHowFastLettersLeaveStandsInTheMailFile(t *testing.T) {
	d := newDesk(t)
	for lines, want := range map[string]mailer.Pace{
		"  bounce_address: b+{token}@mail.example\n": {PerMinute: 600, PerDomain: 60},
		"  limits:\n": {PerMinute: 600, PerDomain: 60},
		"  limits: {per_minute: 0, per_domain_per_minute: 0}\n":     {},
		"  limits:\n    per_minute: 30\n":                           {PerMinute: 30, PerDomain: 60},
		"  limits:\n    per_domain_per_minute: 5\n":                 {PerMinute: 600, PerDomain: 5},
		"  limits:\n    per_domain_per_minute: 0\n":                 {PerMinute: 600},
		"  limits: {per_minute: 1000000, per_domain_per_minute: 1}": {PerMinute: 1_000_000, PerDomain: 1},
	} {
		if m, _, err := d.load(lines, "privacy@moxora.example"); err != nil || m.pace() != want {
			t.Errorf("%q: %v, %v", lines, m.pace(), err)
		}
	}
	if got := (*mailFile)(nil).pace(); got != (mailer.Pace{PerMinute: 600, PerDomain: 60}) {
		t.Errorf("without a mail file: %v", got)
	}
}

func TestWhatSignsLettersStandsInTheMailFile(t *testing.T) {
	d := newDesk(t)
	both := "  dkim: {domain: Moxora.example, selector: s2026, key_file: ed25519.pem}\n  smime: {certificate_file: mail.crt, key_file: " + filepath.Join(d.dir, "mail.key") + "}\n"
	for _, from := range []string{"privacy@moxora.example", "Moxora privacy team <Privacy@Moxora.example>"} {
		_, s, err := d.load(both, from)
		if err != nil || s.DKIM == nil || s.DKIM.Domain != "moxora.example" || s.SMIME == nil || !s.SMIME.Until().After(d.now) {
			t.Errorf("%s: %+v %v", from, s, err)
		}
	}
	if _, s, err := d.load("  dkim: {domain: moxora.example, selector: s2026, key_file: rsa.pem}\n", "privacy@mail.moxora.example"); err != nil || s.DKIM == nil {
		t.Errorf("a domain above the one of the sender: %v", err)
	}
	if s, err := (*mailFile)(nil).signing("privacy@moxora.example", d.now); err != nil || s.DKIM != nil || s.SMIME != nil {
		t.Errorf("without a mail file: %+v %v", s, err)
	}
}

func TestWhatIsWrongBelowOutgoingIsNamedWithItsPlace(t *testing.T) {
	d := newDesk(t)
	dkim := func(domain, selector, file string) string {
		return "  dkim:\n    domain: " + domain + "\n    selector: " + selector + "\n    key_file: " + file + "\n"
	}
	smime := func(certificate, key string) string {
		return "  smime:\n    certificate_file: " + certificate + "\n    key_file: " + key + "\n"
	}
	for name, c := range map[string]struct {
		lines string
		says  []string
	}{
		"a limit below zero":         {"  limits:\n    per_minute: -1\n", []string{":3:17: ", "per_minute must be at least 0"}},
		"a domain's limit below 0":   {"  limits:\n    per_domain_per_minute: -5\n", []string{":3:28: ", "per_domain_per_minute must be at least 0"}},
		"a limit that is too large":  {"  limits:\n    per_minute: 1000001\n", []string{":3:17: ", "per_minute must be at most 1000000"}},
		"one beyond all integers":    {"  limits:\n    per_minute: 99999999999999999999\n", []string{":3:17: "}},
		"a limit in words":           {"  limits:\n    per_minute: many\n", []string{":3:17: "}},
		"limits that are a number":   {"  limits: 600\n", []string{":2:11: "}},
		"an unknown limit":           {"  limits:\n    per_hour: 5\n", []string{":3:5: ", "per_hour"}},
		"an unknown field":           {"  limit:\n    per_minute: 5\n", []string{":2:3: ", "limit"}},
		"an unknown field of DKIM":   {dkim("moxora.example", "s", "ed25519.pem") + "    key: x\n", []string{":6:5: ", "key"}},
		"DKIM without a selector":    {"  dkim:\n    domain: moxora.example\n    key_file: ed25519.pem\n", []string{"selector is missing"}},
		"S/MIME without a key":       {"  smime:\n    certificate_file: mail.crt\n", []string{"key_file is missing"}},
		"DKIM without its file":      {dkim("moxora.example", "s", "nowhere.pem"), []string{":5:15: ", "the file " + filepath.Join(d.dir, "nowhere.pem") + " cannot be read"}},
		"DKIM with a folder":         {dkim("moxora.example", "s", "."), []string{":5:15: ", "cannot be read"}},
		"DKIM with no key":           {dkim("moxora.example", "s", "text.pem"), []string{":2:3: ", "no private key in PEM", "openssl genpkey -algorithm ed25519"}},
		"DKIM with an empty file":    {dkim("moxora.example", "s", "empty.pem"), []string{":2:3: ", "no private key in PEM"}},
		"DKIM with another's key":    {dkim("moxora.example", "s", "curve.pem"), []string{":2:3: ", "Ed25519 or RSA"}},
		"DKIM with a certificate":    {dkim("moxora.example", "s", "mail.crt"), []string{":2:3: ", "no private key in PEM"}},
		"DKIM with a wrong selector": {dkim("moxora.example", "s_1", "ed25519.pem"), []string{":2:3: ", "letters, digits and hyphens"}},
		"DKIM with half a domain":    {dkim("moxora", "s", "ed25519.pem"), []string{":2:3: ", "one like mail.example.com"}},
		"DKIM for another domain":    {dkim("opvio.example", "s", "ed25519.pem"), []string{":3:13: ", "opvio.example does not cover", "sign for moxora.example, or send from an address of opvio.example"}},
		"DKIM for part of the name":  {dkim("ora.example", "s", "ed25519.pem"), []string{":3:13: ", "does not cover"}},
		"DKIM for a domain below":    {dkim("mail.moxora.example", "s", "ed25519.pem"), []string{":3:13: ", "does not cover"}},
		"S/MIME without its file":    {smime("nowhere.crt", "mail.key"), []string{":3:23: ", "nowhere.crt cannot be read"}},
		"S/MIME without its key":     {smime("mail.crt", "nowhere.key"), []string{":4:15: ", "nowhere.key cannot be read"}},
		"S/MIME with another's key":  {smime("mail.crt", "other.key"), []string{":2:3: ", "do not belong together"}},
		"S/MIME that ended":          {smime("ended.crt", "ended.key"), []string{":3:23: ", "ended on 2026-11-21; ask whoever issued it for a new one"}},
		"S/MIME that begins later":   {smime("early.crt", "early.key"), []string{":3:23: ", "begins on 2026-11-23; leave it out until then"}},
		"S/MIME for another address": {smime("other.crt", "other.key"), []string{":3:23: ", "not for the sending address"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := d.load(c.lines, "Moxora <privacy@moxora.example>")
			if err == nil {
				t.Fatal("it is taken")
			}
			first, _, _ := strings.Cut(err.Error(), "\n")
			for _, want := range append(c.says, filepath.Join(d.dir, "mail.yaml")+":") {
				if !strings.Contains(first, want) {
					t.Errorf("it says %q, not %q", first, want)
				}
			}
			if strings.Contains(err.Error(), "my secret") {
				t.Error("it shows what stands in the key's file")
			}
		})
	}
}
