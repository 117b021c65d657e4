package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// How a decision is put together.
const (
	byItems = "items" // one for each kind of information
	asWhole = "whole" // one for all
)

// itemsField is the name of the table of items; its cells are what.0,
// decision.0, ground.0, text.0 and so on.
const itemsField = "items"

// beginDecision chooses how to decide where nobody has: item by item when
// systems hold something, else as a whole.
func beginDecision(_ *requests.Office, v *requests.View, typed input) {
	if to := typed.Get("switch"); to != "" {
		typed.Set("by", to)
	}
	switch {
	case typed.Get("by") == byItems || typed.Get("by") == asWhole:
	case !v.Right.IsOptOut() && slices.ContainsFunc(v.Facts.Systems, holdsSomething):
		typed.Set("by", byItems)
	default:
		typed.Set("by", asWhole)
	}
}

// holdsSomething reports whether a system holds something to be decided about.
func holdsSomething(s requests.Searched) bool { return s.Found != "nothing" }

// decideVerb reads the form of a decision.
func decideVerb(a input) requests.Verb {
	d := requests.Decide{Text: a.Get("text"), Told: a.Get("told"), Files: a.files}
	if a.Get("by") == byItems {
		for _, row := range a.items() {
			d.Items = append(d.Items, requests.Item{What: row.What, Decision: requests.ItemDecision(row.Decision), Ground: row.Ground, Text: row.Text, Evidence: row.Evidence})
		}
		return d
	}
	d.Outcome, d.Ground, d.Evidence = a.Get("outcome"), a.Get("ground"), a.Get("evidence")
	return d
}

// itemRow is one item of a decision: what was typed, what can be chosen, and
// what is to be mended.
type itemRow struct {
	N                            int
	From                         string // the system that holds it, where the row came from the findings
	What, Decision, Ground, Text string
	Evidence                     string // for the file of the case
	Choices, Grounds             []option
	Source                       string // of the ground that is chosen
	Faults                       map[string]string
}

// Cell names a control of the row: what.0.
func (r itemRow) Cell(name string) string { return name + "." + strconv.Itoa(r.N) }

// Open reports whether nothing is decided yet.
func (r itemRow) Open() bool { return r.Decision == "" }

// items reads the rows that were posted.
func (a input) items() []itemRow {
	var rows []itemRow
	for n := range requests.MaxItems {
		row := itemRow{N: n}
		if !a.Has(row.Cell("what")) {
			break
		}
		row.From, row.What = site.Cut(a.Get(row.Cell("from")), 120), a.Get(row.Cell("what"))
		row.Decision, row.Ground, row.Text = a.Get(row.Cell("decision")), a.Get(row.Cell("ground")), a.Get(row.Cell("text"))
		row.Evidence = a.Get(row.Cell("evidence"))
		rows = append(rows, row)
	}
	return rows
}

// decideFields asks for the decision, item by item or as a whole. What was
// typed for the other way is kept.
func decideFields(f actForm) []formField {
	fields := []formField{{Kind: "hidden", Name: "by", Value: f.typed.Get("by")}}
	text := f.area("text", "What the requester reads first", "What was done, what they get, what is kept back and why.", 5)
	files := uploadField()
	files.Hint = "The information itself. The requester downloads it on their page. " + files.Hint
	if f.typed.Get("by") == byItems {
		for _, name := range []string{"outcome", "ground", "evidence"} {
			fields = append(fields, formField{Kind: "hidden", Name: name, Value: f.typed.Get(name)})
		}
		return append(append(append(fields, f.itemsField(), text), f.toldField()...), files)
	}
	for _, row := range f.typed.items() {
		for _, cell := range [][2]string{{"from", row.From}, {"what", row.What}, {"decision", row.Decision}, {"ground", row.Ground}, {"text", row.Text}, {"evidence", row.Evidence}} {
			fields = append(fields, formField{Kind: "hidden", Name: row.Cell(cell[0]), Value: cell[1]})
		}
	}
	evidence := f.area("evidence", "Evidence, for the file (optional)", "What the decision rests on: who looked at what. The requester does not read it.", 2)
	fields = append(append(append(fields, f.wholeFields()...), text), f.toldField()...)
	return append(fields, evidence, files)
}

// toldField asks who else was told, where something may be deleted or corrected.
func (f actForm) toldField() []formField {
	if f.Right != policies.Deletion && f.Right != policies.Correction || f.AppealOf != 0 {
		return nil
	}
	return []formField{f.area("told", "Whom else you told (optional)", "Those who had the information from you and were told that it is gone or was wrong (GDPR Art. 19). The requester reads it in the letter.", 2)}
}

