package console

import (
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/deadlines"
	"dsr/requests"
	"dsr/web/site"
	"dsr/workflow"
)

// requestPage is everything the team sees of one request.
type requestPage struct {
	shell
	Ref, Right string
	Address    string // of this page
	Tag        dueText
	TagClass   string
	Back       string
	BackName   string
	Around     *aroundLinks // its neighbours in the list it was opened from
	Phases     []phaseStep
	Primary    *actLink
	Menu       []actLink
	Cards      []clockCard
	Clocks     []clockRow
	Strip      template.HTML
	Sheet      requestSheet
	Proof      *comparison // proof that waits to be judged
	Proposal   *proposalView
	Reading    *readingView // what was read from the message, until somebody confirms it
	About      string       // what it proves: an agent's authority, or identity
	Revision   int64
	Notes      []note // what to know before anything else
	Days       []timelineDay
	Filters    []timelineFilter
	Side       sideColumn
}

// phaseStep is one step of the stepper: past, current or to come.
type phaseStep struct {
	Name          string
	Past, Current bool
}

// actLink is an act in the menu, with the reason why it is not lawful now.
type actLink struct {
	Label, Href string
	WhyNot      string
	Apart       bool // begins a new group of the menu
}

// openRequest shows one request.
func (s *Console) openRequest(c echo.Context) error {
	v, shown, err := s.view(c)
	if err != nil {
		return err
	}
	page, err := s.requestPage(c, v, shown)
	if err != nil {
		return err
	}
	s.keepCookie(c, lastCookie, v.Reference, 0)
	return s.render(c, http.StatusOK, "request", page)
}

// view opens the request in the address for the caller. Their session may show
// the requester's details still; then it says until when.
func (s *Console) view(c echo.Context) (v *requests.View, until time.Time, err error) {
	ctx, caller, now := c.Request().Context(), site.Caller(c), s.Now()
	if v, err = s.Office.Open(ctx, caller, now, c.Param("reference"), false); err != nil {
		return nil, until, err
	}
	seconds, shown := s.shown(c)[v.ID]
	if !shown {
		return v, until, nil
	}
	v, err = s.Office.Open(ctx, caller, now, v.Reference, true)
	return v, time.Unix(seconds, 0), err
}

// requestPage words everything about a request. Shown is until when the
// requester's details are open to the caller.
func (s *Console) requestPage(c echo.Context, v *requests.View, shown time.Time) (page requestPage, err error) {
	place, err := s.Book.Place(v.Ruling.Zone, v.Ruling.Calendar)
	if err != nil {
		return page, err
	}
	team, err := s.team(c)
	if err != nil {
		return page, err
	}
	if page.shell, err = s.shell(c, v.Reference, ""); err != nil {
		return page, err
	}
	t := teller{voice: team, caller: site.Caller(c).ID, place: place, now: v.Now, req: v}
	page.Ref, page.Right, page.Address = v.Reference, team.right(v.Right), requestAddress(v.Reference)
	page.Back, page.BackName = backToList(c)
	if page.Around, err = s.neighbours(c, v.Reference); err != nil {
		return page, err
	}
	page.Tag, page.TagClass = tagOf(v, place)
	page.Phases = phasesOf(v)
	page.Primary, page.Menu = actLinks(v)
	clocks := clockwork{View: v, place: place, book: s.Book}
	page.Cards = clocks.cards()
	if v.Phase != requests.Aside {
		page.Strip = stripFor(v.Request, place, v.Now).Large()
	}
	if page.Clocks, err = clocks.rows(); err != nil {
		return page, err
	}
	page.Sheet, page.Proposal, page.Reading = sheetOf(t, v), proposalOf(t, v), readingOf(t, v)
	page.Days, page.Filters = t.timeline(v.Timeline, onlyOf(c))
	page.Side = sideOf(t, v)
	if page.Side.CanLabel = site.Caller(c).May(access.Label, v.Policy); page.Side.CanLabel {
		if page.Side.Suggested, err = s.suggestedLabels(c, v); err != nil {
			return page, err
		}
	}
	page.Revision, page.Notes = v.Revision, slices.Concat(asideNotes(t, v), looksOf(t, v))
	if page.Proof = compare(team, v, input{}); page.Proof != nil {
		page.Proof.To, page.About = "proof", ofIdentity
		if page.Proof.Authority {
			page.About = ofAuthority
		}
	}
	if !v.Masked {
		page.Side.ShownUntil = shown.In(place.Zone).Format("15:04")
	}
	return page, nil
}

