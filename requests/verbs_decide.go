package requests

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"dsr/access"
	"dsr/policies"
)

// ItemDecision is what was decided about one item.
type ItemDecision string

// The decisions about an item.
const (
	Give    ItemDecision = "give"     // given, corrected, deleted: what was asked for
	Part    ItemDecision = "part"     // a part of it
	Keep    ItemDecision = "keep"     // not
	NotOurs ItemDecision = "not_ours" // held for somebody else, who decides about it
)

// Item is one kind of information and what was decided about it.
type Item struct {
	What     string       `json:"what"` // as the requester reads it, never the information itself
	Decision ItemDecision `json:"decision"`
	Ground   string       `json:"ground,omitempty"` // for what is not given whole; one the regime knows for the right
	Text     string       `json:"text,omitempty"`
	// Evidence is what the decision rests on, for the file of the case: who
	// looked at what. The requester does not read it.
	Evidence string `json:"evidence,omitempty"`
}

// Decide sends the answer: granted, partly granted, refused, or nothing found.
// Where items are decided one by one the outcome follows from them.
type Decide struct {
	Outcome string
	Ground  string // for what is refused; one the regime knows for the right
	Text    string // what the requester reads
	Items   []Item
	Files   []Upload // the information itself
	Told    string   // who else was told of a deletion or correction (GDPR Art. 19), as the requester reads it
	// Evidence is what a decision about everything rests on; see Item.
	Evidence string
}

// AnswerText is what a decision says, as its requester reads it.
type AnswerText struct {
	Text  string `json:"text"`
	Items []Item `json:"items,omitempty"`
	Told  string `json:"told,omitempty"` // see Decide
}

func (v Decide) plan(o *occasion) (*plan, error) {
	p, err := v.decided(o)
	if err != nil {
		return p, err
	}
	return o.seconded(p, resolution{Outcome: v.Outcome, Ground: v.Ground, Text: v.Text, Items: v.Items, Told: v.Told, Evidence: v.Evidence})
}

func (v Decide) decided(o *occasion) (*plan, error) {
	p := &plan{act: ActDecide, permission: access.Decide, files: v.Files, text: tidy(v.Text)}
	v.Told = tidy(v.Told)
	p.bound("told", v.Told)
	p.require("text", p.text, "Write what the person will read: what was done, what they get, what is kept back and why.")
	v.Items = p.items(o, v.Items)
	if len(v.Items) > 0 {
		v.Outcome, v.Ground = outcomeOf(v.Items)
	}
	p.change.Outcome = v.Outcome
	for _, item := range v.Items {
		p.change.Items = append(p.change.Items, Decided{item.Decision, item.Ground})
	}
	switch v.Outcome {
	case Granted, NothingFound:
		letter := o.grantedLetter(&v)
		p.change.Letter, p.letters = letter.kind, []composer{letter}
	case Partly, RefusedAll:
		p.refuse(o, &v)
	default:
		p.fail("outcome", "Choose what the decision is.")
	}
	if o.request.AppealOf != 0 {
		p.change.Letter = LetterAppealDecided
		p.letters = []composer{appealDecidedLetter(v.Outcome, v.Ground, p.text)}
	}
	if v.Told != "" && !v.changes(o.request) {
		p.fail("told", "This answer deletes and corrects nothing, so nobody was told of it. Empty this field.")
	}
	if (v.Outcome == Granted || v.Outcome == Partly) && !o.request.Proved() {
		p.object(o.identitySource(), "%s", o.unproved())
	}
	p.evidence = v.evidence(p)
	body, err := json.Marshal(AnswerText{Text: p.text, Items: withoutEvidence(v.Items), Told: v.Told})
	p.message = &message{kind: "answer", body: string(body)}
	return p, err
}

// changes reports whether a decision deletes or corrects something, so that
// others may have to be told (GDPR Art. 19). The letter about a second look says
// what was decided alone.
func (v Decide) changes(r *Request) bool {
	return (r.Right == policies.Deletion || r.Right == policies.Correction) && (v.Outcome == Granted || v.Outcome == Partly) && r.AppealOf == 0
}

