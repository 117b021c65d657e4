package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// The language is the chosen one, else the browser's; choosing leads back to
// where somebody was, and never to another site.
func TestTheLanguageIsTheirs(t *testing.T) {
	s := openStreet(t)
	get := func(path, accept, cookie string) string {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Language", accept)
		if cookie != "" {
			r.AddCookie(&http.Cookie{Name: "dsr_language", Value: cookie})
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return w.Body.String()
	}
	for _, c := range []struct{ accept, cookie, want string }{
		{"", "", `<html lang="en"`}, {"de-AT,de;q=0.9", "", `<html lang="de"`}, {"pt-BR", "", `<html lang="pt`}, {"ja", "", `<html lang="en"`},
		{"de", "fr", `<html lang="fr"`}, {"pl", "klingon", `<html lang="pl"`},
	} {
		if body := get("/moxora/request", c.accept, c.cookie); !strings.Contains(body, c.want) {
			t.Errorf("a browser that asks for %q with the cookie %q gets no %s", c.accept, c.cookie, c.want)
		}
	}
	for _, c := range []struct{ back, want string }{
		{"/moxora/request", "/moxora/request?language=de"}, {"/moxora/use", "/moxora/use"}, {"/my/MOX-2222-22", "/my/MOX-2222-22"}, {"https://evil.example/", "/"}, {"//evil.example", "/"}, {"/\\evil.example", "/"}, {"javascript:alert(1)", "/"}, {"", "/"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/language", strings.NewReader(url.Values{"language": {"de"}, "back": {c.back}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != c.want {
			t.Errorf("choosing a language with back=%q leads to %q (%d), want %q", c.back, got, w.Code, c.want)
		}
	}
	for path, want := range map[string]string{
		"/moxora/request?language=de": "de", "/moxora/request?language=pt": "pt-PT", "/moxora/request?language=de-AT": "de", "/moxora/use?language=it": "it",
		"/moxora/request?language=klingon": "nl", "/moxora/request?language=": "nl", "/moxora/request?language=en": "en", "/moxora/request?language=%00": "nl",
	} {
		if body := get(path, "pl", "nl"); !strings.Contains(body, `<html lang="`+want+`"`) {
			t.Errorf("%s is not in %s", path, want)
		}
	}
	if body := get("/.well-known/gpc.json", "", ""); !strings.Contains(body, `"gpc":true`) {
		t.Errorf("the signal's page says %s", body)
	}
}
