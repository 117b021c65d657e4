package chromium_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// everyWay reads the page that is open: light and dark, at a desk and on a
// phone.
func (w *colleague) everyWay(state string) {
	w.Helper()
	w.pages++
	at := w.name
	for _, theme := range []string{"light", "dark"} {
		w.prefers("prefers-color-scheme", theme)
		for _, pixels := range []int64{1440, phone} {
			w.name = fmt.Sprintf("%s, %s, %s, %d px", at, state, theme, pixels)
			w.width(pixels).axed(w.count, "wide")
		}
	}
	w.width(narrow).holds("wide")
	w.width(1440).prefers()
	w.name = at
}

// submits presses a button of the page, and checks what came of it.
func (w *colleague) submits(selector string, status int64) *colleague {
	w.Helper()
	w.load(func(context.Context) error {
		look[int](w.tab, "document.querySelector("+quoted(selector)+").click(),0")
		return nil
	})
	w.answers(status)
	return w
}

// colleague opens a tab at the house and signs somebody in.
func (h *house) colleague(base, name string) *colleague {
	h.Helper()
	b := openTab(h.T, base)
	if b == nil {
		return nil
	}
	w := &colleague{tab: b, count: new(tally), found: map[string]string{}}
	w.visit("/console/signin").fills("email", name+"@example.com", "password", "a long enough pass phrase").answers(200)
	return w
}

// anotherEdition opens the office anew with a Moxora that promises less time,
// so that the requests from before keep an older edition.
func (h *house) anotherEdition() {
	h.Helper()
	text, err := os.ReadFile("../../policies/packs/moxora.yaml")
	h.must(err)
	dir := h.TempDir()
	change := strings.NewReplacer(`version: "1"`, `version: "2"`, "term: 30 days", "term: 20 days")
	h.must(os.WriteFile(filepath.Join(dir, "moxora.yaml"), []byte(change.Replace(string(text))), 0o600))
	h.site.Book, err = policies.Load(policies.Options{Packs: []string{dir}})
	h.must(err)
	h.site.Office, err = requests.Open(h.Context(), h.now(), requests.Settings{
		DB: h.site.DB, Book: h.site.Book, Ring: h.site.Ring, Words: h.site.Words, People: h.site.People, BaseURL: h.base,
	})
	h.must(err)
}

// codeOf is what an authenticator app shows for a secret (RFC 6238).
func codeOf(secret string, at time.Time) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix()/30)))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

// What none of the samples leads to is made in a house: a document of an agent,
// another edition of a policy, the second step of signing in, an app, a passkey.
func TestWhatTheSamplesLackIsForEverybody(t *testing.T) {
	t.Parallel()
	seen := []string{}
	for _, page := range []struct {
		route, name string
		looks       func(*house) *colleague
	}{
		{"/console/agents/:document", "an agent's document", agentDocumentLooks}, {"/console/settings/rules/difference", "two editions", differenceLooks},
		{"/console/signin/factor", "the second step", secondStepLooks}, {"/console/me/factors/app", "an app", appLooks},
		{"/console/me/passkeys/:passkey", "a passkey", passkeyLooks}, {"/console/me/passkeys/new", "another passkey", newPasskeyLooks},
	} {
		seen = append(seen, page.route)
		t.Run(page.name, func(t *testing.T) {
			t.Parallel()
			if w := page.looks(openHouse(t)); w != nil {
				t.Logf("%d states; %s", w.pages, w.count)
			}
		})
	}
	for _, p := range consolePages() {
		if p.house != slices.Contains(seen, p.route) {
			t.Errorf("%s: whether it is looked at here stands in consolePages otherwise", p.route)
		}
	}
}

