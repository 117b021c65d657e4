package mailhost

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// issuer stands for the provider that gives out access tokens, as JSON Web
// Tokens (RFC 7519). The server knows its public key and asks nobody.
type issuer struct{ key *ecdsa.PrivateKey }

// newIssuer makes a key and tells the server of it. In its folder of keys a key
// lies under the party it was given out for, the algorithm and its own name;
// tokens that say neither party nor name are checked with the default ones.
func newIssuer(t testing.TB, dir string) issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "keys", "default", "ES256")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	conf := fmt.Sprintf("introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix=%s/keys/\nusername_attribute = sub\n", dir)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	for name, content := range map[string][]byte{filepath.Join(folder, "default"): public, filepath.Join(dir, "oauth2.conf"): []byte(conf)} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return issuer{key}
}

// Token is an access token for a mailbox that is good from an hour before until
// some instant.
func (d *Dovecot) Token(name string, until time.Time) string {
	d.t.Helper()
	claims, err := json.Marshal(map[string]any{"sub": name, "iss": "mailhost", "iat": until.Add(-time.Hour).Unix(), "exp": until.Unix()})
	if err != nil {
		d.t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"ES256","typ":"JWT"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, d.issuer.key, sum[:])
	if err != nil {
		d.t.Fatal(err)
	}
	proof := make([]byte, 64) // both numbers at full length (RFC 7518, 3.4)
	r.FillBytes(proof[:32])
	s.FillBytes(proof[32:])
	return text + "." + encode(proof)
}

const tokenConf = `passdb {
  driver = oauth2
  mechanisms = %[2]s
  args = %[1]s/oauth2.conf
}
`
