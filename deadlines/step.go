package deadlines

import (
	"fmt"
	"strconv"
	"time"
)

// StepKind names one step from receipt to the due date.
type StepKind string

// The steps, in the order in which they can occur.
const (
	StepReceived         StepKind = "received"
	StepStart            StepKind = "start"
	StepMoved            StepKind = "moved"      // identity, fee or authority moved the start
	StepReflection       StepKind = "reflection" // the time to think about a fee moved it
	StepRule             StepKind = "rule"
	StepElapsed          StepKind = "elapsed"
	StepDays             StepKind = "days"
	StepBusinessDays     StepKind = "business_days"
	StepMonths           StepKind = "months"
	StepClamped          StepKind = "clamped"        // the month is too short for the day number
	StepHold             StepKind = "hold"           // days taken out
	StepHoldTooLate      StepKind = "hold_too_late"  // asked when the period was over
	StepHoldNoEffect     StepKind = "hold_no_effect" // this rule does not stop for it
	StepExtension        StepKind = "extension"
	StepExtensionRefused StepKind = "extension_refused"
	StepRoll             StepKind = "roll"
	StepKept             StepKind = "kept"     // no working day, but the rule does not roll
	StepHeld             StepKind = "held"     // the date is provisional
	StepDue              StepKind = "due"      // the result
	StepReading          StepKind = "reading"  // another reading ends earlier
	StepCalendar         StepKind = "calendar" // a day that an operator set lies in the period
)

// Step is one step of an explanation, as data: each door words it in its
// reader's language. Fields that a kind does not use are zero.
type Step struct {
	Kind   StepKind  `json:"kind"`
	Date   Date      `json:"date"`            // the date after this step
	Since  Date      `json:"since,omitempty"` // the date the step leads from: asked, sent, unrolled
	Until  Date      `json:"until,omitempty"` // the last day of a hold
	At     time.Time `json:"at,omitzero"`
	N      int       `json:"n,omitempty"` // days held
	Term   Term      `json:"term,omitzero"`
	Hold   HoldKind  `json:"hold,omitempty"`
	Name   string    `json:"name,omitempty"` // holiday, weekday, calendar or reason
	Source string    `json:"source,omitempty"`
}

func (c *computation) step(s Step) {
	if c.explain {
		c.steps = append(c.steps, s)
	}
}

// Heading names the step in one or two English words.
func (s Step) Heading() string {
	switch s.Kind {
	case StepReceived:
		return "Received"
	case StepStart, StepMoved, StepReflection:
		return "Start"
	case StepRule:
		return "Rule"
	case StepMonths, StepClamped:
		return "Months"
	case StepElapsed, StepDays, StepBusinessDays:
		return "Count"
	case StepHold, StepHoldTooLate, StepHoldNoEffect, StepHeld:
		return "Hold"
	case StepExtension, StepExtensionRefused:
		return "Extension"
	case StepRoll, StepKept:
		return "Roll"
	case StepReading:
		return "Another reading"
	case StepCalendar:
		return "Calendar"
	}
	return "Due"
}

// Text says in one English sentence what the step did.
func (s Step) Text() string {
	switch s.Kind {
	case StepReceived:
		return "Received on " + long(s.Date) + "."
	case StepStart:
		return "The day of receipt is day 0 and is not counted."
	case StepMoved:
		return "The clock waited for what was asked for and starts on " + long(s.Date) + ", which is day 0."
	case StepReflection:
		return fmt.Sprintf("A fee was announced on %s; the %d days to think about it end on %s, which is day 0.", long(s.Since), ReflectionDays, long(s.Date))
	case StepRule:
		return "Within " + s.Term.String() + "."
	case StepElapsed:
		return s.Term.String() + " of elapsed time; weekends, holidays and clock changes do not stop them."
	case StepDays:
		return s.Term.String() + " from day 0, every day counted."
	case StepBusinessDays:
		return s.Term.String() + " from day 0, counted on the working days of " + s.Name + "."
	case StepMonths:
		return "Same day number, " + s.Term.String() + " later."
	case StepClamped:
		return s.Term.String() + " later; that month is too short for the day number, so its last day counts."
	case StepHeld:
		return "Held for " + string(s.Hold) + " since " + long(s.Since) + ". The date is provisional: it is the one an answer now would give."
	case StepDue:
		return "Done in time on or before " + long(s.Date) + "."
	case StepReading:
		return "If the day of the reply counted, the last day would be " + long(s.Date) + ". Reminders go by that date."
	}
	return s.textOfChange()
}

// textOfChange words the steps that move a date or refuse to.
func (s Step) textOfChange() string {
	switch s.Kind {
	case StepCalendar:
		return s.Name
	case StepHold:
		return fmt.Sprintf("%s asked for on %s, held until %s: %s, first and last included, do not count.", capital(string(s.Hold)), long(s.Since), long(s.Until), plural(s.N, "day"))
	case StepHoldTooLate:
		return fmt.Sprintf("%s asked for on %s, after the last day %s: nothing changes.", capital(string(s.Hold)), long(s.Since), long(s.Date))
	case StepHoldNoEffect:
		return fmt.Sprintf("%s asked for on %s does not stop this clock.", capital(string(s.Hold)), long(s.Since))
	case StepExtension:
		return "Notice sent on " + long(s.Since) + ", inside the first period; counted anew from day 0."
	case StepExtensionRefused:
		return "The extension of " + long(s.Since) + " changes nothing: " + s.Name + "."
	case StepRoll:
		return long(s.Since) + " is no working day (" + s.Name + "), so the next one counts."
	case StepKept:
		return long(s.Date) + " is no working day (" + s.Name + "). This rule does not wait for the next one, " + long(s.Since) + "."
	}
	return ""
}

// long writes Mon 2 March 2026.
func long(d Date) string { return d.Time().Format("Mon 2 January 2006") }

func capital(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}
