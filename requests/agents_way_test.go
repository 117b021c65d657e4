package requests_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/agents"
	"dsr/identity"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/policies"
	"dsr/requests"
)

// agentLetter returns the token and the code of the newest letter with a link
// to an agent's page, and its subject.
func (h *house) agentLetter() (token, code, subject string) {
	h.Helper()
	for i := len(h.post) - 1; i >= 0; i-- {
		_, rest, found := strings.Cut(h.post[i].Text, "https://privacy.example.com/a/")
		if !found {
			continue
		}
		for _, word := range strings.Fields(h.post[i].Text) {
			if identity.TidyCode(word) != "" {
				code = identity.TidyCode(word)
			}
		}
		if before, after, ok := strings.Cut(codeOf(h.post[i].Text), " "); ok && code == "" {
			code = identity.TidyCode(before + after)
		}
		return strings.Fields(rest)[0], code, h.post[i].Subject
	}
	h.Fatal("no letter to an agent held a link")
	return "", "", ""
}

// codeOf finds six digits in two groups of three.
func codeOf(text string) string {
	words := strings.Fields(text)
	for i := 0; i+1 < len(words); i++ {
		if len(words[i]) == 3 && len(words[i+1]) == 3 && identity.TidyCode(words[i]+words[i+1]) != "" {
			return words[i] + " " + words[i+1]
		}
	}
	return ""
}

// meet lets somebody in who asks for others under Moxora.
func (h *house) meet(email, name, relation string) access.Caller {
	h.Helper()
	h.ask(email, name, relation)
	token, _, _ := h.deliver().agentLetter()
	caller, err := h.UseAgentLink(h.Context(), h.clock, token)
	if err != nil {
		h.Fatal(err)
	}
	return caller
}

func (h *house) ask(email, name, relation string) {
	h.Helper()
	err := h.AskAgentLink(h.Context(), h.clock, requests.AgentAsk{Policy: "moxora", Email: email, Name: name, Relation: relation, Language: "en"})
	if err != nil {
		h.Fatal(err)
	}
}

// represented receives a form that somebody filled in for another person.
func (h *house) represented(by, relation, person, residence string, right policies.Right) *requests.Request {
	h.Helper()
	h.nonces++
	receipt, err := h.Receive(h.Context(), access.Caller{Kind: access.Requester}, h.clock, requests.Submission{
		Nonce: "form-of-an-agent-" + strings.Repeat("x", h.nonces), Policy: "moxora", Rights: []policies.Right{right}, Residence: residence,
		Channel: "form", Language: "en",
		Person: requests.Person{Email: person, Name: "Dana Whitlock", Agent: &requests.Agent{Email: by, Name: "Permission Ltd", Relation: relation}},
	})
	if err != nil {
		h.Fatal(err)
	}
	h.last, h.request = receipt.Requests[0].Reference, receipt.Requests[0]
	return h.request
}

// to lists the subjects of what was sent to an address since the last call of
// letters.
func (h *house) to(address string) (subjects []string) {
	for _, e := range h.post {
		if e.To == address {
			subjects = append(subjects, e.Subject)
		}
	}
	return subjects
}

func TestAnAgentsMailboxIsProvedOnceByTheirLink(t *testing.T) {
	each(t, func(h *house) {
		h.ask("desk@permission.example", "Permission Ltd", agents.AsAgent)
		token, code, _ := h.deliver().agentLetter()
		if code == "" {
			t.Error("the letter holds no code")
		}
		for range 3 { // scanners
			target, err := h.PeekAgentLink(h.Context(), h.clock, token)
			if err != nil || target.Proved || target.Policy != "moxora" {
				t.Fatalf("looking gave %+v, %v", target, err)
			}
		}
		caller, err := h.UseAgentLink(h.Context(), h.clock, token)
		if err != nil || caller.Kind != access.Agent || caller.ID == 0 {
			t.Fatalf("using it gave %+v, %v", caller, err)
		}
		a, err := h.AgentOf(h.Context(), caller)
		if err != nil || a.ProvedAt.IsZero() || a.Name != "Permission Ltd" {
			t.Errorf("the agent is %+v, %v", a, err)
		}
		var fault *requests.LinkError
		if _, err := h.UseAgentLink(h.Context(), h.clock, token); !errors.As(err, &fault) || fault.Fault != requests.LinkUsed {
			t.Errorf("using it again gave %v", err)
		}
		if _, err := h.UseAgentCode(h.Context(), h.clock, "moxora", h.mark("desk@permission.example"), code); !errors.Is(err, requests.ErrCode) {
			t.Errorf("the code of a used link gave %v", err)
		}
		h.clock = h.clock.Add(requests.LinkLifetime)
		if _, err := h.PeekAgentLink(h.Context(), h.clock, token); !errors.As(err, &fault) || fault.Fault != requests.LinkExpired {
			t.Errorf("after its time it gave %v", err)
		}
		h.receive("moxora", "DE", policies.Access)
		if _, err := h.PeekAgentLink(h.Context(), h.clock, h.deliver().link()); !errors.As(err, &fault) || fault.Fault != requests.LinkForged {
			t.Errorf("a requester's link opens an agent's page: %v", err)
		}
	})
}

