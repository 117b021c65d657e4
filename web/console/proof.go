package console

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/identity"
	"dsr/requests"
	"dsr/web/site"
)

// What a form about proof is about: an agent's authority, or who somebody is.
const (
	ofAuthority = "authority"
	ofIdentity  = "identity"
)

// beginProof says which proof a form is about, where its address does not:
// the one that was asked for, else what an agent has still to show.
func beginProof(_ *requests.Office, v *requests.View, typed input) {
	agent, asked := v.Facts.Agent, v.Facts.Proof
	switch {
	case typed.Get("of") != "":
	case agent == nil:
		typed.Set("of", ofIdentity)
	case (asked.Waiting() || asked.Given()) && !asked.Authority:
		typed.Set("of", ofIdentity)
	case asked.Waiting() || asked.Given() || agent.Authority == "":
		typed.Set("of", ofAuthority)
	default:
		typed.Set("of", ofIdentity)
	}
}

// beginRejection proposes to ask again for what does not fit, in the
// requester's language: it goes into the letter as it stands.
func beginRejection(office *requests.Office, v *requests.View, typed input) {
	beginProof(office, v, typed)
	if v.Facts.Proof == nil || typed.Has("what") {
		return
	}
	var labels []string
	for _, name := range v.Facts.Proof.Points {
		if typed.Get("fit."+name) != "fits" {
			labels = append(labels, office.PointLabel(v.Pack, v.Language, name))
		}
	}
	typed.Set("what", strings.Join(labels, "\n"))
}

// authority reports whether the form is about an agent's authority.
func (a input) authority() bool { return a.Get("of") == ofAuthority }

// askProof reads the form that asks for proof.
func askProof(a input) requests.Verb {
	v := requests.AskProof{Authority: a.authority(), What: a.Get("what"), Why: a.Get("why")}
	if !v.Authority {
		v.Points, v.Declaration = a.Values["point"], a.Get("declaration") != ""
	}
	return v
}

// recordProof reads the form that accepts proof.
func recordProof(a input) requests.Verb {
	if a.authority() {
		return requests.RecordProof{Authority: a.Get("authority")}
	}
	// Of an agent's request an empty level would stand for an authority. What is
	// no level makes the office ask for one.
	return requests.RecordProof{Level: cmp.Or(a.level(), "not chosen"), Matched: a.matched()}
}

// rejectProof reads the form that sends proof back.
func rejectProof(a input) requests.Verb {
	return requests.RejectProof{What: a.Get("what"), Why: a.Get("why")}
}

// level is the one that was chosen, or the one that the data points come to.
func (a input) level() string {
	chosen, fitting := a.Get("level"), len(a.matched())
	switch {
	case chosen != "":
		return chosen
	case fitting >= 3 && a.Get("declared") != "":
		return string(identity.ThreePoints)
	case fitting >= 2:
		return string(identity.TwoPoints)
	}
	return ""
}

// pointName is what the name of a data point looks like.
var pointName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

// matched lists the data points that fit, by name: ticked, or judged one by one.
func (a input) matched() []string {
	names := slices.Clone(a.Values["matched"])
	for field := range a.Values {
		if name, found := strings.CutPrefix(field, "fit."); found && a.Get(field) == "fits" {
			names = append(names, name)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !pointName.MatchString(name) })
	slices.Sort(names)
	return slices.Compact(names)
}

// about keeps in the form what it is about.
func (f actForm) about() formField {
	return formField{Kind: "hidden", Name: "of", Value: f.typed.Get("of")}
}

// points offers data points as boxes to tick.
func (f actForm) points(name, label, hint string, names []string) formField {
	field := formField{Kind: "checks", Name: name, Label: label, Hint: hint}
	for _, point := range names {
		field.Options = append(field.Options, option{Value: point, Label: f.voice.point(f.Pack, point), Chosen: slices.Contains(f.typed.Values[name], point)})
	}
	return field
}

// proofFields asks what exactly is needed, and why less will not do.
func proofFields(f actForm) []formField {
	why := f.area("why", "Why is less not enough?", "The person reads it.", 3)
	if f.typed.authority() {
		return []formField{f.about(), f.area("what", "What should the agent send?", "Goes into the letter as it stands. For example: the permission that the person signed.", 3), why}
	}
	return []formField{
		f.about(),
		f.points("point", "Which data points should the person name?", "Only what you hold yourselves and can compare. Never an identity document, and never the information that is asked for.", requests.DataPoints(f.Pack, f.Right)),
		{Kind: "check", Name: "declaration", Label: "And a declaration, under penalty of perjury, that they are this person", Value: f.typed.Get("declaration")},
		f.area("what", "Anything else the person should send", "Not needed where a data point is ticked. Goes into the letter as it stands.", 3),
		why,
	}
}

