package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
)

// missing is the box on a request's page that leads to the page below.
type missing struct{ Heading, Text string }

// missing says what would help to find the person, or returns nil where nothing
// is worth asking for.
func (k *calendar) missing(w requests.Wanted) *missing {
	if !w.Missing() {
		return nil
	}
	whose := k.whose()
	box := &missing{Heading: k.T("portal.complete.box.heading" + whose)}
	var list []string
	if w.Place && w.Proposed == "" {
		list = append(list, k.T("letters.received.missing.place"+whose))
	}
	if w.Name {
		list = append(list, k.T("letters.received.missing.name"+whose))
	}
	if len(w.Identifiers) > 0 {
		list = append(list, k.T("letters.received.missing.more"+whose))
	}
	box.Text = k.T("portal.complete.box.text", "list", k.List(list))
	return box
}

// whose tells the words for a reader the request is about from those for one
// who asks for somebody else.
func (k *calendar) whose() string {
	if k.reader == asAgent {
		return ".other"
	}
	return ""
}

// completed says that what was added is there, and that dates moved by it.
func (k *calendar) completed(v *requests.View) string {
	for i := len(v.Timeline) - 1; i >= 0; i-- {
		e := &v.Timeline[i]
		if e.Act != requests.ActComplete {
			continue
		}
		for _, m := range e.Change.Moved {
			for j := range v.Clocks {
				if c := &v.Clocks[j]; c.Name() == m.Clock && c.Answers() {
					return k.T("portal.complete.moved" + k.whose())
				}
			}
		}
		break
	}
	return k.T("portal.complete.done")
}

// completePage asks for what a request came without, on one page: a letter
// seldom says all that the form asks.
type completePage struct {
	*myPage
	placeFields
	Lead  string
	Place bool   // where they live is asked
	Hint  string // about the country
	Lines []askField

	wanted  requests.Wanted
	country string // as it is chosen so far
	told    requests.Complete
}

func (s *public) askComplete(c echo.Context) error {
	page, _, err := s.completeOf(c)
	if err != nil {
		return err
	}
	if !page.wanted.Any() {
		return site.SeeOther(c, page.Own+"?not=complete")
	}
	return s.showComplete(c, http.StatusOK, page)
}

// completeOf opens the page of a request for what can be added to it.
func (s *public) completeOf(c echo.Context) (*completePage, *requests.View, error) {
	page, v, err := s.actOf(c)
	if err != nil {
		return nil, nil, err
	}
	p := &completePage{myPage: page, wanted: s.Office.Wanted(v)}
	reader, whose := readerOf(v.Request, page.caller), ""
	if reader == asAgent {
		whose = ".other"
	}
	p.Title, p.Lead = p.T("portal.complete.heading"+whose), p.T("portal.complete.lead"+whose)
	p.Place, p.Hint = p.wanted.Place, p.T("ask.where.lead")
	if p.told.Residence = p.wanted.Proposed; p.told.Residence != "" {
		p.Hint = p.T("portal.sentences", "first", p.Hint, "second", p.T("portal.complete.proposed"))
	}
	p.country, _, _ = strings.Cut(p.told.Residence, "-")
	if p.wanted.Name {
		line := askField{Name: "name", Kind: "text", Complete: "name", Label: p.T(nameLabel(reader)), Optional: true}
		if whose != "" {
			line.Complete = "off"
		}
		p.Lines = append(p.Lines, line)
	}
	lang := p.Language().Tag
	for _, id := range p.wanted.Identifiers {
		p.Lines = append(p.Lines, askField{Name: identifierField(id.Name), Kind: "text", Complete: "off", Label: id.LabelIn(lang), Hint: id.HintIn(lang), Optional: true})
	}
	return p, v, nil
}

// nameLabel is the key of the label of the person's name.
func nameLabel(r reader) string {
	if r == asAgent {
		return "portal.complete.name.other"
	}
	return "ask.find.own_name"
}

func (s *public) showComplete(c echo.Context, status int, p *completePage) error {
	if p.Bad = len(p.Problems) > 0; p.Bad {
		status = http.StatusUnprocessableEntity
	}
	p.placeFields = s.placeFields(p.Printer, p.country, p.told.Residence, p.told.Residence != "")
	for i := range p.Lines {
		p.Lines[i].Problem = p.Problems.At(p.Lines[i].Name)
	}
	return s.render(c, status, "portal/complete", p)
}

