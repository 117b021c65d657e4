package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/web/site"
	"dsr/words"
)

type checkPage struct {
	formPage
	Answers []given
	Dates   []string // by when each answer comes, marked for rich
	Confirm string
	Signal  string // what the browser's signal covers, or ""
	Task    *task  // nil for nearly everybody
}

// given is one answer to check.
type given struct {
	Heading, Text, Change string
	Href                  string
	Typed                 bool // in the person's own letters, whichever way they run
}

// check shows every answer before anything is sent, and the date that sending
// it now leads to.
func (s *public) check(c echo.Context) error {
	v, err := s.complete(c)
	if err != nil {
		return err
	}
	return s.showCheck(v, http.StatusOK, "")
}

// complete returns the visit of a form whose questions are all answered, or
// leads to the one that is not.
func (s *public) complete(c echo.Context) (*visit, error) {
	v, err := s.visitOf(c)
	if err != nil {
		return nil, err
	}
	if first := v.detour(stepCheck, s.Book, v.pack, s.Now()); first != "" {
		return nil, site.GoTo(v.at(first))
	}
	return v, nil
}

func (s *public) showCheck(v *visit, status int, notice string) error {
	page := checkPage{formPage: formPage{frame: s.frame(v.c, v.pack), Notice: notice}, Task: s.taskFor(v)}
	page.Title = page.T("ask.check.heading")
	steps := v.steps()
	page.Back = v.at(steps[len(steps)-2])
	page.Confirm = page.T("ask.check.confirm.self")
	if v.forAnother() {
		page.Confirm = page.T("ask.check.confirm.other")
	}
	for _, step := range steps[:len(steps)-1] {
		page.Answers = append(page.Answers, page.given(s, v, step)...)
	}
	s.signal(&page, v)
	var err error
	if page.Dates, err = s.expected(v, page.frame); err != nil {
		return err
	}
	if page.Task != nil {
		allowScript(v.c)
	}
	return s.render(v.c, status, "ask/check", page)
}

// signal says that the browser's signal is honoured, and what it covers.
func (s *public) signal(page *checkPage, v *visit) {
	switch {
	case !v.Signal:
	case slices.Contains(v.Rights, policies.OptOutSale):
		page.Signal = page.T("ask.signal.asked")
	case s.signalAsks(v):
		page.Signal = page.T("ask.signal.browser", "right", quoted(page.Printer, rightLabel(page.Printer, policies.OptOutSale)))
	default:
		page.Signal = page.T("ask.signal")
	}
}

// signalAsks reports whether the browser's signal is a request of its own: the
// person behind it says who they are here, so it counts for them and not for
// the browser alone (11 CCR 7025(c)(1)). The browser of somebody who asks for
// another person says nothing about that person.
func (s *public) signalAsks(v *visit) bool {
	return v.Signal && !v.forAnother() && !slices.Contains(v.Rights, policies.OptOutSale) &&
		slices.Contains(s.Book.Given(v.pack, v.residence(), s.Now()), policies.OptOutSale)
}

// given repeats the answers to one question in words.
func (p *checkPage) given(s *public, v *visit, step string) []given {
	g := given{Heading: p.T("ask.check." + step), Change: p.T("ask.check." + step + ".change"), Href: v.at(step)}
	switch step {
	case stepWhat:
		g.Text = strings.Join(labels(p.Printer, v.Rights), "\n")
	case stepWhere:
		g.Text = placeName(p.Printer, v.Residence)
		if v.forAnother() {
			g.Heading = p.T("ask.check.where.other")
		}
	case stepWho:
		g.Text = p.T("ask.check.for." + v.For)
	case stepFind:
		return p.found(g, v, v.identifiers(s.Book, v.pack, s.Now()))
	case stepParticular:
		g.Text, g.Typed = v.Details, v.Details != ""
		if !g.Typed {
			g.Text = p.T("ask.check.nothing")
		}
	}
	return []given{g}
}

// rightLabel names a right as the form does.
func rightLabel(w words.Printer, right policies.Right) string {
	return w.T("ask.right." + string(right) + ".label")
}

func labels(w words.Printer, rights []policies.Right) []string {
	list := make([]string, len(rights))
	for i, right := range rights {
		list[i] = rightLabel(w, right)
	}
	return list
}

// quoted sets words apart from the sentence they stand in.
func quoted(w words.Printer, text string) string { return w.T("ask.quoted", "words", text) }

// quotedList names rights within a sentence.
func quotedList(w words.Printer, rights []policies.Right) string {
	list := labels(w, rights)
	for i, label := range list {
		list[i] = quoted(w, label)
	}
	return w.List(list)
}

// found repeats what finds a person and who asks for them, each in a place of
// its own: whatever somebody typed ends with it and turns no other text around.
func (p *checkPage) found(g given, v *visit, identifiers []policies.Identifier) []given {
	g.Typed = true
	list := []given{g}
	list[0].Text = v.Email
	add := func(heading, text string) {
		g.Heading, g.Text = heading, text
		list = append(list, g)
	}
	for _, id := range identifiers {
		if value := v.Identifiers[id.Name]; value != "" {
			add(id.LabelIn(p.Language().Tag), value)
		}
	}
	if v.forAnother() {
		g.Change = p.T("ask.check.own.change")
		add(p.T("ask.find.own_name"), v.OwnName)
		add(p.T("ask.find.own_email"), v.OwnEmail)
	}
	return list
}

// expected says by when the answer comes if the form is sent now: once for all
// rights that share a day, and once more for each that does not.
func (s *public) expected(v *visit, f frame) ([]string, error) {
	byDay := map[deadlines.Date][]policies.Right{}
	var days []deadlines.Date
	for _, right := range v.Rights {
		e, err := s.Book.Explain(policies.Question{Pack: v.pack, Right: right, Residence: v.residence(), ReceivedAt: s.Now()})
		if err != nil {
			return nil, err
		}
		day := answerDay(&e)
		if byDay[day] == nil {
			days = append(days, day)
		}
		byDay[day] = append(byDay[day], right)
	}
	slices.Sort(days)
	sentences := make([]string, len(days))
	for i, day := range days {
		if len(days) == 1 {
			sentences[i] = f.T("ask.check.by", "date", site.Bold(f.on(day)))
			continue
		}
		sentences[i] = f.T("ask.check.by.right", "right", quotedList(f.Printer, byDay[day]), "date", site.Bold(f.on(day)))
	}
	return sentences, nil
}

// answerDay is the day of the clock for the answer that ends first.
func answerDay(e *policies.Explanation) deadlines.Date {
	var first deadlines.Date
	for i := range e.Clocks {
		if k := e.Clocks[i].Kind; (k == policies.Respond || k == policies.OptOut || k == policies.AppealAnswer) && (first == 0 || e.Clocks[i].DueDate < first) {
			first = e.Clocks[i].DueDate
		}
	}
	return first
}

// on writes a day in full.
func (f frame) on(d deadlines.Date) string { return f.Date(d.Civil()) }
