package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dsr/deadlines"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// formField is one question of an act's form.
type formField struct {
	Kind    string // hidden, text, area, paragraph, radios, select, date, files, check, checks, systems, compare, items, switch
	Name    string
	Label   string
	Hint    string
	After   string // said below the field
	Value   string
	Most    int // characters of a text; 0: as many as one likes
	Rows    int
	Options []option
	Groups  []optionGroup // of a select
	Date    [3]string     // day, month, year
	Systems []systemRow
	Compare *comparison
	Items   []itemRow
	Full    bool // no row of items can be added
	Error   string
}

// ID is where links to the field lead.
func (f formField) ID() string {
	switch {
	case f.Kind == "date":
		return "day"
	case f.Kind == "systems":
		return "system.0"
	case f.Kind == "compare":
		return "compare"
	case (f.Kind == "radios" || f.Kind == "checks") && len(f.Options) > 0:
		return f.Name + "." + f.Options[0].Value
	}
	return f.Name
}

// Single reports that the field is one box, which can be called invalid; of a
// group only its legend can say so.
func (f formField) Single() bool {
	return !slices.Contains([]string{"radios", "checks", "date", "systems"}, f.Kind)
}

// option is one possible value.
type option struct {
	Value, Label string
	Chosen       bool
}

// optionGroup is a group of options under a heading.
type optionGroup struct {
	Label   string
	Options []option
}

// systemRow is one row of the findings: a system and what came of it.
type systemRow struct {
	N       int
	Name    string
	Role    string
	Choices []option
}

// actForm is what the fields of an act are made of: the request, who could
// take it, and what was typed already.
type actForm struct {
	*requests.View
	place deadlines.Place
	book  *policies.Book
	voice voice
	staff []people.User // who serve the policy
	typed input
	again bool // the form was posted: keep what was typed, even if empty
}

// area is a box for several lines, with what was typed.
func (f actForm) area(name, label, hint string, rows int) formField {
	return formField{Kind: "area", Name: name, Label: label, Hint: hint, Value: f.typed.Get(name), Rows: rows}
}

// chosen marks the value that was posted; nothing is chosen beforehand.
func (f actForm) chosen(name string, options []option) []option {
	return chosenOf(f.typed.Values, name, options)
}

// noFields is the form of an act that asks nothing.
func noFields(actForm) []formField { return nil }

// questionFields asks for the question.
func questionFields(f actForm) []formField {
	return []formField{f.area("question", "Your question, in words the requester understands", "Goes into the letter as it stands.", 4)}
}

// replyFields asks for a reply that came by another way than the page.
func replyFields(f actForm) []formField {
	return []formField{f.area("text", "What the person answered", "Say also how: by phone, by letter.", 4), uploadField()}
}

// messageFields asks for a message.
func messageFields(f actForm) []formField {
	return []formField{f.area("text", "Your message", "It stands on the requester’s page. The letter only says that there is one.", 6), uploadField()}
}

// noteFields asks for a remark.
func noteFields(f actForm) []formField {
	return []formField{f.area("text", "Note", "For the team only.", 4)}
}

// withdrawFields asks how a withdrawal reached the team.
func withdrawFields(f actForm) []formField {
	return []formField{f.area("reason", "How and when did the person withdraw?", "For example: by phone on Monday. For the timeline only.", 3)}
}

// reopenFields asks why, for the timeline.
func reopenFields(f actForm) []formField {
	return []formField{f.area("reason", "Why is it opened again?", "Optional, for the timeline only.", 3)}
}

// largestFile is requests.MaxUpload in words.
const largestFile = "20 MB"

// uploadField takes files.
func uploadField() formField {
	return formField{Kind: "files", Name: "file", Label: "Files", Hint: fmt.Sprintf("Up to %s each. The browser forgets them when you look at the letter first: choose them last.", largestFile)}
}

// closeFields asks for one confirmation, not given beforehand.
func closeFields(f actForm) []formField {
	return []formField{{Kind: "check", Name: "done", Label: "Everything the answer says is done, in every system", Value: f.typed.Get("done")}}
}

// dismissFields asks why no decision is needed.
func dismissFields(f actForm) []formField {
	options := []option{{Value: requests.NotUs, Label: "Not for us: another controller decides"}, {Value: requests.Unproved, Label: "Nobody proved that it is theirs"}}
	return []formField{
		{Kind: "radios", Name: "outcome", Label: "Why is no decision needed?", Options: f.chosen("outcome", options)},
		f.area("text", "What the requester reads", "What they can do next.", 4),
	}
}

