package identity

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// A code proves a mailbox where a link would be awkward: the letter is read on
// one device and the page is open on another. It is short, so it lives shortly
// and is given few tries.
const (
	CodeDigits   = 6
	CodeTries    = 5
	CodeLifetime = 24 * time.Hour
)

// NewCode makes a code nobody can foresee: "042917".
func NewCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // the system's source of randomness has failed
	}
	return fmt.Sprintf("%06d", n)
}

// TidyCode returns the six digits of what somebody typed, with or without
// blanks and hyphens between them, or "" when it is no code.
func TidyCode(typed string) string {
	code := strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\u202f", "", "\t", "").Replace(typed)
	if len(code) != CodeDigits || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return code
}
