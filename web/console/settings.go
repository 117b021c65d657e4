package console

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/requests"
	"dsr/web/site"
)

// settingsRoutes are the pages on which administrators set how the house works.
// Auditors read them; each page says which of its buttons are not for them.
func (s *Console) settingsRoutes() []site.Route {
	const letter = "/console/settings/letters/:policy/:kind/:language"
	return []site.Route{
		site.Get("/console/settings", site.Staff, s.settings),
		site.Get("/console/settings/letters", site.Staff, s.letterTexts),
		site.Get(letter, site.Staff, s.letterText),
		site.Get("/console/settings/letters/:policy/:kind", site.Staff, s.letterShown),
		site.Post(letter, site.Staff, s.setLetterText),
		site.Post(letter+"/reset", site.Staff, s.resetLetterText),
		site.Post(letter+"/restore", site.Staff, s.restoreLetterText),
		site.Get("/console/settings/mail", site.Staff, s.mailHealth),
		site.Post("/console/settings/mail/retry", site.Staff, s.retryLetters),
		site.Post("/console/settings/mail/domain", site.Staff, s.askDomain),
		site.Get("/console/settings/keys", site.Staff, s.vaultKeys),
		site.Post("/console/settings/keys/verify", site.Staff, s.verifyTrail),
		site.Get("/console/settings/holidays", site.Staff, s.holidays),
		site.Post("/console/settings/holidays", site.Staff, s.setHoliday),
		site.Get("/console/settings/rules", site.Staff, s.editions),
		site.Get("/console/settings/rules/difference", site.Staff, s.editionDiff),
		site.Get("/console/settings/retention", site.Staff, s.retention),
		site.Post("/console/settings/retention/period", site.Staff, s.setRetention),
		site.Post("/console/settings/retention/dispute", site.Staff, s.keepForDispute),
	}
}

// settingsPage is the list of all settings.
type settingsPage struct {
	shell
	Lines []settingLine
}

// settingLine is one page of settings, and how it stands.
type settingLine struct {
	Name, Href, Icon, Says string
	State                  string
	Alarm                  bool
}

// settings shows the list.
func (s *Console) settings(c echo.Context) (err error) {
	if err := allowed(c, access.ReadAudit, ""); err != nil {
		return err
	}
	var page settingsPage
	if page.shell, err = s.shell(c, "Settings", ""); err != nil {
		return err
	}
	post, err := s.Office.Post(c.Request().Context(), site.Caller(c))
	if err != nil {
		return err
	}
	mail := settingLine{Name: "Mail", Href: "/console/settings/mail", Icon: "mail", Says: "What was sent last, what waits, what failed, and whether your domain is believed.", State: "Nothing failed"}
	if post.Failed > 0 {
		mail.State, mail.Alarm = counted(post.Failed, "letter")+" failed", true
	}
	if post.Untold > 0 {
		mail.State, mail.Alarm = counted(post.Untold, "reminder")+" cannot be told", true
	}
	posts, err := s.hooksLine(c)
	if err != nil {
		return err
	}
	page.Lines = []settingLine{
		{Name: "People", Href: "/console/people", Icon: "users", Says: "Who works here, in which role, for which policies."},
		{Name: "Second person’s approval", Href: "/console/settings/approval", Icon: "done", Says: "Which decisions a second person must approve."},
		{Name: "Texts of letters", Href: "/console/settings/letters", Icon: "letter", Says: "What your letters to requesters say, by policy and language."},
		mail,
		{Name: "Holidays", Href: "/console/settings/holidays", Icon: "cal", Says: "Days off that the shipped calendars do not know."},
		{Name: "Editions of policies and laws", Href: "/console/settings/rules", Icon: "policy", Says: "Which edition is in force, which open requests keep an older one, and what differs."},
		{Name: "Retention", Href: "/console/settings/retention", Icon: "pack", Says: "How long requests are kept, and what is erased next."},
		{Name: "Keys and checkpoints", Href: "/console/settings/keys", Icon: "lock", Says: "What seals personal data, and what proves the audit trail."},
	}
	if posts.Name != "" {
		page.Lines = append(page.Lines, posts)
	}
	return s.render(c, http.StatusOK, "settings", page)
}

// stamp writes an instant for a list: 22 Nov 2026, 09:05 UTC.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2 Jan 2006, 15:04") + " UTC"
}

// author names whoever did something, by the name an audit trail has for them.
func (v voice) author(actor string) string {
	number, found := strings.CutPrefix(actor, "staff:")
	id, err := strconv.ParseInt(number, 10, 64)
	if !found || err != nil {
		return "dsr itself"
	}
	return v.person(id)
}

// mayNot is why somebody who reads a page of settings may not change it, or "".
func mayNot(c echo.Context, policy string) string {
	return site.Caller(c).WhyNot(access.Settings, policy)
}

// packNamed returns a policy that the caller serves, as people know it.
func (s *Console) packNamed(c echo.Context, id string) (string, error) {
	p, err := s.Book.Pack(id)
	if err != nil || !site.Caller(c).May(access.View, id) {
		return "", fmt.Errorf("%w: policy", requests.ErrNotFound)
	}
	return p.Controller.Name, nil
}
