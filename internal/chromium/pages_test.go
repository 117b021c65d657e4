package chromium_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"

	"dsr/people"
	"dsr/policies"
	"dsr/web"
)

// view is one page of a requester in one state.
type view struct {
	name   string
	path   string
	as     *standing         // whose visit is open; nil is nobody's
	write  map[string]string // what is typed before the button is pressed, by name of field
	file   string            // the content of a file that is chosen
	press  bool              // the button of the page is pressed
	post   string            // an address that an empty form is sent to
	base   string            // another site than the usual one
	script bool              // the page may have a script: it does without
	again  bool              // it loads itself anew, as it says
	status int64             // 0 is 200
}

// pages is the table of all pages that a requester can come to, each in every
// state that looks different. A new page is a new line.
func (h *house) pages() []view {
	h.Helper()
	at := map[string]*standing{}
	for _, s := range slices.Concat(openStates(), endedStates()) {
		at[s.name] = h.arrive(s)
	}
	return slices.Concat(h.formPages(), h.sentPages(), h.followPages(), h.linkPages(at), h.myPages(at), h.actPages(at), h.otherPages(at), h.agentPages())
}

// formPages are the pages of the form: as they come, filled in, and with what
// is wrong.
func (h *house) formPages() []view {
	h.Helper()
	filled := h.form("moxora", "check", personal(nil))
	other := h.form("opvio", "check", personal(answers{
		"who": {"who": {"agent"}}, "find": {"email": {"ese@example.org"}, "own_name": {"Kay O’Neil"}, "own_email": {"kay@example.net"}},
	}))
	none := h.form("vensor", "where", answers{"request": ticked(policies.Access, policies.Restriction)})
	inState := h.form("opvio", "where", personal(nil))
	for _, draft := range []string{inState, none} {
		h.post(h.client(), h.base+draft+"/where", url.Values{"country": {"US"}})
	}
	optOut := h.form("sectora", "check", answers{"request": ticked(policies.OptOutMarketing), "find": {"email": {"d@example.org"}}})
	return []view{
		{name: "what", path: "/moxora/request"},
		{name: "what, nothing ticked", path: "/moxora/request", press: true, status: 422},
		{name: "what, ticked", path: filled + "/what"},
		{name: "what, as a link says", path: "/moxora/request?right=deletion"},
		{name: "what, Nexoro", path: "/nexoro/request"},
		{name: "what, Opvio", path: "/opvio/request"},
		{name: "where", path: h.form("nexoro", "where", personal(nil)) + "/where"},
		{name: "where, none chosen", path: h.form("opvio", "where", personal(nil)) + "/where", press: true, status: 422},
		{name: "where, chosen", path: filled + "/where"},
		{name: "where, which state", path: inState + "/where"},
		{name: "where, no state chosen", path: inState + "/where", press: true, status: 422},
		{name: "where, no such right there", path: none + "/where", write: map[string]string{"state": "US-TX"}, press: true, status: 422},
		{name: "who", path: h.form("sectora", "who", personal(nil)) + "/who"},
		{name: "who, nobody", path: h.form("sectora", "who", personal(nil)) + "/who", press: true, status: 422},
		{name: "who, ticked", path: filled + "/who"},
		{name: "find", path: h.form("vensor", "find", personal(nil)) + "/find"},
		{name: "find, no address", path: filled + "/find", write: map[string]string{"email": "lena.example.org"}, press: true, status: 422},
		{name: "find, filled in", path: filled + "/find"},
		{name: "find, an opt-out", path: optOut + "/find"},
		{name: "find, for somebody else", path: other + "/find"},
		{name: "find, for somebody else, empty", path: other + "/find", write: map[string]string{"email": "", "own_name": "", "own_email": "x"}, press: true, status: 422},
		{name: "particular", path: h.form("opvio", "particular", personal(nil)) + "/particular"},
		{name: "particular, filled in", path: filled + "/particular"},
		{name: "particular, too long", path: filled + "/particular", write: map[string]string{"words": strings.Repeat("never ending ", 1000)}, press: true, status: 422},
		{name: "check", path: filled + "/check"},
		{name: "check, an opt-out", path: optOut + "/check"},
		{name: "check, for somebody else", path: other + "/check"},
	}
}

