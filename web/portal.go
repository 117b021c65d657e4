package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
)

type statusPage struct {
	frame
	*dates
	Heading  string
	Lead     string // what was asked and when the answer comes, marked for rich
	Says     string // what is happening now
	Flash    string
	Question *openQuestion
	Proof    *openQuestion // proof of identity that was asked for

	Files    []fileLine
	Decision *decision
	Messages []messageLine
	Asked    []given // the request in words
	Others   []ownRequest

	Here       string // address of this request's pages
	Withdraw   bool
	Authority  policies.Authority
	NoPromise  bool
	Assumed    bool
	Signal     bool
	Answered   bool
	AnsweredOn string
}

// openQuestion is something that only the requester can say.
type openQuestion struct{ Text, Asked string }

type messageLine struct {
	Author, Date, Body string
	Files              []fileLine
}

type ownRequest struct {
	*dates
	Lead     string
	Says     string
	Href     string
	Withdraw bool
}

// mine leads to the request that waits for its requester, else to the one whose
// answer is due first.
func (s *Site) mine(c echo.Context) error {
	list, err := s.Office.Mine(c.Request().Context(), callerOf(c), s.Now())
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errNoVisit
	}
	slices.SortStableFunc(list, func(a, b *requests.Request) int {
		if d := urgency(a) - urgency(b); d != 0 {
			return d
		}
		return a.DueAt.Compare(b.DueAt)
	})
	return seeOther(c, "/my/"+url.PathEscape(list[0].Reference))
}

// urgency orders requests by how much their requester has to do with them.
func urgency(r *requests.Request) int {
	switch {
	case r.OpenHold(deadlines.HoldClarification) != nil || r.OpenHold(deadlines.HoldIdentity) != nil:
		return 0
	case r.Phase == requests.Answer:
		return 1
	case r.Open():
		return 2
	}
	return 3
}

// status shows where a request stands.
func (s *Site) status(c echo.Context) error {
	page, err := s.statusOf(c)
	if err != nil {
		return err
	}
	page.Flash = flashOf(page.frame, c.QueryParam("done"))
	return s.render(c, http.StatusOK, "portal/status", page)
}

// flashOf says what was just done. What it may say is known beforehand, so that
// an address cannot put words on the page.
func flashOf(f frame, done string) string {
	switch done {
	case "message", "answer", "withdrawn", "link":
		return f.T("portal.flash." + done)
	}
	return ""
}

func (s *Site) statusOf(c echo.Context) (*statusPage, error) {
	ctx, caller := c.Request().Context(), callerOf(c)
	v, err := s.Office.Open(ctx, caller, s.Now(), c.Param("reference"), false)
	if err != nil {
		return nil, err
	}
	page := &statusPage{frame: s.frame(c, v.Pack), Here: "/my/" + url.PathEscape(v.Reference)}
	k, err := s.calendarOf(page.Printer, v, v.Now)
	if err != nil {
		return nil, err
	}
	if page.dates, err = k.dates(); err != nil {
		return nil, err
	}
	page.tell(k, v)
	page.list(k, v)
	return page, s.addOthers(page, c, v)
}

// tell says in plain words where the request stands.
func (p *statusPage) tell(k *calendar, v *requests.View) {
	stage := stageOf(v.Request)
	p.Heading, p.Says = k.T("portal.stage."+stage+".heading"), k.T("portal.stage."+stage+".text")
	p.Title = p.Heading
	p.Lead, p.Answered = k.lead(), !v.AnsweredAt.IsZero()
	if !v.Provisional {
		p.Authority = v.Regime.AuthorityFor(v.Residence)
	}
	p.NoPromise, p.Assumed, p.Signal = v.Pack.Promises.NoResponse != "" && v.Open(), v.Provisional && v.Open(), v.Facts.OptOut
	p.Withdraw = withdrawable(v.Request)
	if h := v.OpenHold(deadlines.HoldClarification); h != nil {
		p.Question = &openQuestion{Text: lastOf(v.Messages, "clarification"), Asked: k.at(h.From)}
	}
	if h := v.OpenHold(deadlines.HoldIdentity); h != nil {
		p.Proof = &openQuestion{Text: lastOf(v.Messages, "proof"), Asked: k.at(h.From)}
	}
}

// lead says what was asked for, and when the answer comes or came; its dates are
// marked for rich.
func (k *calendar) lead() string {
	asked, c := k.T("rights."+string(k.r.Right)+".asked_on", "date", k.at(k.r.ReceivedAt)), k.first()
	switch {
	case !k.r.AnsweredAt.IsZero():
		return k.sentences(asked, k.T("portal.lead.answered", "date", bold(k.at(k.r.AnsweredAt.Time))))
	case !k.r.Open() || c == nil:
		return asked
	case c.Due.Held != "":
		return k.sentences(asked, k.T("portal.lead.held"))
	case !c.Due.OnTime(k.now):
		return k.sentences(asked, k.T("portal.lead.late", "date", bold(k.day(c.Due.Date))))
	}
	return k.sentences(asked, k.T("portal.lead.by", "date", bold(k.day(c.Due.Date))))
}

