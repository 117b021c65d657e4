package requests

import (
	"strings"
	"time"
	"unicode/utf8"

	"dsr/deadlines"
	"dsr/identity"
	"dsr/policies"
	"dsr/workflow"
)

// PhaseName is how the console calls a phase.
func PhaseName(p workflow.Phase) string {
	switch p {
	case Search:
		return "Systems"
	case Aside:
		return "Set aside"
	}
	return title(string(p))
}

// Phases lists the phases in the order of the stepper.
func Phases() []workflow.Phase {
	return []workflow.Phase{Triage, Verification, Search, Decision, Answer, Closed}
}

// LevelName says in words how somebody proves who they are.
func LevelName(l identity.Level) string {
	switch l {
	case identity.None:
		return "no proof"
	case identity.Locate:
		return "what finds the record"
	case identity.Mailbox:
		return "proof of the mailbox"
	case identity.Reauthentication:
		return "a fresh sign-in to their account"
	case identity.TwoPoints:
		return "two matching data points"
	}
	return "three matching data points and a signed declaration"
}

// ClockName is how the console and letters to staff call a clock.
func ClockName(kind policies.ClockKind, basis policies.Basis) string {
	name := map[policies.ClockKind]string{
		policies.Acknowledge: "Confirm receipt", policies.FirstResponse: "First reply", policies.Respond: "Answer",
		policies.OptOut: "Stop the use", policies.Fulfil: "Done in every system", policies.AppealWindow: "Time to appeal",
		policies.AppealAnswer: "Answer the appeal", policies.RecipientsNotice: "Tell the recipients", policies.Retention: "Keep the record",
	}[kind]
	return name + ", by " + string(basis)
}

// OutcomeName says why a request ended.
func OutcomeName(outcome string) string {
	switch outcome {
	case NotUs:
		return "Not for us"
	case Unproved:
		return "Not proved"
	case Partly:
		return "Partly granted"
	case "":
		return ""
	}
	return title(strings.ReplaceAll(outcome, "_", " "))
}

// Mask hides an address but for its first letter and its domain's last labels.
func Mask(address string) string {
	local, domain, found := strings.Cut(address, "@")
	if !found || local == "" {
		return "•••"
	}
	first, _ := utf8.DecodeRuneInString(local)
	return string(first) + "•••@" + domain
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// day writes the local day of an instant: Mon 2 March 2026.
func day(t time.Time, place deadlines.Place) string { return long(deadlines.DateOf(t, place.Zone)) }

func long(d deadlines.Date) string { return d.Time().Format("Monday 2 January 2006") }