// recordFields compares what came and asks what it proves. Every level is
// offered: whether one is enough is for the office to say.
func recordFields(f actForm) []formField {
	fields := []formField{f.about()}
	if c := compare(f.voice, f.View, f.typed); c != nil {
		fields = append(fields, formField{Kind: "compare", Name: "matched", Compare: c})
	}
	if f.typed.authority() {
		var kinds []option
		for _, a := range f.Version.AgentRule(f.Right).Authority {
			kinds = append(kinds, option{Value: string(a), Label: authorityName(a)})
		}
		return append(fields, formField{Kind: "radios", Name: "authority", Label: "What shows that they may act for the person?", Options: f.chosen("authority", kinds),
			After: "After a signed permission the person’s own proof can still be asked for; a power of attorney and a parent speak for them altogether."})
	}
	if f.Given == nil {
		names := requests.DataPoints(f.Pack, f.Right)
		if asked := f.Facts.Proof; asked != nil && len(asked.Points) > 0 {
			names = asked.Points
		}
		fields = append(fields, f.points("matched", "Which data points fitted?", "Where some were compared: on the telephone, at the counter.", names))
	}
	var levels []option
	for _, l := range identity.Levels()[1:] {
		levels = append(levels, option{Value: string(l), Label: levelName(l), Chosen: string(l) == f.typed.level()})
	}
	return append(fields, formField{Kind: "radios", Name: "level", Label: "How did the person prove who they are?", Options: levels,
		Hint: "What was sent is not kept; the timeline says only that it came and what fitted."})
}

// rejectFields asks what was wrong and what to send instead.
func rejectFields(f actForm) []formField {
	fields := []formField{f.about()}
	if c := compare(f.voice, f.View, f.typed); c != nil {
		fields = append(fields, formField{Kind: "compare", Name: "matched", Compare: c})
	}
	return append(fields, f.area("why", "What does not fit?", "The person reads it. Do not repeat what they sent.", 3),
		f.area("what", "What should they send now?", "Goes into the letter as it stands.", 3))
}

// comparison is proof that came, beside the boxes in which it is judged. What
// was sent is masked until it is shown, like all that names the person.
type comparison struct {
	Points    []comparedPoint
	Declared  string // whether the declaration was ticked; "": it was not asked for
	Text      string
	Files     []fileView
	Masked    bool
	Judges    bool // the caller may judge it
	Authority bool
	Show      string // where the button leads that shows it
	To        string // the page it comes back to
}

// comparedPoint is one data point: what was sent, and what is found of it.
type comparedPoint struct {
	Name, Label, Value string
	Missing            bool // asked for and not sent
	Choices            []option
}

// compare lays out the proof that came, or returns nil where none waits.
func compare(say voice, v *requests.View, typed input) *comparison {
	asked := v.Facts.Proof
	if v.Given == nil || asked == nil {
		return nil
	}
	c := &comparison{Text: v.Given.Text, Masked: v.Masked, Authority: asked.Authority, Judges: lawful(v, requests.ActRecordProof), Show: requestAddress(v.Reference) + "/show"}
	for _, name := range asked.Points {
		value, sent := v.Given.Points[name]
		p := comparedPoint{Name: name, Label: say.point(v.Pack, name), Value: value, Missing: !sent}
		for _, o := range []option{{Value: "fits", Label: "Fits"}, {Value: "differs", Label: "Does not fit"}, {Value: "unchecked", Label: "Not checked"}} {
			o.Chosen = typed.Get("fit."+name) == o.Value
			p.Choices = append(p.Choices, o)
		}
		c.Points = append(c.Points, p)
	}
	if asked.Declaration {
		c.Declared = "not ticked"
		if v.Given.Declared {
			c.Declared = "ticked"
		}
	}
	for _, file := range v.Files {
		if file.Proof && file.Author == "requester" {
			c.Files = append(c.Files, fileOf(v, file))
		}
	}
	if c.Masked {
		c.mask()
	}
	return c
}

// mask hides what was sent, and the ways to it.
func (c *comparison) mask() {
	for i := range c.Points {
		if !c.Points[i].Missing {
			c.Points[i].Value = "•••"
		}
	}
	if c.Text != "" {
		c.Text = "•••"
	}
	for i := range c.Files {
		c.Files[i].Name, c.Files[i].Href = fmt.Sprintf("File %d", i+1), ""
	}
}

// staffDownload lets staff fetch a file. What was sent as proof comes out only
// once it was shown, which stands on the timeline.
func (s *Console) staffDownload(c echo.Context) error {
	id, err := site.Number(c, "file")
	if err != nil {
		return err
	}
	v, _, err := s.view(c)
	if err != nil {
		return err
	}
	for _, f := range v.Files {
		if f.ID == id && f.Proof && f.Author == "requester" && v.Masked {
			return site.SeeOther(c, requestAddress(v.Reference)+"#proof")
		}
	}
	return s.Download(c)
}
