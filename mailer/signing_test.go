package mailer_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"dsr/mailer"
	"dsr/mailer/inbox"
)

func inPEM(t *testing.T, kind string, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// canonical writes one header as RFC 6376, 3.4.2 wants it (relaxed).
func canonical(name, value string) string {
	value = strings.ReplaceAll(value, "\r\n", "")
	return strings.ToLower(strings.TrimSpace(name)) + ":" + strings.Join(strings.Fields(value), " ")
}

// checkDKIM verifies the signature over a message as it came, by RFC 6376 read
// anew: nothing of the signer is used.
func checkDKIM(raw []byte, public crypto.PublicKey) error {
	head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	type field struct{ name, value string }
	var fields []field
	for _, line := range strings.Split(regexp.MustCompile(`\r\n([^ \t])`).ReplaceAllString(string(head), "\x00$1"), "\x00") {
		name, value, _ := strings.Cut(line, ":")
		fields = append(fields, field{name, value})
	}
	tags, signature := map[string]string{}, ""
	for _, f := range fields {
		if strings.EqualFold(f.name, "DKIM-Signature") {
			signature = f.value
			for _, tag := range strings.Split(strings.ReplaceAll(f.value, "\r\n", ""), ";") {
				key, value, _ := strings.Cut(tag, "=")
				tags[strings.TrimSpace(key)] = strings.Join(strings.Fields(value), "")
			}
		}
	}
	if tags["c"] != "relaxed/relaxed" {
		return errors.New("not relaxed/relaxed")
	}
	var lines []string
	for _, line := range strings.Split(string(body), "\r\n") {
		lines = append(lines, strings.TrimRight(regexp.MustCompile(`[ \t]+`).ReplaceAllString(line, " "), " "))
	}
	text := strings.TrimRight(strings.Join(lines, "\r\n"), "\r\n") + "\r\n"
	sum := sha256.Sum256([]byte(text))
	if base64.StdEncoding.EncodeToString(sum[:]) != tags["bh"] {
		return errors.New("the hash of the body differs")
	}
	var signed strings.Builder
	used := map[int]bool{}
	for _, name := range strings.Split(tags["h"], ":") {
		for i := len(fields) - 1; i >= 0; i-- {
			if !used[i] && strings.EqualFold(fields[i].name, name) {
				used[i] = true
				signed.WriteString(canonical(fields[i].name, fields[i].value) + "\r\n")
				break
			}
		}
	}
	bare := regexp.MustCompile(`([;\s]b=)[^;]*`).ReplaceAllString(strings.ReplaceAll(signature, "\r\n", ""), "$1")
	signed.WriteString(canonical("DKIM-Signature", bare))
	proof, err := base64.StdEncoding.DecodeString(tags["b"])
	if err != nil {
		return err
	}
	hash := sha256.Sum256([]byte(signed.String()))
	if key, ok := public.(ed25519.PublicKey); ok {
		if !ed25519.Verify(key, hash[:], proof) {
			return errors.New("the signature does not fit")
		}
		return nil
	}
	return rsa.VerifyPKCS1v15(public.(*rsa.PublicKey), crypto.SHA256, hash[:], proof)
}

func TestLettersAreSignedForMailServers(t *testing.T) {
	edPublic, edKey, _ := ed25519.GenerateKey(rand.Reader)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key    any
		public crypto.PublicKey
	}{"Ed25519": {edKey, edPublic}, "RSA": {rsaKey, &rsaKey.PublicKey}} {
		dkim, err := mailer.ReadDKIM("moxora.example", "s2026", inPEM(t, "PRIVATE KEY", c.key))
		if err != nil || !strings.HasPrefix(dkim.Record(), "v=DKIM1; k="+strings.ToLower(name)) {
			t.Fatal(name, err)
		}
		in := start(t, inbox.Options{})
		e := envelope("one")
		e.Subject = "MOX-4K7P-92: wir brauchen länger, und diese Zeile ist so lang, dass sie gefaltet werden muss, zweimal sogar"
		if err := sender(t, "smtp://"+in.Address(), mailer.Options{Signing: mailer.Signing{DKIM: dkim}}).Send(soon(t), e); err != nil {
			t.Fatal(name, err)
		}
		raw := in.Messages()[0].Raw
		if err := checkDKIM(raw, c.public); err != nil {
			t.Errorf("%s: %v\n%s", name, err, raw)
		}
		head := strings.ReplaceAll(in.Messages()[0].Header("DKIM-Signature"), " ", "")
		if strings.Count(head, "From") != 2 || strings.Count(head, "Subject") != 2 || !strings.Contains(head, "Auto-Submitted") || !strings.Contains(head, "In-Reply-To") {
			t.Errorf("%s signs %s", name, head)
		}
		for part, change := range map[string][2]string{"the text": {"last day", "first day"}, "the sender": {"privacy@moxora.example>", "privacy@moxora.invalid>"}} {
			forged := bytes.Replace(raw, []byte(change[0]), []byte(change[1]), 1)
			if bytes.Equal(forged, raw) || checkDKIM(forged, c.public) == nil {
				t.Errorf("%s: %s can be changed unseen", name, part)
			}
		}
	}
}

