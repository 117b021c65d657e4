package requests

import (
	"fmt"
	"time"

	"dsr/access"
	"dsr/database"
	"dsr/policies"
)

// SetLaw sets where the requester lives, by which law the request is handled
// and, where the form was misread, which right they use. The clocks are worked
// out anew from the same receipt.
type SetLaw struct {
	Residence string
	Regime    string         // a law that a person chose; "": the one of the residence
	Right     policies.Right // "": as it is
	Reason    string
}

func (v SetLaw) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActSetLaw, permission: access.TakeUp, whole: true}
	p.text = tidy(v.Reason)
	p.require("reason", p.text, "Say how you know where the person lives.")
	right := o.request.Right
	if v.Right != "" && v.Right != right {
		p.right(o, v.Right)
		right = v.Right
	}
	q := policies.Question{Pack: o.pack, Right: right, Residence: v.Residence, ReceivedAt: o.request.ReceivedAt}
	ruling, sentence := o.ruled(q, v.Regime)
	switch {
	case sentence != "" && v.Regime != "":
		p.fail("regime", sentence)
	case sentence != "":
		p.fail("residence", sentence)
	}
	if len(p.fields) > 0 && (sentence != "" || p.fields["right"] != "") {
		p.whole = false
		return p, nil
	}
	law, content, err := lawOf(v.Residence, &ruling)
	if err != nil {
		return nil, err
	}
	law.Chosen = v.Regime != ""
	p.change.Law, p.change.content = &law, content
	if law.Ruling == o.request.RulingHash && law.Residence == o.request.Residence && p.change.Right == "" {
		p.fail("residence", "Nothing changes by this. Choose another place, law or right.")
	}
	return p, nil
}

// right notes that the request uses another right than was read from the form.
func (p *plan) right(o *occasion, right policies.Right) {
	parsed, err := policies.ParseRight(string(right))
	switch {
	case err != nil || parsed == policies.Appeal || parsed == policies.Complaint:
		p.fail("right", "Choose one of the rights.")
	case o.request.AppealOf != 0:
		p.fail("right", "A second look keeps the right of the first answer.")
	case parsed.IsOptOut() && o.request.Phase == Verification:
		p.fail("right", "Proof of identity is asked for, and an opt-out may not wait for it. Record or close that first.")
	}
	p.change.Right = right
}

// ruled answers which rules apply by the residence or under a law that a
// person chose, or says why none does.
func (o *occasion) ruled(q policies.Question, regime string) (policies.Ruling, string) {
	book := o.office.book
	if regime == "" {
		ruling, err := book.Rule(q)
		if q.Residence == "" || err != nil {
			return ruling, "Choose a country, and a state where there are several laws. This right must exist there."
		}
		return ruling, ""
	}
	law, err := book.Regime(regime)
	if err != nil {
		return policies.Ruling{}, "Choose one of the laws."
	}
	ruling, err := book.RuleBy(law, q)
	switch {
	case err != nil:
		return ruling, law.Name + " was not in force on the day of receipt."
	case !book.Gives(law, q) && !q.Pack.GivesTo(q.Right, q.Residence):
		return ruling, "Neither " + law.Name + " nor the policy gives this right."
	}
	return ruling, ""
}

// oldestReceipt is how long ago a letter may have come that is recorded now.
const oldestReceipt = 2 * 366 * 24 * time.Hour

// CorrectReceipt mends the instant at which the request was received. Every
// clock is worked out anew from it.
type CorrectReceipt struct {
	ReceivedAt time.Time // zero: the form named no day or time
	Reason     string
}

func (v CorrectReceipt) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActCorrect, permission: access.Correct, whole: true}
	p.text = tidy(v.Reason)
	p.require("reason", p.text, "Say how you know when it was received. The reason stands on the timeline.")
	at := v.ReceivedAt.UTC().Truncate(time.Microsecond)
	sentence, err := o.againstReceipt(at)
	if err != nil {
		return nil, err
	}
	if sentence != "" {
		p.whole = false
		p.fail("received", sentence)
		return p, nil
	}
	p.change.Receipt = &at
	ruling, err := o.ruledAnew(at)
	if err != nil {
		p.whole = false
		p.fail("received", "No law we know was in force for this request on that day.")
		return p, nil
	}
	law, content, err := lawOf(o.request.Residence, &ruling)
	if err != nil {
		return nil, err
	}
	if law.Ruling != o.request.RulingHash {
		p.change.Law, p.change.content = &law, content
	}
	return p, nil
}

// againstReceipt says why a request was not received at an instant, or "".
func (o *occasion) againstReceipt(at time.Time) (string, error) {
	recorded, err := o.recordedAt()
	switch {
	case err != nil:
		return "", err
	case at.IsZero():
		return "Enter the day and the time it was received, like 18 11 2026 and 14:05.", nil
	case at.After(o.now):
		return "The day of receipt cannot lie in the future.", nil
	case at.After(recorded):
		return fmt.Sprintf("It cannot have been received after it was recorded here, on %s.", recorded.In(o.place.Zone).Format("Monday 2 January 2006 at 15:04")), nil
	case recorded.Sub(at) > oldestReceipt:
		return "That is more than two years before it was recorded. Look at the year again.", nil
	case at.Equal(o.request.ReceivedAt):
		return "This is the receipt as it stands. Nothing would change.", nil
	}
	return "", nil
}

// recordedAt is when the request was written down here: no act of its requester
// came before, so the receipt is never moved past one.
func (o *occasion) recordedAt() (at time.Time, err error) {
	err = database.Row(o.ctx, o.office.db.Read(), []any{&at}, "SELECT at FROM events WHERE request_id = ? AND seq = 1", o.request.ID)
	return at, err
}

// ruledAnew answers which rules applied at another instant of receipt: under
// the law that the request has, in its edition of that day. A law that is only
// assumed is assumed anew.
func (o *occasion) ruledAnew(at time.Time) (policies.Ruling, error) {
	r, book := o.request, o.office.book
	q := policies.Question{Pack: o.pack, Right: r.Right, Residence: r.Residence, ReceivedAt: at}
	switch {
	case r.AppealOf != 0:
		ruling, err := book.RuleAppeal(q, r.Regime)
		ruling.Level = r.Ruling.Level
		return ruling, err
	case r.Provisional:
		return book.Rule(q)
	}
	law, err := book.Regime(r.Regime)
	if err != nil {
		return policies.Ruling{}, err
	}
	return book.RuleBy(law, q)
}
