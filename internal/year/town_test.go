package year_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dsr/access"
	"dsr/agents"
	"dsr/policies"
	"dsr/requests"
)

// town is the people who ask.
type town struct {
	w       *world
	persons []*person
	byMail  map[string]*person
	asked   int
	agents  []*person
}

// person is one of them, and what their mailbox is like.
type person struct {
	n         int
	email     string
	name      string
	language  string
	residence string
	bounces   bool // their server takes mail and sends it back
	absent    bool // a machine answers their mail
	patience  int  // of a thousand letters, how many they act on
	agent     access.Caller
}

func residences() []string {
	return []string{
		"DE", "FR", "GB", "IE", "PL", "IT", "NL", "PT", "ES", "AT", "SE", "CH", "US-CA", "US-CA", "US-VA", "US-TX", "US-CO", "US-OR", "US-CT", "US-NE", "US-FL",
		"BR", "CA-QC", "CA-ON", "AU", "JP", "KR", "SG", "NZ", "KE", "TH", "IN", "CN", "MX", "",
	}
}

func languages() []string { return []string{"en", "de", "fr", "es", "pt-PT", "nl", "it", "pl"} }

func newTown(w *world) *town {
	t := &town{w: w, byMail: map[string]*person{}}
	for n := range max(8, w.requests*3/4) {
		p := &person{
			n: n, email: fmt.Sprintf("p%d.%s@mail%d.example", n, mark, n%7), name: fmt.Sprintf("Person %d Qzxwvk", n),
			language: languages()[w.random.IntN(8)], residence: residences()[w.random.IntN(len(residences()))],
			bounces: w.chance(25), absent: w.chance(40), patience: []int{150, 700, 700, 900}[w.random.IntN(4)],
		}
		if !w.calm && w.chance(25) {
			w.post.refused[p.email] = true
		}
		t.persons, t.byMail[p.email] = append(t.persons, p), p
	}
	for n := range 3 {
		p := &person{n: 1_000_000 + n, email: fmt.Sprintf("desk%d.%s@agency.example", n, mark), name: fmt.Sprintf("Agency %d Qzxwvk", n), language: "en", patience: 800}
		t.agents, t.byMail[p.email] = append(t.agents, p), p
	}
	return t
}

func (t *town) anybody() *person { return t.persons[t.w.random.IntN(len(t.persons))] }

// plan lets people ask, so that all of a year's requests came two months before
// its end.
func (t *town) plan(midnight time.Time) {
	w := t.w
	last := max(1, w.days-60)
	want := w.requests * min(w.day, last) / last
	for t.asked < want {
		at := midnight.Add(6*time.Hour + time.Duration(w.random.IntN(13*60))*time.Minute)
		t.asked++
		switch n := w.random.IntN(100); {
		case n < 50:
			w.agenda.add(at, t.form)
		case n < 60:
			w.agenda.add(at, t.keyed)
		case n < 68:
			w.agenda.add(at, t.signal)
		case n < 88:
			w.agenda.add(at, t.write)
		case n < 97:
			w.agenda.add(at, t.byAgent)
		default:
			t.asked += 2
			w.agenda.add(at, t.table)
		}
	}
}

// given are one to three rights that a person has under a policy.
func (t *town) given(h *house, pack *policies.Pack, p *person, at time.Time) []policies.Right {
	w := t.w
	all := h.office.Book().Given(pack, p.residence, at)
	var list []policies.Right
	for range []int{1, 1, 1, 2, 3}[w.random.IntN(5)] {
		if len(all) > 0 {
			list = append(list, all[w.random.IntN(len(all))])
		}
	}
	return list
}

func (t *town) pack(h *house) *policies.Pack {
	packs := h.office.Book().Packs()
	return packs[t.w.random.IntN(len(packs))]
}