func (h *house) mark(address string) []byte {
	h.Helper()
	mark, err := h.AgentMark(address)
	if err != nil {
		h.Fatal(err)
	}
	return mark
}

// By whatever letter the mailbox was proved first, all they asked for learns it.
func TestTheFirstLinkOfAnAgentProvesTheirMailboxForAllTheyAskedFor(t *testing.T) {
	each(t, func(h *house) {
		first := h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		second := h.represented("desk@permission.example", "agent", "b@example.org", "US-CA", policies.Deletion)
		if _, err := h.UseLink(h.Context(), h.clock, h.linkTo("desk@permission.example")); err != nil {
			t.Fatal(err)
		}
		for _, r := range []*requests.Request{first, second} {
			if !h.standing(r.Reference).Mailbox {
				t.Errorf("%s still waits for proof of the agent's mailbox", r.Reference)
			}
		}
		h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		h.verified()
	})
}

func TestAnAgentsCodeHasFewTriesAndADay(t *testing.T) {
	each(t, func(h *house) {
		const email = "desk@permission.example"
		h.ask(email, "Permission Ltd", agents.AsAgent)
		_, code, _ := h.deliver().agentLetter()
		wrong := "000000"
		if code == wrong {
			wrong = "111111"
		}
		try := func(policy, address, typed string) error {
			_, err := h.UseAgentCode(h.Context(), h.clock, policy, h.mark(address), typed)
			return err
		}
		for _, err := range []error{try("moxora", email, ""), try("moxora", email, "12"), try("opvio", email, code), try("moxora", "other@permission.example", code)} {
			if !errors.Is(err, requests.ErrCode) {
				t.Errorf("a code that does not fit gave %v", err)
			}
		}
		for range identity.CodeTries {
			if err := try("moxora", email, wrong); !errors.Is(err, requests.ErrCode) {
				t.Errorf("a wrong code gave %v", err)
			}
		}
		if err := try("moxora", email, code); !errors.Is(err, requests.ErrCode) {
			t.Errorf("after %d wrong tries the right one gave %v", identity.CodeTries, err)
		}
		h.clock = h.clock.Add(time.Minute)
		h.ask(email, "Permission Ltd", agents.AsAgent)
		_, code, _ = h.deliver().agentLetter()
		h.clock = h.clock.Add(identity.CodeLifetime + time.Second)
		if err := try("moxora", email, code); !errors.Is(err, requests.ErrCode) {
			t.Errorf("a day later the code gave %v", err)
		}
		h.ask(email, "Permission Ltd", agents.AsAgent)
		_, code, _ = h.deliver().agentLetter()
		if err := try("moxora", email, code[:3]+" "+code[3:]); err != nil {
			t.Errorf("the newest code gave %v", err)
		}
	})
}

func TestWhoAsksForAnAgentsLinkLearnsNothing(t *testing.T) {
	each(t, func(h *house) {
		h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		h.post = nil
		// A stranger types the agent's address with another name, as a parent: the
		// letter goes to the agent, and nothing changes until it is used.
		h.ask("Desk@permission.example", "Mallory", agents.AsParent)
		h.ask("nobody@permission.example", "Nobody", agents.AsAgent)
		h.deliver()
		if len(h.post) != 2 {
			t.Fatalf("%d letters went out, want one for each", len(h.post))
		}
		for _, e := range h.post {
			if strings.Contains(e.Text, "Mallory") {
				t.Error("the letter repeats the name a stranger typed")
			}
		}
		token, _, _ := func() (string, string, string) {
			h.post = h.post[:1]
			return h.agentLetter()
		}()
		before, err := h.AgentOf(h.Context(), access.Caller{Kind: access.Agent, ID: 1})
		if err != nil || before.Name != "Permission Ltd" || before.Relation != agents.AsAgent {
			t.Errorf("the agent became %+v, %v", before, err)
		}
		caller, err := h.UseAgentLink(h.Context(), h.clock, token)
		if err != nil {
			t.Fatal(err)
		}
		if after, _ := h.AgentOf(h.Context(), caller); after.Name != "Permission Ltd" || after.Relation != agents.AsParent {
			t.Errorf("who used the link is %+v", after)
		}
	})
}

