// Package evidence makes and checks evidence packs: one zip that shows how one
// request was handled, readable by anybody and provable without the database.
//
// # What a pack holds
//
//	index.html            the whole story on one page, nothing loaded from elsewhere
//	request.pdf           the same, to print and to file
//	request.json          what was asked, proved, searched and decided
//	timeline.json         every event in the form its hash is made of
//	clocks.json           every clock with the derivation of its date
//	files.json            size and SHA-256 of each file; the files stay where they are
//	letters/letters.json  the letters, and beside it each as text and as HTML
//	conversation.json     the words of both sides, only where the pack names the person
//	rules/                the policy pack and the law in force, the frozen ruling, the holidays
//	audit.jsonl           the request's audit chain and the checkpoints over it
//	MANIFEST.json         SHA-256 and size of all of the above
//	MANIFEST.sig          the signature of the manifest
//
// The signature is Ed25519 by the key of the audit log's checkpoints, over
// "dsr evidence manifest v1", a zero byte and the manifest's bytes, in base64.
// The same content gives the same bytes: entries are in a fixed order and carry
// one fixed time.
//
// # Two kinds
//
// A pack that names the person holds everything the console shows after it was
// asked to show it. The other, which is the default, leaves out the words of both
// sides, addresses and the names of files and colleagues, and blots out, in
// letters and in the answer, every word of the requester's name, address and
// identifiers.
//
// Neither ever holds a key, the secret of a link, or what was shown as proof.
//
// The package reads what requests gives it and knows no SQL, no page address and
// no session.
package evidence

import (
	"errors"
	"time"
)

// ErrPack means that a file is no evidence pack that could be looked at: it is
// cut off, is something else, or is larger than a pack can be.
var ErrPack = errors.New("not an evidence pack")

// Limits of a pack, in entries and bytes. Beyond them nothing is unpacked.
const (
	MaxEntries = 4000
	MaxEntry   = 32 << 20
	MaxPack    = 96 << 20 // of all entries together, unpacked
)

const (
	format = "dsr-evidence-1"
	domain = "dsr evidence manifest v1\x00"

	pageName         = "index.html"
	pdfName          = "request.pdf"
	requestName      = "request.json"
	timelineName     = "timeline.json"
	clocksName       = "clocks.json"
	filesName        = "files.json"
	lettersName      = "letters/letters.json"
	conversationName = "conversation.json"
	rulingName       = "rules/ruling.json"
	calendarName     = "rules/calendar.json"
	trailName        = "audit.jsonl"
	manifestName     = "MANIFEST.json"
	signatureName    = "MANIFEST.sig"
)

// Manifest lists what a pack holds.
type Manifest struct {
	Format    string    `json:"format"`
	Reference string    `json:"reference"`
	Request   int64     `json:"request"` // its number, which is also its audit chain's
	MadeAt    time.Time `json:"made_at"`
	MadeBy    string    `json:"made_by"`  // "staff:12"
	Personal  bool      `json:"personal"` // the pack names the person
	KeyID     string    `json:"key_id"`
	PublicKey []byte    `json:"public_key"`
	Entries   []Entry   `json:"entries"` // by path, without the manifest and its signature
}

// Entry is one file of a pack.
type Entry struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}
