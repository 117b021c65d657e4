package console

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// A request that came by telephone, by post, over the counter or by a mail that
// was sent on is keyed in by the team, with the instant at which it truly came.
// Nothing is recorded before the dates that follow, and the open requests of
// the same address, were shown.

const newAddress = "/console/new"

// newPage is the form of a new request.
type newPage struct {
	shell
	Address  string
	Once     string // of the form: sent twice it is recorded once
	Notes    []note
	Problems site.Problems
	Fields   []formField
	Agent    []formField
	AgentOn  bool
	// Checked says that dates and open requests below belong to what is typed.
	Checked bool
	Dates   []newDates
	Others  []siblingRequest
}

// newDates are the dates that one of the rights would have.
type newDates struct {
	Right, Law, Proof string
	Clocks            []dateChange
}

// channels lists how a request can come that the team keys in.
func channels() []option {
	return []option{{Value: "phone", Label: "By telephone"}, {Value: "post", Label: "By post"}, {Value: "counter", Label: "Over the counter"}, {Value: "mail", Label: "By a mail, sent on to us"}}
}

// newForm is what was typed for a new request.
type newForm struct {
	input
	pack     *policies.Pack
	zone     *time.Location
	received time.Time
	rights   []policies.Right
	again    bool
}

// askNew shows the form, empty or with what was typed before a session ended.
func (s *Console) askNew(c echo.Context) error {
	typed := s.takenUp(c)
	if pack := c.QueryParam("policy"); pack != "" && !typed.kept {
		typed.Set("policy", pack)
	}
	f, err := s.newForm(c, typed)
	if err != nil {
		return err
	}
	return s.showNew(c, f, nil)
}

// newForm reads what was typed. The policy is the first the caller serves until
// one is chosen.
func (s *Console) newForm(c echo.Context, typed input) (f newForm, err error) {
	served := s.receives(site.Caller(c))
	if len(served) == 0 {
		return f, fmt.Errorf("%w: %s", requests.ErrForbidden, site.Caller(c).WhyNot(access.Receive, ""))
	}
	f = newForm{input: typed, pack: served[0], again: c.Request().Method == http.MethodPost || typed.kept}
	for _, pack := range served {
		if pack.ID == typed.Get("policy") {
			f.pack = pack
		}
	}
	if f.zone, err = time.LoadLocation(f.pack.Zone); err != nil {
		return f, err
	}
	f.Set("zone", f.zone.String())
	f.received = f.instant()
	for _, right := range policies.Rights() {
		if slices.Contains(f.Values["right"], string(right)) {
			f.rights = append(f.rights, right)
		}
	}
	return f, nil
}

// receives lists the policies for which the caller may record a request.
func (s *Console) receives(caller access.Caller) []*policies.Pack {
	return s.packsFor(caller, access.Receive)
}

// takeNew checks what was typed, shows what follows from it, and records it once
// that was seen.
func (s *Console) takeNew(c echo.Context) error {
	values, err := site.Posted(c)
	if err != nil {
		return err
	}
	f, err := s.newForm(c, input{Values: values})
	if err != nil {
		return err
	}
	faults := s.newFaults(f)
	if len(faults) > 0 || f.Has("check") || f.Get("seen") != f.mark() {
		return s.showNew(c, f, faults)
	}
	receipt, err := s.Office.Receive(c.Request().Context(), site.Caller(c), s.Now(), s.submissionOf(f))
	var mend requests.FieldErrors
	switch {
	case errors.As(err, &mend):
		return s.showNew(c, f, mend)
	case err != nil:
		return err
	}
	s.say(c, recorded(receipt))
	return site.SeeOther(c, requestAddress(receipt.Requests[0].Reference))
}

// recorded says what came of it.
func recorded(receipt *requests.Receipt) string {
	names := make([]string, len(receipt.Requests))
	for i, r := range receipt.Requests {
		names[i] = r.Reference
	}
	if receipt.Again {
		return "This was recorded already: " + strings.Join(names, ", ") + "."
	}
	return "Recorded: " + strings.Join(names, ", ") + ". The first letter is on its way."
}

// mark tells whether dates and open requests were shown for what is typed now:
// for other rights, another address or day they are shown again.
func (f newForm) mark() string {
	return strings.Join([]string{f.pack.ID, f.received.UTC().Format(time.RFC3339), f.Get("residence"), strings.Join(f.Values["right"], "+"), strings.ToLower(strings.TrimSpace(f.Get("email")))}, " ")
}

// newFaults says what is to be mended, in the sentences of the public form.
func (s *Console) newFaults(f newForm) requests.FieldErrors {
	w, faults := s.Words.In("en"), requests.FieldErrors{}
	if !slices.ContainsFunc(channels(), func(o option) bool { return o.Value == f.Get("channel") }) {
		faults["channel"] = "Choose how it came."
	}
	switch {
	case f.received.IsZero():
		faults["received"] = "Enter the day and the time it was received, like 18 11 2026 and 14:05."
	case f.received.After(s.Now()):
		faults["received"] = "The day of receipt cannot lie in the future."
	}
	if len(f.rights) == 0 {
		faults["right"] = w.T("ask.mend.right")
	}
	s.addressFault(f, "email", faults)
	if f.Get("for") != "" && f.Get("for") != "self" {
		s.addressFault(f, "own_email", faults)
		if strings.TrimSpace(f.Get("own_name")) == "" {
			faults["own_name"] = w.T("ask.mend.own_name.required")
		}
	}
	if n := len([]rune(f.Get("details"))); n > requests.MaxDetails {
		faults["details"] = w.N("ask.mend.words", n, "most", requests.MaxDetails)
	}
	return faults
}

