// Package passkey is an authenticator for tests: it makes passkeys and answers
// with them as a browser would (WebAuthn, Level 3), and errs as it is told.
package passkey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"
)

// Authenticator holds one passkey.
type Authenticator struct {
	Host     string // what the passkey is made for
	Origin   string // where its browser has the page open
	Verifies bool   // whether it checks who holds it
	Steps    uint32 // how far its counter goes on with each use; 0: it counts nothing

	Counter uint32
	ID      []byte
	Handle  []byte
	key     *ecdsa.PrivateKey
}

// New returns an authenticator without a passkey, in a browser at an address.
func New(host, origin string) *Authenticator {
	return &Authenticator{Host: host, Origin: origin, Verifies: true}
}

// Copy returns one with the same passkey.
func (a *Authenticator) Copy() *Authenticator {
	twin := *a
	return &twin
}

// options is what a page asks for, as far as it is looked at.
type options struct {
	Challenge string `json:"challenge"`
	User      struct {
		ID string `json:"id"`
	} `json:"user"`
	Exclude []struct {
		ID string `json:"id"`
	} `json:"excludeCredentials"`
	Allow []struct {
		ID string `json:"id"`
	} `json:"allowCredentials"`
}

func read(t testing.TB, text string) (o options) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &o); err != nil || o.Challenge == "" {
		t.Fatalf("the options cannot be read: %v in %s", err, text)
	}
	return o
}

// Create makes the passkey and returns the answer for the page.
func (a *Authenticator) Create(t testing.TB, asked string) string {
	t.Helper()
	o := read(t, asked)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.key, a.ID = key, []byte(rand.Text())
	a.Handle, _ = base64.RawURLEncoding.DecodeString(o.User.ID)
	return a.Attest(t, o.Challenge)
}

// Attest returns the answer with which the passkey that there is was made.
func (a *Authenticator) Attest(t testing.TB, challenge string) string {
	t.Helper()
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	// A key of COSE: kty 2, alg -7, crv 1, x, y.
	public := slices.Concat([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33], []byte{0x22, 0x58, 32}, point[33:])
	data := slices.Concat(a.data(0x40), make([]byte, 16), []byte{0, byte(len(a.ID))}, a.ID, public)
	object := slices.Concat([]byte{0xa3, 0x63}, []byte("fmt"), []byte{0x64}, []byte("none"), []byte{0x67}, []byte("attStmt"), []byte{0xa0, 0x68}, []byte("authData"),
		binary.BigEndian.AppendUint16([]byte{0x59}, uint16(len(data))), data)
	return a.answer(t, map[string]any{"clientDataJSON": a.client(t, "webauthn.create", challenge), "attestationObject": coded(object),
		"transports": []string{"internal", "made-up"}})
}

// Get answers with the passkey.
func (a *Authenticator) Get(t testing.TB, asked string) string {
	t.Helper()
	o := read(t, asked)
	a.Counter += a.Steps
	client, data := a.client(t, "webauthn.get", o.Challenge), a.data(0)
	plain, _ := base64.RawURLEncoding.DecodeString(client)
	hash := sha256.Sum256(plain)
	digest := sha256.Sum256(slices.Concat(data, hash[:]))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return a.answer(t, map[string]any{"clientDataJSON": client, "authenticatorData": coded(data), "signature": coded(signature), "userHandle": coded(a.Handle)})
}

// Allowed tells whether a page asks for this passkey by name.
func (a *Authenticator) Allowed(t testing.TB, asked string) bool {
	t.Helper()
	for _, c := range read(t, asked).Allow {
		if c.ID == coded(a.ID) {
			return true
		}
	}
	return false
}

// data is the authenticator data before what was made: host, flags, counter.
func (a *Authenticator) data(flags byte) []byte {
	host := sha256.Sum256([]byte(a.Host))
	if flags |= 1; a.Verifies {
		flags |= 4
	}
	return binary.BigEndian.AppendUint32(append(host[:], flags), a.Counter)
}

func (a *Authenticator) client(t testing.TB, kind, challenge string) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	return coded(text)
}

func (a *Authenticator) answer(t testing.TB, response map[string]any) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"id": coded(a.ID), "rawId": coded(a.ID), "type": "public-key", "response": response,
		"clientExtensionResults": map[string]any{"credProps": map[string]any{"rk": true}}, "authenticatorAttachment": "platform"})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func coded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
