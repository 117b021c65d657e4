package console

import (
	"time"

	"github.com/labstack/echo/v4"

	"dsr/policies"
	"dsr/web/site"
	"dsr/words"
)

// newFields are the questions of the form, in the order of a conversation: for
// whom and how it came, when, what, where from, and who.
func (s *Console) newFields(c echo.Context, f newForm, team voice) []formField {
	policy := formField{Kind: "select", Name: "policy", Label: "Policy", Value: f.pack.ID}
	for _, pack := range s.receives(site.Caller(c)) {
		policy.Options = append(policy.Options, option{Value: pack.ID, Label: pack.Controller.Name, Chosen: pack.ID == f.pack.ID})
	}
	if len(policy.Options) == 1 {
		policy.Kind = "hidden"
	}
	rights := formField{Kind: "checks", Name: "right", Label: "What do they ask for?", Hint: "Each becomes a request of its own; one letter confirms them all."}
	for _, right := range policies.Rights() {
		rights.Options = append(rights.Options, option{Value: string(right), Label: team.right(right)})
	}
	rights.Options = chosenOf(f.Values, "right", rights.Options)
	fields := []formField{policy,
		{Kind: "radios", Name: "channel", Label: "How did it come?", Options: chosenOf(f.Values, "channel", channels())},
		{Kind: "date", Name: "received", Label: "When was it received?", Date: f.dayOf(s.Now()),
			Hint: "The day it reached the company, not the day it reached you. It cannot lie in the future; changing it later needs a reason."},
		{Kind: "text", Name: "time", Label: "Time of day", Hint: "Like 14:05, in the time of " + zoneName(f.zone) + ".", Value: f.Get("time")},
		rights, f.residenceField(team), f.languageField(s.Words),
		{Kind: "text", Name: "email", Label: "Email address of the person", Value: f.Get("email"),
			Hint: "Letters go there. The console writes by mail only: who has no address has to be asked for one they can read, for example of a relative."},
	}
	for _, id := range s.Book.Identifiers(f.pack, f.rights, f.Get("residence"), f.whenOr(s.Now())) {
		fields = append(fields, formField{Kind: "text", Name: "id-" + id.Name, Label: id.Label + " (optional)", Hint: id.Hint, Value: f.Get("id-" + id.Name)})
	}
	return append(fields, formField{Kind: "area", Name: "details", Label: "What they said (optional)", Hint: "In their own words where you can. The requester can read it on their page.", Value: f.Get("details"), Rows: 4})
}

// whenOr is the receipt that was typed, or an instant where none was.
func (f newForm) whenOr(now time.Time) time.Time {
	if f.received.IsZero() {
		return now
	}
	return f.received
}

// residenceField asks where the person lives; nobody has to know.
func (f newForm) residenceField(team voice) formField {
	return formField{Kind: "select", Name: "residence", Label: "Where does the person live?", Hint: "It decides the law. Until it is known the strictest counts.",
		Options: []option{{Value: "", Label: "Not known"}}, Groups: residences(team, f.Get("residence"))}
}

// residences offers the places where somebody can live, the parts first of
// countries whose parts have laws of their own.
func residences(v voice, chosen string) []optionGroup {
	places := func(list []words.Place) []option {
		options := make([]option, len(list))
		for i, p := range list {
			options[i] = option{Value: p.Code, Label: p.Name, Chosen: p.Code == chosen}
		}
		return options
	}
	var groups []optionGroup
	for _, country := range []string{"US", "GB", "CA"} {
		groups = append(groups, optionGroup{v.Country(country), places(v.Subdivisions(country))})
	}
	return append(groups, optionGroup{"Countries", places(v.Countries())})
}

// languageField asks in which language they are written to.
func (f newForm) languageField(catalogue *words.Catalogue) formField {
	field := formField{Kind: "select", Name: "language", Label: "Language of the letters"}
	for _, l := range catalogue.Languages() {
		field.Options = append(field.Options, option{Value: l.Tag, Label: l.Name, Chosen: l.Tag == f.Get("language") || f.Get("language") == "" && l.Tag == words.Base})
	}
	return field
}

// agentFields ask who asks for the person.
func agentFields(f newForm) []formField {
	return []formField{
		{Kind: "radios", Name: "for", Label: "Who asks?", Options: chosenOf(f.Values, "for", []option{
			{Value: "self", Label: "The person themselves"}, {Value: "parent", Label: "A parent, for their child"}, {Value: "agent", Label: "Somebody else, for the person"}})},
		{Kind: "text", Name: "own_name", Label: "Their name", Value: f.Get("own_name")},
		{Kind: "text", Name: "own_email", Label: "Their email address", Hint: "Letters go to them; an agent’s person is told too.", Value: f.Get("own_email")},
		{Kind: "text", Name: "own_reference", Label: "Their own reference (optional)", Value: f.Get("own_reference")},
	}
}
