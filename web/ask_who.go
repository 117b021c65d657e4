package web

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"dsr/requests"
	"dsr/web/site"
)

type whoPage struct {
	formPage
	Choices []choice
}

// whoPage asks whether somebody asks for themselves.
func (s *public) whoPage(v *visit, page formPage) any {
	p := whoPage{formPage: page}
	p.Title = p.T("ask.who.heading")
	p.Choices = []choice{
		{ID: "who", Value: forSelf, Label: p.T("ask.who.self")},
		{ID: "who-child", Value: forChild, Label: p.T("ask.who.child"), Hint: p.T("ask.who.child.hint")},
		{ID: "who-agent", Value: forOther, Label: p.T("ask.who.agent"), Hint: p.T("ask.who.agent.hint")},
	}
	for i := range p.Choices {
		p.Choices[i].Chosen = p.Choices[i].Value == v.For
	}
	return p
}

type whoForm struct {
	Who string `form:"who" validate:"oneof=self child agent"`
}

func (s *public) takeWho(v *visit, values url.Values) site.Problems {
	var f whoForm
	s.Forms.Read(values, &f)
	if len(s.Forms.Check(&f)) > 0 {
		v.For = ""
		return site.Problems{{Field: "who", Sentence: s.voice(v.c).T("ask.mend.who")}}
	}
	v.For = f.Who
	return nil
}

// askField is one line to write on.
type askField struct {
	Name, Label, Hint, Value, Problem string
	Kind                              string // of the input: text or email
	Complete                          string // what a browser may fill in
	Optional, Short                   bool
}

// Direction is how the line is written: an address from left to right in any
// language, everything else as its first letter says.
func (f askField) Direction() string {
	if f.Kind == "email" {
		return "ltr"
	}
	return "auto"
}

// Described lists the ids of what is said about the line.
func (f askField) Described() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	if f.Problem != "" {
		ids = append(ids, f.Name+"-err")
	}
	return strings.Join(ids, " ")
}

type findPage struct {
	formPage
	Lead   string
	About  []askField // the person the information is about
	Own    []askField // who asks, when that is somebody else
	AboutH string
	OwnH   string
}

// findPage asks for what finds a person: their address, and the pack's
// identifiers where a right needs them.
func (s *public) findPage(v *visit, page formPage) any {
	p := findPage{formPage: page}
	name := v.pack.Controller.Name
	p.Title, p.Lead = p.T("ask.find.heading"), p.T("ask.find.lead")
	about := askField{Name: "email", Kind: "email", Complete: "email", Value: v.Email, Label: p.T("ask.find.email", "name", name), Hint: p.T("ask.find.email.hint")}
	if v.forAnother() {
		p.Title, p.AboutH, p.OwnH = p.T("ask.find.other.heading"), p.T("ask.find.about"), p.T("ask.find.own")
		p.Lead = p.T("ask.find.other.lead." + v.For)
		about.Label, about.Hint, about.Complete = p.T("ask.find.other.email", "name", name), p.T("ask.find.other.email.hint"), "off"
		p.Own = []askField{
			{Name: "own_name", Kind: "text", Complete: "name", Value: v.OwnName, Label: p.T("ask.find.own_name")},
			{Name: "own_email", Kind: "email", Complete: "email", Value: v.OwnEmail, Label: p.T("ask.find.own_email"), Hint: p.T("ask.find.email.hint")},
		}
	}
	p.About = []askField{about}
	for _, id := range v.identifiers(s.Book, v.pack, s.Now()) {
		p.About = append(p.About, askField{Name: identifierField(id.Name), Kind: "text", Complete: "off", Value: v.Identifiers[id.Name], Label: id.LabelIn(p.Language().Tag), Hint: id.HintIn(p.Language().Tag), Optional: true, Short: true})
	}
	for _, list := range [][]askField{p.About, p.Own} {
		for i := range list {
			list[i].Problem = page.Problems.At(list[i].Name)
		}
	}
	return p
}

// identifierField keeps a pack's names apart from those of the form.
func identifierField(name string) string { return "id-" + name }

// selfForm is what somebody says who asks for themselves.
type selfForm struct {
	Email string `form:"email" validate:"required,address"`
}

// otherForm is what somebody says who asks for another person.
type otherForm struct {
	Email    string `form:"email" validate:"required,address"`
	OwnName  string `form:"own_name" validate:"required,max=200"`
	OwnEmail string `form:"own_email" validate:"required,address"`
}

func (s *public) takeFind(v *visit, values url.Values) site.Problems {
	var list site.Problems
	mend := func(broken [][2]string) {
		for _, b := range broken {
			list = append(list, site.Problem{Field: b[0], Sentence: s.voice(v.c).T("ask.mend." + b[0] + "." + b[1])})
		}
	}
	if v.forAnother() {
		var f otherForm
		s.Forms.Read(values, &f)
		v.Email, v.OwnName, v.OwnEmail = f.Email, f.OwnName, f.OwnEmail
		mend(s.Forms.Check(&f))
	} else {
		var f selfForm
		s.Forms.Read(values, &f)
		v.Email = f.Email
		mend(s.Forms.Check(&f))
	}
	v.Identifiers = map[string]string{}
	for _, id := range v.identifiers(s.Book, v.pack, s.Now()) {
		value := site.OneLine(values.Get(identifierField(id.Name)))
		v.Identifiers[id.Name] = value
		if utf8.RuneCountInString(value) > site.MaxLine {
			list = append(list, site.Problem{Field: identifierField(id.Name), Sentence: s.voice(v.c).N("ask.mend.long", site.MaxLine)})
		}
	}
	return list
}

type particularPage struct {
	formPage
	Details string
	Hint    string
}

// particularPage asks for anything else, in the person's own words.
func (s *public) particularPage(v *visit, page formPage) any {
	p := particularPage{formPage: page, Details: v.Details}
	p.Title, p.Hint = p.T("ask.particular.heading"), p.T("ask.particular.hint")
	for _, right := range v.Rights {
		if right == "correction" {
			p.Hint = p.T("ask.particular.correction")
		}
	}
	return p
}

func (s *public) takeParticular(v *visit, values url.Values) site.Problems {
	v.Details, v.Told = site.Trimmed(values, "words"), true
	if n := utf8.RuneCountInString(v.Details); n > requests.MaxDetails {
		return site.Problems{{Field: "words", Sentence: s.voice(v.c).N("ask.mend.words", n, "most", requests.MaxDetails)}}
	}
	return nil
}