// agentDocumentLooks looks at a document that waits, at what is missing in a
// refusal, and at one in force.
func agentDocumentLooks(h *house) *colleague {
	_, _, c := h.enterAgent("opvio", "agent", kay.Name, kay.Email)
	h.receive(state{name: "of an agent", policy: "opvio", rights: []policies.Right{policies.Access}, residence: "GB", ago: 1, agent: &kay})
	h.upload(c, "/agent/authority", "permission.pdf", "%PDF-1.7\n"+strings.Repeat("signed ", 20), url.Values{"kind": {"signed_permission"}, "scope": {"all"}})
	w := h.colleague(h.base, "joon")
	if w == nil {
		return nil
	}
	document := w.visit("/console/agents").answers(200).led(`main a[href^="/console/agents/"]`)
	w.visit(document).answers(200)
	w.everyWay("to look at")
	w.submits(`button[value="refuse"]`, 422).everyWay("refused without a reason")
	w.visit(document).answers(200)
	w.submits(`button[value="accept"]`, 200).visit(document).answers(200)
	w.everyWay("in force")
	return w
}

// differenceLooks looks at what differs between two editions of a policy.
func differenceLooks(h *house) *colleague {
	before := state{name: "before", policy: "moxora", rights: []policies.Right{policies.Access}, residence: "DE", ago: 2}
	after := before
	after.name, after.ago = "after", 1
	h.receive(before)
	h.anotherEdition()
	h.receive(after)
	h.hire("noor", access.Administrator)
	w := h.colleague(h.atLocalhost(), "noor")
	if w == nil {
		return nil
	}
	w.visit("/console/settings/rules").answers(200)
	w.everyWay("with an older edition")
	w.visit(w.led(`main a[href*="/difference"]`)).answers(200).reads("20 days", "version: \"2\"")
	w.everyWay("moxora")
	return w
}

// secondStepLooks looks at the second step of who has an app.
func secondStepLooks(h *house) *colleague {
	id := h.team["priya"].ID
	app, err := h.site.People.BeginApp(h.Context(), h.now(), id)
	h.must(err)
	_, err = h.site.People.ConfirmApp(h.Context(), h.now(), id, codeOf(app.Secret, h.now()), "")
	h.must(err)
	w := h.colleague(h.base, "priya")
	if w == nil {
		return nil
	}
	w.reads("Second step", "Six digits from your authenticator app")
	w.everyWay("with an app")
	w.fills("code", "12").answers(422)
	w.everyWay("a wrong code")
	return w
}

// appLooks looks at the secret of an app, also after a wrong code, and at the
// recovery codes that the right one leads to.
func appLooks(h *house) *colleague {
	w := h.colleague(h.base, "priya")
	if w == nil {
		return nil
	}
	w.visit("/console/me/factors").answers(200).fills("current", "a long enough pass phrase").answers(200).reads("Set up an app", "Scan this")
	w.everyWay("with its secret")
	w.fills("code", "12").answers(422)
	w.everyWay("a wrong code")
	w.fills("code", codeOf(look[string](w.tab, "document.querySelector('.secret').textContent"), h.now())).answers(200).reads("Your app is set up")
	w.everyWay("recovery codes")
	return w
}

// newPasskeyLooks looks at the page that makes a passkey.
func newPasskeyLooks(h *house) *colleague {
	w := h.colleague(h.atLocalhost(), "mara")
	if w == nil {
		return nil
	}
	w.visit("/console/me/passkeys").answers(200).fills("current", "a long enough pass phrase").answers(200).reads("Make the passkey")
	w.everyWay("before it is made")
	return w
}

// passkeyLooks looks at the page of one passkey, also with a name that is
// missing, and at the second step of who has it.
func passkeyLooks(h *house) *colleague {
	w := h.colleague(h.atLocalhost(), "mara")
	if w == nil {
		return nil
	}
	w.authenticator()
	w.visit("/console/me/passkeys").answers(200)
	w.lands("/console/me/passkeys/new", types("current", "a long enough pass phrase")+","+press("Add a passkey"))
	w.lands("/console/me/passkeys", types("name", "Work laptop")+","+press("Make the passkey"))
	one := w.led(`main a[href^="/console/me/passkeys/"]:not([href$="/new"])`)
	w.visit(one).answers(200)
	w.everyWay("as it is")
	w.fills("name", "").answers(422)
	w.everyWay("without a name")
	w.submits(`form[action="/console/signout"] button`, 200)
	w.fills("email", "mara@example.com", "password", "a long enough pass phrase").answers(200).reads("Second step", "Recovery code")
	w.everyWay("with a passkey")
	return w
}
