package web

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
)

// proofPage asks for what the team named as proof: of who somebody is, or that
// they may ask for another person. Nothing is filled in beforehand, because what
// is compared must come from the person.
type proofPage struct {
	*myPage
	Says      string // what the team wrote
	Lead      string
	Points    []askField
	Declare   bool // the declaration is asked for
	Declared  bool // it was ticked
	Authority bool // of an agent, not identity
	TextLabel string
	TextHint  string
	FileLabel string
}

// askProof shows what is asked for and why.
func (s *public) askProof(c echo.Context) error {
	page, _, err := s.proofOf(c)
	if err != nil {
		return err
	}
	return s.showProof(c, http.StatusOK, page)
}

// proofOf opens the page of a request that waits for proof. One that does not
// leads back to where it stands.
func (s *public) proofOf(c echo.Context) (*proofPage, *requests.View, error) {
	page, v, err := s.actOf(c)
	if err != nil {
		return nil, nil, err
	}
	if !v.Facts.Proof.Waiting() || !v.Undecided() {
		return nil, nil, site.GoTo(page.Own + "?not=proof")
	}
	asked := v.Facts.Proof
	if asked.Authority && readerOf(v.Request, page.caller) != asAgent {
		return nil, nil, site.GoTo(page.Own) // it says who is asked
	}
	return s.newProof(page, v), v, nil
}

func (s *public) newProof(page *myPage, v *requests.View) *proofPage {
	asked, kind := v.Facts.Proof, "identity"
	switch {
	case asked.Authority:
		kind = "authority"
	case readerOf(v.Request, page.caller) == asAgent:
		kind = "other"
	}
	p := &proofPage{myPage: page, Says: lastOf(v.Messages, "proof"), Declare: asked.Declaration, Authority: asked.Authority}
	p.Title, p.Lead = p.T("proof."+kind+".heading"), p.T("proof."+kind+".lead")
	p.FileLabel, p.TextLabel, p.TextHint = p.T("portal.files.label"), p.T("proof.text.label"), p.T("portal.message.hint")
	if asked.Authority {
		p.FileLabel, p.TextLabel = p.T("proof.authority.file"), p.T("proof.authority.text")
	}
	for _, name := range asked.Points {
		p.Points = append(p.Points, askField{Name: pointField(name), Kind: "text", Complete: "off", Short: true, Label: s.Office.PointLabel(v.Pack, p.Language().Tag, name)})
	}
	return p
}

// pointField keeps the names of data points apart from those of the form.
func pointField(name string) string { return "point-" + name }

func (s *public) showProof(c echo.Context, status int, page *proofPage) error {
	page.Bad = len(page.Problems) > 0
	for i := range page.Points {
		page.Points[i].Problem = page.Problems.At(page.Points[i].Name)
	}
	return s.render(c, status, "portal/proof", page)
}

// sendProof passes on what was sent as proof. Sent twice it came once.
func (s *public) sendProof(c echo.Context) error {
	up, err := site.PostedFiles(c)
	if err != nil {
		return err
	}
	page, v, err := s.proofOf(c)
	if err != nil {
		return s.proofCame(c, err)
	}
	given := page.take(v, up)
	if page.Problems = page.mend(v, up, &given); len(page.Problems) > 0 {
		return s.showProof(c, http.StatusUnprocessableEntity, page)
	}
	_, err = s.do(c, page.myPage, given)
	if errors.Is(err, requests.ErrInvalid) {
		page.Problems = site.Problems{{Field: page.first(), Sentence: page.T("proof.mend.nothing")}}
		return s.showProof(c, http.StatusUnprocessableEntity, page)
	}
	if err != nil && !site.Is[*requests.Refused](err) { // refused: another press was quicker
		return err
	}
	return site.SeeOther(c, page.Own+"?done=proof")
}

// proofCame tells a second press, whose proof has come already, from a form
// that nobody asked for.
func (s *public) proofCame(c echo.Context, cause error) error {
	if !site.Is[site.Redirect](cause) {
		return cause
	}
	page, v, err := s.actOf(c)
	if err != nil {
		return err
	}
	if v.Facts.Proof.Given() {
		return site.SeeOther(c, page.Own+"?done=proof")
	}
	return cause
}

// take reads what was typed and keeps it on the page.
func (p *proofPage) take(v *requests.View, up *site.Upload) requests.GiveProof {
	p.Text, p.Declared = strings.TrimSpace(up.Values.Get("text")), up.Values.Get("declared") == "yes"
	if len(up.Files) > 0 {
		p.Notice = p.T("portal.files.again")
	}
	given := requests.GiveProof{Points: map[string]string{}, Declared: p.Declared, Text: p.Text, Files: up.Files}
	for i, name := range v.Facts.Proof.Points {
		value := site.OneLine(up.Values.Get(pointField(name)))
		p.Points[i].Value, given.Points[name] = site.Cut(value, longestShown), value
	}
	return given
}

// longestShown is how much of a line that is too long a page repeats.
const longestShown = 1000

// mend says what is wrong with what was sent, in the order of the page.
func (p *proofPage) mend(v *requests.View, up *site.Upload, given *requests.GiveProof) site.Problems {
	list := site.Problems{}
	nothing := p.Text == "" && len(up.Files) == 0
	for i, name := range v.Facts.Proof.Points {
		value := given.Points[name]
		nothing = nothing && value == ""
		if utf8.RuneCountInString(value) > site.MaxLine {
			list = append(list, site.Problem{Field: pointField(name), Sentence: p.T("frame.labelled", "label", p.Points[i].Label, "text", p.N("ask.mend.long", site.MaxLine))})
		}
	}
	switch {
	case nothing && len(up.Faults) == 0 && p.Authority:
		list = append(list, site.Problem{Field: p.first(), Sentence: p.T("proof.mend.file")})
	case nothing && len(up.Faults) == 0:
		list = append(list, site.Problem{Field: p.first(), Sentence: p.T("proof.mend.nothing")})
	}
	list = append(list, p.mendFiles(v, up)...)
	list = append(list, p.mendLength()...)
	if p.Declare && !p.Declared {
		list = append(list, site.Problem{Field: "declared", Sentence: p.T("proof.mend.declared")})
	}
	return list
}

// first is the first line of the page that can be filled in.
func (p *proofPage) first() string {
	switch {
	case len(p.Points) > 0:
		return p.Points[0].Name
	case p.Authority:
		return "file"
	}
	return "text"
}
