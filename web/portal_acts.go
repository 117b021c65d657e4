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

	"dsr/access"
	"dsr/requests"
	"dsr/web/site"
)

// myPage is a page on which a requester does one thing.
type myPage struct {
	frame
	Reference string
	Own       string // the request's own page
	Question  string // asked by the team, when this is the answer
	Text      string
	Seen      int64 // the revision the person looked at
	Problems  site.Problems
	Notice    string
	Files     string // which files are taken
	Accept    string // the same for the browser's file picker

	caller access.Caller
}

// actOf opens the request of an address for one of its pages.
func (s *public) actOf(c echo.Context) (*myPage, *requests.View, error) {
	v, caller, err := s.openMine(c)
	if err != nil {
		return nil, nil, err
	}
	page := &myPage{frame: s.frame(c, v.Pack), Reference: v.Reference, Own: "/my/" + url.PathEscape(v.Reference), Seen: v.Revision, Accept: site.AcceptFiles, caller: caller}
	page.Files = page.T("portal.files.hint", "megabytes", requests.MaxUpload>>20, "files", site.FilesAtOnce)
	return page, v, nil
}

// do carries a verb out on the page's request. Whoever closes the browser now
// has pressed the button all the same.
func (s *public) do(c echo.Context, page *myPage, verb requests.Verb) (*requests.Request, error) {
	return s.Office.Do(context.WithoutCancel(c.Request().Context()), page.caller, s.Now(), page.Reference, 0, verb)
}

func (s *public) askMessage(c echo.Context) error {
	page, _, err := s.actOf(c)
	if err != nil {
		return err
	}
	return s.showMine(c, http.StatusOK, page, "message")
}

// showMine renders the page of a message or of an answer to a question.
func (s *public) showMine(c echo.Context, status int, page *myPage, name string) error {
	page.Title = page.T("portal." + name + ".heading")
	page.Bad = len(page.Problems) > 0
	return s.render(c, status, "portal/"+name, page)
}

// sendMessage passes a message on. One that was posted twice is kept once.
func (s *public) sendMessage(c echo.Context) error {
	return s.write(c, "message", func(text string, files []requests.Upload) requests.Verb {
		return requests.Reply{Text: text, Files: files}
	})
}

func (s *public) askAnswer(c echo.Context) error {
	page, v, err := s.actOf(c)
	if err != nil {
		return err
	}
	page.Question = lastOf(v.Messages, "clarification")
	if v.OpenHold("clarification") == nil {
		return site.SeeOther(c, page.Own+"?not=question")
	}
	return s.showMine(c, http.StatusOK, page, "answer")
}

// sendAnswer passes the answer to a question on. Where the question was closed
// meanwhile it is kept as a message: what somebody wrote is never lost.
func (s *public) sendAnswer(c echo.Context) error {
	return s.write(c, "answer", func(text string, files []requests.Upload) requests.Verb {
		return requests.AnswerQuestion{Text: text, Files: files}
	})
}

// write takes a text and files and carries out the verb they make.
func (s *public) write(c echo.Context, name string, verb func(string, []requests.Upload) requests.Verb) error {
	page, v, up, err := s.written(c)
	if err != nil {
		return err
	}
	if name == "answer" {
		page.Question = lastOf(v.Messages, "clarification")
	}
	page.Problems = page.mend(v, up)
	if len(page.Problems) > 0 {
		return s.showMine(c, http.StatusUnprocessableEntity, page, name)
	}
	if page.said(v, up) {
		return site.SeeOther(c, page.Own+"?done="+name)
	}
	_, err = s.do(c, page, verb(page.Text, up.Files))
	if name == "answer" && site.Is[*requests.Refused](err) {
		_, err = s.do(c, page, requests.Reply{Text: page.Text, Files: up.Files})
	}
	if errors.Is(err, requests.ErrInvalid) {
		page.Problems = site.Problems{{Field: "text", Sentence: page.T("portal.mend.text")}}
		return s.showMine(c, http.StatusUnprocessableEntity, page, name)
	}
	if err != nil {
		return err
	}
	return site.SeeOther(c, page.Own+"?done="+name)
}

// written reads a post of text and files. Files that came with something to mend
// have to be chosen again, and the page says so.
func (s *public) written(c echo.Context) (*myPage, *requests.View, *site.Upload, error) {
	up, err := site.PostedFiles(c)
	if err != nil {
		return nil, nil, nil, err
	}
	page, v, err := s.actOf(c)
	if err != nil {
		return nil, nil, nil, err
	}
	page.Text = strings.TrimSpace(up.Values.Get("text"))
	if len(up.Files) > 0 {
		page.Notice = page.T("portal.files.again")
	}
	return page, v, up, nil
}