func TestWhatAnAgentTypesIsChecked(t *testing.T) {
	each(t, func(h *house) {
		for name, ask := range map[string]requests.AgentAsk{
			"own_email": {Policy: "moxora", Email: "desk@permission.example\r\nBcc: all@example.org", Name: "Permission Ltd"},
			"own_name":  {Policy: "moxora", Email: "desk@permission.example", Name: " "},
		} {
			var fields requests.FieldErrors
			if err := h.AskAgentLink(h.Context(), h.clock, ask); !errors.As(err, &fields) || fields[name] == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := h.AskAgentLink(h.Context(), h.clock, requests.AgentAsk{Policy: "atlantis", Email: "a@example.org", Name: "A"}); !errors.Is(err, policies.ErrNoPolicy) {
			t.Errorf("a policy nobody has: %v", err)
		}
	})
}

func TestAnAgentSeesWhatTheyAskedForAndNothingElse(t *testing.T) {
	each(t, func(h *house) {
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		other := h.meet("rival@permission.example", "Rival Ltd", agents.AsAgent)
		mine := h.represented("desk@permission.example", "agent", "dana.whitlock@example.org", "US-CA", policies.Access)
		h.receive("moxora", "US-CA", policies.Access)
		theirs := h.request.Reference

		page, err := h.AskedBy(h.Context(), agent, h.clock, false, requests.Page{})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Reference != mine.Reference || page.Open != 1 || page.Closed != 0 {
			t.Fatalf("the list is %+v, %v", page, err)
		}
		if p := page.Rows[0].Person; p.Email != "dana.whitlock@example.org" || p.Name != "Dana Whitlock" {
			t.Errorf("the person is shown as %+v", p)
		}
		if _, err := h.Open(h.Context(), agent, h.clock, mine.Reference, false); err != nil {
			t.Errorf("their own request: %v", err)
		}
		for _, who := range []access.Caller{other, {Kind: access.Agent}, {Kind: access.Agent, ID: 999}} {
			if _, err := h.Open(h.Context(), who, h.clock, mine.Reference, false); !errors.Is(err, requests.ErrNotFound) {
				t.Errorf("%+v opens another's request: %v", who, err)
			}
		}
		if _, err := h.Open(h.Context(), agent, h.clock, theirs, false); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("a request the person made themselves is open to the agent: %v", err)
		}
		if page, err := h.AskedBy(h.Context(), other, h.clock, false, requests.Page{}); err != nil || len(page.Rows) != 0 {
			t.Errorf("another agent sees %+v, %v", page, err)
		}
		if _, err := h.AskedBy(h.Context(), requests.RequesterOf(mine.SubmissionID), h.clock, false, requests.Page{}); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("the person has an agent's list: %v", err)
		}
	})
}

func TestPagesOfAnAgentsListFollowEachOther(t *testing.T) {
	each(t, func(h *house) {
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		want := map[string]bool{}
		for i := range 7 {
			h.clock = h.clock.Add(time.Second)
			want[h.represented("desk@permission.example", "agent", "p"+string(rune('a'+i))+"@example.org", "US-CA", policies.Deletion).Reference] = true
		}
		seen, p := map[string]bool{}, requests.Page{Size: 3}
		for range 4 {
			page, err := h.AskedBy(h.Context(), agent, h.clock, false, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Rows {
				seen[r.Reference] = true
			}
			if page.Next == "" {
				break
			}
			p.After = page.Next
		}
		if len(seen) != len(want) {
			t.Errorf("going through the pages showed %d of %d", len(seen), len(want))
		}
		if _, err := h.AskedBy(h.Context(), agent, h.clock, false, requests.Page{After: "!"}); !errors.Is(err, requests.ErrPage) {
			t.Errorf("a damaged key gave %v", err)
		}
		last, err := h.AskedBy(h.Context(), agent, h.clock, false, p)
		if err != nil || last.Prev == "" {
			t.Fatalf("the last page has no way back: %v", err)
		}
		back, err := h.AskedBy(h.Context(), agent, h.clock, false, requests.Page{Size: 3, Before: last.Prev})
		if err != nil || len(back.Rows) != 3 || back.Next == "" {
			t.Errorf("back gave %d rows, %v", len(back.Rows), err)
		}
		h.asRequester(requests.Withdraw{})
		closed, err := h.AskedBy(h.Context(), agent, h.clock, true, requests.Page{})
		if err != nil || len(closed.Rows) != 1 || closed.Closed != 1 || closed.Open != 6 {
			t.Errorf("what has ended is %+v, %v", closed, err)
		}
	})
}

func TestAnAgentNobodyHeardOfAgainIsForgotten(t *testing.T) {
	each(t, func(h *house) {
		h.ask("gone@permission.example", "Gone Ltd", agents.AsAgent)
		h.deliver()
		stay := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		for range 2 {
			h.clock = h.clock.Add(70 * 24 * time.Hour)
			if err := h.SweepAgents(h.Context(), h.clock); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.AgentOf(h.Context(), stay); err != nil {
			t.Errorf("who proved their mailbox is gone: %v", err)
		}
		var left int
		if err := h.db.Read().NewSelect().Table("agents").ColumnExpr("count(*)").Scan(h.Context(), &left); err != nil || left != 1 {
			t.Errorf("%d agents are left, %v", left, err)
		}
	})
}

func num(n int64) string { return strconv.FormatInt(n, 10) }

// addJob leaves work in the outbox, as a process does that dies afterwards.
func (h *house) addJob(ctx context.Context, tx bun.Tx, kind, payload string) error {
	return outbox.Add(ctx, tx, h.clock, outbox.Job{Kind: kind, Payload: []byte(payload)})
}

func job(batch int64) outbox.Job { return outbox.Job{Kind: "batch", Payload: []byte(num(batch))} }

func permanent() error { return fmt.Errorf("%w: no such mailbox", mailer.ErrPermanent) }
