package requests

import (
	"strconv"

	"dsr/access"
	"dsr/workflow"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// ActOption is one act a caller could try: lawful when nothing stands against
// it.
type ActOption struct {
	Act        workflow.Act
	Label      string
	Objections []Objection
	Primary    bool // the one next lawful step
}

// Lawful reports whether nothing stands against the act.
func (a ActOption) Lawful() bool { return len(a.Objections) == 0 }

// staffActs are the acts of the console, in the order of its menu.
var staffActs = [...]struct {
	act        workflow.Act
	label      string
	permission access.Permission
}{
	{ActApprove, "Approve and send", access.Approve},
	{ActSendBack, "Send the proposal back", access.Approve},
	{ActConfirmReading, "Confirm what the message asks for", access.TakeUp},
	{ActTakeUp, "Take up", access.TakeUp},
	{ActAskProof, "Ask for proof of identity", access.Verify},
	{ActRecordProof, "Record the proof", access.Verify},
	{ActRejectProof, "Say that the proof does not fit", access.Verify},
	{ActClear, "Not spam: send the first letter", access.TakeUp},
	{ActReopen, "Open again", access.Withdraw},
	{ActAskQuestion, "Ask what is meant", access.Clarify},
	{ActAnswer, "Record the reply", access.Clarify},
	{ActFindings, "Record what was found", access.Search},
	{ActDecide, "Decide and send the answer", access.Decide},
	{ActClose, "Close", access.Close},
	{ActExtend, "Extend the law’s date", access.Extend},
	{ActMessage, "Write to the requester", access.Message},
	{ActAssign, "Assign", access.Assign},
	{ActSetLaw, "Change law or right", access.TakeUp},
	{ActCorrect, "Correct the receipt", access.Correct},
	{ActAddress, "Correct the address", access.Correct},
	{ActNote, "Add a note", access.Search},
	{ActWithdraw, "Record a withdrawal", access.Withdraw},
	{ActDismiss, "Dismiss", access.Close},
	{ActNoRequest, "It is no request", access.Close},
	{ActSpam, "Set aside as spam", access.Close},
}

// options lists the console's acts with what stands against each now. Acts
// that only make sense in other phases are left out.
func (o *occasion) options() []ActOption {
	var options []ActOption
	primary := o.primary()
	for _, a := range staffActs {
		if !o.sensible(a.act) {
			continue
		}
		option := ActOption{Act: a.act, Label: a.label, Primary: a.act == primary, Objections: o.standing(a.act)}
		if p := o.request.Facts.Proposal; a.act == ActSendBack && p != nil && p.By == o.caller.Actor() {
			option.Label, a.permission = "Take the proposal back", access.Decide
		}
		if why := o.caller.WhyNot(a.permission, o.request.Policy); why != "" {
			option.Objections = append(option.Objections, Objection{Sentence: why})
		}
		options = append(options, option)
	}
	return options
}

// primary is the one next lawful step of a phase.
func (o *occasion) primary() workflow.Act {
	switch p := o.request.Facts.Proposal; {
	case p == nil || p.Stale != "":
	case p.By == o.caller.Actor():
		return "" // somebody else has the next step
	default:
		return ActApprove
	}
	if o.request.Facts.Proof.Given() && o.request.Undecided() {
		return ActRecordProof
	}
	switch o.request.Phase {
	case Triage:
		if o.request.Facts.Reading != nil {
			return ActConfirmReading
		}
		if o.request.Suspect != "" {
			return ActClear
		}
		return ActTakeUp
	case Verification:
		return ActRecordProof
	case Search:
		return ActFindings
	case Decision:
		return ActDecide
	case Answer:
		return ActClose
	case Aside:
		return ActReopen
	}
	return ActMessage
}

// sensible leaves out steps that belong to another phase altogether; what is
// left and not lawful is shown with its reason.
func (o *occasion) sensible(act workflow.Act) bool {
	_, err := o.office.machine.Next(o.request.Phase, act)
	switch act {
	case ActExtend, ActAskProof, ActAskQuestion:
		return o.request.Open()
	case ActApprove, ActSendBack:
		return err == nil && o.request.Facts.Proposal != nil
	case ActRejectProof:
		return err == nil && o.request.Facts.Proof.Given()
	case ActRecordProof:
		return err == nil && (o.request.Phase == Verification || o.request.Facts.Proof != nil || !o.request.Proved())
	case ActClear:
		return err == nil && o.request.Suspect != "" && o.request.Facts.Reading == nil
	case ActConfirmReading:
		return err == nil && o.request.Facts.Reading != nil
	case ActAnswer:
		return err == nil && o.request.OpenHold("clarification") != nil
	}
	return err == nil
}
