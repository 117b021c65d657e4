package main

import (
	"fmt"
	"slices"
	"time"

	"dsr/access"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/policies"
	"dsr/requests"
)

// sample is one request of the sample company, received some days ago and
// carried on since.
type sample struct {
	ago       int // days before today
	hour      int
	policy    string
	right     policies.Right
	residence string
	name      string
	email     string
	details   string
	then      []later
	agent     *requests.Agent // who asks for the person
	suspect   string          // why triage looks twice
}

// later is what was done to a sample so many days after receipt.
type later struct {
	days int
	who  string // "" for Mara, "requester", "agent", or an address of the team
	verb requests.Verb
}

var searched = []requests.Searched{{System: "App database", Found: "found"}, {System: "Helpdesk", Found: "found"}, {System: "Email events", Found: "nothing"}}

// samples are requests in each phase, under each policy, with every state a
// clock can have, proof of each kind and every way to end.
func samples() []sample {
	confirm := later{0, "requester", requests.ConfirmMailbox{}}
	takeUp, found := requests.TakeUp{}, requests.RecordFindings{Systems: searched, Summary: "Two systems hold something."}
	return slices.Concat(usualSamples(confirm, takeUp, found), rareSamples(confirm, takeUp, found))
}

// usualSamples go from receipt to answer, each as far as its day.
func usualSamples(confirm later, takeUp, found requests.Verb) []sample {
	return []sample{
		{ago: 0, hour: 1, policy: "opvio", right: policies.Access, residence: "US-CA", name: "Tara Novak", email: "tara.novak@example.net", details: "Everything since March, please."},
		{ago: 2, hour: 9, policy: "opvio", right: policies.OptOutSale, residence: "US-CA", email: "jules.ortiz@example.org"},
		{ago: 29, hour: 10, policy: "moxora", right: policies.Access, residence: "GB", name: "Ese Okonjo", email: "ese.okonjo@example.org", details: "I run two workspaces and would like everything you hold, above all who opened my newsletters.", then: []later{
			confirm, {2, "", requests.AskQuestion{Question: "Your address belongs to two workspaces. Do you mean both, or one of them?"}},
			{9, "requester", requests.AnswerQuestion{Text: "Only Okonjo Ceramics, please."}}, {10, "", takeUp}, {14, "", found},
			{15, "", requests.Note{Text: "The second workspace belongs to her sister. Do not mix."}},
		}},
		{ago: 33, hour: 8, policy: "moxora", right: policies.Deletion, residence: "DE", name: "Karl Brenner", email: "karl.brenner@example.com", details: "Please delete my account and everything with it.", then: []later{
			confirm, {1, "", takeUp},
		}},
		{ago: 21, hour: 11, policy: "moxora", right: policies.Correction, residence: "AT", name: "Lena Huber", email: "lena.huber@example.net", details: "My company is spelled wrongly on every invoice.", then: []later{confirm, {3, "joon@example.com", takeUp}}},
		{ago: 11, hour: 15, policy: "nexoro", right: policies.Access, residence: "FR", name: "Fabien Marchal", email: "fabien.marchal@example.net", then: []later{
			{1, "", requests.AskProof{What: "The name of the organisation and the month in which your account was made.", Why: "The address you wrote from is not the one of the account, so we cannot tell yet that it is yours."}},
		}},
		{ago: 16, hour: 7, policy: "nexoro", right: policies.Correction, residence: "IE", name: "Orla Byrne", email: "orla.byrne@example.net", details: "I have a new surname.", then: []later{confirm, {2, "", takeUp}}},
		{ago: 40, hour: 9, policy: "opvio", right: policies.Deletion, residence: "US-CA", name: "Milo Grant", email: "milo.grant@example.org", then: []later{
			confirm, {1, "", requests.SendMessage{Text: "We have begun. Deleting in our safety copies takes longer than the rest."}}, {3, "", takeUp},
		}},
		{ago: 12, hour: 13, policy: "sectora", right: policies.Access, residence: "BR", name: "Rita Campos", email: "rita.campos@example.org", details: "Os resultados das minhas varreduras, por favor.", then: []later{confirm, {2, "", takeUp}, {6, "", found}}},
		{ago: 5, hour: 10, policy: "sectora", right: policies.OptOutMarketing, residence: "GB", email: "hugo.lane@example.net", then: []later{{1, "", takeUp}}},
		{ago: 38, hour: 9, policy: "sectora", right: policies.Deletion, residence: "US-TX", name: "Dana Whitlock", email: "dana.whitlock@example.com", then: []later{confirm, {2, "", takeUp}, {7, "", found}}},
		{ago: 20, hour: 12, policy: "vensor", right: policies.OptOutAI, residence: "NL", name: "Sanne de Wit", email: "sanne.dewit@example.net", then: []later{{1, "", takeUp}}},
		{ago: 26, hour: 9, policy: "vensor", right: policies.Access, residence: "US-OR", name: "Blake Young", email: "blake.young@example.org", then: []later{confirm, {1, "", takeUp}}},
		{ago: 18, hour: 16, policy: "vensor", right: policies.Portability, residence: "ES", name: "Aitana Ruiz", email: "aitana.ruiz@example.org", then: []later{
			confirm, {1, "", takeUp}, {5, "", found},
			{9, "", requests.Decide{Outcome: requests.Granted, Text: "Your tickets and call transcripts are in the file below. They are in a form that other services can read.", Files: []requests.Upload{{Name: "vensor-export.csv", Type: "text/csv", Content: []byte("ticket,opened,subject\n4711,2026-05-02,Refund\n")}}}},
		}},
		{ago: 24, hour: 10, policy: "moxora", right: policies.Access, residence: "US-VA", name: "Quentin Hale", email: "quentin.hale@example.org", then: []later{
			confirm, {1, "", takeUp}, {3, "", found},
			{8, "", requests.Decide{Outcome: requests.Partly, Ground: "others_rights", Text: "You get your account, your contacts and your emails. In eleven support conversations we covered the names of other customers, because they have rights too.", Files: []requests.Upload{{Name: "moxora-account.csv", Type: "text/csv", Content: []byte("field,value\nplan,team\n")}}}},
			{9, "", requests.Close{Done: true}},
		}},
		{ago: 14, hour: 10, policy: "moxora", right: policies.Objection, residence: "SE", name: "Ulf Lind", email: "ulf.lind@example.org", details: "Not needed any more.", then: []later{confirm, {4, "requester", requests.Withdraw{}}}},
		{ago: 3, hour: 18, policy: "moxora", right: policies.Portability, name: "Vera Toth", email: "vera.toth@example.net", details: "Please send it as CSV."},
	}
}