// onlyOf is the timeline's filter from the address.
func onlyOf(c echo.Context) string {
	if only := c.QueryParam("only"); slices.Contains([]string{"messages", "decisions", "clocks", "system", "people"}, only) {
		return only
	}
	return ""
}

// tagOf is the tag beside the title: how far off the governing date is, or how
// the request ended.
func tagOf(v *requests.View, place deadlines.Place) (dueText, string) {
	tag := dueOf(v.Request, place, v.Now)
	if v.Open() {
		return tag, tag.State
	}
	tag.Left = requests.PhaseName(v.Phase) + ", " + lower(requests.OutcomeName(v.Outcome))
	return tag, ""
}

// phasesOf makes the stepper. One that was set aside stands after the phases it
// went through.
func phasesOf(v *requests.View) []phaseStep {
	var steps []phaseStep
	passed := passedPhases(v.Timeline)
	if v.Phase == requests.Aside {
		for _, p := range requests.Phases() {
			if passed[p] {
				steps = append(steps, phaseStep{Name: requests.PhaseName(p), Past: true})
			}
		}
		return append(steps, phaseStep{Name: requests.PhaseName(requests.Aside), Current: true})
	}
	current := slices.Index(requests.Phases(), v.Phase)
	for i, p := range requests.Phases() {
		steps = append(steps, phaseStep{Name: requests.PhaseName(p), Current: i == current, Past: i < current && passed[p]})
	}
	return steps
}

// passedPhases lists the phases a request went through, from its acts: not
// every request is asked for proof, and one that was dismissed never came to a
// decision.
func passedPhases(timeline []requests.Event) map[workflow.Phase]bool {
	passed := map[workflow.Phase]bool{requests.Triage: true}
	for i := range timeline {
		switch timeline[i].Act {
		case requests.ActAskProof, requests.ActRejectProof, requests.ActRecordProof, requests.ActConfirm:
			passed[requests.Verification] = true
		case requests.ActTakeUp:
			passed[requests.Search] = true
		case requests.ActFindings:
			passed[requests.Search], passed[requests.Decision] = true, true
		case requests.ActApprove:
			passed[requests.Answer] = passed[requests.Decision] // a dismissal ends it without
		case requests.ActDecide:
			passed[requests.Decision], passed[requests.Answer] = true, true
		}
	}
	return passed
}

// actLinks are the office's acts as links: the one next lawful step, and the
// menu. What is not lawful now leads to a page that says why.
func actLinks(v *requests.View) (primary *actLink, menu []actLink) {
	for i, o := range v.Acts {
		a := actOf(o.Act)
		link := actLink{Label: o.Label, Href: requestAddress(v.Reference) + "/" + a.slug}
		if !o.Lawful() {
			link.WhyNot = inShort(o.Objections[0])
		}
		if o.Primary && o.Lawful() {
			primary = &link
			continue
		}
		link.Apart = i > 0 && (o.Act == requests.ActExtend || o.Act == requests.ActSetLaw || o.Act == requests.ActWithdraw)
		menu = append(menu, link)
	}
	// Whoever decided first cannot decide the second look: a colleague can.
	if primary == nil && v.AppealOf != 0 && v.Phase == requests.Decision && lawful(v, requests.ActAssign) {
		primary = &actLink{Label: "Assign to a colleague", Href: requestAddress(v.Reference) + "/" + actOf(requests.ActAssign).slug}
	}
	return primary, menu
}

// inShort is the first sentence of an objection, with its source: the page of
// the act says the rest. What a role lacks is said whole.
func inShort(o requests.Objection) string {
	first, _, more := strings.Cut(o.Sentence, ". ")
	switch {
	case strings.HasPrefix(first, "You are signed in"):
		first = o.Sentence
	case more:
		first += "."
	}
	if !strings.HasPrefix(first, "Cannot") {
		first = "Not now: " + first
	}
	return strings.TrimSpace(first + " " + o.Source)
}

// lawful reports whether nothing stands against an act for the caller.
func lawful(v *requests.View, act workflow.Act) bool {
	for _, o := range v.Acts {
		if o.Act == act {
			return o.Lawful()
		}
	}
	return false
}