// sentences puts two whole sentences beside each other.
func (k *calendar) sentences(a, b string) string {
	return k.T("portal.sentences", "first", a, "second", b)
}

// stageOf names where a request stands, as its requester sees it.
func stageOf(r *requests.Request) string {
	switch {
	case r.OpenHold(deadlines.HoldClarification) != nil:
		return "question"
	case r.OpenHold(deadlines.HoldIdentity) != nil:
		return "proof"
	case r.Outcome != "":
		return r.Outcome
	}
	return string(r.Phase)
}

// lastOf returns the newest words of staff of a kind.
func lastOf(messages []requests.Entry, kind string) string {
	for _, m := range slices.Backward(messages) {
		if m.Kind == kind && m.Author == "staff" {
			return m.Body
		}
	}
	return ""
}

// withdrawable reports whether there is still something to withdraw.
func withdrawable(r *requests.Request) bool {
	return r.Phase == requests.Triage || r.Phase == requests.Verification || r.Phase == requests.Search || r.Phase == requests.Decision
}

// list fills in the lists of the page.
func (p *statusPage) list(k *calendar, v *requests.View) {
	for _, f := range v.Files {
		if f.Answer {
			p.Files = append(p.Files, k.file(p.Here, f))
		}
	}
	for _, m := range v.Messages {
		if m.Kind == "answer" {
			p.Decision = k.decision(v, m.Body)
			continue
		}
		line := messageLine{Author: v.Pack.Controller.Name, Date: k.at(m.At), Body: m.Body}
		if m.Author == "requester" {
			line.Author = k.T("portal.you")
		}
		for _, f := range m.Files {
			line.Files = append(line.Files, k.file(p.Here, f))
		}
		p.Messages = append(p.Messages, line)
	}
	p.Asked = []given{{Heading: k.T("ask.check.what"), Text: k.T("ask.right." + string(v.Right) + ".label")}}
	if !v.Right.IsOptOut() || v.Residence != "" {
		p.Asked = append(p.Asked, given{Heading: k.T("ask.check.where"), Text: placeName(k.Printer, v.Residence)})
	}
	p.Asked = append(p.Asked, given{Heading: k.T("ask.check.find"), Text: k.person(v)})
	if v.Person.Details != "" {
		p.Asked = append(p.Asked, given{Heading: k.T("ask.check.particular"), Text: v.Person.Details})
	}
}

// person repeats what the requester said to be found by.
func (k *calendar) person(v *requests.View) string {
	text := v.Person.Email
	for _, id := range v.Pack.Identifiers {
		if value := v.Person.Identifiers[id.Name]; value != "" {
			text += "\n" + k.T("ask.check.identifier", "label", id.Label, "value", value)
		}
	}
	if a := v.Person.Agent; a != nil {
		text += "\n" + k.T("ask.check.own", "name", a.Name, "email", a.Email)
	}
	return text
}

// decision is the answer in words.
type decision struct {
	Says   string // granted, in part, not at all
	Text   string // what the team wrote
	Ground string // why not, in plain words
	Law    string // the exact article
}

func (k *calendar) decision(v *requests.View, text string) *decision {
	d := &decision{Says: k.T("portal.outcome." + v.Outcome), Text: text}
	for _, g := range v.Version.Grounds(v.Right) {
		if v.Facts.Ground != "" && g.Ground == v.Facts.Ground {
			d.Ground, d.Law = k.T("letters.ground."+g.Ground), g.Source
		}
	}
	return d
}

// addOthers adds the other requests behind the same links.
func (s *Site) addOthers(page *statusPage, c echo.Context, v *requests.View) error {
	list, err := s.Office.Mine(c.Request().Context(), callerOf(c), s.Now())
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.ID == v.ID {
			continue
		}
		other, err := s.Office.Open(c.Request().Context(), callerOf(c), s.Now(), r.Reference, false)
		if err != nil {
			return err
		}
		k, err := s.calendarOf(page.Printer, other, other.Now)
		if err != nil {
			return err
		}
		d, err := k.dates()
		if err != nil {
			return err
		}
		page.Others = append(page.Others, ownRequest{
			dates: d, Lead: k.lead(), Says: k.T("portal.stage." + stageOf(r) + ".text"), Href: "/my/" + url.PathEscape(r.Reference), Withdraw: withdrawable(r),
		})
	}
	return nil
}

// leave ends the visit.
func (s *Site) leave(c echo.Context) error {
	if err := s.portal.Destroy(c.Request().Context()); err != nil {
		return err
	}
	page := sentPage{frame: s.frame(c, nil)}
	page.Title = page.T("portal.left.heading")
	return s.render(c, http.StatusOK, "portal/left", page)
}
