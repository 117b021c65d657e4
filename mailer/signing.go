package mailer

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// ErrSigning says that letters cannot be signed with what was given.
var ErrSigning = errors.New("letters cannot be signed")

// Signing is how letters are signed; the zero value signs nothing.
type Signing struct {
	DKIM  *DKIM            // for mail servers
	SMIME *SMIME           // for readers
	Now   func() time.Time // the clock of the signatures; nil: the date of each letter
}

// DKIM signs for a domain, so that mail servers can tell a letter from a forged
// one (RFC 6376, Ed25519 by RFC 8463).
type DKIM struct {
	Domain, Selector string
	key              crypto.Signer
}

// selectorName is what may stand before ._domainkey.
var selectorName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

// ReadDKIM reads a private key in PEM, Ed25519 or RSA. Errors are ErrSigning
// and never quote the key.
func ReadDKIM(domain, selector string, key []byte) (*DKIM, error) {
	if !selectorName.MatchString(domain) || !strings.Contains(domain, ".") {
		return nil, fmt.Errorf("%w: the DKIM domain must be one like mail.example.com", ErrSigning)
	}
	if !selectorName.MatchString(selector) || len(selector) > 63 {
		return nil, fmt.Errorf("%w: the DKIM selector is letters, digits and hyphens, with dots between them", ErrSigning)
	}
	signer, err := gomail.PrivKeyFromPEM(key)
	if err != nil {
		return nil, fmt.Errorf("%w: the DKIM key is no private key in PEM, Ed25519 or RSA (made with: openssl genpkey -algorithm ed25519)", ErrSigning)
	}
	// RFC 8301, 3.2: receivers take shorter keys for no signature at all.
	if k, ok := signer.(*rsa.PrivateKey); ok && k.N.BitLen() < 1024 {
		return nil, fmt.Errorf("%w: the DKIM key has %d bits; 1024 are the least that counts, 2048 are advised", ErrSigning, k.N.BitLen())
	}
	return &DKIM{Domain: strings.ToLower(domain), Selector: selector, key: signer}, nil
}

// Record is what the DNS must say, as TXT, under <selector>._domainkey.<domain>.
func (d *DKIM) Record() string {
	if k, ok := d.key.Public().(ed25519.PublicKey); ok {
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(k)
	}
	public, err := x509.MarshalPKIXPublicKey(d.key.Public())
	if err != nil {
		return "" // not for a key that was read
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(public)
}

// SMIME signs letters so that readers see who wrote them (RFC 8551).
type SMIME struct {
	pair *tls.Certificate
	leaf *x509.Certificate
}

// ReadSMIME reads a certificate, which those that vouch for it may follow, and
// its private key, both in PEM. Errors are ErrSigning and never quote the key.
func ReadSMIME(certificate, key []byte) (*SMIME, error) {
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("%w: the S/MIME certificate and its key are not in PEM, or do not belong together; give the certificate together with the key it was made with", ErrSigning)
	}
	switch pair.PrivateKey.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
	default:
		return nil, fmt.Errorf("%w: the S/MIME key must be RSA or ECDSA: mail programs check no other", ErrSigning)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("%w: the S/MIME certificate cannot be read", ErrSigning)
	}
	return &SMIME{pair: &pair, leaf: leaf}, nil
}

// Until is when the certificate ends.
func (s *SMIME) Until() time.Time { return s.leaf.NotAfter.UTC() }

// Fits reports, as ErrSigning with a sentence, what keeps letters from an
// address from being signed so that readers' programs believe it at an instant.
func (s Signing) Fits(from string, now time.Time) error {
	address, _, err := parseAddress(from)
	if err != nil {
		return fmt.Errorf("%w: the sending address: %w", ErrSigning, err)
	}
	domain := strings.ToLower(DomainOf(address.Address))
	if d := s.DKIM; d != nil && domain != d.Domain && !strings.HasSuffix(domain, "."+d.Domain) {
		return fmt.Errorf("%w: the DKIM domain %s does not cover the sending address; sign for %[3]s, or send from an address of %[2]s", ErrSigning, d.Domain, domain)
	}
	if s.SMIME == nil {
		return nil
	}
	return s.SMIME.fits(address, now)
}

func (s *SMIME) fits(from *mail.Address, now time.Time) error {
	leaf := s.leaf
	switch {
	case now.Before(leaf.NotBefore):
		return fmt.Errorf("%w: the S/MIME certificate begins on %s; leave it out until then", ErrSigning, leaf.NotBefore.Format(time.DateOnly))
	case !now.Before(leaf.NotAfter):
		return fmt.Errorf("%w: the S/MIME certificate ended on %s; ask whoever issued it for a new one", ErrSigning, leaf.NotAfter.Format(time.DateOnly))
	case !slices.ContainsFunc(leaf.EmailAddresses, func(a string) bool { return strings.EqualFold(a, from.Address) }):
		return fmt.Errorf("%w: the S/MIME certificate is not for the sending address; it must name it, or letters must come from the one it names", ErrSigning)
	case len(leaf.ExtKeyUsage) > 0 && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageEmailProtection) && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny):
		return fmt.Errorf("%w: the S/MIME certificate is not made for mail; ask for one that protects mail (emailProtection)", ErrSigning)
	}
	return nil
}

// write writes a message out and signs it. A certificate that ended while the
// program ran is left out: a letter without a signature reads better than one
// with a warning.
func (s Signing) write(m *gomail.Msg, written time.Time) ([]byte, error) {
	now := written
	if s.Now != nil {
		now = s.Now()
	}
	if s.SMIME != nil && now.Before(s.SMIME.leaf.NotAfter) {
		if err := m.SignWithTLSCertificate(s.SMIME.pair); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSigning, err)
		}
	}
	var text bytes.Buffer
	if _, err := m.WriteTo(&text); err != nil {
		return nil, fmt.Errorf("writing the letter: %w", err)
	}
	if s.DKIM == nil {
		return text.Bytes(), nil
	}
	line, err := s.DKIM.sign(text.Bytes(), now)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSigning, err)
	}
	return append([]byte(line), text.Bytes()...), nil
}
