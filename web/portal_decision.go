package web

import (
	"net/url"

	"dsr/policies"
	"dsr/requests"
)

// decision is the answer in words.
type decision struct {
	Says   string // granted, in part, not at all
	Text   string // what the team wrote
	Ground string // why not, in plain words
	Law    string // the exact article
	Items  []decidedItem
	Told   string // who else was told of a deletion or correction
}

// decidedItem is one kind of information and what was decided about it.
type decidedItem struct {
	What, Icon, Says, Text string
	Ground, Law            string // as in decision
}

// decision words the answer: item by item where it was decided so, else as one
// text with its ground.
func (k *calendar) decision(v *requests.View) *decision {
	d := &decision{Says: k.T("portal.outcome." + v.Outcome), Text: v.Answer.Text, Told: v.Answer.Told}
	if v.AppealOf != 0 {
		d.Says = k.T("portal.appeal." + secondLook(v.Outcome))
	}
	if len(v.Answer.Items) == 0 {
		d.Ground, d.Law = k.ground(v, v.Facts.Ground)
	}
	for _, item := range v.Answer.Items {
		d.Items = append(d.Items, k.item(v, item))
	}
	return d
}

func (k *calendar) item(v *requests.View, item requests.Item) decidedItem {
	said := decidedItem{What: item.What, Text: item.Text, Icon: "stop", Says: k.T("portal.item.not_ours")}
	said.Ground, said.Law = k.ground(v, item.Ground)
	switch item.Decision {
	case requests.Give:
		said.Icon = "check"
	case requests.Part:
		said.Icon = "part"
	}
	if item.Decision != requests.NotOurs {
		said.Says = k.T("portal.item." + doneAs(v.Right) + "." + string(item.Decision))
	}
	return said
}

// doneAs groups the rights by what is done about an item: given out, deleted,
// corrected, or just done.
func doneAs(right policies.Right) string {
	switch right {
	case policies.Access, policies.Portability:
		return "given"
	case policies.Deletion:
		return "deleted"
	case policies.Correction:
		return "corrected"
	}
	return "done"
}

// ground returns a ground of refusal in plain words and the exact article, or
// "" where none was needed.
func (k *calendar) ground(v *requests.View, name string) (plain, law string) {
	for _, g := range v.Version.Grounds(v.Right) {
		if name != "" && g.Ground == name {
			return k.T(k.KeyFor("letters.ground."+g.Ground, v.Facts.Agent != nil)), k.Cite(policies.Cited(g.Source))
		}
	}
	return "", ""
}

// unhappy says what somebody can do who does not agree with the answer.
type unhappy struct {
	Text   string
	Action string // address of the page that asks to look again, or ""
	Case   string // reference of the case that looks again already, or ""
	Href   string // of that case
}

// lookAgain says what can be done about an answer, or returns nil where nothing
// was decided.
func (k *calendar) lookAgain(v *requests.View) *unhappy {
	if v.AnsweredAt.IsZero() {
		return nil
	}
	until, appeal := "", "/my/"+url.PathEscape(v.Reference)+"/appeal"
	if v.AppealUntil != 0 {
		until = k.Date(v.AppealUntil.Civil())
	}
	switch {
	case v.Appeal && until != "":
		return &unhappy{Text: k.T("portal.unhappy.until", "date", until), Action: appeal}
	case v.Appeal:
		return &unhappy{Text: k.T("portal.unhappy.text"), Action: appeal}
	case v.Facts.Appealed != "":
		return &unhappy{Text: k.T("portal.unhappy.running"), Case: v.Facts.Appealed, Href: "/my/" + url.PathEscape(v.Facts.Appealed)}
	case v.AppealOf != 0:
		return &unhappy{Text: k.T("portal.unhappy.last")}
	}
	return &unhappy{Text: k.T("portal.unhappy.over", "date", until)}
}
