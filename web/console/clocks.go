package console

import (
	"html/template"
	"net/url"
	"time"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/strip"
)

// clockCard is one of the two big clocks of a request page: the promise and
// the law. A card without a date says why there is none.
type clockCard struct {
	Mark    template.HTML
	Title   string
	Class   string // clock, and what its state adds
	Governs bool
	Left    string
	Due     string
	Source  string
	Why     string // address of "Why this date?"
	None    string
}

// clockRow is a line of the table of the other clocks.
type clockRow struct {
	Name, Basis, When string
	Icon              string
	Why               string
}

// clockwork words all clocks of a request.
type clockwork struct {
	*requests.View
	place deadlines.Place
	book  *policies.Book
}

// cards are the promise at the left and the law at the right.
func (w clockwork) cards() []clockCard {
	promise, law := rails(w.Request)
	cards := []clockCard{{Mark: strip.Mark("promise-open"), Title: "Promise: answer", Class: "clock", None: w.noPromise()}}
	if promise != nil {
		cards[0] = w.card(promise)
	}
	if law != nil {
		cards = append(cards, w.card(law))
	}
	return cards
}

// noPromise says that the policy states no time, in the pack's own words where
// it has some.
func (w clockwork) noPromise() string {
	if w.Pack.Promises.NoResponse != "" {
		return w.Pack.Promises.NoResponse
	}
	return "The policy states no response time for this right."
}

// card words one clock large.
func (w clockwork) card(c *requests.Clock) clockCard {
	text := w.text(c)
	card := clockCard{
		Mark: strip.Mark(markOf(c, w.Now)), Title: sentence(basisName(c.Basis)) + ": " + whatIsDue(c), Class: "clock",
		Governs: c.Governs, Left: text.Left, Due: fullDay(c.Due.Date), Why: whyAddress(w.Reference, c),
		Source: c.Rule.Sources.Term + ": " + c.Rule.Term.String(),
	}
	if c.Due.Before.IsZero() {
		card.Due += c.Due.At.In(w.place.Zone).Format(", 15:04 MST")
	}
	switch {
	case w.waits(c):
		card.Mark = strip.Mark(markKind(c) + "-open")
		card.Due += ", if it is opened again"
	case text.State == "held":
		card.Due = fullDay(c.Due.Date) + ", if the answer came today"
	}
	if c.Wording == "typical" {
		card.Source += ", “typically”"
	}
	if c.Governs {
		card.Class += " governs"
	}
	if text.State != "" {
		card.Class += " " + text.State
	}
	return card
}

// waits reports whether a clock stands aside with its request.
func (w clockwork) waits(c *requests.Clock) bool {
	return w.Phase == requests.Aside && c.MetAt.IsZero()
}

// text words a clock; of a request that is set aside nothing is near or late.
func (w clockwork) text(c *requests.Clock) dueText {
	if w.waits(c) {
		return dueText{Icon: "held", Left: "Set aside", Date: dueDay(c, w.place, w.Now)}
	}
	return clockText(c, w.place, w.Now)
}

// whyAddress is the page that derives a clock.
func whyAddress(reference string, c *requests.Clock) string {
	return requestAddress(reference) + "/why/" + url.PathEscape(c.Name())
}

// requestAddress is the page of a request.
func requestAddress(reference string) string { return "/console/requests/" + url.PathEscape(reference) }

// markKind is the form that stands for whoever set a clock.
func markKind(c *requests.Clock) string {
	if c.Basis == policies.ByPromise {
		return "promise"
	}
	return "law"
}

// markOf names the drawing of a clock: a diamond for a promise, a square for a
// law, filled where it governs.
func markOf(c *requests.Clock, now time.Time) string {
	kind := markKind(c)
	switch state := c.State(now); {
	case state == requests.Met || state == requests.MetLate:
		return kind + "-met"
	case state == requests.Held:
		return kind + "-dashed"
	case state == requests.Overdue && c.Governs:
		return kind
	case state == requests.Overdue:
		return kind + "-late"
	case !c.Governs:
		return kind + "-open"
	}
	return kind
}

// rows are the clocks that have no card, and what an extension could do.
func (w clockwork) rows() ([]clockRow, error) {
	promise, law := rails(w.Request)
	var rows []clockRow
	for i := range w.Clocks {
		c := &w.Clocks[i]
		if c != promise && c != law {
			rows = append(rows, w.row(c))
		}
	}
	if !hasKind(w.Clocks, policies.Acknowledge) {
		rows = append(rows, clockRow{Name: "Confirm receipt", Basis: w.Regime.Name + " sets no time", When: "waiting in the outbox", Icon: "soon"})
		w.confirmed(&rows[len(rows)-1])
	}
	extension, err := w.extension()
	return append(rows, extension...), err
}

// hasKind reports whether one of the clocks waits for a kind of thing.
func hasKind(clocks []requests.Clock, kind policies.ClockKind) bool {
	for i := range clocks {
		if clocks[i].Kind == kind {
			return true
		}
	}
	return false
}

// row words one clock small.
func (w clockwork) row(c *requests.Clock) clockRow {
	text := w.text(c)
	row := clockRow{Name: sentence(whatIsDue(c)), Basis: basisName(c.Basis) + ", " + c.Rule.Term.String(), When: text.Date, Icon: text.Icon, Why: whyAddress(w.Reference, c)}
	if !c.MetAt.IsZero() {
		row.When = "done " + shortDay(deadlines.DateOf(c.MetAt, w.place.Zone), w.Now, w.place)
	}
	return row
}

// confirmed says whether and when the first letter went out.
func (w clockwork) confirmed(row *clockRow) {
	for _, l := range w.Letters {
		if (l.Kind == requests.LetterReceived || l.Kind == requests.LetterAppeal) && !l.SentAt.IsZero() {
			row.When, row.Icon = "sent "+l.SentAt.In(w.place.Zone).Format("2 Jan"), "done"
			return
		}
	}
	if len(w.Letters) == 0 {
		row.When, row.Icon = "held back", "held"
	}
}

// extension says until when the law's date can be extended, and to what.
func (w clockwork) extension() ([]clockRow, error) {
	c := w.AnswerClock(policies.ByLaw)
	switch {
	case c == nil || w.Phase == requests.Aside:
		return nil, nil
	case c.Due.Extended:
		return []clockRow{{Name: "Extended", Basis: "law, used", When: "notice of " + w.Facts.Extension.SentAt.In(w.place.Zone).Format("2 Jan")}}, nil
	case c.Rule.Extension.IsZero() && !c.Rule.OpenEnded:
		return []clockRow{{Name: "Extend", Basis: "law", When: "not for this right"}}, nil
	case !c.MetAt.IsZero():
		return nil, nil
	case !w.Now.Before(c.Due.FirstBefore):
		return []clockRow{{Name: "Extend", Basis: "law, once", When: "no longer, since " + c.Due.FirstDate.AddDays(1).Time().Format("2 Jan")}}, nil
	}
	rows := []clockRow{{Name: "Extend", Basis: "law, once", When: "until " + shortDay(c.Due.FirstDate, w.Now, w.place)}}
	if c.Due.Held != "" {
		rows[0].When += ", provisional"
	}
	latest, capped, err := w.LastExtended(w.book)
	if capped {
		rows = append(rows, clockRow{Name: "Latest, if extended", Basis: "law, " + c.Rule.Extension.String() + " more", When: shortDay(latest, w.Now, w.place)})
	}
	return rows, err
}
