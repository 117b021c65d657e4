package chromium_test

import (
	"context"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"dsr/internal/idp"
	"dsr/people"
	"dsr/sso"
	"dsr/web"
)

// atLocalhost opens the house once more as http://localhost, because a passkey
// belongs to a name and not to a number; change may set fields of the site.
func (h *house) atLocalhost(change ...func(site *web.Site, base string)) string {
	h.Helper()
	server := httptest.NewUnstartedServer(nil)
	base := strings.Replace("http://"+server.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
	site := h.site
	var err error
	site.Passkeys, err = people.NewPasskeys(site.People, base)
	h.must(err)
	for _, c := range change {
		c(&site, base)
	}
	server.Config.Handler = h.handler(site)
	server.Start()
	h.Cleanup(server.Close)
	return base
}

// lands does what leads to an address in the end, over whatever pages.
func (b *tab) lands(path, step string) *tab {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.WaitEvent(page.FrameNavigated, func(e page.EventFrameNavigated) bool {
		at, err := url.Parse(e.Frame.URL)
		return err == nil && at.Path == path
	}, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		look[int](b, step+",0")
		return chromedp.Void{}, nil
	}))
	b.must(err)
	// For a moment the page from before still answers.
	for there := false; !there && ctx.Err() == nil; {
		there = look[bool](b, `new Promise(done => setTimeout(() => done(!!document.body && document.readyState === "complete" && location.pathname === `+quoted(path)+`), 10))`)
	}
	b.must(ctx.Err())
	b.name, b.brought = path, false
	return b
}

// press is a step that presses the button or link with a text.
func press(text string) string {
	return `[...document.querySelectorAll("main button, main a")].find(e => e.textContent.trim() === ` + quoted(text) + `).click()`
}

// types is a step that fills in a field.
func types(name, value string) string {
	return `document.getElementsByName(` + quoted(name) + `)[0].value = ` + quoted(value)
}

// says waits until the page says something about the passkey.
func (b *tab) says(text string) *tab {
	b.Helper()
	look[int](b, `new Promise(done => { const box = document.querySelector("#passkey-says"), look = () => box.textContent.includes(`+quoted(text)+`) && done(0);
		new MutationObserver(look).observe(box, {childList: true, characterData: true, subtree: true}); look() })`)
	return b
}

// authenticator gives the tab a device that holds passkeys.
func (b *tab) authenticator() webauthn.AuthenticatorID {
	b.Helper()
	call(b, webauthn.Enable, webauthn.EnableParams{})
	return call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}}).AuthenticatorID
}

// A passkey is made, signs in without a password and after one, in a browser
// with a device that holds it; axe-core reads each page, light at a desk and
// dark on a phone.
func TestAPasskeySignsInInABrowser(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	base := h.atLocalhost()
	b := openTab(t, base)
	if b == nil {
		return
	}
	count := new(tally)
	looks := func() {
		b.width(desk).prefers("prefers-color-scheme", "light")
		b.axed(count)
		b.width(phone).prefers("prefers-color-scheme", "dark")
		b.axed(count, "wide")
		b.width(desk)
	}
	device := b.authenticator()
	password := types("email", "mara@example.com") + "," + types("password", "a long enough pass phrase") + "," + press("Sign in")
	b.visit("/console/signin").answers(200).reads("Use a passkey")
	looks()
	b.lands("/console", password)

	b.visit("/console/me/passkeys").answers(200).reads("You have none yet")
	looks()
	b.lands("/console/me/passkeys/new", types("current", "a long enough pass phrase")+","+press("Add a passkey"))
	looks()
	b.lands("/console/me/passkeys", types("name", "Work laptop")+","+press("Make the passkey")).reads("Work laptop", "Not used yet")
	looks()
	b.lands("/console/signin", `document.querySelector("form[action='/console/signout'] button").click()`)

	// Whom the device does not know is not let in, and can try again.
	call(b, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: device})
	b.lands("/console/signin/passkey", press("Use a passkey")).says("No passkey was used. Press the button to try again.")
	looks()
	call(b, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: device, IsUserVerified: true})
	b.lands("/console", press("Use a passkey")).reads("All open")
	b.lands("/console/signin", `document.querySelector("form[action='/console/signout'] button").click()`)

	// After a password it is the second step. The page asks by itself.
	b.lands("/console/signin/factor", password).reads("Second step")
	looks()
	b.lands("/console", press("Use a passkey")).reads("All open")
	b.visit("/console/me/passkeys").reads("Last used").lands("/console/me/passkeys/1", press("Work laptop"))
	looks()
	t.Log(count)
}

// Without JavaScript the page says so and other ways remain.
func TestWithoutScriptsPasskeysSayWhatElseThereIs(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	b := openTab(t, h.atLocalhost())
	if b == nil {
		return
	}
	b.withoutScripts().visit("/console/signin/passkey").answers(200).reads("Passkeys need JavaScript, which is switched off in this browser", "Sign in another way")
	if strings.Contains(b.text(), "Waiting for your device") || look[bool](b, `document.querySelector("main button").checkVisibility()`) {
		t.Error("the page shows a button that does nothing")
	}
	// At another name of the same machine the browser would refuse.
	other := openTab(t, strings.Replace(b.base, "localhost", "127.0.0.1", 1))
	other.visit("/console/signin/passkey").reads("Passkeys work only where this page is open as http://localhost:")
}

// The way to an identity provider at another site and back: the browser brings
// its session along, and the content policy stops nothing.
func TestAnIdentityProviderSignsInInABrowser(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	p := idp.Start(t, time.Now) // at 127.0.0.1, which is another site than localhost
	p.Who = idp.Person{Subject: "u-mara", Email: "mara@example.com", Verified: true}
	base := h.atLocalhost(func(site *web.Site, base string) {
		var err error
		site.SignOn, err = sso.New(sso.Config{Issuer: p.URL, ClientID: idp.ClientID, ClientSecret: idp.ClientSecret,
			Return: base + "/console/signin/oidc/callback", Ring: site.Ring})
		h.must(err)
	})
	b := openTab(t, base)
	if b == nil {
		return
	}
	b.visit("/console/policies").reads("Use single sign-on")
	b.lands("/console/policies", press("Use single sign-on")).reads("Policies and laws", "mara")
	b.lands("/console/signin", `document.querySelector("form[action='/console/signout'] button").click()`)
	p.Change(func(p *idp.Provider) { p.Denies = "access_denied" })
	b.lands("/console/signin/oidc/callback", press("Use single sign-on")).reads("There is a problem", "The identity provider did not let you in")
	b.axed(new(tally))
}
