package requests

import (
	"fmt"
	"slices"

	"dsr/access"
	"dsr/deadlines"
	"dsr/identity"
	"dsr/policies"
	"dsr/workflow"
)

// standing lists what stands against an act whatever its form says: the
// lifecycle first, then the law and the house. Empty means lawful. The
// console's buttons and every door ask here, so they cannot disagree.
func (o *occasion) standing(act workflow.Act) []Objection {
	if at := o.request.Facts.Erased; !at.IsZero() && act != ActEvidence { // what is left still proves how it was handled
		return []Objection{{Sentence: "The personal data of this request was erased on " + day(at, o.place) + ". Nothing can be done to it any more."}}
	}
	if reason := o.phaseAgainst(act); reason != "" {
		return []Objection{{Sentence: reason}}
	}
	switch act {
	case ActTakeUp, ActRecordProof:
		return o.againstUnread()
	case ActAskProof:
		return append(o.againstUnread(), o.againstProof()...)
	case ActAskQuestion:
		return o.againstQuestion()
	case ActAnswer:
		if o.request.OpenHold(deadlines.HoldClarification) == nil {
			return []Objection{{Sentence: "No question is open that could be answered."}}
		}
	case ActExtend:
		return o.againstExtension()
	case ActGiveProof:
		if !o.request.Facts.Proof.Waiting() {
			return []Objection{{Sentence: "No proof is asked for."}}
		}
	case ActRejectProof:
		if !o.request.Facts.Proof.Given() {
			return []Objection{{Sentence: "No proof has come that could be looked at."}}
		}
	case ActDecide, ActPropose, ActDismiss, ActSpam, ActNoRequest:
		return o.againstDeciding()
	case ActApprove, ActSendBack:
		return o.againstApproving(act)
	case ActAppeal:
		return o.againstAppeal()
	case ActErase:
		return o.againstErasing()
	case ActKeep, ActRelease:
		return o.againstKeeping(act == ActRelease)
	case ActReopen:
		if o.caller.Kind == access.Staff && !slices.Contains([]string{Spam, NoRequest, Lapsed}, o.request.Outcome) {
			return []Objection{{Sentence: "Only a request that was set aside can be opened again."}}
		}
	}
	return nil
}

// againstDeciding keeps whoever decided first from deciding the appeal, or from
// being rid of it.
func (o *occasion) againstDeciding() []Objection {
	if o.caller.Kind != access.Staff || !o.request.decidedFirst(o.caller.Actor()) {
		return nil
	}
	return []Objection{{Sentence: "You made the first decision on " + o.request.Facts.AppealOf + ". Somebody else has to look at it again: assign this request to a colleague."}}
}

// decidedFirst reports whether somebody made the decision that this request
// looks at again, or approved it.
func (r *Request) decidedFirst(actor string) bool {
	return r.AppealOf != 0 && (actor == r.Facts.NotBy || actor == r.Facts.NorBy)
}

// phaseAgainst says why the lifecycle does not know the act here.
func (o *occasion) phaseAgainst(act workflow.Act) string {
	r := o.request
	move, err := o.office.machine.Next(r.Phase, act)
	switch {
	case err == nil && move.May(actor(o.caller)):
		return ""
	case r.Phase == Closed:
		return "The request is closed. Only messages and notes can still be added."
	case r.Phase == Aside:
		return "The request is set aside. Open it again first."
	case err == nil:
		return fmt.Sprintf("This can only be done by %s.", whose(move.By))
	case act == ActDecide && (r.Phase == Triage || r.Phase == Verification || r.Phase == Search):
		return "A decision needs findings: say first which systems were searched and what they hold."
	case act == ActApprove:
		return "The request has moved on since the decision was proposed. Send the proposal back."
	case act == ActFindings && r.Phase == Triage:
		return "Take the request up first; then record what the systems hold."
	case act == ActFindings && r.Phase == Verification:
		return "Proof of identity was asked for. Record it first, or dismiss the request."
	case r.Phase == Answer:
		return "The answer has been sent. What is left is to close the request."
	}
	return fmt.Sprintf("This is not possible while the request is in %s.", PhaseName(r.Phase))
}

