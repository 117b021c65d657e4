package web

import (
	"net/url"
	"slices"

	"dsr/policies"
	"dsr/web/site"
)

// choice is one line of a list of choices.
type choice struct {
	Value, Label, Hint string
	ID                 string
	Chosen             bool
}

type whatPage struct {
	formPage
	Own      []choice // what the policy gives to everybody
	More     []choice // what only the law of some places gives
	MoreOpen bool
}

// whatPage lists what somebody can ask for: what the policy promises first,
// nothing ticked that they did not tick.
func (s *public) whatPage(v *visit, page formPage) any {
	p := whatPage{formPage: page}
	p.Title = p.T("ask.what.heading")
	for _, right := range s.Book.Given(v.pack, "", s.Now()) {
		promised := promisedToAll(v.pack, right)
		c := choice{
			Value: string(right), ID: "right-" + string(right), Chosen: slices.Contains(v.Rights, right),
			Label: rightLabel(p.Printer, right), Hint: p.T("ask.right."+string(right)+".hint", "name", v.pack.Controller.Name),
		}
		if promised == nil {
			p.More = append(p.More, c)
			p.MoreOpen = p.MoreOpen || c.Chosen
			continue
		}
		if limits := promised.ScopeIn(p.Language().Tag) + promised.LimitsIn(p.Language().Tag); limits != "" {
			c.Hint += " " + p.T("ask.what.scope", "name", v.pack.Controller.Name, "scope", limits)
		}
		p.Own = append(p.Own, c)
	}
	if len(p.Own) > 0 {
		p.Own[0].ID = "right"
	}
	return p
}

// promisedToAll returns the policy's promise of a right that is not bound to a
// residence, or nil.
func promisedToAll(pack *policies.Pack, right policies.Right) *policies.PromisedRight {
	for i := range pack.Rights {
		if r := &pack.Rights[i]; r.Right == right && len(r.Residences) == 0 {
			return r
		}
	}
	return nil
}

type whatForm struct {
	Rights []string `form:"right"`
}

// takeWhat takes the rights that were ticked. One that exists nowhere under
// this policy is not of this form and is left out.
func (s *public) takeWhat(v *visit, values url.Values) site.Problems {
	var f whatForm
	s.Forms.Read(values, &f)
	v.Rights = nil
	given := s.Book.Given(v.pack, "", s.Now())
	for _, name := range f.Rights {
		if right := policies.Right(name); slices.Contains(given, right) && !slices.Contains(v.Rights, right) {
			v.Rights = append(v.Rights, right)
		}
	}
	if len(v.Rights) == 0 {
		return site.Problems{{Field: "right", Sentence: s.voice(v.c).T("ask.mend.right")}}
	}
	return nil
}