// receive hands a submission in until it is taken, as a person does who sees an
// error and presses the button again; now and then they press it twice.
func (t *town) receive(caller access.Caller, p *person, s requests.Submission) {
	w := t.w
	w.nonce++
	s.Nonce, s.Language = fmt.Sprintf("form-of-the-year-%08d", w.nonce), p.language
	s.Person.Email, s.Person.Name, s.Residence = p.email, p.name, p.residence
	if s.Person.Details == "" {
		s.Person.Details = "Everything about Dana Qzxwvk, please."
	}
	t.asked += max(0, len(s.Rights)-1)
	times := 1
	if w.chance(60) {
		times = 2
	}
	for range 5 {
		h := w.any()
		if w.attempt(h, fmt.Sprintf("receive %v by %s, %s, %s", s.Rights, p.language, s.Policy, p.residence), func(ctx context.Context, now time.Time) error {
			_, err := h.office.Receive(ctx, caller, now, s)
			return err
		}) {
			if times--; times == 0 {
				return
			}
		}
	}
}

func (t *town) form() {
	h, p := t.w.houses[0], t.anybody()
	pack := t.pack(h)
	s := requests.Submission{Policy: pack.ID, Channel: "form", Rights: t.given(h, pack, p, t.w.clock)}
	if t.w.chance(40) {
		s.Suspect = requests.SuspectMailbox
	}
	t.receive(access.Caller{Kind: access.Requester}, p, s)
}

// keyed is a letter or a call that somebody of the team keys in days later.
func (t *town) keyed() {
	w := t.w
	h, p := w.houses[0], t.anybody()
	pack := t.pack(h)
	received := w.clock.Add(-time.Duration(w.random.IntN(12*24)) * time.Hour)
	s := requests.Submission{Policy: pack.ID, Channel: []string{"phone", "post", "counter"}[w.random.IntN(3)], ReceivedAt: received, Rights: t.given(h, pack, p, received)}
	t.receive(w.team.handlers[0], p, s)
}

// signal is an opt-out that a browser sends by itself.
func (t *town) signal() {
	h, p := t.w.houses[0], t.anybody()
	pack := t.pack(h)
	for _, right := range h.office.Book().Given(pack, p.residence, t.w.clock) {
		if right.IsOptOut() {
			t.receive(access.Caller{Kind: access.Requester}, p, requests.Submission{Policy: pack.ID, Channel: "signal", Signal: true, Rights: []policies.Right{right}})
			return
		}
	}
	t.form()
}

func (t *town) byAgent() {
	w := t.w
	h, p, a := w.houses[0], t.anybody(), t.agents[w.random.IntN(len(t.agents))]
	pack := t.pack(h)
	s := requests.Submission{Policy: pack.ID, Channel: "form", Rights: t.given(h, pack, p, w.clock)}
	s.Person.Agent = &requests.Agent{Email: a.email, Name: a.name, Relation: []string{agents.AsAgent, agents.AsAgent, agents.AsParent}[w.random.IntN(3)]}
	t.receive(access.Caller{Kind: access.Requester}, p, s)
}

// table is a sheet of requests from an agent who has a visit open; one who has
// none asks for a link first.
func (t *town) table() {
	w := t.w
	h, a := w.any(), t.agents[w.random.IntN(len(t.agents))]
	if a.agent.ID == 0 {
		w.attempt(h, "agent link", func(ctx context.Context, now time.Time) error {
			return h.office.AskAgentLink(ctx, now, requests.AgentAsk{Policy: "opvio", Email: a.email, Name: a.name, Relation: agents.AsAgent, Language: "en"})
		})
		return
	}
	var rows strings.Builder
	rows.WriteString("email,name,right,residence,details\r\n")
	for range 2 + w.random.IntN(5) {
		p := t.anybody()
		fmt.Fprintf(&rows, "%s,%s,%s,US-CA,Everything\r\n", p.email, p.name, []string{"know", "delete", "nonsense"}[w.random.IntN(3)])
	}
	w.attempt(h, "table of an agent", func(ctx context.Context, now time.Time) error {
		_, _, err := h.office.SendTable(ctx, a.agent, now, requests.Table{Name: "people.csv", Content: []byte(rows.String()), Language: "en"})
		return err
	})
}
