package policies

import (
	"slices"

	"dsr/deadlines"
)

// Reminders says when the team hears of a clock and who else does, where that
// differs from the house.
type Reminders struct {
	Clocks     []ClockReminders `yaml:"clocks" validate:"dive"`
	Questions  []deadlines.Term `yaml:"questions"`                  // so long after a question that pauses a clock, the team hears that it is open
	Escalation []EscalationStep `yaml:"escalation" validate:"dive"` // who hears of a clock that has run out, besides whoever has the request
}

// ClockReminders says how long before their end the team is reminded of clocks.
type ClockReminders struct {
	Clocks []ClockKind      `yaml:"clocks"` // absent: all that are named in no other entry
	Before []deadlines.Lead `yaml:"before" validate:"required"`
}

// EscalationStep is one step of telling others that a clock has run out.
type EscalationStep struct {
	To    string         `yaml:"to" validate:"required,oneof=lead officer"`
	After deadlines.Term `yaml:"after"` // since it ran out; absent: at once
}

// Whom a step of an escalation goes to.
const (
	ToLead    = "lead"    // the approvers who serve the policy, or else its administrators
	ToOfficer = "officer" // its data protection contact and its administrators
)

// Leads returns how long before its end the team is reminded of a kind of clock;
// none where the pack leaves it to the house.
func (p *Pack) Leads(kind ClockKind) []deadlines.Lead {
	var others []deadlines.Lead
	for _, c := range p.Reminders.Clocks {
		if slices.Contains(c.Clocks, kind) {
			return c.Before
		}
		if len(c.Clocks) == 0 {
			others = c.Before
		}
	}
	return others
}

// QuestionAges returns how old an open question is when the team hears of it:
// 7 and 14 days unless the pack says otherwise.
func (p *Pack) QuestionAges() []deadlines.Term {
	if len(p.Reminders.Questions) > 0 {
		return p.Reminders.Questions
	}
	return []deadlines.Term{{N: 7, Unit: deadlines.CalendarDays}, {N: 14, Unit: deadlines.CalendarDays}}
}

// EscalationSteps returns who hears of a clock that has run out, and when: the
// lead at once and the officer a working day later, unless the pack says
// otherwise.
func (p *Pack) EscalationSteps() []EscalationStep {
	if len(p.Reminders.Escalation) > 0 {
		return p.Reminders.Escalation
	}
	return []EscalationStep{{To: ToLead}, {To: ToOfficer, After: deadlines.Term{N: 1, Unit: deadlines.BusinessDays}}}
}

// remindedKinds are the clocks that can run on a request.
func remindedKinds() []ClockKind {
	return []ClockKind{Acknowledge, FirstResponse, Respond, OptOut, Fulfil, AppealAnswer}
}

// lintReminders checks what the types cannot say.
func lintReminders(at placed, r *Reminders) error {
	named, others := []ClockKind{}, false
	for _, c := range r.Clocks {
		if len(c.Clocks) == 0 {
			if others {
				return at("reminders", "two entries of reminders name no clocks: one of them can hold for all others")
			}
			others = true
		}
		for _, kind := range c.Clocks {
			switch {
			case !slices.Contains(remindedKinds(), kind):
				return at(string(kind), "%q is no clock that a request has", kind)
			case slices.Contains(named, kind):
				return at("reminders", "two entries of reminders name the clock %s", kind)
			}
			named = append(named, kind)
		}
		for i, lead := range c.Before {
			if slices.Contains(c.Before[:i], lead) {
				return at("reminders", "a clock is reminded of %s before its end twice", lead)
			}
		}
	}
	for i, age := range r.Questions {
		switch {
		case age.Unit != deadlines.CalendarDays && age.Unit != deadlines.BusinessDays || age.N > 365:
			return at("questions", "the age %s of a question is no number of days up to 365", age)
		case slices.Contains(r.Questions[:i], age):
			return at("questions", "questions names %s twice", age)
		}
	}
	for i, step := range r.Escalation {
		switch {
		case step.After.Unit == deadlines.Months || step.After.N > 365:
			return at("escalation", "a step of the escalation comes after hours or days, at most 365")
		case slices.Contains(r.Escalation[:i], step):
			return at("escalation", "the escalation to the %s is there twice", step.To)
		}
	}
	return nil
}

// reminderTexts lists them for a comparison of two packs.
func (p *Pack) reminderTexts() []namedText {
	var list []namedText
	for _, kind := range remindedKinds() {
		if leads := p.Leads(kind); len(leads) > 0 {
			list = append(list, namedText{string(kind), "reminded " + joinTexts(leads) + " before"})
		}
	}
	if len(p.Reminders.Questions) > 0 {
		list = append(list, namedText{"questions", "told of after " + joinTexts(p.Reminders.Questions)})
	}
	for _, step := range p.Reminders.Escalation {
		after := "at once"
		if !step.After.IsZero() {
			after = "after " + step.After.String()
		}
		list = append(list, namedText{step.To, "hears of a clock that has run out " + after})
	}
	return list
}

// joinTexts writes things one after the other.
func joinTexts[T interface{ String() string }](things []T) string {
	text := ""
	for i, t := range things {
		if i > 0 {
			text += ", "
		}
		text += t.String()
	}
	return text
}
