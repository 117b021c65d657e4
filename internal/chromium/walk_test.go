package chromium_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"

	"dsr/policies"
)

// walker is somebody on a phone without scripts who knows the page only from
// its accessibility tree, as a screen reader tells it.
type walker struct {
	*tab
	nodes  []*accessibility.Node // of the page on show
	pages  int                   // seen so far
	fields map[string]bool       // to fill in, on the pages seen so far, by name
}

// said is a value of the accessibility tree as text.
func said(v *accessibility.Value) string {
	var value any
	if v == nil || json.Unmarshal([]byte(v.Value), &value) != nil {
		return ""
	}
	return fmt.Sprint(value)
}

// property returns a property of a node, or "".
func property(n *accessibility.Node, name accessibility.PropertyName) string {
	for _, p := range n.Properties {
		if p.Name == name {
			return said(p.Value)
		}
	}
	return ""
}

// arrived reads the tree of a page that was just come to, and checks what must
// be told of every page.
func (w *walker) arrived() *walker {
	w.Helper()
	w.pages++
	w.nodes = nil
	for _, n := range call(w.tab, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if !n.Ignored {
			w.nodes = append(w.nodes, n)
		}
	}
	count := map[string]int{}
	for _, n := range w.nodes {
		role, name := said(n.Role), said(n.Name)
		count[role]++
		if role == "heading" && property(n, "level") == "1" {
			count["h1"]++
		}
		if property(n, "focusable") == "true" && name == "" && role != "RootWebArea" {
			w.Errorf("%s: a %s has no name", w.name, role)
		}
		if role == "textbox" || role == "combobox" {
			w.fields[name] = true
		}
	}
	for role, want := range map[string]int{"main": 1, "h1": 1, "banner": 1} {
		if count[role] != want {
			w.Errorf("%s: %d times %s, want %d", w.name, count[role], role, want)
		}
	}
	return w
}

// node finds what has a role and a name that begins so.
func (w *walker) node(role, name string) *accessibility.Node {
	w.Helper()
	var others []string
	for _, n := range w.nodes {
		if said(n.Role) == role && strings.HasPrefix(said(n.Name), name) {
			return n
		}
		if said(n.Role) == role {
			others = append(others, said(n.Name))
		}
	}
	w.Fatalf("%s: no %s %q among %q", w.name, role, name, others)
	return nil
}

// has reports whether the page has something with a role and a name.
func (w *walker) has(role, name string) bool {
	return slices.ContainsFunc(w.nodes, func(n *accessibility.Node) bool {
		return said(n.Role) == role && strings.HasPrefix(said(n.Name), name)
	})
}

// tap puts a finger on the middle of something.
func (w *walker) tap(role, name string) {
	w.Helper()
	id := w.node(role, name).BackendDOMNodeID
	call(w.tab, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: id})
	q := call(w.tab, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: id}).Quads[0]
	at := input.DispatchMouseEventParams{X: (q[0] + q[4]) / 2, Y: (q[1] + q[5]) / 2, Button: input.MouseButtonLeft, ClickCount: 1}
	for _, at.Type = range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		call(w.tab, input.DispatchMouseEvent, at)
	}
}

// tick ticks a box or a circle.
func (w *walker) tick(name string) *walker {
	w.Helper()
	role := "checkbox"
	if w.has("radio", name) {
		role = "radio"
	}
	w.tap(role, name)
	return w
}

// write fills in a field.
func (w *walker) write(name, text string) *walker {
	w.Helper()
	call(w.tab, dom.Focus, dom.FocusParams{BackendNodeID: w.node("textbox", name).BackendDOMNodeID})
	call(w.tab, input.InsertText, input.InsertTextParams{Text: text})
	return w
}

// pick chooses from a list by typing, as a keyboard or a screen reader does.
func (w *walker) pick(list, option string) *walker {
	w.Helper()
	call(w.tab, dom.Focus, dom.FocusParams{BackendNodeID: w.node("combobox", list).BackendDOMNodeID})
	w.keys(option)
	return w
}

// press presses a button and follow a link that lead to another page.
func (w *walker) press(name string) *walker {
	w.Helper()
	w.load(func(context.Context) error {
		w.tap("button", name)
		return nil
	})
	return w.arrived()
}

func (w *walker) follow(name string) *walker {
	w.Helper()
	w.load(func(context.Context) error {
		w.tap("link", name)
		return nil
	})
	return w.arrived()
}

func (w *walker) open(path string) *walker {
	w.Helper()
	w.visit(path)
	return w.arrived()
}

// livesIn answers the question about the place.
func (w *walker) livesIn(place []string) {
	w.Helper()
	w.pick("Country", place[0]).press("Continue")
	if len(place) > 1 {
		w.pick("State", place[1]).press("Continue")
	}
}

// most are the most pages, and fields in them, before the confirmation.
type most struct{ pages, fields int }

