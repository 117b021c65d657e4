package web

import "encoding/base64"

// macBytes is how long a signature is, see package vault.
const macBytes = 16

// signed writes bytes into an address or a form, together with a signature for
// one purpose.
func (s *public) signed(purpose string, raw []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(raw, s.Ring.Sign(purpose, raw)...))
}

// opened reads what signed wrote for the purpose. Of anything else it makes nil.
func (s *public) opened(purpose, token string) []byte {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) <= macBytes {
		return nil
	}
	said, sum := raw[:len(raw)-macBytes], raw[len(raw)-macBytes:]
	if !s.Ring.Verify(purpose, said, sum) {
		return nil
	}
	return said
}
