package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// appealPage asks what should be looked at again, and says what happens then.
type appealPage struct {
	*myPage
	Until string // last day to ask, where the law names one
	By    string // when the answer comes, in a sentence
}

// askAppeal shows the page, or leads back where there is nothing to look at
// again.
func (s *public) askAppeal(c echo.Context) error {
	page, v, err := s.actOf(c)
	if err != nil {
		return err
	}
	if !v.Appeal {
		return s.noAppeal(c, page, v)
	}
	return s.showAppeal(c, http.StatusOK, page, v)
}

// noAppeal leads to the case that looks again already, or back to the request,
// whose page says why not.
func (s *public) noAppeal(c echo.Context, page *myPage, v *requests.View) error {
	if v.Facts.Appealed != "" {
		return site.SeeOther(c, "/my/"+url.PathEscape(v.Facts.Appealed)+"?done=appeal")
	}
	return site.SeeOther(c, page.Own+"?not=appeal")
}

func (s *public) showAppeal(c echo.Context, status int, page *myPage, v *requests.View) error {
	p := appealPage{myPage: page}
	p.Title, p.Bad = p.T("portal.appeal.heading"), len(p.Problems) > 0
	if v.AppealUntil != 0 {
		p.Until = p.on(v.AppealUntil)
	}
	by, law, err := s.appealAnswer(v)
	if err != nil {
		return err
	}
	if by != 0 {
		p.By = p.T("portal.appeal.by."+string(law), "date", p.on(by))
	}
	return s.render(c, status, "portal/appeal", p)
}

// appealAnswer returns the day by which an appeal made now is answered, and
// whether the law or the house sets it.
func (s *public) appealAnswer(v *requests.View) (deadlines.Date, policies.Basis, error) {
	ruling, err := s.Book.RuleAppeal(policies.Question{Pack: v.Pack, Right: v.Right, Residence: v.Residence, ReceivedAt: v.Now}, v.Request.Regime)
	if err != nil {
		return 0, "", err
	}
	place, err := s.Book.Place(ruling.Zone, ruling.Calendar)
	if err != nil {
		return 0, "", err
	}
	for i := range ruling.Clocks {
		clock := &ruling.Clocks[i]
		if !clock.Answers() {
			continue
		}
		due, err := clock.Rule.Due(&deadlines.Facts{ReceivedAt: v.Now, AsOf: v.Now}, place)
		return due.Date, clock.Basis, err
	}
	return 0, "", nil
}

// sendAppeal makes the case that looks again and leads to it. Sent twice it is
// one case.
func (s *public) sendAppeal(c echo.Context) error {
	page, v, up, err := s.written(c)
	if err != nil {
		return err
	}
	if !v.Appeal {
		return s.noAppeal(c, page, v)
	}
	page.Problems = page.mendAppeal(v, up)
	if len(page.Problems) > 0 {
		return s.showAppeal(c, http.StatusUnprocessableEntity, page, v)
	}
	after, err := s.do(c, page, requests.Appeal{Text: page.Text, Files: up.Files})
	switch {
	case site.Is[*requests.Refused](err):
		return site.SeeOther(c, page.Own+"/appeal") // another press was quicker: it leads to the case
	case errors.Is(err, requests.ErrInvalid):
		page.Problems = site.Problems{{Field: "text", Sentence: page.T("portal.appeal.mend")}}
		return s.showAppeal(c, http.StatusUnprocessableEntity, page, v)
	case err != nil:
		return err
	}
	return site.SeeOther(c, "/my/"+url.PathEscape(after.Facts.Appealed)+"?done=appeal")
}

func (p *myPage) mendAppeal(v *requests.View, up *site.Upload) site.Problems {
	if p.Text == "" {
		return append(site.Problems{{Field: "text", Sentence: p.T("portal.appeal.mend")}}, p.mendFiles(v, up)...)
	}
	return append(p.mendLength(), p.mendFiles(v, up)...)
}
