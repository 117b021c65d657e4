package evidence

import (
	"fmt"
	"strconv"
	"strings"

	"dsr/audit"
	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
)

// paper is what page and print show, in the same words and order.
type paper struct {
	Reference, Right string
	Controller       string
	Status           string
	Lead             string
	Personal         bool
	Sections         []section
	Foot             string
}

// section is a numbered part of the paper. What it does not have is empty.
type section struct {
	Title  string
	Lead   string
	Facts  []fact
	Clocks []clock
	Tables []table
	Days   []day
}

// fact is a labelled line.
type fact struct{ Label, Value, Note string }

// clock is one clock with the way to its date.
type clock struct {
	Name, Due, State string
	Promise          bool // a diamond; else a law's square
	Governs          bool
	Steps            []step
	Rules            string
}

// step is one step of a derivation.
type step struct{ Heading, Text, Source, Result string }

// table has a share of the width for each column, in hundredths. Columns of Code
// are set in a narrow face.
type table struct {
	Title  string
	Head   []string
	Widths []float64
	Code   []bool
	Rows   [][]string
	Links  []string // address of each row's first cell within the pack, or none
	Empty  string
}

// day is the events of one day.
type day struct {
	Name   string
	Events []happening
}

// happening is one event of a day.
type happening struct{ Clock, Text, Words string }

func paperOf(e *requests.Evidence) paper {
	t := teller{e}
	p := paper{
		Reference: e.Reference, Right: t.Words.T("rights." + string(e.Right) + ".team"), Controller: e.Pack.Controller.Name, Personal: e.Personal,
		Status: t.status(),
		Lead: fmt.Sprintf("How %s handled this request, up to %s. Made by %s. Times are those of %s.",
			e.Pack.Controller.Name, t.instant(e.Now), lowerThe(t.actor(e.MadeBy)), e.Place.Zone),
		Foot: fmt.Sprintf("%s, %s", e.Reference, e.Now.UTC().Format("2006-01-02T15:04:05Z")),
	}
	p.Sections = []section{t.asked(), t.clocks(), t.identity(), t.searched(), t.decision(), t.letters(), t.files(), t.timeline(), t.rules(), t.proof()}
	return p
}

// lowerThe lets "The requester" stand in the middle of a sentence.
func lowerThe(s string) string { return strings.Replace(s, "The ", "the ", 1) }

// status says where the request stands.
func (t teller) status() string {
	if t.Outcome == "" {
		return requests.PhaseName(t.Phase)
	}
	return requests.PhaseName(t.Phase) + ": " + strings.ToLower(requests.OutcomeName(t.Outcome))
}

func (t teller) asked() section {
	s := section{Title: "What was asked", Facts: []fact{
		{"Asked for", t.Words.T("rights." + string(t.Right) + ".team"), ""},
		{"Received", t.instant(t.ReceivedAt), "By " + t.Channel + ", reference " + t.Reference},
		{"Controller", t.Pack.Controller.Entity, t.Pack.Policy.Title},
	}}
	residence := fact{"Lives in", t.home(), "Law: " + t.Regime.Law}
	if t.Provisional {
		residence.Note += ", assumed until the residence is known"
	}
	s.Facts = append(s.Facts, residence)
	if !t.Personal {
		s.Facts = append(s.Facts, fact{"Requester", "Not named in this pack", "Address, details and words are left out"})
		return s
	}
	s.Facts = append(s.Facts, fact{"Requester", strings.TrimSpace(t.Person.Name + " <" + t.Person.Email + ">"), ""})
	if t.Person.Details != "" {
		s.Facts = append(s.Facts, fact{"In their words", t.Person.Details, ""})
	}
	return s
}

// home names the residence.
func (t teller) home() string {
	switch {
	case t.Residence == "":
		return "not known"
	case !t.Words.HasPlace(t.Residence):
		return t.Residence
	case strings.Contains(t.Residence, "-"):
		return t.Words.Subdivision(t.Residence)
	}
	return t.Words.Country(t.Residence)
}

func (t teller) identity() section {
	s := section{Title: "Identity", Lead: "What somebody showed as proof is deleted once it is judged and never stands in a pack.", Facts: []fact{
		{"Asked for by law and policy", capital(requests.LevelName(t.Ruling.Level)), ""},
		{"Given", capital(requests.LevelName(t.Verified)), ""},
	}}
	if p := t.Facts.Proof; p != nil {
		f := fact{"Proof asked for", t.instant(p.AskedAt), "It has not come"}
		switch {
		case !p.JudgedAt.IsZero():
			f.Note = "Judged " + t.instant(p.JudgedAt)
		case !p.GivenAt.IsZero():
			f.Note = "Came " + t.instant(p.GivenAt)
		}
		s.Facts = append(s.Facts, f)
	}
	if a := t.Facts.Agent; a != nil {
		s.Facts = append(s.Facts, fact{"Asked by", capital(a.Relation), "Authority: " + words(string(a.Authority))})
	}
	return s
}

