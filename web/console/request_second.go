package console

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"dsr/requests"
)

// proposalView is a decision that waits for a second person.
type proposalView struct {
	By, At            string
	Outcome           string
	Ground, Article   string
	Text, Told, Added string
	Evidence          string
	Items             []itemView
	Files             []fileView
	Changed           string // why it can no longer be approved
	Approve, Back     string // addresses, where the caller may
	BackLabel         string
	Mine              bool
	ApproveForbidden  string // why the caller may not approve
}

// proposalOf words what waits for approval, or nil.
func proposalOf(t teller, v *requests.View) *proposalView {
	w := v.Proposal
	if w == nil {
		return nil
	}
	p := &proposalView{By: t.actor(w.By).Who, At: w.At.In(t.place.Zone).Format("Mon 2 Jan 2006, 15:04"), Outcome: lower(requests.OutcomeName(w.Outcome)),
		Text: w.Text, Told: w.Told, Added: w.Added, Evidence: evidenceOf(w), Changed: w.Changed, Mine: t.actor(w.By).Mine}
	for _, item := range w.Items {
		if item.What != "" {
			p.Items = append(p.Items, itemViewOf(v, item))
		}
	}
	if w.Ground != "" && len(p.Items) == 0 {
		p.Ground, p.Article = groundName(w.Ground), articleOf(v, w.Ground)
	}
	for _, f := range w.Files {
		p.Files = append(p.Files, fileOf(v, f))
	}
	for _, o := range v.Acts {
		switch {
		case o.Act == requests.ActApprove && o.Lawful():
			p.Approve = requestAddress(v.Reference) + "/approve"
		case o.Act == requests.ActApprove:
			p.ApproveForbidden = o.Objections[0].Sentence
		case o.Act == requests.ActSendBack && o.Lawful():
			p.Back, p.BackLabel = requestAddress(v.Reference)+"/send-back", o.Label
		}
	}
	return p
}

// evidenceOf is what a proposal rests on, item by item or as a whole.
func evidenceOf(w *requests.Waiting) string {
	lines := []string{}
	for _, item := range w.Items {
		if item.Evidence != "" {
			lines = append(lines, item.What+": "+item.Evidence)
		}
	}
	if len(lines) > 0 {
		return strings.Join(lines, "\n")
	}
	return w.Evidence
}

// itemViewOf words one item of a decision.
func itemViewOf(v *requests.View, item requests.Item) itemView {
	view := itemView{What: item.What, Icon: itemIcon(item.Decision), Decision: itemDecision(item.Decision), Text: item.Text}
	if item.Ground != "" {
		view.Ground, view.Article = groundName(item.Ground), articleOf(v, item.Ground)
	}
	return view
}

// second says that a second person has to approve, and shows them what.
func (p *staffActPage) second(f actForm, a staffAct, preview *requests.Preview) {
	if a.act == requests.ActApprove || a.act == requests.ActSendBack {
		t := teller{voice: f.voice, place: f.place, now: f.Now, req: f.View}
		p.Proposal = proposalOf(t, f.View)
		if p.Proposal != nil { // the page has its own button for each
			p.Proposal.Approve, p.Proposal.Back, p.Proposal.ApproveForbidden = "", "", ""
		}
	}
	if !preview.Proposes {
		return
	}
	p.Button, p.Danger, p.LetterHead = "Send for approval", false, "To colleagues now; to the requester once it is approved"
	n := note{Icon: "users", Heading: "A second person approves this", Text: enumerated(preview.Approvers, "or") + ". You cannot approve your own decision. Nothing goes to the requester before, and the clocks run on."}
	if len(preview.Approvers) == 0 {
		n = note{Class: "warn", Icon: "users", Heading: "A second person has to approve this, and there is none", Text: "Nobody else who serves " + f.Pack.Controller.Name + " may approve. Ask an administrator to make somebody an approver; the clocks run on."}
	}
	p.Notes = append(p.Notes, n)
}

// differenceView is what a change of law, right or receipt does.
type differenceView struct {
	Clocks       []clockDifference
	Facts        []dateChange // law, right, proof
	Gained, Lost []string
}

// clockDifference is one clock before and after.
type clockDifference struct {
	Name, Before, After string
	Same                bool
	Late                bool // it is overdue by the change
	Source              string
}

// difference words what a change does, clock by clock.
func (f actForm) difference(p *requests.Preview) *differenceView {
	d, view := p.Difference, &differenceView{}
	if d.RegimeBefore.ID != d.RegimeAfter.ID || p.Before.Provisional != p.After.Provisional {
		view.Facts = append(view.Facts, dateChange{"Law", assumed(d.RegimeBefore.Name, p.Before), assumed(d.RegimeAfter.Name, p.After)})
	}
	if p.Before.Right != p.After.Right {
		view.Facts = append(view.Facts, dateChange{"Right", f.voice.right(p.Before.Right), f.voice.right(p.After.Right)})
	}
	if !p.Before.ReceivedAt.Equal(p.After.ReceivedAt) {
		const form = "Mon 2 Jan 2006, 15:04"
		view.Facts = append(view.Facts, dateChange{"Received", p.Before.ReceivedAt.In(f.place.Zone).Format(form), p.After.ReceivedAt.In(f.place.Zone).Format(form)})
	}
	if d.LevelBefore != d.LevelAfter {
		view.Facts = append(view.Facts, dateChange{"Proof of identity", levelName(d.LevelBefore), levelName(d.LevelAfter)})
	}
	for _, c := range d.Clocks {
		view.Clocks = append(view.Clocks, f.clockDifference(c))
	}
	for _, a := range d.Gained {
		view.Gained = append(view.Gained, a.Label)
	}
	for _, a := range d.Lost {
		view.Lost = append(view.Lost, a.Label)
	}
	return view
}

// differenceMark stands in the form for a difference that was shown, so that
// what is saved is what was seen.
func differenceMark(p *requests.Preview) string {
	if p.After == nil {
		return ""
	}
	seen := fmt.Sprint(p.After.Residence, p.After.Ruling.Regime, p.After.Right, p.After.ReceivedAt.UnixMicro())
	for i := range p.After.Clocks {
		seen += fmt.Sprint(" ", p.After.Clocks[i].Name(), p.After.Clocks[i].Due.Date)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(seen)))[:16]
}

// assumed marks a law that is only assumed.
func assumed(name string, r *requests.Request) string {
	if r.Provisional {
		return name + ", assumed"
	}
	return name
}

// clockDifference words one clock before and after.
func (f actForm) clockDifference(c requests.ClockChange) clockDifference {
	shown := c.After
	if shown == nil {
		shown = c.Before
	}
	d := clockDifference{Name: requests.ClockName(shown.Kind, shown.Basis), Before: "does not run", After: "no longer runs", Same: c.Same(), Source: shown.Rule.Sources.Term}
	if c.Before != nil {
		d.Before = f.clockState(c.Before)
	}
	if c.After != nil {
		d.After = f.clockState(c.After)
		if !d.Same && d.After == d.Before {
			d.After += ", in another time zone"
		}
		d.Late = c.After.State(f.Now) == requests.Overdue && (c.Before == nil || c.Before.State(f.Now) != requests.Overdue)
	}
	return d
}

// clockState writes when a clock is due, and whether it was met or governs.
func (f actForm) clockState(c *requests.Clock) string {
	text := f.dueText(c)
	switch {
	case !c.MetAt.IsZero():
		text += ", done"
	case c.Governs:
		text += ", governs"
	}
	return text
}
