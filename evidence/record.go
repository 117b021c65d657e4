package evidence

import (
	"fmt"
	"time"

	"dsr/policies"
	"dsr/requests"
)

// record is request.json: what was asked, proved, searched and decided.
type record struct {
	Reference  string    `json:"reference"`
	Request    int64     `json:"request"`
	Policy     string    `json:"policy"`
	Controller string    `json:"controller"`
	Right      string    `json:"right"`
	Channel    string    `json:"channel"`
	Residence  string    `json:"residence,omitempty"`
	Regime     string    `json:"regime"`
	Ruling     string    `json:"ruling_sha256"`
	Phase      string    `json:"phase"`
	Outcome    string    `json:"outcome,omitempty"`
	Ground     string    `json:"ground,omitempty"`
	ReceivedAt time.Time `json:"received_at"`
	AnsweredAt time.Time `json:"answered_at,omitzero"`
	ClosedAt   time.Time `json:"closed_at,omitzero"`
	Verified   string    `json:"verified"`
	Proof      *proof    `json:"proof,omitempty"`
	Agent      *agent    `json:"agent,omitempty"`
	Searched   []search  `json:"searched,omitempty"`
	Items      []item    `json:"items,omitempty"`
	Answer     string    `json:"answer,omitempty"`
	Told       string    `json:"told,omitempty"` // who else was told of a deletion or correction

	Person *requests.Person `json:"person,omitempty"`
}

// proof says that proof was asked for and came, and never what it was.
type proof struct {
	Points    []string  `json:"points,omitempty"`
	Authority bool      `json:"authority,omitempty"`
	AskedAt   time.Time `json:"asked_at"`
	GivenAt   time.Time `json:"given_at,omitzero"`
	JudgedAt  time.Time `json:"judged_at,omitzero"`
}

// agent says in which capacity somebody asked for the person.
type agent struct {
	Relation  string `json:"relation"`
	Authority string `json:"authority,omitempty"`
	Confirmed bool   `json:"confirmed,omitempty"`
}