// ask goes from the first page to the confirmation, and checks how many pages
// and fields there were before it.
func (w *walker) ask(policy, label, email string, place []string, limit most) *walker {
	w.Helper()
	w.open("/" + policy + "/request")
	w.pages, w.fields = 1, map[string]bool{}
	if !w.has("checkbox", label) {
		w.tap("DisclosureTriangle", "More choices")
		w.nodes = call(w.tab, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes
	}
	w.tick(label).press("Continue")
	if w.has("combobox", "Country") {
		w.livesIn(place)
		w.tick("For me").press("Continue")
	}
	w.write("Email address", email).press("Continue")
	if w.has("textbox", "Is there anything particular") {
		w.press("Continue")
	}
	w.reads("Nothing has been sent yet", email)
	pages, fields := w.pages, len(w.fields)
	if pages > limit.pages || fields > limit.fields {
		w.Errorf("%s, %s: %d pages and %d fields before the confirmation, at most %d and %d are meant", policy, label, pages, fields, limit.pages, limit.fields)
	}
	w.press("Send my request").answers(200).reads("We have your request", "We answer by")
	w.Logf("%-9s %-45s %d pages, %d fields", policy, label, pages, fields)
	return w
}

// reads the newest letter to an address in the mailbox.
func (w *walker) letter(h *house, email string) string {
	w.Helper()
	h.deliver()
	w.open("/mailbox")
	for _, n := range w.nodes {
		if said(n.Role) == "link" && strings.Contains(said(n.Name), "to "+email) {
			w.follow(said(n.Name)).follow("Text")
			return look[string](w.tab, "document.querySelector('pre').textContent")
		}
	}
	w.Fatalf("there is no letter to %s", email)
	return ""
}

// comesIn opens the link of the newest letter and presses the button behind it.
func (w *walker) comesIn(h *house, email string) *walker {
	w.Helper()
	_, rest, _ := strings.Cut(w.letter(h, email), w.base+"/r/")
	w.open("/r/" + strings.Fields(rest + " nothing")[0]).answers(200).reads("Is this your email address?")
	return w.press("Yes, open my request")
}

var sixDigits = regexp.MustCompile(`Your code:\s+(\d{3} \d{3})`)

// types enters the code of the newest letter on the page that is open.
func (w *walker) types(h *house, email string) *walker {
	w.Helper()
	at := look[string](w.tab, "location.pathname")
	code := sixDigits.FindStringSubmatch(w.letter(h, email))
	if code == nil {
		w.Fatalf("the letter to %s has no code", email)
	}
	w.open(at).write("Enter the 6 digits", code[1]).press("Open my requests").answers(200)
	return w
}

// ends sends a message with a file, where that is meant, and withdraws the
// request.
func (w *walker) ends(message bool) {
	w.Helper()
	if message {
		note := filepath.Join(w.TempDir(), "which ones.txt")
		w.must(os.WriteFile(note, []byte("The ones of March.\n"), 0o600))
		w.follow("Write to us about this request").write("Your message", "See the list.")
		call(w.tab, dom.SetFileInputFiles, dom.SetFileInputFilesParams{BackendNodeID: w.node("button", "Files").BackendDOMNodeID, Files: []string{note}})
		w.press("Send my message").answers(200).reads("We have your message.", "See the list.", "which ones.txt")
	}
	w.follow("Withdraw it").answers(200).reads("Withdraw your request?")
	w.press("Withdraw my request").answers(200).reads("You have withdrawn this request.")
	w.press("Sign out").answers(200).reads("You are signed out")
}

// The whole way for each policy, from the first page to the end: an access
// request with its letter, its page, a message with a file and its withdrawal,
// then an opt-out. Every other right is walked to its confirmation under one
// policy or another; package web walks each of them under all.
func TestTheWholeWayWithoutScripts(t *testing.T) {
	h, w := openWalker(t)
	if w == nil {
		return
	}
	for n, pack := range h.site.Book.Packs() {
		optedOut := false
		for i, right := range h.site.Book.Given(pack, "", h.now()) {
			deep := right == policies.Access || right.IsOptOut() && !optedOut
			optedOut = optedOut || right.IsOptOut()
			if !deep && i%len(h.site.Book.Packs()) != n {
				continue
			}
			label, email := h.site.Words.In("en").T("ask.right."+string(right)+".label"), fmt.Sprintf("ada.%s.%s@example.org", pack.ID, right)
			limit := most{pages: 7, fields: 5}
			if right.IsOptOut() {
				limit = most{pages: 3, fields: 1}
			}
			w.ask(pack.ID, label, email, h.placeOf(pack, right), limit)
			if deep {
				w.comesIn(h, email).answers(200).reads("We answer by", email)
				w.ends(right == policies.Access)
			}
		}
	}
}

// placeOf returns a place where there is a right, as the form lists it.
func (h *house) placeOf(pack *policies.Pack, right policies.Right) []string {
	h.Helper()
	for _, place := range []string{"US-CA", "DE", "GB", "BR"} {
		if !slices.Contains(h.site.Book.Given(pack, place, h.now()), right) {
			continue
		}
		country, _, inside := strings.Cut(place, "-")
		names := []string{h.site.Words.In("en").Country(country)}
		if inside {
			names = append(names, h.site.Words.In("en").Subdivision(place))
		}
		return names
	}
	h.Fatalf("no place gives %s of %s", right, pack.ID)
	return nil
}
