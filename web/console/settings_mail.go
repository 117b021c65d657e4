package console

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/intake"
	"dsr/mailer"
	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

// mailPage says how the post stands.
type mailPage struct {
	shell
	MayNot   string
	Facts    []fact
	Figures  []mailFigure
	Boxes    []boxView
	Stuck    []stuckView
	Waiting  []destinationView
	Returned []stuckView
	GivenUp  int // that can be tried again
	Domain   requests.PostDomain
	Asked    string // when the DNS was asked last, "" if never
	Old      bool   // so long ago that it says little
	Selector string
	CanAsk   bool
	Problems site.Problems
}

// mailFigure is one number with its word.
type mailFigure struct {
	Name, Value, Note string
	Alarm             bool
}

// stuckView is one letter that did not leave.
type stuckView struct {
	Kind, To, Reference, Href string
	Policy                    string
	Written, Tries, Next      string
	Error                     string
	Job                       int64
	GivenUp                   bool
}

// stuckShown is how many letters the page lists.
const stuckShown = 100

// answersKeep is how long an answer of the DNS says something.
const answersKeep = 24 * time.Hour

// mailHealth shows it.
func (s *Console) mailHealth(c echo.Context) error { return s.showMail(c, http.StatusOK, nil, "") }

func (s *Console) showMail(c echo.Context, status int, faults site.Problems, selector string) (err error) {
	page := mailPage{Problems: faults, MayNot: mayNot(c, ""), Selector: selector}
	ctx, caller := c.Request().Context(), site.Caller(c)
	post, err := s.Office.Post(ctx, caller)
	if err != nil {
		return err
	}
	stuck, err := s.Office.StuckLetters(ctx, caller, stuckShown)
	if err != nil {
		return err
	}
	if page.shell, err = s.shell(c, "Mail", ""); err != nil {
		return err
	}
	boxes, err := s.Office.Mailboxes(ctx, caller)
	if err != nil {
		return err
	}
	for i := range boxes {
		if s.Now().Sub(boxes[i].LookedAt) > boxForgotten {
			continue
		}
		page.Boxes = append(page.Boxes, s.boxOf(&boxes[i]))
	}
	team, err := s.team(c)
	if err != nil {
		return err
	}
	page.Bad = len(faults) > 0
	page.Figures = mailFigures(post, s.Now())
	page.addStuck(team, stuck)
	if err := s.addTroubles(c, team, &page); err != nil {
		return err
	}
	page.Facts = []fact{{Name: "Letters come from", Text: cmp.Or(s.MailFrom, "not set")}, {Name: "Mail server", Text: cmp.Or(s.MailServer, "not set")}}
	if err := s.addDomain(c, &page); err != nil {
		return err
	}
	return s.render(c, status, "settings_mail", page)
}

// boxView is one watched mailbox.
type boxView struct {
	Name, Policy, Looked string
	Fault, Since         string // why it cannot be read, and since when
	Silent               bool   // no process has looked for long
}

// boxSilence is how long a watched mailbox goes without a look at most: with or
// without IDLE it is looked at every few minutes.
const boxSilence = time.Hour

// boxForgotten is how long the page goes on about a mailbox that nobody looks at
// any more. Up to where it was read is kept.
const boxForgotten = 30 * 24 * time.Hour

func (s *Console) boxOf(b *intake.Mailbox) boxView {
	view := boxView{Name: b.Name, Policy: s.policyName(b.Policy), Looked: ago(b.LookedAt, s.Now(), time.UTC), Fault: b.Fault}
	view.Silent = s.Now().Sub(b.LookedAt) > boxSilence
	if b.Fault != "" {
		view.Since = stamp(b.FailingSince.Time)
	}
	return view
}

// mailFigures words the numbers of the post.
func mailFigures(h requests.PostHealth, now time.Time) []mailFigure {
	last := mailFigure{Name: "Last letter sent", Value: "none yet"}
	if !h.LastSent.IsZero() {
		last.Value, last.Note = ago(h.LastSent, now, time.UTC), stamp(h.LastSent)
	}
	waiting := mailFigure{Name: "Waiting for their first attempt", Value: strconv.Itoa(h.Fresh), Note: "none is late"}
	if !h.OldestWait.IsZero() {
		waiting.Note = "the oldest was written " + ago(h.OldestWait, now, time.UTC)
		waiting.Alarm = now.Sub(h.OldestWait) > time.Hour
	}
	failed := mailFigure{Name: "Given up", Value: strconv.Itoa(h.Failed), Note: "refused for good, or tried for five days", Alarm: h.Failed > 0}
	list := []mailFigure{last, waiting, {Name: "Tried again", Value: strconv.Itoa(h.Retrying), Note: "after a failure, ever more slowly"}, failed}
	if h.Untold > 0 {
		list = append(list, mailFigure{Name: "Reminders that cannot be told", Value: strconv.Itoa(h.Untold), Note: "the oldest since " + stamp(h.UntoldSince) + "; the program’s log says why", Alarm: true})
	}
	return list
}

