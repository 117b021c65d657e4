package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/drafts"
	"dsr/web/site"
	"dsr/words"
)

// languageCookie remembers the language somebody chose. It holds a language
// tag and nothing else.
const languageCookie = "dsr_language"

// voice speaks the language that the address or the form under way names, else
// the one chosen before, else the one the browser asks for.
func (s *public) voice(c echo.Context) words.Printer {
	if tag := s.namedLanguage(c); tag != "" {
		return s.Words.In(tag)
	}
	if cookie, err := c.Cookie(languageCookie); err == nil && s.speaks(cookie.Value) {
		return s.Words.In(cookie.Value)
	}
	return s.Words.In(s.Words.Match(c.Request().Header.Get("Accept-Language")))
}

// languageKey is where a visit keeps the language of its form.
const languageKey = "language"

// namedLanguage is the language that a link asks for (?language=de) or that the
// form under way is filled in, or "". The form keeps it by itself, because in a
// frame of another site browsers keep no cookie of ours.
func (s *public) namedLanguage(c echo.Context) string {
	if tag := s.nearest(c.QueryParam("language")); tag != "" {
		return tag
	}
	tag, _ := c.Get(languageKey).(string)
	if !s.speaks(tag) {
		return ""
	}
	return tag
}

// nearest is the language of the catalogue for a tag in a link: "pt-PT" for
// "pt". For one that nobody here speaks it is "".
func (s *public) nearest(tag string) string {
	match := s.Words.Match(tag)
	if primary, _, _ := strings.Cut(tag, "-"); match == words.Base && !strings.EqualFold(primary, words.Base) {
		return ""
	}
	return match
}

// inLanguage adds the language that was named to an address, so that the page
// it leads to speaks it too.
func (s *public) inLanguage(c echo.Context, address string) string {
	if tag := s.namedLanguage(c); tag != "" {
		return withLanguage(address, tag)
	}
	return address
}

func withLanguage(address, tag string) string {
	mark := "?"
	if strings.Contains(address, "?") {
		mark = "&"
	}
	return address + mark + "language=" + url.QueryEscape(tag)
}

func (s *public) speaks(tag string) bool {
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
func (s *public) languages(c echo.Context) error {
	page := languagePage{Languages: s.Words.Languages(), Back: backTo(c.QueryParam("back"))}
	page.frame = s.frame(c, s.packBehind(page.Back))
	page.Title = page.T("ask.language.heading")
	return s.render(c, http.StatusOK, "ask/language", page)
}

// chooseLanguage remembers a language and goes back. What was entered so far is
// kept by the form itself.
func (s *public) chooseLanguage(c echo.Context) error {
	values, err := site.Posted(c)
	if err != nil {
		return err
	}
	back, tag := backTo(values.Get("back")), values.Get("language")
	if s.speaks(tag) {
		c.SetCookie(&http.Cookie{Name: languageCookie, Value: tag, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
		if back, err = s.keepLanguage(c, back, tag); err != nil {
			return err
		}
	}
	return site.SeeOther(c, back)
}

// keepLanguage writes the language into the form that an address belongs to, or
// where none is under way into the address itself. Other pages have the cookie.
func (s *public) keepLanguage(c echo.Context, back, tag string) (string, error) {
	pack := s.packBehind(back)
	if pack == nil || !isForm(back) {
		return back, nil
	}
	path, _, _ := strings.Cut(back, "?")
	if parts := strings.Split(path, "/"); len(parts) == 5 && parts[3] != "done" {
		err := s.drafts.Change(c.Request().Context(), s.Now(), pack.ID, parts[3], func(data []byte) ([]byte, error) {
			answers, err := readAnswers(data)
			if err != nil {
				return nil, err
			}
			answers.Language = tag
			return json.Marshal(answers)
		})
		if !errors.Is(err, drafts.ErrGone) && !errors.Is(err, drafts.ErrSent) {
			return back, err
		}
	}
	return withLanguage(back, tag), nil
}

// backTo lets through addresses of this site only.
func backTo(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.ContainsAny(address, "\\\r\n") {
		return "/"
	}
	return u.RequestURI()
}
