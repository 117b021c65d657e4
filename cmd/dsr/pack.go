package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"dsr/audit"
	"dsr/evidence"
	"dsr/vault"
)

// isZip reports whether a file begins as a zip does. Of a file that cannot be
// read whoever reads it next tells why.
func isZip(f *os.File) bool {
	head := make([]byte, 2)
	_, err := f.ReadAt(head, 0)
	return err == nil && string(head) == "PK"
}

// verifyPack checks an evidence pack and says what that proves.
func (c *auditVerify) verifyPack(t *terminal, f *os.File, anchor audit.Anchor, keys []ed25519.PublicKey, report func(any)) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	book, err := c.packs.load()
	if err != nil {
		return err
	}
	r, err := evidence.Verify(f, info.Size(), evidence.Options{Keys: keys, Anchor: anchor, Book: book}, func(sentence string) { report(sentence) })
	if err != nil {
		return err
	}
	kind := "without personal data"
	if r.Manifest.Personal {
		kind = "with personal data"
	}
	fmt.Fprintf(t.out, "Evidence pack of %q, %s, made %s by %q\n", r.Manifest.Reference, kind, r.Manifest.MadeAt.UTC().Format("2006-01-02T15:04:05Z"), r.Manifest.MadeBy)
	if r.Findings > 0 {
		return nil // what still agrees would only reassure
	}
	list(t.out, "Proved:", r.Proved)
	list(t.out, "Not proved by this file:", r.Open)
	if r.Trail.Last.Number > 0 {
		fmt.Fprintf(t.out, "Last checkpoint: %s\n", r.Trail.Last)
	}
	return nil
}

// list prints sentences under a heading.
func list(w io.Writer, heading string, sentences []string) {
	if len(sentences) > 0 {
		fmt.Fprintln(w, heading)
	}
	for _, s := range sentences {
		fmt.Fprintln(w, "  - "+s)
	}
}

// publicKeys reads a public key in hexadecimal or base64, or a file that holds
// it. An empty text is no key.
func publicKeys(text string) ([]ed25519.PublicKey, error) {
	if text == "" {
		return nil, nil
	}
	key := publicKey(text)
	if key == nil {
		content, err := os.ReadFile(text)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		key = publicKey(string(content))
	}
	if key == nil {
		return nil, errors.New("--key is no public key: write the 64 hexadecimal digits that 'dsr audit key' prints, or name a file that holds them")
	}
	return []ed25519.PublicKey{key}, nil
}

// publicKey reads a key from its text, and is nil where that is none.
func publicKey(text string) ed25519.PublicKey {
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString} {
		if key, err := decode(strings.TrimSpace(text)); err == nil && len(key) == ed25519.PublicKeySize {
			return key
		}
	}
	return nil
}

type auditKey struct {
	KeyFile string `required:"" type:"existingfile" help:"File of the keys that seal personal data."`
}

// Run prints the public key.
func (c *auditKey) Run(t *terminal) error {
	ring, err := vault.LoadRing(c.KeyFile)
	if err != nil {
		return err
	}
	public := ring.CheckpointKey().Public().(ed25519.PublicKey)
	fmt.Fprintf(t.out, "%x\n", []byte(public))
	fmt.Fprintf(t.err, "Its short name is %s. Publish it where packs are handed out from.\n", audit.KeyID(public))
	return nil
}