// rareSamples show what happens less often: proof that is looked at, agents,
// spam, second looks, and what nobody proved or fetched.
func rareSamples(confirm later, takeUp, found requests.Verb) []sample {
	return []sample{
		{ago: 9, hour: 9, policy: "opvio", right: policies.Deletion, residence: "US-CA", name: "Noa Fields", email: "noa.fields@example.com", then: []later{
			confirm,
			{1, "", requests.AskProof{Points: []string{"full_name", "joined_month", "last_use"}, Why: "Deleting cannot be undone, and the address you wrote from is not the one of the account."}},
			{5, "requester", requests.GiveProof{Points: map[string]string{"full_name": "Noa Fields", "joined_month": "March 2024", "last_use": "Last week, to look at a report"}, Text: "I changed my address in August, perhaps that is why."}},
		}},
		{ago: 27, hour: 14, policy: "moxora", right: policies.Access, residence: "IE", name: "Cian Walsh", email: "cian.walsh@example.org", details: "All of it, with who opened my letters.", then: []later{
			confirm, {1, "", takeUp}, {6, "", found},
			{20, "", requests.Decide{
				Text: "You get your account and your emails whole, and your conversations with support in part.",
				Items: []requests.Item{
					{What: "Your account", Decision: requests.Give, Text: "Name, address, organisation and settings."},
					{What: "Emails you sent, and who opened them", Decision: requests.Give},
					{What: "Your conversations with support", Decision: requests.Part, Ground: "others_rights", Text: "We covered the names of other customers, because they have rights too."},
					{What: "How we check sign-ins for fraud", Decision: requests.Keep, Ground: "trade_secret", Text: "Showing how the check works would help people get around it."},
				},
				Files: []requests.Upload{{Name: "moxora-cian-walsh.csv", Type: "text/csv", Content: []byte("field,value\nplan,solo\n")}},
			}},
		}},
		{ago: 36, hour: 10, policy: "nexoro", right: policies.Deletion, residence: "PL", name: "Zofia Kern", email: "zofia.kern@example.net"},
		{ago: 1, hour: 6, policy: "sectora", right: policies.Access, residence: "DE", name: "Jo", email: "jo.target@example.org", details: "Everything!!!", suspect: requests.SuspectMailbox},
		{ago: 4, hour: 3, policy: "sectora", right: policies.Correction, residence: "DE", name: "xx", email: "offers@example.net", details: "Cheap watches for your company", suspect: requests.SuspectNetwork, then: []later{
			{1, "", requests.Dismiss{Outcome: requests.Spam}},
		}},
		{ago: 30, hour: 11, policy: "nexoro", right: policies.Access, residence: "US-VA", name: "Ruth Ames", email: "ruth.ames@example.com", then: []later{
			confirm, {1, "", takeUp}, {4, "", found},
			{12, "", requests.Decide{Outcome: requests.RefusedAll, Ground: "manifestly_unfounded", Text: "You had the same information from us twice in June, and nothing has changed since."}},
			{20, "requester", requests.Appeal{Text: "In June I got my account only. I never saw the notes of my calls with your sales team."}},
		}},
		{ago: 7, hour: 12, policy: "opvio", right: policies.Deletion, residence: "US-CA", name: "Gil Prado", email: "gil.prado@example.org", details: "Please delete everything about our client.", agent: &requests.Agent{Email: "desk@agency.example", Name: "Agency for Privacy", Relation: "agent"}, then: []later{
			{1, "", requests.AskProof{Authority: true, What: "The permission that Gil Prado signed for you.", Why: "Deleting cannot be undone, so we have to know that it is their wish."}},
		}},
		{ago: 58, hour: 9, policy: "vensor", right: policies.Access, residence: "FI", name: "Aino Salo", email: "aino.salo@example.net", then: []later{
			confirm, {1, "", takeUp}, {5, "", found},
			{14, "", requests.Decide{Outcome: requests.Granted, Text: "Your tickets and the transcripts of your calls are in the file.", Files: []requests.Upload{{Name: "vensor-salo.csv", Type: "text/csv", Content: []byte("ticket,opened\n88,2026-08-02\n")}}}},
			{15, "", requests.Close{Done: true}},
		}},
	}
}

