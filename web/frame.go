package web

import (
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
}

// house is the controller as its pages show it. The zero house is the program
// itself, on pages that belong to no policy.
type house struct {
	ID       string // of the policy
	Name     string
	Initial  string
	Contact  string // where to write
	Text     string // address of the published policy, or ""
	TextDate policyDate
}

// policyDate is the day of a policy; the zero one stands for an undated text.
type policyDate struct{ Year, Month, Day int }

// IsZero reports whether the policy bears no date.
func (d policyDate) IsZero() bool { return d == policyDate{} }

// frame makes the frame of a page under a policy; nil is a page of the program.
func (s *Site) frame(c echo.Context, p *policies.Pack) frame {
	f := frame{Printer: s.voice(c), House: houseOf(p)}
	if len(s.Words.Languages()) > 1 {
		f.Here = c.Request().URL.Path
	}
	return f
}

func houseOf(p *policies.Pack) house {
	if p == nil {
		return house{}
	}
	h := house{ID: p.ID, Name: p.Controller.Name, Initial: p.Brand.Initial, Contact: p.Contacts.Privacy, Text: p.Policy.URL}
	if p.Policy.Date != nil {
		h.TextDate.Year, h.TextDate.Month, h.TextDate.Day = p.Policy.Date.Civil()
	}
	return h
}

// packBehind returns the policy whose pages an address belongs to, or nil.
func (s *Site) packBehind(address string) *policies.Pack {
	first, _, _ := strings.Cut(strings.TrimPrefix(address, "/"), "/")
	if p, err := s.Book.Pack(first); err == nil {
		return p
	}
	return nil
}

// packOf returns the policy that an address names, or nil.
func (s *Site) packOf(c echo.Context) *policies.Pack {
	p, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return nil
	}
	return p
}