// sentPages are the confirmation and what stands in its way.
func (h *house) sentPages() []view {
	h.Helper()
	one, place := h.receipt("moxora", personal(nil)), url.Values{"country": {"US"}, "state": {"US-CA"}}
	signal := ticked(policies.OptOutSale, policies.Access)
	signal.Set("signal", "")
	all := ticked(h.site.Book.Given(h.pack("moxora"), "US-CA", h.now())...)
	few := people.Limit{Count: 1, Per: time.Hour}
	hasty := h.under(func(l *web.Limits) { l.Intake, l.Codes = few, few })
	crowded := h.under(func(l *web.Limits) { l.Ready = few })
	tried := h.receipt("moxora", personal(nil))
	h.try(h.client(), hasty+tried+"/code", url.Values{"code": {"000000"}})
	return []view{
		{name: "confirmation", path: one},
		{name: "confirmation, no code", path: one, press: true, status: 422},
		{name: "confirmation, a wrong code", path: one, write: map[string]string{"code": "000000"}, press: true, status: 422},
		{name: "confirmation, too many codes", base: hasty, path: tried, write: map[string]string{"code": "000000"}, press: true, status: 429},
		{name: "confirmation, the link sent again", path: one + "?again=1"},
		{name: "confirmation of everything", path: h.receipt("moxora", personal(answers{"request": all, "where": place}))},
		{name: "confirmation of an opt-out", path: h.receipt("sectora", answers{"request": ticked(policies.OptOutMarketing), "find": {"email": {"d@example.org"}}})},
		{name: "confirmation, place unsaid", path: h.receipt("nexoro", personal(answers{"where": {"country": {"none"}}}))},
		{name: "confirmation, with a signal", path: h.receipt("opvio", personal(answers{"request": signal, "where": place}))},
		{name: "check, too many at once", base: hasty, path: h.form("moxora", "check", personal(nil)) + "/check", press: true, status: 429},
		{name: "check, work to do", base: crowded, path: h.form("moxora", "check", personal(nil)) + "/check", script: true},
	}
}

func (h *house) pack(id string) *policies.Pack {
	h.Helper()
	pack, err := h.site.Book.Pack(id)
	h.must(err)
	return pack
}

// followPages lead somebody without a letter to all their requests.
func (h *house) followPages() []view {
	h.Helper()
	sent := strings.TrimPrefix(h.post(h.client(), h.base+"/moxora/follow", url.Values{"email": {"lena.huber@example.org"}}), h.base)
	return []view{
		{name: "follow, which policy", path: "/follow"},
		{name: "follow", path: "/moxora/follow"},
		{name: "follow, no address", path: "/moxora/follow", press: true, status: 422},
		{name: "follow, sent", path: sent},
		{name: "follow, a wrong code", path: sent, write: map[string]string{"code": "12"}, press: true, status: 422},
		{name: "follow, a ticket of another day", path: "/moxora/follow/AAAA", status: 410},
	}
}

// linkPages are where a link in a letter leads.
func (h *house) linkPages(at map[string]*standing) []view {
	h.Helper()
	h.must(h.site.Office.AskLink(h.Context(), h.now(), "opvio", at["two requests"].email))
	all := h.letter(at["two requests"].email)
	return []view{
		{name: "a link", path: at["new"].link},
		{name: "a link to all requests", path: all},
		{name: "a link of somebody who asks for another", path: at["for somebody else"].link},
		{name: "a link of what lapsed", path: at["lapsed"].link},
		{name: "a link that was used", path: at["new"].used, status: 410},
		{name: "a link that has ended", path: at["late"].older, status: 410},
		{name: "a forged link", path: "/r/forged", status: 410},
		{name: "a new link is sent", path: at["new"].used, post: at["new"].used + "/new"},
	}
}

// myPages are the requester's own pages.
func (h *house) myPages(at map[string]*standing) []view {
	h.Helper()
	var list []view
	for _, s := range slices.Concat(openStates(), endedStates()) {
		list = append(list, view{name: "my request, " + s.name, path: at[s.name].my, as: at[s.name]})
	}
	fresh := at["new"]
	both := h.client()
	h.enter(both, h.freshLink(fresh))
	several := &standing{visit: h.enter(both, h.freshLink(at["late"]))}
	return append(list, []view{
		{name: "my request, a message sent", path: fresh.my + "?done=message", as: fresh},
		{name: "my request, no proof wanted", path: fresh.my + "?not=proof", as: fresh},
		{name: "my requests", path: "/my", as: at["two requests"]},
		{name: "my requests, the second page", path: "/my?from=8", as: at["all requests"]},
		{name: "my requests to several", path: "/my", as: several},
		{name: "left", path: "/my", post: "/my/leave"},
	}...)
}

