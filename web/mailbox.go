package web

import (
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/mailer/inbox"
	"dsr/web/site"
)

type mailboxPage struct {
	frame
	Letters []mailboxLine
	Open    *inbox.Message
	As      string // html, text or raw
	Raw     string
}

// mailboxLine is a letter in the list.
type mailboxLine struct {
	inbox.Message
	At time.Time // when it was written, zero where it does not say
}

func linesOf(letters []inbox.Message) []mailboxLine {
	lines := make([]mailboxLine, len(letters))
	for i, m := range letters {
		at, err := mail.ParseDate(m.Header("Date"))
		if err != nil {
			at = time.Time{}
		}
		lines[i] = mailboxLine{m, at}
	}
	return lines
}

// mailbox shows every letter this program sent, on a developer's machine only.
func (s *public) mailbox(c echo.Context) error {
	page := mailboxPage{frame: s.frame(c, nil), Letters: linesOf(s.Inbox.Messages()), As: c.QueryParam("as")}
	page.Title = "Mailbox of this computer"
	switch number := c.Param("number"); {
	case number != "":
		letter, err := s.mailboxLetter(c)
		if err != nil {
			return err
		}
		page.Open = letter
	case len(page.Letters) > 0:
		page.Open = &page.Letters[0].Message
	}
	if page.As != "text" && page.As != "raw" {
		page.As = "html"
	}
	if page.As == "raw" && page.Open != nil {
		page.Raw = strings.ToValidUTF8(string(page.Open.Raw), "�")
	}
	c.Response().Header().Set("Content-Security-Policy", site.ContentPolicy(site.NoAncestors)+"; frame-src 'self'")
	return s.render(c, http.StatusOK, "mailbox/mailbox", page)
}

func (s *public) mailboxLetter(c echo.Context) (*inbox.Message, error) {
	n, err := strconv.Atoi(c.Param("number"))
	if err != nil {
		return nil, echo.ErrNotFound
	}
	m, kept := s.Inbox.Message(n)
	if !kept {
		return nil, echo.ErrNotFound
	}
	return &m, nil
}

// mailboxHTML serves a letter as a mail program would show it. It stands in a
// frame that runs nothing and may only open links in a new window.
func (s *public) mailboxHTML(c echo.Context) error {
	letter, err := s.mailboxLetter(c)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox")
	return c.HTML(http.StatusOK, letter.HTML)
}