// addressFault checks one box for an address.
func (s *Console) addressFault(f newForm, name string, faults requests.FieldErrors) {
	w, typed := s.Words.In("en"), strings.TrimSpace(f.Get(name))
	if _, err := requests.NormalAddress(typed); typed == "" {
		faults[name] = w.T("ask.mend." + name + ".required")
	} else if err != nil {
		faults[name] = w.T("ask.mend." + name + ".address")
	}
}

// submissionOf is what the form becomes.
func (s *Console) submissionOf(f newForm) requests.Submission {
	submission := requests.Submission{
		Nonce: f.Get("nonce"), Policy: f.pack.ID, Rights: slices.Clone(f.rights), Residence: f.Get("residence"), Channel: f.Get("channel"),
		Language: f.Get("language"), ReceivedAt: f.received,
		Person: requests.Person{Email: strings.TrimSpace(f.Get("email")), Details: strings.TrimSpace(f.Get("details"))},
	}
	if submission.Language == "" {
		submission.Language = "en"
	}
	for _, id := range s.Book.Identifiers(f.pack, f.rights, f.Get("residence"), f.received) {
		if value := strings.TrimSpace(f.Get("id-" + id.Name)); value != "" {
			if submission.Person.Identifiers == nil {
				submission.Person.Identifiers = map[string]string{}
			}
			submission.Person.Identifiers[id.Name] = value
		}
	}
	if who := f.Get("for"); who == "agent" || who == "parent" {
		submission.Person.Agent = &requests.Agent{Email: strings.TrimSpace(f.Get("own_email")), Name: strings.TrimSpace(f.Get("own_name")), Relation: who, Reference: site.Cut(strings.TrimSpace(f.Get("own_reference")), 100)}
	}
	return submission
}

// showNew shows the form with what is to be mended, or with what would follow.
func (s *Console) showNew(c echo.Context, f newForm, faults requests.FieldErrors) (err error) {
	page := newPage{Address: newAddress, Once: f.Get("nonce"), AgentOn: f.Get("for") == "agent" || f.Get("for") == "parent"}
	if page.Once == "" {
		page.Once = rand.Text()
	}
	if page.shell, err = s.shell(c, "New request", ""); err != nil {
		return err
	}
	team, err := s.team(c)
	if err != nil {
		return err
	}
	fields := s.newFields(c, f, team)
	all := append(slices.Clone(fields), agentFields(f)...)
	page.Problems = faulty(all, faults)
	page.Fields, page.Agent = slices.Clone(all[:len(fields)]), all[len(fields):]
	status := http.StatusOK
	if page.Bad = len(page.Problems) > 0; page.Bad {
		status = http.StatusUnprocessableEntity
	}
	if f.kept {
		page.Notes = append(page.Notes, keptNote())
	}
	if f.again && !page.Bad && !f.kept {
		page.Checked = true
		if page.Dates, err = s.newDates(f, team); err != nil {
			return err
		}
		if page.Others, err = s.sameAddress(c, f, team); err != nil {
			return err
		}
		page.Fields = append(page.Fields, formField{Kind: "hidden", Name: "seen", Value: f.mark()})
	}
	return s.render(c, status, "request_new", page)
}

// sameAddress lists the open requests of the address that was typed.
func (s *Console) sameAddress(c echo.Context, f newForm, team voice) ([]siblingRequest, error) {
	open, err := s.Office.OpenOf(c.Request().Context(), site.Caller(c), f.Get("email"))
	t := teller{voice: team, place: deadlines.Place{Zone: f.zone}}
	var list []siblingRequest
	for _, r := range open {
		list = append(list, siblingRequest{Ref: r.Reference, Href: requestAddress(r.Reference), Right: team.right(r.Right), State: otherState(t, r)})
	}
	return list, err
}

// newDates works out which law counts and when each clock would be due.
func (s *Console) newDates(f newForm, team voice) ([]newDates, error) {
	var list []newDates
	for _, right := range f.rights {
		ruling, err := s.Book.Rule(policies.Question{Pack: f.pack, Right: right, Residence: f.Get("residence"), ReceivedAt: f.received})
		if errors.Is(err, policies.ErrNotGiven) {
			continue // the office says so when it is recorded
		}
		if err != nil {
			return nil, err
		}
		place, err := s.Book.Place(ruling.Zone, ruling.Calendar)
		if err != nil {
			return nil, err
		}
		dates := newDates{Right: team.right(right), Law: ruling.RegimeName, Proof: requests.LevelName(ruling.Level)}
		if ruling.Provisional != "" {
			dates.Law += ", assumed"
		}
		facts := deadlines.Facts{ReceivedAt: f.received, AsOf: s.Now()}
		for i := range ruling.Clocks {
			clock := &ruling.Clocks[i]
			due, err := clock.Rule.Due(&facts, place)
			if err != nil {
				return nil, err
			}
			change := dateChange{Name: requests.ClockName(clock.Kind, clock.Basis), Before: fullDay(due.Date)}
			if !due.OnTime(s.Now()) {
				change.After = "overdue already"
			}
			dates.Clocks = append(dates.Clocks, change)
		}
		list = append(list, dates)
	}
	return list, nil
}

// dayOf is the day typed, or today where nothing was.
func (f newForm) dayOf(now time.Time) [3]string {
	if f.again {
		return [3]string{f.Get("day"), f.Get("month"), f.Get("year")}
	}
	today := now.In(f.zone)
	return [3]string{fmt.Sprint(today.Day()), fmt.Sprint(int(today.Month())), fmt.Sprint(today.Year())}
}

// chosenOf marks the values that were typed.
func chosenOf(values url.Values, name string, options []option) []option {
	for i := range options {
		options[i].Chosen = slices.Contains(values[name], options[i].Value)
	}
	return options
}
