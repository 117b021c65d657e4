package console

import (
	"fmt"
	"html"
	"html/template"
	"slices"
	"strings"

	"dsr/policies"
	"dsr/requests"
)

// actsOfReading are the acts that say what a message asks for.
func actsOfReading() []staffAct {
	return []staffAct{
		{slug: "confirm-reading", letter: true, act: requests.ActConfirmReading, title: "Say what the message asks for", button: "Confirm", done: "Confirmed. Next: take the request up.",
			offer: "Confirm what was read from the message, or say what it asks for instead.", begin: beginReading, fields: readingFields, verb: confirmReading},
	}
}

// beginReading puts in what was read, so that what is shown before it is saved is
// what the form says.
func beginReading(_ *requests.Office, v *requests.View, typed input) {
	if !typed.Has("right") {
		typed.Set("right", string(v.Right))
		typed.Set("residence", v.Residence)
	}
}

// confirmReading reads the form.
func confirmReading(a input) requests.Verb {
	v := requests.ConfirmReading{Right: policies.Right(a.Get("right")), Residence: a.Get("residence")}
	for _, right := range a.Values["also"] {
		v.Also = append(v.Also, policies.Right(right))
	}
	return v
}

// readingFields ask what the message wants and where its writer lives, as it
// was read until somebody says otherwise.
func readingFields(f actForm) []formField {
	right, residence := f.typed.Get("right"), f.typed.Get("residence")
	return []formField{
		{Kind: "select", Name: "right", Label: "What does it ask for?", Options: f.readRights(right)},
		{Kind: "select", Name: "residence", Label: "Where does the person live?", Hint: "Leave it open where nothing says so: then the strictest law counts until you know.",
			Options: []option{{Value: "", Label: "Nobody knows yet"}}, Groups: residences(f.voice, residence)},
		{Kind: "checks", Name: "also", Label: "What else does it ask for?", Hint: "Each becomes a request of its own, from the same receipt.", Options: f.furtherRights(right)},
	}
}

// readRights offers every right, those that were read first.
func (f actForm) readRights(chosen string) []option {
	var options []option
	for _, right := range f.orderedRights() {
		options = append(options, option{Value: string(right), Label: f.voice.right(right), Chosen: string(right) == chosen})
	}
	return options
}

// orderedRights lists the rights of the console, those read from the message
// first.
func (f actForm) orderedRights() []policies.Right {
	var list []policies.Right
	for _, r := range append(f.readOnly(), policies.Rights()...) {
		if !slices.Contains(list, r) && r != policies.Appeal && r != policies.Complaint {
			list = append(list, r)
		}
	}
	return list
}

// readOnly lists the rights that were read.
func (f actForm) readOnly() (list []policies.Right) {
	if f.Read == nil {
		return nil
	}
	for _, w := range f.Read.Rights {
		if right, err := policies.ParseRight(w.Value); err == nil {
			list = append(list, right)
		}
	}
	return slices.Compact(list)
}

// furtherRights offers the other rights, those that were read first.
func (f actForm) furtherRights(first string) []option {
	var options []option
	for _, right := range f.orderedRights() {
		if string(right) != first {
			options = append(options, option{Value: string(right), Label: f.voice.right(right), Chosen: slices.Contains(f.typed.Values["also"], string(right))})
		}
	}
	return options
}

// readingView is the box that shows what was read from a message, with the words
// that led to it.
type readingView struct {
	Address  string
	None     string // of the page that says it is no request
	Revision int64
	Right    string // its name; what pressing the button confirms
	Value    string
	Place    string
	Code     string
	Words    template.HTML // of the message, marked
	Why      []readingLine
	Unclear  bool   // no words say which right it asks for
	Doubt    string // why the first letter waits, where the words are clear
	Original string
	May      bool
}

// readingLine is one finding: what it says and the words it stands on.
type readingLine struct{ Says, Words, Reason string }

// readingOf words what waits to be confirmed; nil when nothing does.
func readingOf(t teller, v *requests.View) *readingView {
	if v.Read == nil {
		return nil
	}
	box := &readingView{
		Address: requestAddress(v.Reference) + "/confirm-reading", None: requestAddress(v.Reference) + "/no-request", Revision: v.Revision, Right: t.right(v.Right), Value: string(v.Right),
		Code: v.Residence, Words: marked(v.Read), Original: fmt.Sprintf("/console/mail/%d", v.Read.Mail), May: lawful(v, requests.ActConfirmReading),
	}
	switch {
	case v.Suspect == "":
	case v.Suspect == requests.SuspectUnclear && len(v.Read.Rights) == 0:
		box.Unclear = true
	default:
		box.Doubt = sentence(suspicion(v.Suspect))
	}
	if v.Residence != "" {
		box.Place = t.residence(v.Residence)
	}
	for _, d := range v.Read.Doubts {
		box.Why = append(box.Why, readingLine{d.Says, d.Words, d.Reason})
	}
	for _, w := range v.Read.Rights {
		box.Why = append(box.Why, readingLine{t.right(policies.Right(w.Value)), w.Words, w.Reason})
	}
	switch w := v.Read.Residence; {
	case v.Facts.Reading != nil && v.Facts.Reading.Told:
		box.Why = append(box.Why, readingLine{Says: "Lives in " + t.residence(v.Residence), Reason: "The requester said so on their page."})
	case w != nil:
		box.Why = append(box.Why, readingLine{"Lives in " + t.residence(w.Value), w.Words, w.Reason})
	}
	for _, w := range v.Read.Laws {
		box.Why = append(box.Why, readingLine{"Names " + t.law(w.Value), w.Words, w.Reason})
	}
	for _, w := range v.Read.Against {
		box.Why = append(box.Why, readingLine{"Perhaps no request: " + strings.ReplaceAll(w.Value, "_", " "), w.Words, w.Reason})
	}
	return box
}

// marked is a message with the words marked that something was read from.
func marked(read *requests.Read) template.HTML {
	spans := slices.Clone(read.Rights)
	if read.Residence != nil {
		spans = append(spans, *read.Residence)
	}
	spans = slices.DeleteFunc(append(spans, read.Laws...), func(w requests.ReadWords) bool { return w.Start < 0 })
	slices.SortFunc(spans, func(a, b requests.ReadWords) int { return a.Start - b.Start })
	var out strings.Builder
	at := 0
	for _, w := range spans {
		if w.Start < at {
			continue
		}
		out.WriteString(html.EscapeString(read.Text[at:w.Start]) + "<mark>" + html.EscapeString(read.Text[w.Start:w.End]) + "</mark>")
		at = w.End
	}
	out.WriteString(html.EscapeString(read.Text[at:]))
	return template.HTML(out.String())
}