// actPages are those on which a requester does something.
func (h *house) actPages(at map[string]*standing) []view {
	fresh, asked, proof, authority, answered := at["new"], at["question asked"], at["proof asked"], at["authority asked"], at["item by item"]
	letter := at["by post"]
	long := map[string]string{"text": strings.Repeat("never ending ", 1000)}
	return []view{
		{name: "a message", path: fresh.my + "/message", as: fresh},
		{name: "a message, empty", path: fresh.my + "/message", as: fresh, press: true, status: 422},
		{name: "a message, too long, with a page for a file", path: fresh.my + "/message", as: fresh, write: long, file: "<html>", press: true, status: 422},
		{name: "an answer", path: asked.my + "/answer", as: asked},
		{name: "an answer, empty", path: asked.my + "/answer", as: asked, press: true, status: 422},
		{name: "proof", path: proof.my + "/proof", as: proof},
		{name: "proof, empty", path: proof.my + "/proof", as: proof, press: true, status: 422},
		{name: "proof of authority", path: authority.my + "/proof", as: authority},
		{name: "proof of authority, empty", path: authority.my + "/proof", as: authority, press: true, status: 422},
		{name: "look again", path: answered.my + "/appeal", as: answered},
		{name: "look again, empty", path: answered.my + "/appeal", as: answered, press: true, status: 422},
		{name: "withdraw", path: fresh.my + "/withdraw", as: fresh},
		{name: "complete", path: letter.my + "/complete", as: letter},
		{name: "complete, empty", path: letter.my + "/complete", as: letter, press: true, status: 422},
		{name: "complete, the name too long", path: letter.my + "/complete", as: letter, write: map[string]string{"name": strings.Repeat("never ending ", 30)}, press: true, status: 422},
		{name: "complete, which state", path: letter.my + "/complete", as: letter, write: map[string]string{"country": "US"}, press: true},
		{name: "my request, completed", path: letter.my + "?done=complete&not=place", as: letter},
	}
}

// otherPages are all the rest, and what is shown where there is none.
func (h *house) otherPages(at map[string]*standing) []view {
	return []view{
		{name: "start", path: "/"},
		{name: "languages", path: "/language?back=/moxora/request"},
		{name: "how we use this", path: "/moxora/use"},
		{name: "accessibility", path: "/opvio/accessibility"},
		{name: "no such page", path: "/nowhere", status: 404},
		{name: "no such page of a policy", path: "/vensor/nothing", status: 404},
		{name: "no such confirmation", path: "/moxora/request/done/AAAA", status: 404},
		{name: "a form that ended", path: "/moxora/request/" + strings.Repeat("A", 26) + "/find", status: 410},
		{name: "my requests, nobody there", path: "/my", status: 401},
		{name: "not to be posted to", path: "/moxora/use", post: "/moxora/use", status: 405},
		{name: "not a form", path: at["new"].my, as: at["new"], post: at["new"].my + "/message", status: 415},
	}
}

// show opens a page in a language.
func (b *tab) show(p view, language string) {
	b.Helper()
	was := b.base
	if p.base != "" {
		b.base = p.base
	}
	defer func() { b.base = was }()
	call(b, network.ClearBrowserCookies, cdp.Empty{})
	cookies := []*network.CookieParam{{Name: "dsr_language", Value: language, URL: b.base}}
	if p.as != nil {
		cookies = append(cookies, &network.CookieParam{Name: "dsr_my", Value: p.as.visit, URL: b.base})
	}
	call(b, network.SetCookies, network.SetCookiesParams{Cookies: cookies})
	b.visit(p.path)
	for name, text := range p.write {
		look[int](b, "document.getElementsByName("+quoted(name)+")[0].value="+quoted(text)+",0")
	}
	if p.file != "" {
		b.choose(p.file)
	}
	switch {
	case p.press:
		b.load(func(context.Context) error {
			look[int](b, "document.querySelector('main form .btn:not(.plain)').click(),0")
			return nil
		})
	case p.post != "":
		b.load(func(context.Context) error {
			look[int](b, "(f=>{f.method='post';f.action="+quoted(p.post)+";document.body.append(f);f.submit()})(document.createElement('form')),0")
			return nil
		})
	}
	b.name = language + " " + p.name
	status := p.status
	if status == 0 {
		status = 200
	}
	b.answers(status)
	// A page that moves on by itself takes it from whoever reads slowly (WCAG 2.2,
	// 2.2.1).
	if b.again != p.again {
		b.complain("it loads itself anew")
	}
	if p.again {
		look[int](b, "stop(),0")
	}
}

// choose puts a file with a content into the page's field for files.
func (b *tab) choose(content string) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "a file with quite a long name that does not want to end.txt")
	b.must(os.WriteFile(path, []byte(content), 0o600))
	field := call(b, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.querySelector('input[type=file]')"})
	call(b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{ObjectID: field.Result.ObjectID, Files: []string{path}})
}

// TestEveryPageIsForEverybody looks at every page and state of a requester: in
// English in every way, in each other language on a phone.
func TestEveryPageIsForEverybody(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	if openTab(t, h.base) == nil {
		return
	}
	pages, count := h.pages(), new(tally)
	languages := h.site.Words.Languages()
	t.Cleanup(func() {
		t.Logf("%d pages and states in %d languages; %s", len(pages), len(languages), count)
	})
	for _, l := range languages {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			b := openTab(t, h.base).width(phone)
			for _, p := range pages {
				b.show(p, l.Tag)
				if l.Tag == "en" {
					b.fully(count, p.script)
				} else {
					b.briefly(count, p.script)
				}
			}
		})
	}
}