// wholeFields asks for one decision about everything. The grounds are those
// the law knows for the right.
func (f actForm) wholeFields() []formField {
	outcomes := []option{
		{Value: requests.Granted, Label: "Granted: the person gets what they asked for"}, {Value: requests.Partly, Label: "Partly granted: some of it is kept back"},
		{Value: requests.RefusedAll, Label: "Refused"}, {Value: requests.NothingFound, Label: "Nothing found about this person"},
	}
	if f.AppealOf != 0 {
		outcomes[0].Label, outcomes[1].Label = "Changed: the person gets what they asked for", "Changed in part: some of it is still kept back"
		outcomes[2].Label = "The first answer stands"
	}
	switcher := formField{Kind: "switch", Name: "switch", Value: byItems, Label: "Decide item by item", Hint: "One decision for everything. Where some of it is kept back, the person learns more from a decision about each kind of information."}
	fields := []formField{switcher, {Kind: "radios", Name: "outcome", Label: "Decision", Options: f.chosen("outcome", outcomes)}}
	if grounds := f.grounds(); len(grounds) > 0 {
		fields = append(fields, formField{Kind: "select", Name: "ground", Label: "Ground in law, when something is kept back", Options: grounds,
			Hint: fmt.Sprintf("Those that %s knows for this right. The letter names it and says how to complain.", f.Regime.Name)})
	}
	return fields
}

// grounds lists the grounds with their articles, or nothing where the law knows
// none.
func (f actForm) grounds() []option {
	known := f.Grounds()
	if len(known) == 0 {
		return nil
	}
	options := []option{{Value: "", Label: "No ground: nothing is kept back"}}
	for _, g := range known {
		options = append(options, option{Value: g.Ground, Label: groundName(g.Ground) + " (" + g.Source + ")"})
	}
	return f.chosen("ground", options)
}

// itemsField is the table of items: what was typed, else the systems that hold
// something, and one row more where it was asked for.
func (f actForm) itemsField() formField {
	rows := f.typed.items()
	if len(rows) == 0 {
		for _, s := range f.Facts.Systems {
			if holdsSomething(s) {
				rows = append(rows, itemRow{From: s.System, What: s.System})
			}
		}
	}
	if len(rows) == 0 || f.typed.Has("add") && len(rows) < requests.MaxItems {
		rows = append(rows, itemRow{})
	}
	for i := range rows {
		rows[i].N = i
		f.furnish(&rows[i])
	}
	return formField{Kind: itemsField, Name: itemsField, Items: rows, Full: len(rows) >= requests.MaxItems,
		Hint: fmt.Sprintf("The grounds are those that %s knows for this right; the letter adds how to complain. Empty the name of a row that is not needed.", f.Regime.Name)}
}

// furnish puts the choices into a row.
func (f actForm) furnish(row *itemRow) {
	row.Choices = itemChoices()
	for i := range row.Choices {
		row.Choices[i].Chosen = row.Choices[i].Value == row.Decision
	}
	row.Grounds = []option{{Value: "", Label: "None: it is given whole"}}
	for _, g := range f.Grounds() {
		chosen := g.Ground == row.Ground
		row.Grounds = append(row.Grounds, option{Value: g.Ground, Label: groundName(g.Ground) + " · " + g.Source, Chosen: chosen})
		if chosen {
			row.Source = g.Source
		}
	}
}

// itemChoices are the decisions about an item.
func itemChoices() []option {
	var choices []option
	for _, d := range []requests.ItemDecision{requests.Give, requests.Part, requests.Keep, requests.NotOurs} {
		choices = append(choices, option{Value: string(d), Label: itemDecision(d)})
	}
	return choices
}

// itemDecision names a decision about an item.
func itemDecision(d requests.ItemDecision) string {
	switch d {
	case requests.Give:
		return "Give"
	case requests.Part:
		return "Give part"
	case requests.Keep:
		return "Keep back"
	}
	return "Not ours"
}

// itemIcon is the sign beside it.
func itemIcon(d requests.ItemDecision) string {
	switch d {
	case requests.Give:
		return "check"
	case requests.Part:
		return "part"
	case requests.Keep:
		return "stop"
	}
	return "users"
}

// mend puts the office's sentences at the cells of the table and lists them in
// its order.
func (f *formField) mend(faults requests.FieldErrors) site.Problems {
	var list site.Problems
	if f.Error = faults["outcome"]; f.Error != "" {
		f.Error = "Decide about at least one item."
		list = append(list, site.Problem{Field: "decision.0.give", Sentence: f.Error})
	}
	for i := range f.Items {
		row := &f.Items[i]
		row.Faults = map[string]string{}
		for _, cell := range []string{"what", "decision", "ground", "text", "evidence"} {
			sentence := faults[row.Cell(cell)]
			if sentence == "" {
				continue
			}
			row.Faults[cell] = sentence
			id := row.Cell(cell)
			if cell == "decision" {
				id += ".give"
			}
			list = append(list, site.Problem{Field: id, Sentence: fmt.Sprintf("Item %d: %s", i+1, sentence)})
		}
	}
	return list
}

// ofItems reports whether a fault is one of the table's cells.
func ofItems(name string) bool {
	cell, n, found := strings.Cut(name, ".")
	_, err := strconv.Atoi(n)
	return found && err == nil && slices.Contains([]string{"what", "decision", "ground", "text", "evidence"}, cell)
}
