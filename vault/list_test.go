package vault_test

import (
	"testing"
	"time"

	"dsr/vault"
)

func TestKeysAreListedWithoutWhatTheyOpen(t *testing.T) {
	_, path := newRing(t)
	ring, err := vault.AddKey(path, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	keys := ring.Keys()
	if len(keys) != 2 || !keys[0].First || keys[0].Last || !keys[1].Last || keys[1].Made != "2026-11-22" {
		t.Fatalf("%+v", keys)
	}
	_, wrapped, err := ring.NewKey()
	if err != nil || vault.WrappedBy(wrapped) != keys[1].ID || vault.WrappedBy(nil) != "" || vault.WrappedBy(wrapped[:20]) != "" {
		t.Error("the key that wrapped is", vault.WrappedBy(wrapped), "want", keys[1].ID, err)
	}
}