// playSamples plays the samples day by day on a clock of their own, with the
// reminders and letters of each day, so that everything stands as if the
// product had run all the time. It returns how many requests it made.
func playSamples(t *terminal, h *house, p *plant) (int, error) {
	list := samples()
	today := t.now().UTC().Truncate(24 * time.Hour)
	arrived := make([]*requests.Request, len(list))
	first := slices.MaxFunc(list, func(a, b sample) int { return a.ago - b.ago }).ago
	play := stage{t: t, h: h, p: p}
	for day := -first; day <= 0; day++ {
		for i, s := range list {
			at := today.AddDate(0, 0, day).Add(time.Duration(s.hour) * time.Hour)
			if at.After(t.now()) {
				at = t.now().Add(-time.Minute)
			}
			if day == -s.ago {
				receipt, err := play.receive(at, i, s)
				if err != nil {
					return i, fmt.Errorf("sample %d: %w", i+1, err)
				}
				arrived[i] = receipt.Requests[0]
			}
			for n, l := range s.then {
				if day != l.days-s.ago {
					continue
				}
				if err := play.do(at.Add(time.Duration(17*(n+1))*time.Minute), arrived[i], l); err != nil {
					return i, fmt.Errorf("sample %d (%s): %w", i+1, arrived[i].Reference, err)
				}
			}
		}
		if err := play.evening(today.AddDate(0, 0, day).Add(20 * time.Hour)); err != nil {
			return 0, err
		}
	}
	mailed, err := play.mails(today)
	return len(list) + mailed, err
}

// stage is where samples are played.
type stage struct {
	t *terminal
	h *house
	p *plant
}

func (s stage) receive(at time.Time, i int, sample sample) (*requests.Receipt, error) {
	return s.h.office.Receive(s.t.ctx, access.Caller{Kind: access.Requester}, at, requests.Submission{
		Nonce: fmt.Sprintf("sample-request-%04d", i), Policy: sample.policy, Rights: []policies.Right{sample.right},
		Residence: sample.residence, Channel: "form", Language: "en", Suspect: sample.suspect,
		Person: requests.Person{Email: sample.email, Name: sample.name, Details: sample.details, Agent: sample.agent},
	})
}

func (s stage) do(at time.Time, r *requests.Request, l later) error {
	caller, err := s.caller(r, l.who)
	if err != nil {
		return err
	}
	_, err = s.h.office.Do(s.t.ctx, caller, at, r.Reference, 0, l.verb)
	return err
}

// caller is who does something to a sample.
func (s stage) caller(r *requests.Request, who string) (access.Caller, error) {
	switch who {
	case "requester":
		return requests.RequesterOf(r.SubmissionID), nil
	case "agent":
		return access.Caller{Kind: access.Agent, ID: r.AgentID, Submissions: []int64{r.SubmissionID}}, nil
	case "":
		who = devPeople[0].Email
	}
	user, err := s.h.people.ByEmail(s.t.ctx, who)
	return user.Caller(), err
}

// evening sweeps the reminders of the day and sends what waits.
func (s stage) evening(at time.Time) error {
	if now := s.t.now(); at.After(now) {
		at = now
	}
	sender := mailer.NewSender(s.p.smtp, mailer.Options{})
	defer sender.Close()
	now := func() time.Time { return at }
	for {
		swept, err := s.h.office.Sweep(s.t.ctx, at)
		if err != nil {
			return err
		}
		done, err := outbox.Drain(s.t.ctx, s.h.db, at, s.h.office.Jobs(s.p.from, now, sender.Send))
		if err != nil || swept+done == 0 {
			return err
		}
	}
}