// evidence is what the decision rests on, item by item or as a whole.
func (v Decide) evidence(p *plan) string {
	if len(v.Items) == 0 {
		p.bound("evidence", v.Evidence)
		return tidy(v.Evidence)
	}
	var lines []string
	for i, item := range v.Items {
		if note := tidy(item.Evidence); note != "" {
			lines = append(lines, item.What+": "+note)
			p.bound(fmt.Sprintf("evidence.%d", i), note)
		}
	}
	return strings.Join(lines, "\n")
}

// withoutEvidence are the items as the requester may read them.
func withoutEvidence(items []Item) []Item {
	read := slices.Clone(items)
	for i := range read {
		read[i].Evidence = ""
	}
	return read
}

// unproved says what proof is missing before anything may be given out.
func (o *occasion) unproved() string {
	if a := o.request.Facts.Agent; a != nil && a.Authority == "" {
		return "Somebody asks for another person and has not shown yet that they may. Nothing may be given out or changed before: ask for their authority and record it."
	}
	return "Identity is not proved yet. Nothing may be given out or changed for somebody who has not shown who they are: wait for " + LevelName(o.request.Ruling.Level) + "."
}

// items tidies the items and says what each still needs.
func (p *plan) items(o *occasion, list []Item) []Item {
	var items []Item
	for i, item := range list {
		item.What, item.Text = tidy(item.What), tidy(item.Text)
		if item.What == "" && item.Decision == "" && item.Text == "" {
			continue
		}
		n := fmt.Sprintf("%d", i)
		if item.What == "" || len([]rune(item.What)) > 200 {
			p.fail("what."+n, "Name this kind of information, in at most 200 characters.")
		}
		p.bound("text."+n, item.Text)
		switch item.Decision {
		case Give:
			item.Ground = ""
		case Part, Keep, NotOurs:
			if item.Decision == NotOurs && item.Ground == "" {
				item.Ground = "processor_redirect"
			}
			if _, known := o.refusable(item.Ground); !known {
				p.fail("ground."+n, "Choose the ground in law. Without one nothing can be kept back.")
			}
			if item.Text == "" {
				p.fail("text."+n, "Write why, as the person will read it.")
			}
		default:
			p.fail("decision."+n, "Choose what is decided about “"+cut(item.What, 80)+"”.")
		}
		items = append(items, item)
	}
	if len(items) > MaxItems {
		p.fail("what.0", fmt.Sprintf("Decide at most %d items; put like ones together.", MaxItems))
	}
	return items
}

// outcomeOf says what items come to, and the ground of the first not given.
func outcomeOf(items []Item) (outcome, ground string) {
	given, kept := 0, 0
	for _, item := range items {
		if item.Decision == Give || item.Decision == Part {
			given++
		}
		if item.Decision != Give {
			kept++
			if ground == "" {
				ground = item.Ground
			}
		}
	}
	switch {
	case kept == 0:
		return Granted, ""
	case given == 0:
		return RefusedAll, ground
	}
	return Partly, ground
}

// refuse checks the ground and writes the letter of a refusal in whole or part.
func (p *plan) refuse(o *occasion, v *Decide) {
	ground, known := o.refusable(v.Ground)
	switch {
	case o.request.AppealOf != 0 && v.Ground == "":
		// A second look may simply agree with the first, whose grounds stand.
	case len(o.version.Grounds(o.request.Right)) == 0:
		p.object(o.regime.Law, "%s knows no ground to refuse this right.", o.regime.Name)
	case !known && len(v.Items) == 0:
		p.fail("ground", "Choose the ground in law. Without one a request cannot be refused.")
	}
	p.change.Ground = v.Ground
	p.change.Letter = LetterRefused
	if v.Outcome == Partly {
		p.change.Letter = LetterPartly
	}
	p.letters = []composer{refusalLetter(p.change.Letter, p.text, v.Told, ground, o.exceptions(v.Items))}
	if v.Outcome == Partly && o.request.Right == policies.Deletion && len(v.Items) > 0 {
		p.change.Letter = LetterDeleted
		p.letters = []composer{deletedLetter(given(v.Items), v.Told, o.exceptions(v.Items))}
	}
}

// exceptions are the items not given whole, each with its article.
func (o *occasion) exceptions(items []Item) []exception {
	var list []exception
	for _, item := range items {
		if item.Decision == Give {
			continue
		}
		ground, _ := o.refusable(item.Ground)
		list = append(list, exception{item, ground})
	}
	return list
}

// exception is one item that is not given whole, with its ground in law.
type exception struct {
	Item
	ground policies.RefusalGround
}