func whose(actors []workflow.Actor) string {
	switch actors[0] {
	case ByRequester:
		return "the requester"
	case ByMachine:
		return "the program"
	}
	return "the privacy team"
}

func (o *occasion) againstProof() []Objection {
	r := o.request
	switch {
	case r.Right.IsOptOut():
		return []Objection{{
			Sentence: "An opt-out may not be held up for proof of identity. Do it for the record you can find.",
			Source:   o.identitySource(),
		}}
	case r.Facts.Agent == nil && !r.Ruling.Level.Needs(identity.Locate):
		return []Objection{{Sentence: o.regime.Name + " lets you ask for " + LevelName(r.Ruling.Level) + " at most for this right.", Source: o.identitySource()}}
	case r.Facts.Proof.Given():
		return []Objection{{Sentence: "Proof has come. Compare it first: record it, or say what does not fit."}}
	case r.Facts.Proof.Waiting() && r.Phase == Verification:
		return []Objection{{Sentence: "Proof was asked for already and has not come yet."}}
	}
	return nil
}

// identitySource cites what the law says about proof for the request's right.
func (o *occasion) identitySource() string {
	for _, rule := range o.version.Identity {
		if o.request.Right.In(rule.Rights) {
			return rule.Source
		}
	}
	return "House rule: an opt-out is never gated by proof"
}

func (o *occasion) againstQuestion() []Objection {
	if h := o.request.OpenHold(deadlines.HoldClarification); h != nil {
		return []Objection{{Sentence: "A question of " + day(h.From, o.place) + " is still open. Send a message to add to it."}}
	}
	return nil
}

// againstExtension asks the clock itself: an extension that would not count is
// refused with the sentence that says why.
func (o *occasion) againstExtension() []Objection {
	c := o.request.AnswerClock(policies.ByLaw)
	if c == nil {
		return []Objection{{Sentence: "No law sets a date here, so there is none to extend. A promise is kept or broken.", Source: o.regime.Name}}
	}
	source := c.Rule.Sources.Extension
	if source == "" {
		source = c.Rule.Sources.Term
	}
	switch {
	case o.request.Facts.Extension != nil:
		return []Objection{{Sentence: "The law allows one extension, and it has been used: the notice went out on " + day(o.request.Facts.Extension.SentAt, o.place) + ".", Source: source}}
	case c.Rule.Extension.IsZero() && !c.Rule.OpenEnded:
		return []Objection{{Sentence: o.regime.Name + " gives no extension for this right.", Source: c.Rule.Sources.Term}}
	case !o.now.Before(c.Due.FirstBefore):
		return []Objection{{
			Sentence: "Cannot extend: the first period ended on " + long(c.Due.FirstDate) + ". An extension counts only if the person is told, with reasons, before that day is over; a notice sent now would change nothing.",
			Source:   source,
		}}
	}
	return nil
}

// refusable reports whether a ground is one the regime knows for the right, and
// fits who asks.
func (o *occasion) refusable(ground string) (policies.RefusalGround, bool) {
	for _, g := range o.request.grounds(o.version) {
		if g.Ground == ground {
			return g, true
		}
	}
	return policies.RefusalGround{}, false
}

// Grounds lists the grounds on which this request can be refused: those the
// regime knows for its right, but for an agent's permission where none asks.
func (v *View) Grounds() []policies.RefusalGround { return v.grounds(v.Version) }

func (r *Request) grounds(version *policies.RegimeVersion) []policies.RefusalGround {
	return slices.DeleteFunc(version.Grounds(r.Right), func(g policies.RefusalGround) bool {
		return g.Ground == policies.AgentUnproven && r.Facts.Agent == nil
	})
}