func (t teller) clocks() section {
	s := section{Title: "Clocks", Lead: "Each date with every step that leads to it and the source of the step."}
	for _, d := range t.Derived {
		c := clock{
			Name: requests.ClockName(d.Kind, d.Basis), Due: longDay(d.DueDate), State: t.state(d), Promise: d.Basis == policies.ByPromise, Governs: d.Governs,
			Rules: fmt.Sprintf("%s, version %s, SHA-256 %s", d.Rules.Name, d.Rules.Version, d.Rules.SHA256),
		}
		if d.Before.IsZero() {
			c.Due = t.instant(d.At)
		}
		for _, st := range d.Steps {
			c.Steps = append(c.Steps, t.step(d, st))
		}
		s.Clocks = append(s.Clocks, c)
	}
	return s
}

// state says how a clock stands.
func (t teller) state(d *requests.Derivation) string {
	switch d.State {
	case requests.Met:
		return "Done in time, " + t.instant(d.MetAt)
	case requests.MetLate:
		return "Done late, " + t.instant(d.MetAt)
	case requests.Held:
		return "Held; the date is provisional"
	case requests.Overdue:
		return "Overdue"
	}
	return "Running"
}

func (t teller) step(d *requests.Derivation, st deadlines.Step) step {
	s := step{Heading: st.Heading(), Text: st.Text(), Source: st.Source, Result: shortDay(st.Date)}
	switch st.Kind {
	case deadlines.StepReceived:
		s.Text = "Received by " + t.Channel + " at " + d.Received.In(t.Place.Zone).Format("15:04 MST") + ". Days are those of " + d.Zone + "."
	case deadlines.StepRule:
		s.Result = st.Term.String()
		if d.Phrase != "" {
			s.Text = "“" + d.Phrase + "”"
		}
	case deadlines.StepElapsed:
		s.Result = st.At.In(t.Place.Zone).Format("Mon 2 Jan, 15:04")
	case deadlines.StepDue:
		s.Source = "At the latest " + d.At.UTC().Format("2006-01-02T15:04:05Z")
		if !d.Before.IsZero() {
			s.Source = "Before " + d.Before.UTC().Format("2006-01-02T15:04:05Z")
		}
	}
	return s
}

func (t teller) searched() section {
	s := section{Title: "Searches", Tables: []table{{Head: []string{"System", "Came of it", "By", "When"}, Widths: []float64{32, 22, 20, 26}, Empty: "No search is recorded."}}}
	for _, one := range searchesOf(t.Timeline) {
		s.Tables[0].Rows = append(s.Tables[0].Rows, []string{one.System, capital(found(one.Found)), t.actor(one.By), t.brief(one.At)})
	}
	return s
}

func (t teller) decision() section {
	s := section{Title: "Decision"}
	if t.Outcome == "" {
		s.Lead = "No decision is recorded."
		return s
	}
	s.Facts = []fact{{"Outcome", requests.OutcomeName(t.Outcome), ""}}
	if t.Facts.Ground != "" {
		why, article := t.ground(t.Facts.Ground)
		s.Facts = append(s.Facts, fact{"Ground", why, article})
	}
	if !t.AnsweredAt.IsZero() {
		by := "By " + lowerThe(t.actor(t.Facts.Decider))
		if t.Facts.Approver != "" {
			by += ", approved by " + lowerThe(t.actor(t.Facts.Approver))
		}
		s.Facts = append(s.Facts, fact{"Decided", t.instant(t.AnsweredAt.Time), by})
	}
	if t.Answer != nil {
		s.Facts = append(s.Facts, fact{"Answer, as the requester read it", t.Answer.Text, ""})
		if t.Answer.Told != "" {
			s.Facts = append(s.Facts, fact{"Who else was told", t.Answer.Told, ""})
		}
	}
	if items := itemsOf(t.Evidence); len(items) > 0 {
		list := table{Title: "Item by item", Head: []string{"Item", "Decision", "Ground", "Why, as the requester read it"}, Widths: []float64{24, 14, 30, 32}}
		for _, i := range items {
			why, article := t.ground(i.Ground)
			list.Rows = append(list.Rows, []string{i.What, decision(i.Decision), strings.TrimSpace(why + "\n" + article), i.Text})
		}
		s.Tables = append(s.Tables, list)
	}
	return s
}

