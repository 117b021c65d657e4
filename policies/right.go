package policies

import (
	"fmt"
	"slices"
	"strings"
)

// Right is what a person can ask for. An opt-out names what from after a dot:
// "opt_out.marketing". In a regime's lists "opt_out" stands for all of them and
// "all" for every right.
type Right string

// The rights.
const (
	Access            Right = "access"
	Correction        Right = "correction"
	Deletion          Right = "deletion"
	Portability       Right = "portability"
	Objection         Right = "objection"
	Restriction       Right = "restriction"
	WithdrawConsent   Right = "withdraw_consent"
	LimitSensitive    Right = "limit_sensitive"
	AutomatedDecision Right = "automated_decision"
	OptOutSale        Right = "opt_out.sale_sharing"
	OptOutMarketing   Right = "opt_out.marketing"
	OptOutAI          Right = "opt_out.ai_processing"
	OptOutProfiling   Right = "opt_out.profiling"
	// Appeal asks to look again at an answer, Complaint is a complaint to the
	// controller (UK DPA 2018 s.164A). Neither is on the form's first page.
	Appeal    Right = "appeal"
	Complaint Right = "complaint"

	anyOptOut Right = "opt_out"
	anyRight  Right = "all"
)

// Rights lists what a person can ask for on the form, in the order shown.
func Rights() []Right {
	return []Right{Access, Correction, Deletion, Portability, Objection, Restriction,
		WithdrawConsent, OptOutSale, OptOutMarketing, OptOutAI, OptOutProfiling, LimitSensitive, AutomatedDecision}
}

// otherNames are the laws' own words for our rights.
var otherNames = map[string]Right{
	"know": Access, "right_to_know": Access, "confirm": Access,
	"delete": Deletion, "erasure": Deletion, "erase": Deletion,
	"correct": Correction, "rectification": Correction, "rectify": Correction,
	"object": Objection, "restrict": Restriction, "restriction_of_processing": Restriction,
	"data_portability": Portability, "limit": LimitSensitive, "limit_use": LimitSensitive,
	"opt_out": OptOutSale, "opt_out_sale_share": OptOutSale, "opt_out_sale": OptOutSale, "opt_out_sale_sharing": OptOutSale,
	"opt_out_marketing": OptOutMarketing, "object_marketing": OptOutMarketing, "objection_marketing": OptOutMarketing,
	"opt_out_ai": OptOutAI, "opt_out_ai_processing": OptOutAI,
	"opt_out_profiling": OptOutProfiling, "admt_opt_out": OptOutProfiling, "opt_out_admt": OptOutProfiling,
	"consent_withdrawal": WithdrawConsent, "withdrawal_of_consent": WithdrawConsent,
	"human_review": AutomatedDecision, "admt_access": AutomatedDecision,
}

// ParseRight reads one of our names of a right, or a law's own name for it.
func ParseRight(s string) (Right, error) {
	right := Right(strings.ToLower(strings.TrimSpace(s)))
	if other, known := otherNames[string(right)]; known {
		return other, nil
	}
	if slices.Contains(Rights(), right) || right == Appeal || right == Complaint {
		return right, nil
	}
	return "", fmt.Errorf("%q is no right: choose one of %s", s, joinRights(Rights()))
}

// IsOptOut reports whether the right is an opt-out or a limit: one that may
// never be gated by proof of identity.
func (r Right) IsOptOut() bool {
	return strings.HasPrefix(string(r), "opt_out.") || r == LimitSensitive
}

// In reports whether a regime's list covers the right.
func (r Right) In(list []Right) bool {
	return slices.Contains(list, r) || slices.Contains(list, anyRight) && r != Appeal && r != Complaint ||
		strings.HasPrefix(string(r), "opt_out.") && slices.Contains(list, anyOptOut)
}

func joinRights(rights []Right) string {
	names := make([]string, len(rights))
	for i, r := range rights {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// ClockKind says what a clock waits for.
type ClockKind string

// The clocks. Each may run by law, by promise, or by both.
const (
	Acknowledge      ClockKind = "acknowledge"       // a confirmation that it arrived
	FirstResponse    ClockKind = "first_response"    // the first substantive reply
	Respond          ClockKind = "respond"           // the answer or the refusal
	OptOut           ClockKind = "opt_out"           // processing stopped
	Fulfil           ClockKind = "fulfil"            // done in every system
	AppealWindow     ClockKind = "appeal_window"     // how long the person may appeal
	AppealAnswer     ClockKind = "appeal_answer"     // the answer to the appeal
	RecipientsNotice ClockKind = "recipients_notice" // recipients told
	Retention        ClockKind = "retention"         // how long the record is kept
)

// Basis tells a law's clock from a promise's.
type Basis string

// The bases.
const (
	ByLaw     Basis = "law"
	ByPromise Basis = "promise"
	// ByTarget is a house target where neither law nor policy states a time.
	ByTarget Basis = "target"
)
