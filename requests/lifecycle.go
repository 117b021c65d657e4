package requests

import (
	"slices"

	"dsr/workflow"
)

// The phases, named by whose move it is.
const (
	New          workflow.Phase = "new"          // nobody's yet: it is just arriving
	Triage       workflow.Phase = "triage"       // the team looks at it for the first time
	Verification workflow.Phase = "verification" // the requester proves who they are
	Search       workflow.Phase = "search"       // the systems are searched or changed
	Decision     workflow.Phase = "decision"     // the team decides
	Answer       workflow.Phase = "answer"       // the answer is out; what is left is done
	Aside        workflow.Phase = "aside"        // nobody's move for now: lapsed or taken for spam, and opened again in one click
	Closed       workflow.Phase = "closed"       // nobody's move
)

// The acts.
const (
	ActReceive        workflow.Act = "receive"
	ActTakeUp         workflow.Act = "take_up"
	ActAskProof       workflow.Act = "ask_proof"
	ActGiveProof      workflow.Act = "give_proof"
	ActRejectProof    workflow.Act = "reject_proof"
	ActRecordProof    workflow.Act = "record_proof"
	ActLapse          workflow.Act = "lapse"
	ActSpam           workflow.Act = "set_aside_as_spam"
	ActNoRequest      workflow.Act = "set_aside_as_no_request"
	ActReopen         workflow.Act = "reopen"
	ActClear          workflow.Act = "clear_suspicion"
	ActConfirm        workflow.Act = "confirm_mailbox"
	ActAskQuestion    workflow.Act = "ask_clarification"
	ActAnswer         workflow.Act = "record_clarification"
	ActExtend         workflow.Act = "extend"
	ActSetLaw         workflow.Act = "set_law"
	ActFindings       workflow.Act = "record_findings"
	ActDecide         workflow.Act = "decide"
	ActPropose        workflow.Act = "propose_decision"
	ActApprove        workflow.Act = "approve_decision"
	ActSendBack       workflow.Act = "send_back"
	ActCorrect        workflow.Act = "correct_receipt"
	ActLabel          workflow.Act = "add_label"
	ActUnlabel        workflow.Act = "remove_label"
	ActClose          workflow.Act = "close"
	ActDismiss        workflow.Act = "dismiss"
	ActWithdraw       workflow.Act = "withdraw"
	ActAppeal         workflow.Act = "appeal"
	ActCollect        workflow.Act = "collect"
	ActRenew          workflow.Act = "renew_files"
	ActMessage        workflow.Act = "message"
	ActReply          workflow.Act = "reply"
	ActNote           workflow.Act = "note"
	ActAssign         workflow.Act = "assign"
	ActShow           workflow.Act = "show"
	ActEvidence       workflow.Act = "evidence"
	ActLetterSent     workflow.Act = "letter_sent"
	ActLetterFailed   workflow.Act = "letter_failed"
	ActBounced        workflow.Act = "letter_bounced"
	ActAddress        workflow.Act = "correct_address"
	ActSendAgain      workflow.Act = "send_letter_again"
	ActConfirmReading workflow.Act = "confirm_reading"
	ActComplete       workflow.Act = "complete"
	ActRemind         workflow.Act = "remind"
	ActLink           workflow.Act = "send_link"
	ActKeep           workflow.Act = "keep_for_dispute"
	ActRelease        workflow.Act = "release_from_dispute"
	ActErase          workflow.Act = "erase"
	ActRecount        workflow.Act = "recount"
)

// The actors of the table.
const (
	ByRequester workflow.Actor = "requester"
	ByStaff     workflow.Actor = "staff"
	ByMachine   workflow.Actor = "machine"
)