// ground says on what ground something was kept back, and where it stands.
func (t teller) ground(code string) (why, article string) {
	if code == "" {
		return "", ""
	}
	for _, known := range t.Version.Refusals {
		if known.Ground == code {
			article = known.Source
		}
	}
	if key := "letters.ground." + code; t.Words.Has(key) {
		return t.Words.T(key), article
	}
	return capital(words(code)), article
}

// decision words what was decided about an item.
func decision(d string) string {
	switch requests.ItemDecision(d) {
	case requests.Give:
		return "Given"
	case requests.Part:
		return "Given in part"
	case requests.Keep:
		return "Kept back"
	}
	return "Not ours"
}

func (t teller) letters() section {
	s := section{Title: "Letters", Lead: "Each letter lies in the folder letters, as text and as HTML, without the secret of its link.", Tables: []table{
		{Head: []string{"Letter", "To", "What came of it", "Message-ID"}, Widths: []float64{28, 22, 24, 26}, Code: []bool{false, false, false, true}, Empty: "No letter was written."},
	}}
	list := &s.Tables[0]
	for _, l := range t.Sent {
		came := capital(l.State) + ", written " + t.brief(l.CreatedAt)
		if !l.SentAt.IsZero() {
			came = "Sent " + t.brief(l.SentAt)
		}
		list.Rows = append(list.Rows, []string{t.letter(l.Kind), l.To, came, l.MessageID})
		list.Links = append(list.Links, letterPath(l)+".html")
	}
	return s
}

func (t teller) files() section {
	s := section{Title: "Files", Lead: "The files themselves are not in this pack. Whoever has one can compare its SHA-256.", Tables: []table{
		{Head: []string{"When", "From", "What", "SHA-256"}, Widths: []float64{20, 12, 28, 40}, Code: []bool{false, false, false, true}, Empty: "There are no files."},
	}}
	for _, f := range filesOf(t.Evidence) {
		what := f.Type + ", " + strconv.FormatInt(f.Size, 10) + " bytes, for the " + f.For
		if f.Name != "" {
			what = f.Name + ": " + what
		}
		if f.Deleted {
			what += ", deleted since"
		}
		s.Tables[0].Rows = append(s.Tables[0].Rows, []string{t.brief(f.At), capital(f.From), what, f.SHA256})
	}
	return s
}

func (t teller) timeline() section {
	s := section{Title: "Timeline", Lead: "Everything that was done, in order. Events are never changed."}
	for i := range t.Timeline {
		e := &t.Timeline[i]
		at := e.At.In(t.Place.Zone)
		name := at.Format("Monday 2 January 2006")
		if len(s.Days) == 0 || s.Days[len(s.Days)-1].Name != name {
			s.Days = append(s.Days, day{Name: name})
		}
		h := happening{Clock: at.Format("15:04"), Text: t.line(e)}
		if t.Personal {
			h.Words = e.Text
		}
		last := &s.Days[len(s.Days)-1]
		last.Events = append(last.Events, h)
	}
	return s
}

func (t teller) rules() section {
	s := section{Title: "Rules in force", Lead: "The texts of the day of receipt, whatever the files say now.", Tables: []table{
		{Head: []string{"File", "Version", "SHA-256"}, Widths: []float64{38, 14, 48}, Code: []bool{false, false, true}},
	}}
	list := &s.Tables[0]
	for _, f := range t.Rules {
		list.Rows = append(list.Rows, []string{ruleName(f), f.Version, f.SHA256})
		list.Links = append(list.Links, ruleName(f))
	}
	list.Rows = append(list.Rows, []string{rulingName, "", t.RulingHash}, []string{calendarName, "", t.calendarSum()})
	list.Links = append(list.Links, rulingName, calendarName)
	return s
}

// calendarSum is the SHA-256 of the holidays as they lie in the pack.
func (t teller) calendarSum() string {
	text, err := document(yearbookOf(t.Place.Calendar, t.Ruling.Calendar))
	if err != nil {
		return ""
	}
	return sumOf(text)
}

func (t teller) proof() section {
	return section{
		Title: "Proof",
		Lead: "Every event is hashed, every hash stands in a chain, and signed checkpoints seal the chain. " +
			"The manifest of this pack is signed with the same key. None of it needs the database to be checked.",
		Facts: []fact{
			{"Check it", "dsr audit verify PACK.zip --key " + fmt.Sprintf("%x", []byte(t.Public)), "Compare the key with the one " + t.Pack.Controller.Name + " published; a pack vouches for itself otherwise"},
			{"Key", audit.KeyID(t.Public), "The short name of the public key"},
		},
	}
}
