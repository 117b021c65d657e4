package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
	"dsr/words"
)

type statusPage struct {
	frame
	*dates
	Heading  string
	Lead     string // what was asked and when the answer comes, marked for rich
	Says     string // what is happening now
	Flash    string // what was just done
	Notice   string // why something was not done
	Question *openQuestion
	Proof    *openQuestion // proof that was asked for
	Reopen   bool          // it is set aside and goes on at the press of a button
	Missing  *missing      // what would help to find the reader, or nil

	Files    []fileLine
	Until    string // last day to download them
	Ended    bool   // that day is over
	Decision *decision
	Unhappy  *unhappy
	Messages []messageLine
	Asked    []given // the request in words
	Others   []ownRequest
	More     int // how many requests the visit opens beside those

	Own       string // address of this request's pages
	First     string // reference of the request whose answer is looked at again
	Behalf    bool   // somebody else asked for the reader
	AsAgent   bool   // the reader asked for somebody else
	Withdraw  bool
	Authority policies.Authority
	NoPromise bool
	Assumed   bool
	Signal    bool

	completed string // what is said once something was added
}

// Worked are the dates whose working the page shows.
func (p *statusPage) Worked() []*dates { return []*dates{p.dates} }

// openQuestion is something that only the requester can say.
type openQuestion struct {
	Text, Asked string
	Points      []string // data points, by their labels
	Send        bool     // the reader is who can send it
}

type messageLine struct {
	Author, Date, Body string
	Files              []fileLine
}

// status shows where a request stands.
func (s *public) status(c echo.Context) error {
	page, err := s.statusOf(c)
	if err != nil {
		return err
	}
	page.Flash, page.Notice = flashOf(page, c.QueryParam("done")), noticeOf(page.frame, c.QueryParam("not"))
	return s.render(c, http.StatusOK, "portal/status", page)
}

// flashOf says what was just done. What it may say is known beforehand, so that
// an address cannot put words on the page.
func flashOf(p *statusPage, done string) string {
	switch done {
	case "complete":
		return p.completed
	case "message", "answer", "proof", "withdrawn", "link", "reopened", "renewed", "appeal":
		return p.T("portal.flash." + done)
	}
	return ""
}

// noticeOf says why a page was not opened that an old link or a second press
// asked for.
func noticeOf(f frame, not string) string {
	switch not {
	case "proof", "question", "reopen", "appeal", "withdraw":
		return f.T("portal.not." + not)
	case "complete":
		return f.T("portal.complete.nothing")
	case "place":
		return f.T("portal.complete.known")
	}
	return ""
}

func (s *public) statusOf(c echo.Context) (*statusPage, error) {
	v, caller, err := s.openMine(c)
	if err != nil {
		return nil, err
	}
	page := &statusPage{frame: s.frame(c, v.Pack), Own: "/my/" + url.PathEscape(v.Reference)}
	k, err := s.reading(page.Printer, v, caller)
	if err != nil {
		return nil, err
	}
	if page.dates, err = k.dates(); err != nil {
		return nil, err
	}
	page.tell(k, v)
	page.need(s.Office, k, v)
	page.Missing, page.completed = k.missing(s.Office.Wanted(v)), k.completed(v)
	page.list(k, v)
	page.Unhappy = k.lookAgain(v)
	return page, s.addOthers(page, c, v)
}

// openMine opens the request of an address for who asks.
func (s *public) openMine(c echo.Context) (*requests.View, access.Caller, error) {
	v, err := s.Office.Open(c.Request().Context(), site.Caller(c), s.Now(), c.Param("reference"), false)
	if err != nil {
		return nil, access.Caller{}, err
	}
	return v, s.ActingOn(c, v.Request), nil
}

// reading is the calendar of a request as one reader sees it.
func (s *public) reading(w words.Printer, v *requests.View, caller access.Caller) (*calendar, error) {
	k, err := s.calendarOf(w, v, v.Now)
	if err != nil {
		return nil, err
	}
	k.reader, k.agent = readerOf(v.Request, caller), agentName(v)
	return k, nil
}

// tell says in plain words where the request stands.
func (p *statusPage) tell(k *calendar, v *requests.View) {
	stage := k.stage()
	p.Heading, p.Says = k.T("portal.stage."+stage+".heading"), k.T("portal.stage."+stage+".text")
	p.Title, p.Lead = p.Heading, k.lead()
	if !v.Provisional {
		p.Authority = v.Regime.AuthorityFor(v.Residence)
		p.Authority.Name = p.Authority.NameIn(k.Language().Tag)
	}
	p.NoPromise, p.Assumed, p.Signal = v.Pack.Promises.NoResponse != "" && v.Open() && v.AppealOf == 0, v.Provisional && v.Open(), v.Facts.OptOut
	p.Withdraw, p.Reopen, p.First = withdrawable(v.Request), v.Phase == requests.Aside, v.Facts.AppealOf
	p.Behalf, p.AsAgent = k.reader == onBehalf, k.reader == asAgent
	if till := v.Facts.FilesTill; !till.IsZero() {
		p.Until, p.Ended = k.day(v.FilesUntil(k.place.Zone)), k.now.After(till)
	}
}