// search is one system that was searched or changed.
type search struct {
	System string    `json:"system"`
	Found  string    `json:"found"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// item is one kind of information and what was decided about it.
type item struct {
	What     string `json:"what,omitempty"`
	Decision string `json:"decision"`
	Ground   string `json:"ground,omitempty"`
	Text     string `json:"text,omitempty"`
}

func recordOf(e *requests.Evidence) record {
	r := record{
		Reference: e.Reference, Request: e.ID, Policy: e.Policy, Controller: e.Pack.Controller.Name, Right: string(e.Right),
		Channel: e.Channel, Residence: e.Residence, Regime: e.Request.Regime, Ruling: e.RulingHash, Phase: string(e.Phase),
		Outcome: e.Outcome, Ground: e.Facts.Ground, ReceivedAt: e.ReceivedAt.UTC(), AnsweredAt: e.AnsweredAt.UTC(),
		ClosedAt: e.ClosedAt.UTC(), Verified: string(e.Verified), Searched: searchesOf(e.Timeline), Items: itemsOf(e),
	}
	if e.Answer != nil {
		r.Answer, r.Told = e.Answer.Text, e.Answer.Told
	}
	if p := e.Facts.Proof; p != nil {
		r.Proof = &proof{Points: p.Points, Authority: p.Authority, AskedAt: p.AskedAt, GivenAt: p.GivenAt, JudgedAt: p.JudgedAt}
	}
	if a := e.Facts.Agent; a != nil {
		r.Agent = &agent{Relation: a.Relation, Authority: string(a.Authority), Confirmed: a.Confirmed}
	}
	if e.Personal {
		r.Person = &e.Person
	}
	return r
}

// searchesOf lists what was searched by whom: the last record of it, which is
// the one the decision rests on.
func searchesOf(timeline []requests.Event) []search {
	var list []search
	for i := range timeline {
		e := &timeline[i]
		if e.Change.Systems == nil {
			continue
		}
		list = nil
		for _, s := range e.Change.Systems {
			list = append(list, search{System: s.System, Found: s.Found, By: e.Actor, At: e.At.UTC()})
		}
	}
	return list
}

// itemsOf lists the decision item by item. The words stand in the answer, the
// decisions on the timeline; an answer of before named no items.
func itemsOf(e *requests.Evidence) []item {
	list := make([]item, len(e.Facts.Items))
	for i, decided := range e.Facts.Items {
		list[i] = item{Decision: string(decided.Decision), Ground: decided.Ground}
		if e.Answer != nil && i < len(e.Answer.Items) {
			list[i].What, list[i].Text = e.Answer.Items[i].What, e.Answer.Items[i].Text
		}
	}
	return list
}

// event is a line of timeline.json. Data and Sealed are the very bytes the hash
// was made of.
type event struct {
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	Act    string    `json:"act"`
	Actor  string    `json:"actor"`
	Data   string    `json:"data"`
	Sealed []byte    `json:"sealed,omitempty"`
	Hash   []byte    `json:"hash"`
	Words  string    `json:"words,omitempty"` // what is sealed, where the pack names the person
	Reads  string    `json:"reads"`           // the event in a sentence
}

func timelineOf(e *requests.Evidence) []event {
	t := teller{e}
	list := make([]event, len(e.Timeline))
	for i := range e.Timeline {
		ev := &e.Timeline[i]
		list[i] = event{Seq: ev.Seq, At: ev.At.UTC(), Act: string(ev.Act), Actor: ev.Actor, Data: ev.Data, Sealed: ev.Sealed, Hash: ev.Hash, Reads: t.line(ev)}
		if e.Personal {
			list[i].Words = ev.Text
		}
	}
	return list
}

// kept is a line of files.json.
type kept struct {
	At      time.Time `json:"at"`
	From    string    `json:"from"` // requester or staff
	For     string    `json:"for"`  // answer, proof or message
	Type    string    `json:"type"`
	Size    int64     `json:"size"`
	SHA256  string    `json:"sha256"`
	Deleted bool      `json:"deleted,omitempty"`
	Name    string    `json:"name,omitempty"` // where the pack names the person
}

func filesOf(e *requests.Evidence) []kept {
	list := []kept{}
	add := func(f requests.File, deleted bool) {
		k := kept{At: f.At.UTC(), From: f.Author, For: "message", Type: f.Type, Size: f.Size, SHA256: f.SHA256, Deleted: deleted}
		switch {
		case f.Answer:
			k.For = "answer"
		case f.Proof:
			k.For = "proof"
		}
		if e.Personal {
			k.Name = f.Name
		}
		list = append(list, k)
	}
	for _, f := range e.Files {
		add(f, false)
	}
	for _, f := range e.Removed {
		add(f, true)
	}
	return list
}

// letter is a line of letters.json.
type letter struct {
	Path      string    `json:"path"` // without .txt and .html
	Kind      string    `json:"kind"`
	Audience  string    `json:"audience"`
	State     string    `json:"state"` // waiting, sent or failed
	WrittenAt time.Time `json:"written_at"`
	SentAt    time.Time `json:"sent_at,omitzero"`
	MessageID string    `json:"message_id"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	Subject   string    `json:"subject"`
	Salt      string    `json:"salt,omitempty"`
	Hidden    bool      `json:"hidden,omitempty"` // a word that names the person was blotted out
}

func lettersOf(e *requests.Evidence) []letter {
	list := []letter{}
	for _, l := range e.Sent {
		list = append(list, letter{
			Path: letterPath(l), Kind: l.Kind, Audience: l.Audience, State: l.State, WrittenAt: l.CreatedAt.UTC(), SentAt: l.SentAt.UTC(),
			MessageID: l.MessageID, From: l.From, To: l.To, Subject: l.Subject, Salt: l.Salt, Hidden: l.Hidden,
		})
	}
	return list
}

// letterPath names a letter's entries by when it was written: a reader sees
// their order in any file list.
func letterPath(l requests.SentLetter) string {
	return fmt.Sprintf("letters/%s-%s-%d", l.CreatedAt.UTC().Format("20060102-150405"), l.Kind, l.ID)
}

// ruleName names the entry of a rule file.
func ruleName(f policies.File) string {
	if f.Kind == "regime" {
		return "rules/law-" + f.ID + ".yaml"
	}
	return "rules/policy-" + f.ID + ".yaml"
}

// spoken is a line of conversation.json.
type spoken struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Kind string    `json:"kind"`
	Body string    `json:"body"`
}

// conversationOf lists what was said. Proof is never part of it.
func conversationOf(e *requests.Evidence) []spoken {
	list := []spoken{}
	for _, m := range e.Messages {
		if m.Body != "" && (m.Kind != "proof" || m.Author == "staff") {
			list = append(list, spoken{At: m.At.UTC(), By: m.Actor, Kind: m.Kind, Body: m.Body})
		}
	}
	return list
}
