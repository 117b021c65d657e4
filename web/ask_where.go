package web

import (
	"net/url"
	"slices"
	"strings"

	"dsr/policies"
	"dsr/web/site"
	"dsr/words"
)

// Choices that name no place.
const (
	placeUnsaid = "none"  // rather not say: the strictest law we know counts
	placeOther  = "other" // in this country, but in none of the states listed
)

type wherePage struct {
	formPage
	placeFields
	NotGiven bool   // some right there is not where the person lives
	Without  bool   // the form can go on without what is not given there
	What     string // address of the first question
}

// placeFields are the lists to choose a place from: the country, and once that
// is known its state where the law differs by state.
type placeFields struct {
	Places    []choice
	States    []choice // of the country chosen, where its parts have laws of their own
	StateHint string
}

// placeFields fills the lists in for what was chosen so far; placed says that
// nothing is asked any more.
func (s *public) placeFields(w words.Printer, country, residence string, placed bool) placeFields {
	var p placeFields
	for _, place := range w.Countries() {
		p.Places = append(p.Places, choice{Value: place.Code, Label: place.Name, Chosen: place.Code == country})
	}
	if !s.lawsDiffer(w, country) {
		return p
	}
	p.StateHint = w.T("ask.where.state.hint", "country", w.Country(country))
	for _, part := range w.Subdivisions(country) {
		p.States = append(p.States, choice{Value: part.Code, Label: part.Name, Chosen: part.Code == residence})
	}
	p.States = append(p.States, choice{Value: placeOther, Label: w.T("ask.where.state.other"), Chosen: placed && residence == country})
	return p
}

// wherePage asks for the country, and once that is known for its state where
// the law differs by state.
func (s *public) wherePage(v *visit, page formPage) any {
	p := wherePage{formPage: page, What: v.at(stepWhat)}
	p.Title = p.T("ask.where.heading")
	missing := v.notGiven(s.Book, v.pack, s.Now())
	p.NotGiven, p.Without = len(missing) > 0, len(missing) > 0 && len(missing) < len(v.Rights)
	p.placeFields = s.placeFields(p.Printer, v.Country, v.Residence, v.Placed)
	p.Places = append(p.Places, choice{Value: placeUnsaid, Label: p.T("ask.where.unsaid"), Chosen: v.Placed && v.Country == ""})
	return p
}

// lawsDiffer reports whether a country has several laws by its parts.
func (s *public) lawsDiffer(w words.Printer, country string) bool {
	laws := 0
	for _, regime := range s.Book.Regimes() {
		if slices.ContainsFunc(regime.Residences, func(code string) bool {
			cc, part, _ := strings.Cut(code, "-")
			return cc == country && (part == "" || w.HasPlace(code))
		}) {
			laws++
		}
	}
	return country != "" && laws > 1
}

type whereForm struct {
	Country string `form:"country"`
	State   string `form:"state"`
}

// takeWhere takes the place. Without a state, where one is needed, the question
// stays open and the page asks for it.
func (s *public) takeWhere(v *visit, values url.Values) site.Problems {
	var f whereForm
	s.Forms.Read(values, &f)
	w := s.voice(v.c)
	v.Country, v.Residence, v.Placed = "", "", false
	switch {
	case f.Country == placeUnsaid:
		v.Placed = true
	case f.Country == "" || strings.Contains(f.Country, "-") || !w.HasPlace(f.Country):
		return site.Problems{{Field: "country", Sentence: w.T("ask.mend.country")}}
	case !s.lawsDiffer(w, f.Country):
		v.Country, v.Residence, v.Placed = f.Country, f.Country, true
	default:
		v.Country = f.Country
		if list := v.takeState(w, f.State, values.Has("state")); len(list) > 0 || !v.Placed {
			return list
		}
	}
	if values.Get("without") != "" {
		if missing := v.notGiven(s.Book, v.pack, s.Now()); len(missing) < len(v.Rights) {
			v.Rights = slices.DeleteFunc(v.Rights, func(r policies.Right) bool { return slices.Contains(missing, r) })
		}
	}
	return s.notGivenProblem(v)
}

// takeState takes the state of a country that was chosen before. A state of
// another country, or a form that did not ask yet, leaves the question open.
func (v *visit) takeState(w words.Printer, state string, asked bool) site.Problems {
	switch {
	case state == placeOther:
		v.Residence, v.Placed = v.Country, true
	case strings.HasPrefix(state, v.Country+"-") && w.HasPlace(state):
		v.Residence, v.Placed = state, true
	case asked && state == "":
		return site.Problems{{Field: "state", Sentence: w.T("ask.mend.state")}}
	}
	return nil
}

// notGivenProblem says which rights there are not where the person lives, and
// what they can do.
func (s *public) notGivenProblem(v *visit) site.Problems {
	missing := v.notGiven(s.Book, v.pack, s.Now())
	if len(missing) == 0 {
		return nil
	}
	w := s.voice(v.c)
	return site.Problems{{Field: "country", Sentence: w.T("ask.mend.not_given", "name", v.pack.Controller.Name, "place", placeName(w, v.Residence), "rights", quotedList(w, missing))}}
}

// placeName writes a residence: "California, United States".
func placeName(w words.Printer, residence string) string {
	country, _, inside := strings.Cut(residence, "-")
	switch {
	case residence == "":
		return w.T("ask.where.unsaid_answer")
	case !inside:
		return w.Country(residence)
	case !w.HasPlace(residence):
		return w.Country(country)
	}
	return w.T("ask.where.state_of", "state", w.Subdivision(residence), "country", w.Country(country))
}
