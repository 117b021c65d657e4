package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/words"
)

// languageCookie remembers the language somebody chose. It holds a language
// tag and nothing else.
const languageCookie = "dsr_language"

// voice speaks the language that was chosen, else the one the browser asks for.
func (s *Site) voice(c echo.Context) words.Printer {
	if cookie, err := c.Cookie(languageCookie); err == nil && s.speaks(cookie.Value) {
		return s.Words.In(cookie.Value)
	}
	return s.Words.In(s.Words.Match(c.Request().Header.Get("Accept-Language")))
}

func (s *Site) speaks(tag string) bool {
	for _, l := range s.Words.Languages() {
		if l.Tag == tag {
			return true
		}
	}
	return false
}

type languagePage struct {
	frame
	Languages []words.Language
	Back      string
}

// languages lists the languages; each is a button that leads back.
func (s *Site) languages(c echo.Context) error {
	page := languagePage{Languages: s.Words.Languages(), Back: backTo(c.QueryParam("back"))}
	page.frame = s.frame(c, s.packBehind(page.Back))
	page.Title = page.T("ask.language.heading")
	return s.render(c, http.StatusOK, "ask/language", page)
}

// chooseLanguage remembers a language and goes back. What was entered so far is
// kept by the form itself.
func (s *Site) chooseLanguage(c echo.Context) error {
	values, err := posted(c)
	if err != nil {
		return err
	}
	if tag := values.Get("language"); s.speaks(tag) {
		c.SetCookie(&http.Cookie{Name: languageCookie, Value: tag, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
	}
	return seeOther(c, backTo(values.Get("back")))
}

// backTo lets through addresses of this site only.
func backTo(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.ContainsAny(address, "\\\r\n") {
		return "/"
	}
	return u.RequestURI()
}