// extendFields asks for the reason and the new date, within what the law
// allows.
func extendFields(f actForm) []formField {
	var grounds []option
	for _, g := range f.Version.Extensions {
		grounds = append(grounds, option{Value: g.Ground, Label: groundName(g.Ground)})
	}
	return []formField{
		{Kind: "radios", Name: "ground", Label: "Why is more time needed?", Options: f.chosen("ground", grounds), After: "Staff shortage or holidays are not reasons in law."},
		f.area("reason", "Your reason, in words the requester understands", "Goes into the letter as it stands.", 4),
		{Kind: "date", Name: "until", Label: "New date", Hint: f.newDates(), Date: [3]string{f.typed.Get("day"), f.typed.Get("month"), f.typed.Get("year")}},
	}
}

// newDates says which days an extension may name.
func (f actForm) newDates() string {
	c := f.AnswerClock(policies.ByLaw)
	if c == nil {
		return ""
	}
	from := fullDay(c.Due.FirstDate.AddDays(1))
	latest, capped, err := f.LastExtended(f.book)
	if err != nil || !capped {
		return "Any day from " + from + ". The law sets no last day; tell one you can keep."
	}
	return fmt.Sprintf("Any day from %s to %s: %s more, counted from the start.", from, fullDay(latest), c.Rule.Extension)
}

// assignFields offers those who serve the policy and may work on requests.
func assignFields(f actForm) []formField {
	var options []option
	for _, u := range f.staff {
		label := u.Name + ", " + string(u.Role)
		switch {
		case f.Facts.NotBy != "" && u.Caller().Actor() == f.Facts.NotBy:
			label += " (made the first decision and may not make this one)"
		case u.ID == f.AssigneeID:
			label += " (has it now)"
		}
		options = append(options, option{Value: strconv.FormatInt(u.ID, 10), Label: label})
	}
	if f.AssigneeID != 0 {
		options = append(options, option{Value: "0", Label: "Nobody: back to the team"})
	}
	return []formField{{Kind: "radios", Name: "assignee", Label: "Who takes it?", Options: f.chosen("assignee", options)}}
}

// findingsFields lists the systems: at first the controller's own database and
// the holders its policy names, then what was typed.
func findingsFields(f actForm) []formField {
	rows := f.rows()
	if f.typed.Get("add") != "" && len(rows) < maxSystems {
		rows = append(rows, systemRow{})
	}
	for i := range rows {
		rows[i].N = i
		for _, c := range [][2]string{{"found", "Found"}, {"nothing", "Nothing found"}, {"exception", "Exception"}} {
			rows[i].Choices = append(rows[i].Choices, option{Value: c[0], Label: c[1], Chosen: f.typed.Get("found."+strconv.Itoa(i)) == c[0]})
		}
	}
	return []formField{
		{Kind: "systems", Name: "systems", Label: "What did each system hold?", Systems: rows,
			Hint: "The holders are those the policy names. Empty the name of a system that is not concerned. Silence never counts as done."},
		f.area("summary", "Summary for the team", "Optional. The requester does not see it.", 3),
	}
}

// rows are the systems of the form, without what came of them.
func (f actForm) rows() []systemRow {
	var rows []systemRow
	if f.again {
		for _, s := range f.typed.systems() {
			rows = append(rows, systemRow{Name: s.System})
		}
		return rows
	}
	rows = append(rows, systemRow{Name: "Own database", Role: "the controller’s own records"})
	for _, h := range f.Pack.Holders {
		rows = append(rows, systemRow{Name: strings.TrimSuffix(h.Name, " (not named)"), Role: h.Role})
	}
	return rows
}

// faulty puts the office's sentences at the fields they belong to, and lists
// them in the order of the page.
func faulty(fields []formField, faults requests.FieldErrors) site.Problems {
	var list site.Problems
	for i := range fields {
		f := &fields[i]
		if f.Kind == itemsField {
			list = append(list, f.mend(faults)...)
			continue
		}
		if f.Error = faults[f.Name]; f.Error != "" && f.Kind != "hidden" {
			list = append(list, site.Problem{Field: f.ID(), Sentence: f.Error})
		}
	}
	var others []string
	for name := range faults {
		if !ofItems(name) && !slices.ContainsFunc(fields, func(f formField) bool { return f.Name == name }) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	for _, name := range others {
		list = append(list, site.Problem{Field: "main", Sentence: faults[name]})
	}
	return list
}