// addStuck lists the letters that did not leave.
func (page *mailPage) addStuck(v voice, stuck []requests.StuckLetter) {
	for _, l := range stuck {
		line := stuckView{
			Kind: v.letter(l.Kind), Reference: l.Reference, Policy: l.Policy, Written: stamp(l.WrittenAt), Tries: counted(l.Attempts, "attempt"),
			Error: l.Error, Job: l.Job, GivenUp: l.GivenUp, Next: "given up",
		}
		line.To = readerOf(l.Audience)
		if l.Reference != "" {
			line.Href = requestAddress(l.Reference)
		}
		if !l.GivenUp {
			line.Next = stamp(l.NextAt)
		}
		if l.GivenUp && l.Job != 0 {
			page.GivenUp++
		}
		page.Stuck = append(page.Stuck, line)
	}
}

// addDomain adds what the DNS said last.
func (s *Console) addDomain(c echo.Context, page *mailPage) (err error) {
	page.CanAsk = s.LookupTXT != nil && mailer.DomainOf(s.MailFrom) != ""
	page.Domain, err = s.Office.LastPostDomain(c.Request().Context(), s.MailFrom)
	if err != nil || page.Domain.At.IsZero() {
		return err
	}
	page.Asked = ago(page.Domain.At, s.Now(), time.UTC)
	page.Old = s.Now().Sub(page.Domain.At) > answersKeep
	if page.Selector == "" {
		page.Selector = page.Domain.Selector
	}
	return nil
}

// retryLetters lets one letter, or all that were given up, be tried again.
func (s *Console) retryLetters(c echo.Context) error {
	if err := allowed(c, access.Settings, ""); err != nil {
		return err
	}
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	ctx, caller := c.Request().Context(), site.Caller(c)
	if form.Get("job") == "all" {
		n, err := s.Office.RetryAllLetters(ctx, caller, s.Now())
		if err != nil {
			return err
		}
		s.say(c, counted(n, "letter")+" will be tried again now.")
		return site.SeeOther(c, "/console/settings/mail")
	}
	job, err := strconv.ParseInt(form.Get("job"), 10, 64)
	if err != nil {
		return requests.ErrNotFound
	}
	switch err := s.Office.RetryLetter(ctx, caller, s.Now(), job); {
	case errors.Is(err, requests.ErrNoLetter):
		s.say(c, "This letter does not wait any more: it has left, or somebody else tried it again.")
	case err != nil:
		return err
	default:
		s.say(c, "The letter will be tried again now.")
	}
	return site.SeeOther(c, "/console/settings/mail")
}

// askDomain asks the DNS about the sending domain.
func (s *Console) askDomain(c echo.Context) error {
	if err := allowed(c, access.Settings, ""); err != nil {
		return err
	}
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	selector := site.Trimmed(form, "selector")
	if s.LookupTXT == nil {
		return requests.ErrNotFound
	}
	// Others' name servers are asked: not more often than a person would.
	if err := s.Allow(c, "dns", "house", people.Limit{Count: 10, Per: time.Hour}); err != nil {
		return err
	}
	_, err = s.Office.AskPostDomain(c.Request().Context(), site.Caller(c), s.Now(), s.LookupTXT, s.MailFrom, selector)
	switch {
	case errors.Is(err, mailer.ErrSelector):
		return s.showMail(c, http.StatusUnprocessableEntity, site.Problems{{Field: "selector", Sentence: "A selector is letters, digits and hyphens, with dots between them. Your mail provider tells you yours."}}, selector)
	case errors.Is(err, mailer.ErrDomain):
		return s.showMail(c, http.StatusUnprocessableEntity, site.Problems{{Field: "selector", Sentence: "The sending address has no domain that stands in the DNS."}}, selector)
	case err != nil:
		return err
	}
	s.say(c, "The DNS was asked.")
	return site.SeeOther(c, "/console/settings/mail#domain")
}
