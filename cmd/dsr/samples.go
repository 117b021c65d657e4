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
}

// later is what was done to a sample so many days after receipt.
type later struct {
	days int
	who  string // "" for Mara, "requester", or an address of the team
	verb requests.Verb
}

var searched = []requests.Searched{{System: "App database", Found: "found"}, {System: "Helpdesk", Found: "found"}, {System: "Email events", Found: "nothing"}}

// samples are requests in each phase, under each policy, with every state a
// clock can have.
func samples() []sample {
	confirm := later{0, "requester", requests.ConfirmMailbox{}}
	takeUp, found := requests.TakeUp{}, requests.RecordFindings{Systems: searched, Summary: "Two systems hold something."}
	return []sample{
		{0, 1, "opvio", policies.Access, "US-CA", "Tara Novak", "tara.novak@example.net", "Everything since March, please.", nil},
		{2, 9, "opvio", policies.OptOutSale, "US-CA", "", "jules.ortiz@example.org", "", nil},
		{29, 10, "moxora", policies.Access, "GB", "Ese Okonjo", "ese.okonjo@example.org", "I run two workspaces and would like everything you hold, above all who opened my newsletters.", []later{
			confirm, {2, "", requests.AskQuestion{Question: "Your address belongs to two workspaces. Do you mean both, or one of them?"}},
			{9, "requester", requests.AnswerQuestion{Text: "Only Okonjo Ceramics, please."}}, {10, "", takeUp}, {14, "", found},
			{15, "", requests.Note{Text: "The second workspace belongs to her sister. Do not mix."}},
		}},
		{33, 8, "moxora", policies.Deletion, "DE", "Karl Brenner", "karl.brenner@example.com", "Please delete my account and everything with it.", []later{
			confirm, {1, "", takeUp},
		}},
		{21, 11, "moxora", policies.Correction, "AT", "Lena Huber", "lena.huber@example.net", "My company is spelled wrongly on every invoice.", []later{confirm, {3, "joon@example.com", takeUp}}},
		{11, 15, "nexoro", policies.Access, "FR", "Fabien Marchal", "fabien.marchal@example.net", "", []later{
			{1, "", requests.AskProof{What: "The name of the organisation and the month in which your account was made.", Why: "The address you wrote from is not the one of the account, so we cannot tell yet that it is yours."}},
		}},
		{16, 7, "nexoro", policies.Correction, "IE", "Orla Byrne", "orla.byrne@example.net", "I have a new surname.", []later{confirm, {2, "", takeUp}}},
		{40, 9, "opvio", policies.Deletion, "US-CA", "Milo Grant", "milo.grant@example.org", "", []later{
			confirm, {1, "", requests.SendMessage{Text: "We have begun. Deleting in our safety copies takes longer than the rest."}}, {3, "", takeUp},
		}},
		{12, 13, "sectora", policies.Access, "BR", "Rita Campos", "rita.campos@example.org", "Os resultados das minhas varreduras, por favor.", []later{confirm, {2, "", takeUp}, {6, "", found}}},
		{5, 10, "sectora", policies.OptOutMarketing, "GB", "", "hugo.lane@example.net", "", []later{{1, "", takeUp}}},
		{38, 9, "sectora", policies.Deletion, "US-TX", "Dana Whitlock", "dana.whitlock@example.com", "", []later{confirm, {2, "", takeUp}, {7, "", found}}},
		{20, 12, "vensor", policies.OptOutAI, "NL", "Sanne de Wit", "sanne.dewit@example.net", "", []later{{1, "", takeUp}}},
		{26, 9, "vensor", policies.Access, "US-OR", "Blake Young", "blake.young@example.org", "", []later{confirm, {1, "", takeUp}}},
		{18, 16, "vensor", policies.Portability, "ES", "Aitana Ruiz", "aitana.ruiz@example.org", "", []later{
			confirm, {1, "", takeUp}, {5, "", found},
			{9, "", requests.Decide{Outcome: requests.Granted, Text: "Your tickets and call transcripts are in the file below. They are in a form that other services can read.", Files: []requests.Upload{{Name: "vensor-export.csv", Type: "text/csv", Content: []byte("ticket,opened,subject\n4711,2026-05-02,Refund\n")}}}},
		}},
		{24, 10, "moxora", policies.Access, "US-VA", "Quentin Hale", "quentin.hale@example.org", "", []later{
			confirm, {1, "", takeUp}, {3, "", found},
			{8, "", requests.Decide{Outcome: requests.Partly, Ground: "others_rights", Text: "You get your account, your contacts and your emails. In eleven support conversations we covered the names of other customers, because they have rights too.", Files: []requests.Upload{{Name: "moxora-account.csv", Type: "text/csv", Content: []byte("field,value\nplan,team\n")}}}},
			{9, "", requests.Close{Done: true}},
		}},
		{14, 10, "moxora", policies.Objection, "SE", "Ulf Lind", "ulf.lind@example.org", "Not needed any more.", []later{confirm, {4, "requester", requests.Withdraw{}}}},
		{3, 18, "moxora", policies.Portability, "", "Vera Toth", "vera.toth@example.net", "Please send it as CSV.", nil},
	}
}

// playSamples plays the samples day by day on a clock of their own, with the
// reminders and letters of each day, so that everything stands as if the
// product had run all the time. It returns how many requests it made.
func playSamples(t *terminal, h *house, p *plant) (int, error) {
	list := samples()
	today := t.now().UTC().Truncate(24 * time.Hour)
	references := make([]string, len(list))
	submissions := make([]int64, len(list))
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
				references[i], submissions[i] = receipt.Requests[0].Reference, receipt.SubmissionID
			}
			for n, l := range s.then {
				if day != l.days-s.ago {
					continue
				}
				if err := play.do(at.Add(time.Duration(17*(n+1))*time.Minute), references[i], submissions[i], l); err != nil {
					return i, fmt.Errorf("sample %d (%s): %w", i+1, references[i], err)
				}
			}
		}
		if err := play.evening(today.AddDate(0, 0, day).Add(20 * time.Hour)); err != nil {
			return 0, err
		}
	}
	return len(list), nil
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
		Residence: sample.residence, Channel: "form", Language: "en",
		Person: requests.Person{Email: sample.email, Name: sample.name, Details: sample.details},
	})
}

func (s stage) do(at time.Time, reference string, submission int64, l later) error {
	caller := requests.RequesterOf(submission)
	if l.who != "requester" {
		email := l.who
		if email == "" {
			email = devPeople[0].Email
		}
		user, err := s.h.people.ByEmail(s.t.ctx, email)
		if err != nil {
			return err
		}
		caller = user.Caller()
	}
	_, err := s.h.office.Do(s.t.ctx, caller, at, reference, 0, l.verb)
	return err
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
		done, err := outbox.Drain(s.t.ctx, s.h.db, at, map[string]outbox.Handler{
			"letter":   s.h.office.SendLetter(s.p.from, now, sender.Send),
			"reminder": s.h.office.Remind(now),
		})
		if err != nil || swept+done == 0 {
			return err
		}
	}
}