// mend says what is wrong with a message and its files.
func (p *myPage) mend(v *requests.View, up *site.Upload) site.Problems {
	if p.Text == "" && (len(up.Files) == 0 || p.Question != "") {
		return append(site.Problems{{Field: "text", Sentence: p.T("portal.mend.text")}}, p.mendFiles(v, up)...)
	}
	return append(p.mendLength(), p.mendFiles(v, up)...)
}

func (p *myPage) mendLength() site.Problems {
	if n := utf8.RuneCountInString(p.Text); n > requests.MaxDetails {
		return site.Problems{{Field: "text", Sentence: p.N("ask.mend.words", n, "most", requests.MaxDetails)}}
	}
	return nil
}

// mendFiles says what is wrong with the files that came.
func (p *myPage) mendFiles(v *requests.View, up *site.Upload) site.Problems {
	var list site.Problems
	for _, f := range up.Faults {
		list = append(list, site.Problem{Field: "file", Sentence: p.fileFault(f)})
	}
	kept := 0
	for _, f := range v.Files {
		if f.Author == "requester" {
			kept++
		}
	}
	if kept+len(up.Files) > requests.MaxUploads {
		list = append(list, site.Problem{Field: "file", Sentence: p.T("portal.mend.files_kept", "most", requests.MaxUploads)})
	}
	return list
}

// fileFault says why a file is not taken.
func (p *myPage) fileFault(f site.FileFault) string {
	return p.T("portal.mend.file."+f.Why, "name", f.Name, "megabytes", requests.MaxUpload>>20, "files", site.FilesAtOnce)
}

// said reports whether the same text was written since the page was made: the
// button was pressed twice.
func (p *myPage) said(v *requests.View, up *site.Upload) bool {
	seen, _ := strconv.ParseInt(up.Values.Get("seen"), 10, 64)
	if seen == 0 {
		return false
	}
	for _, m := range v.Messages {
		if m.Seq > seen && m.Author == "requester" && m.Kind != "proof" && m.Body == p.Text {
			return true
		}
	}
	return false
}

func (s *public) askWithdraw(c echo.Context) error {
	page, v, err := s.actOf(c)
	if err != nil {
		return err
	}
	if !withdrawable(v.Request) {
		return site.SeeOther(c, page.Own+"?not=withdraw")
	}
	page.Title = page.T("portal.withdraw.heading")
	return s.render(c, http.StatusOK, "portal/withdraw", page)
}

// withdraw ends a request. Pressing the button again finds it ended and says
// the same.
func (s *public) withdraw(c echo.Context) error {
	return s.press(c, requests.Withdraw{}, "withdrawn", "withdraw", func(v *requests.View) bool { return v.Outcome == requests.Withdrawn })
}

// reopen takes up again what was set aside.
func (s *public) reopen(c echo.Context) error {
	return s.press(c, requests.Reopen{}, "reopened", "reopen", func(v *requests.View) bool { return v.Open() })
}

// renew makes the files of an answer ready to be fetched for another while.
func (s *public) renew(c echo.Context) error {
	return s.press(c, requests.Renew{}, "renewed", "", func(*requests.View) bool { return false })
}

// press carries out what a single button does. Where the request has moved on
// it says that it was done if it was (pressed twice), else why not.
func (s *public) press(c echo.Context, verb requests.Verb, done, not string, already func(*requests.View) bool) error {
	if _, err := site.Posted(c); err != nil {
		return err
	}
	page, v, err := s.actOf(c)
	if err != nil {
		return err
	}
	_, err = s.do(c, page, verb)
	switch {
	case err == nil, site.Is[*requests.Refused](err) && already(v):
		return site.SeeOther(c, page.Own+"?done="+done)
	case site.Is[*requests.Refused](err):
		return site.SeeOther(c, page.Own+"?not="+not)
	}
	return err
}

// mailLink mails a fresh link to the address on file, for later visits.
func (s *public) mailLink(c echo.Context) error {
	page, v, err := s.actOf(c)
	if err != nil {
		return err
	}
	if err := s.mailFresh(c, v); err != nil {
		return err
	}
	return site.SeeOther(c, page.Own+"?done=link")
}
