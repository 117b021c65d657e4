package console

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/requests"
	"dsr/web/site"
)

// staffActPage is the page of one act: what it does to the dates, its form, and the
// letter that goes out with it.
type staffActPage struct {
	shell
	Heading     string
	Button      string
	Danger      bool
	TakesFiles  bool
	HasLetter   bool
	Wide        bool
	Look        string // the button that shows what would happen, or ""
	Tag         dueText
	Ref, Right  string
	Back        string
	Address     string
	Notes       []note
	Fields      []formField
	Problems    site.Problems
	Changes     []dateChange
	Letters     []letterShown
	Revision    int64
	Since       []timelineLine // what changed since the form was opened
	FilesAgain  bool           // files were sent and cannot be kept
	LetterHead  string         // above the letter
	Proposal    *proposalView  // what is to be approved
	Difference  *differenceView
	Seen        string // the mark of the difference, for the form
	LettersNote string // the letter's language
}

// note is a box above a form, with a link where one leads on.
type note struct{ Class, Icon, Heading, Text, Link, Href string }

// dateChange is what an act does to one date, phase or person.
type dateChange struct{ Name, Before, After string }

// letterShown is a letter as it would go out.
type letterShown struct {
	To, Subject string
	Body        template.HTML
}

// askAct shows the page of an act.
func (s *Console) askAct(a staffAct) echo.HandlerFunc {
	return func(c echo.Context) error {
		typed := s.takenUp(c)
		if of := c.QueryParam("of"); of != "" {
			typed.Set("of", of)
		}
		return s.showStaffAct(c, a, typed, nil)
	}
}

// doAct carries an act out and goes back to the request. What stands against
// it is said on a page that keeps every word that was typed.
func (s *Console) doAct(a staffAct) echo.HandlerFunc {
	return func(c echo.Context) error {
		typed, err := s.typed(c, a)
		if err != nil {
			return err
		}
		if typed.Has("preview") || typed.Has("add") || typed.Has("switch") || len(typed.faults) > 0 {
			return s.showStaffAct(c, a, typed, nil)
		}
		seen, err := strconv.ParseInt(typed.Get("revision"), 10, 64)
		if err != nil || seen < 1 {
			return fmt.Errorf("%w: it names no revision", site.ErrForm)
		}
		if a.differs && a.begin != nil {
			v, _, err := s.view(c)
			if err != nil {
				return err
			}
			a.begin(s.Office, v, typed) // the zone in which the day was typed
		}
		if s.unread(c, a, typed) {
			typed.unread = true
			return s.showStaffAct(c, a, typed, nil)
		}
		r, err := s.Office.Do(c.Request().Context(), site.Caller(c), s.Now(), c.Param("reference"), seen, a.made(typed))
		switch {
		case err == nil:
			s.say(c, a.said(r, site.Caller(c).ID))
			return site.SeeOther(c, requestAddress(r.Reference))
		case errors.Is(err, requests.ErrStale), errors.Is(err, requests.ErrInvalid), site.Is[*requests.Refused](err), errors.Is(err, requests.ErrForbidden):
			return s.showStaffAct(c, a, typed, err)
		}
		return err
	}
}

// unread reports whether a letter would go out, or clocks would move, that
// nobody has seen yet: the page it was sent from could show none, because the
// choice that shapes it was still open. Then it is shown first.
func (s *Console) unread(c echo.Context, a staffAct, typed input) bool {
	if (!a.letter || typed.Has("shown")) && !a.differs {
		return false
	}
	preview, err := s.Office.Preview(c.Request().Context(), site.Caller(c), s.Now(), c.Param("reference"), a.made(typed))
	if err != nil || len(preview.Objections) > 0 || len(preview.Fields) > 0 {
		return false
	}
	return a.letter && !typed.Has("shown") && len(preview.Letters) > 0 || a.differs && typed.Get("seen") != differenceMark(preview)
}

