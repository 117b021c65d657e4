package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"dsr/requests"
)

// myPage is a page on which a requester does one thing.
type myPage struct {
	frame
	Reference string
	Here      string // the request's own page
	Question  string // asked by the team, when this is the answer
	Text      string
	Seen      int64 // the revision the person looked at
	Problems  problems
	Notice    string
	Files     string // which files are taken
	Accept    string // the same for the browser's file picker
}

// actOf opens the request of an address for one of its pages.
func (s *Site) actOf(c echo.Context) (*myPage, *requests.View, error) {
	v, err := s.Office.Open(c.Request().Context(), callerOf(c), s.Now(), c.Param("reference"), false)
	if err != nil {
		return nil, nil, err
	}
	page := &myPage{frame: s.frame(c, v.Pack), Reference: v.Reference, Here: "/my/" + url.PathEscape(v.Reference), Seen: v.Revision, Accept: acceptFiles}
	page.Files = page.T("portal.files.hint", "megabytes", requests.MaxUpload>>20, "files", filesAtOnce)
	return page, v, nil
}

func (s *Site) askMessage(c echo.Context) error {
	page, _, err := s.actOf(c)
	if err != nil {
		return err
	}
	return s.showMine(c, http.StatusOK, page, "message")
}

// showMine renders the page of a message or of an answer to a question.
func (s *Site) showMine(c echo.Context, status int, page *myPage, name string) error {
	page.Title = page.T("portal." + name + ".heading")
	page.Bad = len(page.Problems) > 0
	return s.render(c, status, "portal/"+name, page)
}

// sendMessage passes a message on. One that was posted twice is kept once.
func (s *Site) sendMessage(c echo.Context) error {
	return s.write(c, "message", func(text string, files []requests.Upload) requests.Verb {
		return requests.Reply{Text: text, Files: files}
	})
}

func (s *Site) askAnswer(c echo.Context) error {
	page, v, err := s.actOf(c)
	if err != nil {
		return err
	}
	page.Question = lastOf(v.Messages, "clarification")
	if v.OpenHold("clarification") == nil {
		return seeOther(c, page.Here)
	}
	return s.showMine(c, http.StatusOK, page, "answer")
}

// sendAnswer passes the answer to a question on. Where the question was closed
// meanwhile it is kept as a message: what somebody wrote is never lost.
func (s *Site) sendAnswer(c echo.Context) error {
	return s.write(c, "answer", func(text string, files []requests.Upload) requests.Verb {
		return requests.AnswerQuestion{Text: text, Files: files}
	})
}

// write takes a text and files and carries out the verb they make.
func (s *Site) write(c echo.Context, name string, verb func(string, []requests.Upload) requests.Verb) error {
	up, err := s.postedFiles(c)
	if err != nil {
		return err
	}
	page, v, err := s.actOf(c)
	if err != nil {
		return err
	}
	page.Text, page.Question = strings.TrimSpace(up.Values.Get("text")), lastOf(v.Messages, "clarification")
	page.Problems = page.mend(v, up)
	if len(page.Problems) > 0 {
		return s.showMine(c, http.StatusUnprocessableEntity, page, name)
	}
	seen, _ := strconv.ParseInt(up.Values.Get("seen"), 10, 64)
	if seen != 0 && saidAlready(v, seen, page.Text) {
		return seeOther(c, page.Here+"?done="+name)
	}
	ctx := context.WithoutCancel(c.Request().Context())
	_, err = s.Office.Do(ctx, callerOf(c), s.Now(), v.Reference, 0, verb(page.Text, up.Files))
	if name == "answer" && as[*requests.Refused](err) {
		_, err = s.Office.Do(ctx, callerOf(c), s.Now(), v.Reference, 0, requests.Reply{Text: page.Text, Files: up.Files})
	}
	if errors.Is(err, requests.ErrInvalid) {
		page.Problems = problems{{"text", page.T("portal.mend.text")}}
		return s.showMine(c, http.StatusUnprocessableEntity, page, name)
	}
	if err != nil {
		return err
	}
	return seeOther(c, page.Here+"?done="+name)
}

// mend says what is wrong with a message and its files.
func (p *myPage) mend(v *requests.View, up *upload) problems {
	var list problems
	switch n := utf8.RuneCountInString(p.Text); {
	case n == 0 && (len(up.Files) == 0 || p.Question != ""):
		list = append(list, problem{"text", p.T("portal.mend.text")})
	case n > requests.MaxDetails:
		list = append(list, problem{"text", p.N("ask.mend.words", n, "most", requests.MaxDetails)})
	}
	for _, f := range up.faults {
		list = append(list, problem{"file", p.fileFault(f)})
	}
	kept := 0
	for _, f := range v.Files {
		if f.Author == "requester" {
			kept++
		}
	}
	if kept+len(up.Files) > requests.MaxUploads {
		list = append(list, problem{"file", p.T("portal.mend.files_kept", "most", requests.MaxUploads)})
	}
	return list
}

// fileFault says why a file is not taken.
func (p *myPage) fileFault(f fileFault) string {
	return p.T("portal.mend.file."+f.why, "name", f.name, "megabytes", requests.MaxUpload>>20, "files", filesAtOnce)
}

// saidAlready reports whether a text was written after a revision: the button
// was pressed twice.
func saidAlready(v *requests.View, seen int64, text string) bool {
	for _, m := range v.Messages {
		if m.Seq > seen && m.Author == "requester" && m.Body == strings.ReplaceAll(text, "\r\n", "\n") {
			return true
		}
	}
	return false
}

func (s *Site) askWithdraw(c echo.Context) error {
	page, v, err := s.actOf(c)
	if err != nil {
		return err
	}
	if !withdrawable(v.Request) {
		return seeOther(c, page.Here)
	}
	page.Title = page.T("portal.withdraw.heading")
	return s.render(c, http.StatusOK, "portal/withdraw", page)
}

// withdraw ends a request. Pressing the button again finds it ended and says
// the same.
func (s *Site) withdraw(c echo.Context) error {
	if _, err := posted(c); err != nil {
		return err
	}
	ctx := context.WithoutCancel(c.Request().Context())
	here := "/my/" + url.PathEscape(c.Param("reference"))
	_, err := s.Office.Do(ctx, callerOf(c), s.Now(), c.Param("reference"), 0, requests.Withdraw{})
	if as[*requests.Refused](err) {
		return seeOther(c, here)
	}
	if err != nil {
		return err
	}
	return seeOther(c, here+"?done=withdrawn")
}

// mailLink mails a fresh link to the address on file, for later visits.
func (s *Site) mailLink(c echo.Context) error {
	page, _, err := s.actOf(c)
	if err != nil {
		return err
	}
	if err := s.mailFresh(c, page.Reference); err != nil {
		return err
	}
	return seeOther(c, page.Here+"?done=link")
}
