package web

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/drafts"
	"dsr/people"
	"dsr/policies"
	"dsr/web/site"
)

// visit is one person at one page of the form.
type visit struct {
	c      echo.Context
	pack   *policies.Pack
	secret string // of the draft; "" while none is kept
	draft  drafts.Draft
	draftAnswers
}

// question is one page of the form: what it shows, and how it takes what was
// posted into the answers. take may run more than once on the same post.
type question struct {
	page func(*public, *visit, formPage) any
	take func(*public, *visit, url.Values) site.Problems
}

func questionOf(step string) (question, bool) {
	switch step {
	case stepWhat:
		return question{(*public).whatPage, (*public).takeWhat}, true
	case stepWhere:
		return question{(*public).wherePage, (*public).takeWhere}, true
	case stepWho:
		return question{(*public).whoPage, (*public).takeWho}, true
	case stepFind:
		return question{(*public).findPage, (*public).takeFind}, true
	case stepParticular:
		return question{(*public).particularPage, (*public).takeParticular}, true
	}
	return question{}, false
}

// formPage is what all pages of the form share.
type formPage struct {
	frame
	Back     string // address of the page before, or ""
	Position string // "Question 2 of 5"
	Problems site.Problems
	Notice   string // something to know that is nobody's mistake
	Token    string // when the page was made, signed; on the first page only
}

// visitOf finds the policy and the draft of an address. A draft that was sent
// leads to its receipt.
func (s *public) visitOf(c echo.Context) (*visit, error) {
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return nil, err
	}
	v := &visit{c: c, pack: pack, secret: c.Param("draft")}
	v.draft, err = s.drafts.Read(c.Request().Context(), s.Now(), pack.ID, v.secret)
	if err != nil {
		return v, err
	}
	if v.draft.Submission != 0 {
		return v, site.GoTo(s.inLanguage(c, s.receiptURL(pack.ID, v.draft.Submission)))
	}
	v.draftAnswers, err = readAnswers(v.draft.Answers)
	c.Set(languageKey, v.Language)
	return v, err
}

// at is the address of a page of this draft.
func (v *visit) at(step string) string {
	return "/" + v.pack.ID + "/request/" + v.secret + "/" + step
}

// policyHome leads to the form.
func (s *public) policyHome(c echo.Context) error {
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return err
	}
	to := "/" + pack.ID + "/request"
	if right := s.linkedRight(c, pack); right != "" {
		to += "?right=" + url.QueryEscape(string(right))
	}
	return site.SeeOther(c, s.inLanguage(c, to))
}

// askNew shows the first question of a new form. Nothing is kept before it is
// answered. The page may be kept by the browser, so that going back to it shows
// what was ticked.
func (s *public) askNew(c echo.Context) error {
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-cache, private")
	v, notice := &visit{c: c, pack: pack}, ""
	if right := s.linkedRight(c, pack); right != "" {
		w := s.voice(c)
		v.Rights = []policies.Right{right}
		notice = w.T("frame.linked", "right", quoted(w, rightLabel(w, right)))
	}
	return s.show(v, stepWhat, http.StatusOK, nil, notice)
}

// begin takes the first answer and keeps the draft.
func (s *public) begin(c echo.Context) error {
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return err
	}
	values, err := site.Posted(c)
	if err != nil {
		return err
	}
	v := &visit{c: c, pack: pack}
	if list := s.takeWhat(v, values); len(list) > 0 {
		return s.show(v, stepWhat, http.StatusUnprocessableEntity, list, "")
	}
	if !s.madeHere(pack.ID, values.Get("form")) {
		return s.show(v, stepWhat, http.StatusUnprocessableEntity, nil, s.voice(c).T("ask.notice.old_page"))
	}
	return s.beginDraft(v, stepWhat, "")
}

// beginDraft begins a draft with the answers of a visit and goes on to the next
// question, with a query for its page. Over the limit the page comes back with
// what was entered.
func (s *public) beginDraft(v *visit, step, query string) error {
	err := s.Allow(v.c, "draft", s.Network(v.c), s.Limits.Drafts)
	if site.Is[people.ErrTooMany](err) {
		return s.slow(v, step, err)
	}
	if err != nil {
		return err
	}
	v.Signal = v.Signal || signalled(v.c)
	v.Language = s.namedLanguage(v.c)
	data, err := json.Marshal(v.draftAnswers)
	if err != nil {
		return err
	}
	if v.secret, err = s.drafts.Begin(v.c.Request().Context(), s.Now(), v.pack.ID, data); err != nil {
		return err
	}
	return site.SeeOther(v.c, v.at(v.next(s.Book, v.pack, s.Now()))+query)
}

// slow shows a page again with everything that was entered, and says when to
// press its button anew.
func (s *public) slow(v *visit, step string, cause error) error {
	return s.show(v, step, http.StatusTooManyRequests, nil, s.slowNotice(v.c, cause))
}