// typed reads what was posted with an act.
func (s *Console) typed(c echo.Context, a staffAct) (input, error) {
	if !a.files {
		values, err := site.Posted(c)
		return input{Values: values}, err
	}
	up, err := site.PostedFiles(c)
	if err != nil {
		return input{}, err
	}
	return input{Values: up.Values, files: up.Files, faults: up.Faults}, nil
}

// fileSentence says why files are not taken, or "".
func fileSentence(faults []site.FileFault) string {
	if len(faults) == 0 {
		return ""
	}
	f := faults[0]
	switch f.Why {
	case "empty":
		return "The file “" + f.Name + "” is empty"
	case "large":
		return fmt.Sprintf("The file “%s” is larger than %s", f.Name, largestFile)
	case "many":
		return fmt.Sprintf("Send at most %d files at once", site.FilesAtOnce)
	}
	return "The file “" + f.Name + "” is of a type that is not taken: send PDF, JPG, PNG, text, CSV or ZIP"
}

// showStaffAct shows an act as it stands now: its form, or the page that says why
// it cannot be done. The cause is what came of trying, or nil.
func (s *Console) showStaffAct(c echo.Context, a staffAct, typed input, cause error) error {
	v, _, err := s.view(c)
	if err != nil {
		return err
	}
	if a.begin != nil {
		a.begin(s.Office, v, typed)
	}
	preview, err := s.Office.Preview(c.Request().Context(), site.Caller(c), s.Now(), v.Reference, a.made(typed))
	if errors.Is(err, requests.ErrForbidden) {
		return s.forbidden(c, a, v, err, cause != nil)
	}
	if err != nil {
		return err
	}
	form, err := s.actForm(c, v, typed)
	if err != nil {
		return err
	}
	if len(preview.Objections) > 0 {
		return s.refused(c, a, form, preview.Objections, cause)
	}
	page, err := s.staffActPage(c, a, form, preview, fieldsOf(cause, preview, typed))
	if err != nil {
		return err
	}
	status := http.StatusOK
	switch {
	case errors.Is(cause, requests.ErrStale):
		status = http.StatusConflict
	case len(page.Problems) > 0:
		status = http.StatusUnprocessableEntity
	}
	return s.render(c, status, "act", page)
}

// staffActPage puts the page of an act together: its boxes, its fields with
// what is to be mended, and what would come of it.
func (s *Console) staffActPage(c echo.Context, a staffAct, form actForm, preview *requests.Preview, faults requests.FieldErrors) (page staffActPage, err error) {
	v := form.View
	page = staffActPage{Heading: form.heading(a), Button: form.button(a), Danger: a.danger, TakesFiles: a.files, HasLetter: a.letter, Wide: a.wide, Look: a.look(),
		Tag: dueOf(v.Request, form.place, v.Now), Ref: v.Reference, Right: form.voice.right(v.Right), Back: requestAddress(v.Reference), Revision: v.Revision, LettersNote: form.voice.language(v.Language)}
	if page.shell, err = s.shell(c, page.Heading, ""); err != nil {
		return page, err
	}
	page.Address, page.Notes, page.Fields = page.Back+"/"+a.slug, form.notes(a), a.fields(form)
	page.Fields = form.withParagraph(a, page.Fields)
	page.Problems = faulty(page.Fields, faults)
	if len(page.Fields) == 0 && len(preview.Letters) > 0 {
		page.Look = "" // nothing can be typed that would change the letter
	}
	page.Bad, page.FilesAgain = len(page.Problems) > 0, len(form.typed.files) > 0
	page.show(form, preview)
	page.second(form, a, preview)
	if form.typed.kept {
		page.Notes = append([]note{keptNote()}, page.Notes...)
	}
	if form.typed.unread && a.differs {
		page.Notes = append([]note{{Icon: "info", Heading: "See first what changes", Text: "Nothing was saved yet. What the change does to every clock stands below; save it if it is right."}}, page.Notes...)
	} else if form.typed.unread {
		page.Notes = append([]note{{Icon: "letter", Heading: "Read the letter first", Text: "Nothing was sent yet. The letter stands on this page as it will go out; send it if it is right."}}, page.Notes...)
	}
	page.Since = form.since(form.typed, site.Caller(c).ID)
	for i := range page.Fields {
		if compared := page.Fields[i].Compare; compared != nil {
			compared.To = a.slug
		}
	}
	return page, nil
}