// need says what only the requester can do now.
func (p *statusPage) need(o *requests.Office, k *calendar, v *requests.View) {
	if !v.Undecided() {
		return
	}
	if h := v.OpenHold(deadlines.HoldClarification); h != nil {
		p.Question = &openQuestion{Text: lastOf(v.Messages, "clarification"), Asked: k.at(h.From)}
	}
	if asked := v.Facts.Proof; asked.Waiting() {
		p.Proof = &openQuestion{Text: lastOf(v.Messages, "proof"), Asked: k.at(asked.AskedAt), Send: mayProve(k)}
		p.Proof.Points = pointLabels(o, k.Printer, v)
	}
}

// pointLabels names the data points that were asked for, and the declaration.
func pointLabels(o *requests.Office, w words.Printer, v *requests.View) []string {
	var labels []string
	for _, name := range v.Facts.Proof.Points {
		labels = append(labels, o.PointLabel(v.Pack, w.Language().Tag, name))
	}
	if v.Facts.Proof.Declaration {
		labels = append(labels, w.T("proof.declaration.label"))
	}
	return labels
}

// mayProve reports whether the reader can send the proof that is asked for: an
// agent's authority only the agent has.
func mayProve(k *calendar) bool { return !k.r.Facts.Proof.Authority || k.reader == asAgent }

// agentName is who asked for the person, or "".
func agentName(v *requests.View) string {
	if v.Person.Agent == nil {
		return ""
	}
	return v.Person.Agent.Name
}

// lead says what was asked for, and when the answer comes or came; its dates are
// marked for rich.
func (k *calendar) lead() string {
	asked, c := k.asked(), k.first()
	switch {
	case k.r.Phase == requests.Aside:
		return k.sentences(asked, k.T("portal.lead.kept"))
	case !k.r.AnsweredAt.IsZero():
		return k.sentences(asked, k.T("portal.lead.answered", "date", site.Bold(k.at(k.r.AnsweredAt.Time))))
	case !k.r.Open() || c == nil:
		return asked
	case c.Due.Held != "":
		return k.sentences(asked, k.T("portal.lead.held"))
	case !c.Due.OnTime(k.now):
		return k.sentences(asked, k.T("portal.lead.late", "date", site.Bold(k.day(c.Due.Date))))
	}
	return k.sentences(asked, k.T("portal.lead.by", "date", site.Bold(k.day(c.Due.Date))))
}

// asked says what was asked for, by whom and when.
func (k *calendar) asked() string {
	date := k.at(k.r.ReceivedAt)
	switch {
	case k.r.AppealOf != 0:
		return k.T("rights.appeal.asked_on", "date", date)
	case k.reader == asAgent:
		return k.T("letters.other.asked_on", "date", date)
	case k.reader == onBehalf:
		return k.T("portal.behalf.asked_on", "right", k.T("rights."+string(k.r.Right)+".name"), "name", k.agent, "date", date)
	}
	return k.T("rights."+string(k.r.Right)+".asked_on", "date", date)
}

// sentences puts two whole sentences beside each other.
func (k *calendar) sentences(a, b string) string {
	return k.T("portal.sentences", "first", a, "second", b)
}

// stageOf names where a request stands, as its requester sees it.
func stageOf(r *requests.Request) string {
	switch asked := r.Facts.Proof; {
	case r.Undecided() && r.OpenHold(deadlines.HoldClarification) != nil:
		return "question"
	case r.Undecided() && asked.Waiting() && asked.Authority:
		return "authority"
	case r.Undecided() && asked.Waiting():
		return "proof"
	case r.Undecided() && asked.Given():
		return "given"
	case r.AppealOf != 0 && r.Outcome == "":
		return "appeal"
	case r.AppealOf != 0 && !r.AnsweredAt.IsZero():
		return "appealed." + secondLook(r.Outcome)
	case r.Outcome != "":
		return r.Outcome
	}
	return string(r.Phase)
}

// reader is how a reader stands to a request.
type reader string

const (
	forThemselves reader = ""       // asked by the reader for themselves
	asAgent       reader = "agent"  // asked by the reader for somebody else
	onBehalf      reader = "behalf" // asked by somebody else for the reader
)

func readerOf(r *requests.Request, caller access.Caller) reader {
	switch {
	case r.Facts.Agent == nil:
		return forThemselves
	case caller.Kind == access.Agent:
		return asAgent
	}
	return onBehalf
}

// stage names where a request stands for who reads it: proof is asked of one
// person and waited for by another.
func (k *calendar) stage() string {
	switch stage := stageOf(k.r); {
	case stage == "authority" && k.reader != asAgent, stage == "proof" && k.reader == asAgent,
		stage == requests.Withdrawn && k.reader != forThemselves:
		return stage + "_of_other"
	default:
		return stage
	}
}

// secondLook says what became of a decision that was looked at again.
func secondLook(outcome string) string {
	switch outcome {
	case requests.Granted, requests.NothingFound:
		return "changed"
	case requests.Partly:
		return "partly"
	}
	return "stands"
}

// lastOf returns the newest words of staff of a kind.
func lastOf(messages []requests.Entry, kind string) string {
	for i := len(messages) - 1; i >= 0; i-- {
		if m := messages[i]; m.Kind == kind && m.Author == "staff" {
			return m.Body
		}
	}
	return ""
}

// withdrawable reports whether there is still something to withdraw.
func withdrawable(r *requests.Request) bool { return r.Undecided() || r.Phase == requests.Aside }