// sendComplete takes what was filled in. Sent twice it is there once; what the
// team has noted meanwhile stays as it is, and the rest is taken all the same.
func (s *public) sendComplete(c echo.Context) error {
	values, err := site.Posted(c)
	if err != nil {
		return err
	}
	page, v, err := s.completeOf(c)
	if err != nil {
		return err
	}
	ask := s.takeComplete(page, v, values)
	switch {
	case len(page.Problems) > 0 && !page.wanted.Any():
		return site.SeeOther(c, page.Own+"?not=complete")
	case ask || len(page.Problems) > 0:
		return s.showComplete(c, http.StatusOK, page)
	}
	_, err = s.do(c, page.myPage, page.told)
	left := ""
	if site.Is[*requests.Refused](err) {
		left, err = s.completeLate(c, page)
	}
	if errors.Is(err, requests.ErrInvalid) {
		page.Problems = site.Problems{{Field: page.first(), Sentence: page.T("portal.complete.mend.not_given", "name", v.Pack.Controller.Name)}}
		return s.showComplete(c, http.StatusOK, page)
	}
	if err != nil {
		return err
	}
	if err := s.Office.CompleteRest(context.WithoutCancel(c.Request().Context()), page.caller, s.Now(), v.Request, page.told); err != nil {
		return err
	}
	return site.SeeOther(c, page.Own+"?done=complete"+left)
}

// completeLate adds what is still missing after the team was quicker with some
// of it.
func (s *public) completeLate(c echo.Context, p *completePage) (left string, err error) {
	v, _, err := s.openMine(c)
	if err != nil {
		return "", err
	}
	wanted, nothing := s.Office.Wanted(v), "complete"
	if p.told.Residence != "" && !wanted.Place && v.Undecided() {
		left, nothing = "&not=place", "place"
	}
	p.told = p.told.Within(wanted)
	if _, err = s.do(c, p.myPage, p.told); errors.Is(err, requests.ErrInvalid) || site.Is[*requests.Refused](err) {
		return "", site.GoTo(p.Own + "?not=" + nothing) // nothing is left to add
	}
	return left, err
}

// takeComplete reads what was filled in and keeps it on the page. It reports
// whether the page has to ask on: for the state, once it knows the country. What
// the page no longer asks for is read too: a second press must say the same.
func (s *public) takeComplete(p *completePage, v *requests.View, values url.Values) (ask bool) {
	ask = s.takePlace(p, values)
	p.told.Name, p.told.Identifiers = p.take("name", values), map[string]string{}
	nothing := p.country == "" && len(p.Problems) == 0 && p.told.Name == ""
	for _, id := range v.Pack.Identifiers {
		value := p.take(identifierField(id.Name), values)
		p.told.Identifiers[id.Name], nothing = value, nothing && value == ""
	}
	if nothing {
		p.Problems = append(p.Problems, site.Problem{Field: p.first(), Sentence: p.T("portal.complete.mend.nothing")})
	}
	return ask
}

// take reads one line, and keeps it where the page asks for it.
func (p *completePage) take(name string, values url.Values) string {
	value := site.OneLine(values.Get(name))
	for i := range p.Lines {
		line := &p.Lines[i]
		if line.Name != name {
			continue
		}
		line.Value = site.Cut(value, longestShown)
		if utf8.RuneCountInString(value) > site.MaxLine {
			p.Problems = append(p.Problems, site.Problem{Field: name, Sentence: p.T("frame.labelled", "label", line.Label, "text", p.N("ask.mend.long", site.MaxLine))})
		}
	}
	return value
}

// takePlace takes country and state. A state of another country, or a form that
// did not ask for one yet, leaves the question open.
func (s *public) takePlace(p *completePage, values url.Values) (ask bool) {
	country, state := values.Get("country"), values.Get("state")
	p.country, p.told.Residence = "", ""
	switch {
	case country == "":
		return false
	case strings.Contains(country, "-") || !p.HasPlace(country):
		p.Problems = append(p.Problems, site.Problem{Field: "country", Sentence: p.T("portal.complete.mend.country")})
		return false
	}
	p.country = country
	switch {
	case !s.lawsDiffer(p.Printer, country), state == placeOther:
		p.told.Residence = country
	case strings.HasPrefix(state, country+"-") && p.HasPlace(state):
		p.told.Residence = state
	case values.Has("state") && state == "":
		p.Problems = append(p.Problems, site.Problem{Field: "state", Sentence: p.T("ask.mend.state")})
	default:
		p.Notice = p.T("portal.complete.state")
		return true
	}
	return false
}

// first is the first line of the page that can be filled in.
func (p *completePage) first() string {
	if p.Place || len(p.Lines) == 0 {
		return "country"
	}
	return p.Lines[0].Name
}