// Lifecycle is everything that can happen to a request. Whose permission an
// act needs beyond the kind of actor stands in package access; what the law
// holds against it, in guards.go.
func Lifecycle() (*workflow.Machine, error) {
	requester, staff, machine := by(ByRequester), by(ByStaff), by(ByMachine)
	anyone, people := by(ByRequester, ByStaff, ByMachine), by(ByRequester, ByStaff)
	open := []workflow.Phase{Triage, Verification, Search, Decision, Answer}
	undecided := open[:4]

	table := []workflow.Move{
		{From: New, Act: ActReceive, To: Triage, By: anyone},

		{From: Triage, Act: ActTakeUp, To: Search, By: staff},
		{From: Triage, Act: ActAskProof, To: Verification, By: staff},
		{From: Search, Act: ActAskProof, To: Verification, By: staff},
		{From: Triage, Act: ActRejectProof, To: Verification, By: staff},
		{From: Search, Act: ActRejectProof, To: Verification, By: staff},
		{From: Verification, Act: ActRejectProof, To: Verification, By: staff},
		{From: Triage, Act: ActRecordProof, To: Search, By: staff},
		{From: Verification, Act: ActRecordProof, To: Search, By: staff},
		{From: Search, Act: ActRecordProof, To: Search, By: staff},
		{From: Decision, Act: ActRecordProof, To: Decision, By: staff},
		{From: Search, Act: ActFindings, To: Decision, By: staff},
		{From: Decision, Act: ActDecide, To: Answer, By: staff},
		{From: Decision, Act: ActApprove, To: Answer, By: staff},
		{From: Answer, Act: ActClose, To: Closed, By: staff},

		{From: Triage, Act: ActDismiss, To: Closed, By: staff},
		{From: Verification, Act: ActDismiss, To: Closed, By: staff},
		{From: Triage, Act: ActApprove, To: Closed, By: staff},
		{From: Verification, Act: ActApprove, To: Closed, By: staff},
		{From: Triage, Act: ActSpam, To: Aside, By: staff},
		{From: Verification, Act: ActSpam, To: Aside, By: staff},
		{From: Triage, Act: ActNoRequest, To: Aside, By: staff},
		{From: Verification, Act: ActNoRequest, To: Aside, By: staff},
		{From: Triage, Act: ActClear, To: Triage, By: staff},
		{From: Triage, Act: ActConfirmReading, To: Triage, By: staff},
		{From: Aside, Act: ActReopen, To: Triage, By: people},
		{From: Aside, Act: ActWithdraw, To: Closed, By: people},
	}
	table = append(table, stay(undecided, ActAskQuestion, staff)...)
	table = append(table, stay(undecided, ActAnswer, people)...)
	table = append(table, stay(undecided, ActExtend, staff)...)
	table = append(table, stay(undecided, ActSetLaw, staff)...)
	table = append(table, stay(open, ActCorrect, staff)...)
	table = append(table, stay([]workflow.Phase{Triage, Verification, Decision}, ActPropose, staff)...)
	table = append(table, stay(undecided, ActSendBack, staff)...)
	everywhere := append(slices.Clone(open), Aside, Closed)
	table = append(table, stay(append(slices.Clone(undecided), Aside), ActConfirm, requester)...)
	table = append(table, stay(undecided, ActGiveProof, requester)...)
	table = append(table, stay(undecided, ActComplete, requester)...)
	for _, p := range undecided {
		table = append(table,
			workflow.Move{From: p, Act: ActWithdraw, To: Closed, By: people},
			workflow.Move{From: p, Act: ActLapse, To: Aside, By: machine})
	}
	answered := []workflow.Phase{Answer, Closed}
	table = append(table, stay(answered, ActAppeal, requester)...)
	table = append(table, stay(answered, ActRenew, requester)...)
	table = append(table, stay(answered, ActCollect, requester)...)
	table = append(table, stay(everywhere, ActMessage, staff)...)
	table = append(table, stay(everywhere, ActReply, requester)...)
	table = append(table, stay(everywhere, ActNote, staff)...)
	table = append(table, stay(everywhere, ActShow, staff)...)
	table = append(table, stay(everywhere, ActLabel, staff)...)
	table = append(table, stay(everywhere, ActUnlabel, staff)...)
	table = append(table, stay(everywhere, ActEvidence, staff)...)
	table = append(table, stay(everywhere, ActLetterSent, machine)...)
	table = append(table, stay(everywhere, ActLetterFailed, machine)...)
	table = append(table, stay(everywhere, ActBounced, machine)...)
	table = append(table, stay(everywhere, ActAddress, by(ByStaff, ByMachine))...)
	table = append(table, stay(everywhere, ActSendAgain, staff)...)
	table = append(table, stay(everywhere, ActLink, machine)...)
	table = append(table, stay(open, ActRecount, machine)...)
	table = append(table, stay(everywhere, ActKeep, staff)...)
	table = append(table, stay(everywhere, ActRelease, staff)...)
	for _, p := range []workflow.Phase{Aside, Closed} {
		table = append(table, workflow.Move{From: p, Act: ActErase, To: Closed, By: machine})
	}
	table = append(table, stay(open, ActAssign, staff)...)
	table = append(table, stay(everywhere, ActRemind, machine)...)
	return workflow.Compile(New, []workflow.Phase{Closed}, table)
}

// stay makes one line for each phase in which an act leads nowhere else: holds,
// extensions and messages are dated facts, not phases.
func stay(phases []workflow.Phase, act workflow.Act, actors []workflow.Actor) []workflow.Move {
	moves := make([]workflow.Move, len(phases))
	for i, p := range phases {
		moves[i] = workflow.Move{From: p, Act: act, To: p, By: actors}
	}
	return moves
}

func by(actors ...workflow.Actor) []workflow.Actor { return actors }

// quiet acts change nothing a person decides on: a form that was open while
// one happened is not stale.
func quiet(act workflow.Act) bool {
	switch act {
	case ActRecount, ActLetterSent, ActLetterFailed, ActLink, ActRemind, ActShow, ActEvidence, ActNote, ActCollect, ActLabel, ActUnlabel, ActSendAgain:
		return true
	}
	return false
}

// The outcomes: why a request ended.
const (
	Granted      = "granted"
	Partly       = "partly"
	RefusedAll   = "refused"
	NothingFound = "nothing_found"
	Withdrawn    = "withdrawn"
	NotUs        = "not_us"
	Spam         = "spam"
	NoRequest    = "no_request" // a person wrote, and asked for something else
	Unproved     = "unproved"
	Lapsed       = "lapsed" // nobody proved that it is theirs in time; set aside, not refused
)
