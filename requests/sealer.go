package requests

import (
	"encoding/json"
	"errors"
	"fmt"

	"dsr/vault"
)

// sealer seals and opens what belongs to one request, each thing under its own
// label, so that nothing sealed can be moved to another place or request.
type sealer struct {
	key       vault.Key
	reference string
	erased    bool // the key was destroyed: everything reads as empty
}

// keyOf unwraps the data key of a request.
func (o *Office) keyOf(r *Request) (sealer, error) {
	key, err := o.ring.Unwrap(r.WrappedKey)
	if errors.Is(err, vault.ErrDestroyed) && !r.Facts.Erased.IsZero() {
		return sealer{reference: r.Reference, erased: true}, nil
	}
	if err != nil {
		return sealer{}, fmt.Errorf("request %s: %w", r.Reference, err)
	}
	return sealer{key: key, reference: r.Reference}, nil
}

func (s sealer) seal(label, text string) ([]byte, error) {
	return s.key.Seal(s.reference+"/"+label, []byte(text))
}

func (s sealer) open(label string, sealed []byte) (string, error) {
	if len(sealed) == 0 || s.erased {
		return "", nil
	}
	plain, err := s.key.Open(s.reference+"/"+label, sealed)
	if err != nil {
		return "", fmt.Errorf("request %s, %s: %w", s.reference, label, err)
	}
	return string(plain), nil
}

func (s sealer) sealJSON(label string, v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.key.Seal(s.reference+"/"+label, data)
}

func (s sealer) openJSON(label string, sealed []byte, into any) error {
	text, err := s.open(label, sealed)
	if err != nil || s.erased {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

// person opens what the requester told about themselves.
func (s sealer) person(r *Request) (Person, error) {
	var p Person
	err := s.openJSON("person", r.Sealed, &p)
	return p, err
}