// mailCertificate makes a certificate that signs for an address.
func mailCertificate(t *testing.T, address string, from, until time.Time) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Moxora privacy team"}, EmailAddresses: []string{address}, NotBefore: from, NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), inPEM(t, "PRIVATE KEY", private)
}

func TestLettersAreSignedForReaders(t *testing.T) {
	now := time.Now()
	certificate, key := mailCertificate(t, "privacy@moxora.example", now.Add(-time.Hour), now.Add(time.Hour))
	smime, err := mailer.ReadSMIME(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, _ := ed25519.GenerateKey(rand.Reader)
	dkim, err := mailer.ReadDKIM("moxora.example", "s2026", inPEM(t, "PRIVATE KEY", edKey))
	if err != nil {
		t.Fatal(err)
	}
	in := start(t, inbox.Options{})
	s := sender(t, "smtp://"+in.Address(), mailer.Options{Signing: mailer.Signing{DKIM: dkim, SMIME: smime, Now: func() time.Time { return now }}})
	if err := s.Send(soon(t), envelope("one")); err != nil {
		t.Fatal(err)
	}
	m := in.Messages()[0]
	if m.Text != envelope("one").Text || !strings.HasPrefix(m.Header("Content-Type"), "multipart/signed") {
		t.Errorf("it came as %s: %q", m.Header("Content-Type"), m.Text)
	}
	if err := checkDKIM(m.Raw, edPublic); err != nil {
		t.Errorf("DKIM over S/MIME: %v", err)
	}
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("openssl checks the signature, and is not there")
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{"letter.eml": m.Raw, "ca.pem": certificate} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check := exec.CommandContext(t.Context(), openssl, "smime", "-verify", "-in", "letter.eml", "-CAfile", "ca.pem", "-out", "text")
	check.Dir = dir
	if said, err := check.CombinedOutput(); err != nil {
		t.Errorf("openssl: %v: %s", err, said)
	}
}

func TestWhatCannotSignIsRefusedBeforeAnyLetter(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	_, edKey, _ := ed25519.GenerateKey(rand.Reader)
	good := inPEM(t, "PRIVATE KEY", edKey)
	curve, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	for name, try := range map[string]func() error{
		"a key that is none": func() error { _, err := mailer.ReadDKIM("moxora.example", "s", []byte("secret")); return err },
		"a key of another kind": func() error {
			_, err := mailer.ReadDKIM("moxora.example", "s", inPEM(t, "PRIVATE KEY", curve))
			return err
		},
		"a selector that is none":   func() error { _, err := mailer.ReadDKIM("moxora.example", "s_1", good); return err },
		"a domain that is none":     func() error { _, err := mailer.ReadDKIM("moxora", "s", good); return err },
		"a domain of somebody else": func() error { return fits(mailer.ReadDKIM("opvio.example", "s", good)) },
		"a certificate that ended":  func() error { return certified(t, "privacy@moxora.example", now.Add(-time.Hour), now, now) },
		"one that begins later": func() error {
			return certified(t, "privacy@moxora.example", now.Add(time.Hour), now.Add(2*time.Hour), now)
		},
		"one for another address": func() error { return certified(t, "info@moxora.example", now.Add(-time.Hour), now.Add(time.Hour), now) },
		"another certificate's key": func() error {
			certificate, _ := mailCertificate(t, "privacy@moxora.example", now, now.Add(time.Hour))
			_, other := mailCertificate(t, "privacy@moxora.example", now, now.Add(time.Hour))
			_, err := mailer.ReadSMIME(certificate, other)
			return err
		},
	} {
		if err := try(); !errors.Is(err, mailer.ErrSigning) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := certified(t, "Privacy@moxora.example", now.Add(-time.Hour), now.Add(time.Hour), now); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

func fits(d *mailer.DKIM, err error) error {
	if err != nil {
		return err
	}
	return mailer.Signing{DKIM: d}.Fits("privacy@moxora.example", time.Now())
}

func certified(t *testing.T, address string, from, until, now time.Time) error {
	s, err := mailer.ReadSMIME(mailCertificate(t, address, from, until))
	if err != nil {
		return err
	}
	return mailer.Signing{SMIME: s}.Fits("privacy@moxora.example", now)
}