// slowNotice tells the browser and the person how long to wait.
func (s *public) slowNotice(c echo.Context, cause error) string {
	wait := site.WaitOf(cause)
	site.SetWait(c, wait)
	return s.voice(c).N("ask.notice.slow", site.Minutes(wait))
}

// ask shows a question of a form under way, or leads to the one that comes
// first.
func (s *public) ask(c echo.Context) error {
	step := c.Param("step")
	if _, known := questionOf(step); !known {
		return echo.ErrNotFound
	}
	v, err := s.visitOf(c)
	if err != nil {
		return err
	}
	if first := v.detour(step, s.Book, v.pack, s.Now()); first != "" {
		return site.SeeOther(c, v.at(first))
	}
	notice := ""
	if c.QueryParam("late") != "" {
		notice = s.voice(c).T("ask.notice.late")
	}
	return s.show(v, step, http.StatusOK, s.standing(v, step), notice)
}

// standing is what an earlier answer makes wrong on a page that was answered.
func (s *public) standing(v *visit, step string) site.Problems {
	if step == stepWhere && v.Placed {
		return s.notGivenProblem(v)
	}
	return nil
}

// answer takes what was posted to a question. A draft that has ended begins
// anew with it, so that nothing just typed is lost.
func (s *public) answer(c echo.Context) error {
	step := c.Param("step")
	q, known := questionOf(step)
	if !known {
		return echo.ErrNotFound
	}
	values, err := site.Posted(c)
	if err != nil {
		return err
	}
	v, err := s.visitOf(c)
	late := errors.Is(err, drafts.ErrGone)
	if err != nil && !late {
		return err
	}
	if list := q.take(s, v, values); len(list) > 0 {
		return s.show(v, step, http.StatusUnprocessableEntity, list, "")
	}
	switch {
	case values.Get("website") != "":
		return s.show(v, step, http.StatusUnprocessableEntity, nil, s.voice(c).T("ask.notice.trap"))
	case late:
		return s.beginDraft(v, step, "?late=1")
	}
	return s.keepAnswer(v, q, values)
}

// keepAnswer writes an answer into the draft and goes on to the next question.
func (s *public) keepAnswer(v *visit, q question, values url.Values) error {
	weight := v.Weight
	if v.next(s.Book, v.pack, s.Now()) == stepCheck {
		var err error
		if weight, err = s.weigh(v); err != nil {
			return err
		}
	}
	err := s.drafts.Change(v.c.Request().Context(), s.Now(), v.pack.ID, v.secret, func(data []byte) (_ []byte, err error) {
		if v.draftAnswers, err = readAnswers(data); err != nil {
			return nil, err
		}
		q.take(s, v, values)
		v.Weight = weight
		v.Signal = v.Signal || signalled(v.c)
		return json.Marshal(v.draftAnswers)
	})
	if errors.Is(err, drafts.ErrSent) {
		_, err = s.visitOf(v.c) // leads to the receipt
	}
	if err != nil {
		return err
	}
	return site.SeeOther(v.c, v.at(v.next(s.Book, v.pack, s.Now())))
}

// show renders a question with what is known.
func (s *public) show(v *visit, step string, status int, list site.Problems, notice string) error {
	q, _ := questionOf(step)
	page := formPage{frame: s.frame(v.c, v.pack), Problems: list, Notice: notice}
	page.Bad = len(list) > 0
	page.place(v, step)
	if v.secret == "" {
		page.Token = s.pageToken(v.pack.ID)
	}
	return s.render(v.c, status, "ask/"+step, q.page(s, v, page))
}

// place says where a page stands among the others.
func (p *formPage) place(v *visit, step string) {
	steps := v.steps()
	for i, s := range steps {
		if s != step {
			continue
		}
		if i > 0 && v.secret != "" {
			p.Back = v.at(steps[i-1])
		}
		p.Position = p.T("ask.position", "n", i+1, "of", len(steps)-1)
		if v.secret == "" {
			p.Position = p.T("ask.position.first", "of", len(steps)-1)
		}
	}
}

// signalled reports whether the browser sent Global Privacy Control.
// A proxy may have written the header a second time.
func signalled(c echo.Context) bool {
	return slices.ContainsFunc(c.Request().Header.Values("Sec-GPC"), func(value string) bool {
		first, _, _ := strings.Cut(value, ",")
		return strings.TrimSpace(first) == "1"
	})
}

const pagePurpose = "form/"

// pageToken says, signed, when a first page was made.
func (s *public) pageToken(policy string) string {
	return s.signed(pagePurpose+policy, binary.BigEndian.AppendUint64(nil, uint64(s.Now().Unix())))
}

// madeHere reports whether a first page was made by this site under the policy
// within the life of a draft.
func (s *public) madeHere(policy, token string) bool {
	made := s.opened(pagePurpose+policy, token)
	if made == nil {
		return false
	}
	age := s.Now().Sub(time.Unix(int64(binary.BigEndian.Uint64(made)), 0))
	return age > -5*time.Minute && age < drafts.Lifetime
}
