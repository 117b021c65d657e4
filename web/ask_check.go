package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/deadlines"
	"dsr/people"
	"dsr/policies"
)

type checkPage struct {
	formPage
	Answers []given
	Dates   []string // by when each answer comes, marked for rich
	Confirm string
	Signal  bool
}

// given is one answer to check.
type given struct {
	Heading, Text, Change string
	Href                  string
}

// check shows every answer before anything is sent, and the date that sending
// it now leads to.
func (s *Site) check(c echo.Context) error {
	v, err := s.complete(c)
	if err != nil {
		return err
	}
	return s.showCheck(v, http.StatusOK, "")
}

// complete returns the visit of a form whose questions are all answered, or
// leads to the one that is not.
func (s *Site) complete(c echo.Context) (*visit, error) {
	v, err := s.visitOf(c)
	if err != nil {
		return nil, err
	}
	if first := v.detour(stepCheck, s.Book, v.pack, s.Now()); first != "" {
		return nil, redirect{v.at(first)}
	}
	return v, nil
}

func (s *Site) showCheck(v *visit, status int, notice string) error {
	page := checkPage{formPage: formPage{frame: s.frame(v.c, v.pack), Notice: notice}, Signal: v.Signal}
	page.Title = page.T("ask.check.heading")
	steps := v.steps()
	page.Back = v.at(steps[len(steps)-2])
	page.Confirm = page.T("ask.check.confirm.self")
	if v.forAnother() {
		page.Confirm = page.T("ask.check.confirm.other")
	}
	for _, step := range steps[:len(steps)-1] {
		page.Answers = append(page.Answers, page.given(v, step))
	}
	var err error
	if page.Dates, err = s.expected(v, page.frame); err != nil {
		return err
	}
	return s.render(v.c, status, "ask/check", page)
}

// given repeats one answer in words.
func (p *checkPage) given(v *visit, step string) given {
	g := given{Heading: p.T("ask.check." + step), Change: p.T("ask.check." + step + ".change"), Href: v.at(step)}
	switch step {
	case stepWhat:
		g.Text = p.rightLabels(v.Rights)
	case stepWhere:
		g.Text = placeName(p.Printer, v.Residence)
	case stepWho:
		g.Text = p.T("ask.check.for." + v.For)
	case stepFind:
		g.Text = p.foundBy(v)
	case stepParticular:
		g.Text = v.Details
		if g.Text == "" {
			g.Text = p.T("ask.check.nothing")
		}
	}
	return g
}

func (f frame) rightLabels(rights []policies.Right) string {
	labels := make([]string, len(rights))
	for i, right := range rights {
		labels[i] = f.T("ask.right." + string(right) + ".label")
	}
	return strings.Join(labels, "\n")
}

func (p *checkPage) foundBy(v *visit) string {
	lines := []string{v.Email}
	for _, id := range v.identifiers(v.pack) {
		if value := v.Identifiers[id.Name]; value != "" {
			lines = append(lines, p.T("ask.check.identifier", "label", id.Label, "value", value))
		}
	}
	if v.forAnother() {
		lines = append(lines, p.T("ask.check.own", "name", v.OwnName, "email", v.OwnEmail))
	}
	return strings.Join(lines, "\n")
}

// expected says by when the answer comes if the form is sent now: once for all
// rights that share a day, and once more for each that does not.
func (s *Site) expected(v *visit, f frame) ([]string, error) {
	residence := v.Residence
	if v.optOutOnly() {
		residence = ""
	}
	byDay := map[deadlines.Date][]policies.Right{}
	var days []deadlines.Date
	for _, right := range v.Rights {
		e, err := s.Book.Explain(policies.Question{Pack: v.pack, Right: right, Residence: residence, ReceivedAt: s.Now()})
		if err != nil {
			return nil, err
		}
		day := answerDay(&e)
		if byDay[day] == nil {
			days = append(days, day)
		}
		byDay[day] = append(byDay[day], right)
	}
	slices.Sort(days)
	sentences := make([]string, len(days))
	for i, day := range days {
		if len(days) == 1 {
			sentences[i] = f.T("ask.check.by", "date", bold(f.on(day)))
			continue
		}
		sentences[i] = f.T("ask.check.by.right", "right", strings.ReplaceAll(f.rightLabels(byDay[day]), "\n", ", "), "date", bold(f.on(day)))
	}
	return sentences, nil
}

// answerDay is the day of the clock for the answer that ends first.
func answerDay(e *policies.Explanation) deadlines.Date {
	var first deadlines.Date
	for i := range e.Clocks {
		if k := e.Clocks[i].Kind; (k == policies.Respond || k == policies.OptOut || k == policies.AppealAnswer) && (first == 0 || e.Clocks[i].DueDate < first) {
			first = e.Clocks[i].DueDate
		}
	}
	return first
}

// on writes a day in full.
func (f frame) on(d deadlines.Date) string { return f.Date(d.Civil()) }

// send hands the form in. When it answers with a receipt everything is durable;
// sent twice it is received once.
func (s *Site) send(c echo.Context) error {
	if _, err := posted(c); err != nil {
		return err
	}
	v, err := s.complete(c)
	if err != nil {
		return err
	}
	if s.Now().Sub(v.draft.Begun) < s.Limits.FormTime {
		return s.showCheck(v, http.StatusTooManyRequests, s.voice(c).T("ask.notice.quick"))
	}
	if err := s.allow(c, "intake", s.network(c), s.Limits.Intake); err != nil {
		return s.slowCheck(v, err)
	}
	v.Signal = v.Signal || signalled(c)
	// Whoever closes the browser now has pressed the button all the same.
	ctx := context.WithoutCancel(c.Request().Context())
	receipt, err := s.Office.Receive(ctx, access.Caller{Kind: access.Requester}, s.Now(), v.submission(v.pack, nonceOf(v.secret), s.voice(c).Language().Tag))
	if err != nil {
		return err
	}
	if err := s.drafts.Sent(ctx, v.secret, receipt.SubmissionID); err != nil {
		s.Log.Error("a sent draft was not closed; sending it again gives the same receipt", "error", err)
	}
	return seeOther(c, s.receiptURL(v.pack.ID, receipt.SubmissionID))
}

func (s *Site) slowCheck(v *visit, cause error) error {
	if !as[people.ErrTooMany](cause) {
		return cause
	}
	wait := waitOf(cause)
	setWait(v.c, wait)
	return s.showCheck(v, http.StatusTooManyRequests, s.voice(v.c).N("ask.notice.slow", minutes(wait)))
}

// minutes rounds a wait up to whole minutes.
func minutes(d time.Duration) int { return max(1, int((d+time.Minute-1)/time.Minute)) }

// nonceOf makes a submission of a draft the same one however often it is sent.
func nonceOf(secret string) string {
	sum := sha256.Sum256([]byte("submission of draft " + secret))
	return hex.EncodeToString(sum[:16])
}