// heading is the title of an act's page. What it is called follows the request
// where the menu's name says too little.
func (f actForm) heading(a staffAct) string {
	switch {
	case a.act == requests.ActAskProof && f.typed.authority():
		return "Ask for the agent’s authority"
	case a.act == requests.ActRecordProof && f.typed.authority():
		return "Record the agent’s authority"
	case a.act == requests.ActDecide && f.AppealOf != 0:
		return "Decide the second look"
	}
	return a.title
}

// button names what an act's button does.
func (f actForm) button(a staffAct) string {
	if a.act == requests.ActRecordProof && f.typed.authority() {
		return "Record the authority"
	}
	return a.button
}

// fieldsOf returns what the form must mend: said only once somebody tried.
func fieldsOf(cause error, preview *requests.Preview, typed input) requests.FieldErrors {
	faults := requests.FieldErrors{}
	if errors.Is(cause, requests.ErrInvalid) {
		faults = preview.Fields
	}
	if why := fileSentence(typed.faults); why != "" {
		faults["file"] = why
	}
	return faults
}

// actForm gathers what the fields and boxes of an act are made of.
func (s *Console) actForm(c echo.Context, v *requests.View, typed input) (f actForm, err error) {
	f = actForm{View: v, book: s.Book, typed: typed}
	if f.place, err = s.Book.Place(v.Ruling.Zone, v.Ruling.Calendar); err != nil {
		return f, err
	}
	if f.voice, err = s.team(c); err != nil {
		return f, err
	}
	f.again = c.Request().Method == http.MethodPost || typed.kept
	f.staff, err = s.People.ForPolicy(c.Request().Context(), v.Policy, access.Handler, access.Approver, access.Administrator)
	return f, err
}

// show adds the letters and what changes.
func (p *staffActPage) show(f actForm, preview *requests.Preview) {
	for _, l := range preview.Letters {
		if p.undecided(preview.Fields) {
			break
		}
		to := l.To
		if l.Audience == "staff" {
			to = "a colleague"
			if last := len(p.Letters) - 1; last >= 0 && p.Letters[last].Subject == l.Subject {
				p.Letters[last].To = "several colleagues, the same letter"
				continue
			}
		}
		p.Letters = append(p.Letters, letterShown{To: to, Subject: l.Subject, Body: l.Body})
	}
	if preview.Difference != nil {
		p.Difference, p.Seen = f.difference(preview), differenceMark(preview)
	} else if preview.After != nil && len(preview.Fields) == 0 {
		p.Changes = changesOf(f, preview.Before, preview.After)
	}
}

// undecided reports whether a choice that shapes the letter is still open: a
// letter with another outcome than the one to come would mislead.
func (p *staffActPage) undecided(faults requests.FieldErrors) bool {
	return slices.ContainsFunc(p.Fields, func(f formField) bool {
		switch f.Kind {
		case "radios", "select":
			return faults[f.Name] != ""
		case itemsField:
			return faults["outcome"] != "" || slices.ContainsFunc(f.Items, func(r itemRow) bool { return faults[r.Cell("decision")] != "" })
		}
		return false
	})
}

// since words what was done after the form was opened.
func (f actForm) since(typed input, caller int64) []timelineLine {
	if !typed.Has("revision") {
		return nil
	}
	t := teller{voice: f.voice, caller: caller, place: f.place, now: f.Now, req: f.View}
	var lines []timelineLine
	for _, e := range f.SinceRevision(typed.number("revision")) {
		line := t.line(&e)
		line.Link = "" // the messages stand on another page
		lines = append(lines, line)
	}
	return lines
}
