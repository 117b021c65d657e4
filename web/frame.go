package web

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/policies"
	"dsr/words"
)

// frame is what every page of a requester has around its main part: the words
// of their language and the house that answers. Pages embed it, so that a
// template says {{.T "key"}} and {{.Date …}}.
type frame struct {
	words.Printer
	Title string
	Bad   bool // a form came back with something to mend
	House house
	Here  string // where choosing a language leads back to; empty where there is no choice
	// Named is the language that the address names, for links to hand on; ""
	// where the browser remembers it.
	Named  string
	Framed bool // the page stands in a frame of another site
}

// house is the controller as its pages show it. The zero house is the program
// itself, on pages that belong to no policy.
type house struct {
	ID       string // of the policy
	Name     string
	Initial  string
	Logo     string   // address of the picture that stands for the initial, or ""
	Contact  string   // where to write
	Phone    string   // as written for people, or ""
	Address  []string // the lines of the postal address, or none
	Text     string   // address of the published policy, or ""
	TextDate policyDate
}

// policyDate is the day of a policy; the zero one stands for an undated text.
type policyDate struct{ Year, Month, Day int }

// IsZero reports whether the policy bears no date.
func (d policyDate) IsZero() bool { return d == policyDate{} }

// frame makes the frame of a page under a policy; nil is a page of the program.
func (s *public) frame(c echo.Context, p *policies.Pack) frame {
	f := frame{Printer: s.voice(c), House: houseOf(p), Named: s.namedLanguage(c), Framed: inFrame(c, p)}
	if p != nil {
		f.House.Logo = s.Assets.LogoURL(p.ID)
		// Whoever asked under an earlier text is told where to write today.
		if today, err := s.Book.Pack(p.ID); err == nil {
			f.House.reach(today)
		}
	}
	if len(s.Words.Languages()) > 1 {
		f.Here = s.hereOf(c, p)
	}
	return f
}

// hereOf is the address of a page without what concerns this visit only. A right
// that a link named stays named in another language.
func (s *public) hereOf(c echo.Context, p *policies.Pack) string {
	here := c.Request().URL.Path
	if p != nil && c.Path() == formPath {
		if right := s.linkedRight(c, p); right != "" {
			here += "?right=" + url.QueryEscape(string(right))
		}
	}
	return here
}

func houseOf(p *policies.Pack) house {
	if p == nil {
		return house{}
	}
	h := house{ID: p.ID, Name: p.Controller.Name, Initial: p.Brand.Initial, Text: p.Policy.URL}
	h.reach(p)
	if p.Policy.Date != nil {
		h.TextDate.Year, h.TextDate.Month, h.TextDate.Day = p.Policy.Date.Civil()
	}
	return h
}

// reach fills in how to reach the house.
func (h *house) reach(p *policies.Pack) {
	h.Contact, h.Phone, h.Address = p.Contacts.Privacy, p.Contacts.Phone, p.Controller.AddressLines()
}

// Tel is the telephone number as a link dials it (RFC 3966).
func (h house) Tel() string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, h.Phone)
}

// policyTitle names the text of a policy by its day.
func policyTitle(w words.Printer, h house) string {
	if h.TextDate.IsZero() {
		return w.T("ask.foot.policy_undated")
	}
	return w.T("ask.foot.policy_of", "date", w.LongDate(h.TextDate.Year, h.TextDate.Month, h.TextDate.Day))
}

// packBehind returns the policy whose pages an address belongs to, or nil.
func (s *public) packBehind(address string) *policies.Pack {
	first, _, _ := strings.Cut(strings.TrimPrefix(address, "/"), "/")
	return s.PackNamed(first)
}

// packOf returns the policy that an address names, or nil.
func (s *public) packOf(c echo.Context) *policies.Pack { return s.PackNamed(c.Param("policy")) }
