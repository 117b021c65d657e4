package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Event is what is told, and the JSON that is posted. It names a request and
// nobody.
type Event struct {
	ID        string `json:"id"`    // the same for the same event however often it comes
	Kind      string `json:"event"` // one of Kinds
	Reference string `json:"reference"`
	Policy    string `json:"policy"`          // id of the pack
	Clock     string `json:"clock,omitempty"` // "Answer, by law"; empty for a question
	Basis     string `json:"basis,omitempty"` // article, or section of the policy
	Due       string `json:"due,omitempty"`   // the last day, 2026-12-07, or the last instant in RFC 3339
	Planned   string `json:"planned"`         // for when it was planned, RFC 3339
	Link      string `json:"link"`            // the request's page in the console, which asks for a sign-in
}

// SignatureHeader carries the signature of a post: "t=1763800000,v1=<hex>". It
// is HMAC-SHA256 with the hook's key over the seconds of t, a full stop and the
// body. Who receives a post refuses one whose t is some minutes old.
const SignatureHeader = "Dsr-Signature"

// Sign returns the value of that header.
func Sign(key, body []byte, now time.Time) string {
	seconds := strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// body is the post of an event in a form.
func (e Event) body(format string) ([]byte, error) {
	if format == JSON {
		return json.Marshal(e)
	}
	type text struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	type block struct {
		Type string `json:"type"`
		Text text   `json:"text"`
	}
	line := e.sentence()
	return json.Marshal(struct {
		Text   string  `json:"text"`
		Blocks []block `json:"blocks"`
	}{line, []block{{"section", text{"mrkdwn", "*" + escape(line) + "*\n" + escape(e.about()) + "<" + e.Link + "|Open the request>"}}}})
}

// sentence says what happened in a line.
func (e Event) sentence() string {
	what := map[string]string{
		Soon: "due soon", Today: "due today", Overdue: "overdue", Escalated: "overdue, escalated",
		LastExtension: "last day to extend", Question: "a question is still open",
	}[e.Kind]
	return e.Reference + ": " + what
}

// about is the clock and its date, if it is about one.
func (e Event) about() string {
	if e.Clock == "" {
		return ""
	}
	return e.Clock + " (" + e.Basis + "), due " + e.Due + "\n"
}

// escape writes a text so that Slack reads no markup in it.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
