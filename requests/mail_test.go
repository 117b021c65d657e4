package requests_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/intake"
	"dsr/mailbox"
	"dsr/mailer"
	"dsr/policies"
	"dsr/requests"
)

// mailTo takes a message as a door would and reads it.
func (h *house) mailTo(policy string, lines ...string) *house {
	h.Helper()
	h.nonces++
	raw := strings.Join(lines, "\r\n") + "\r\n"
	if !strings.Contains(raw, "Message-ID:") {
		raw = fmt.Sprintf("Message-ID: <m%d@mail.example.org>\r\n", h.nonces) + raw
	}
	return h.handIn(mailbox.Delivery{Policy: policy, Door: "lmtp", Source: fmt.Sprintf("lmtp:%d", h.nonces), ReceivedAt: h.clock, Raw: []byte(raw), Size: int64(len(raw))})
}

func (h *house) handIn(d mailbox.Delivery) *house {
	h.Helper()
	if err := h.TakeMail(h.Context(), h.clock, d); err != nil {
		h.Fatal(err)
	}
	return h.deliver()
}

// mails lists what came, oldest first.
func (h *house) mails() []requests.MailLine {
	h.Helper()
	list, err := h.Mails(h.Context(), h.mara, intake.Filter{Limit: 100})
	if err != nil {
		h.Fatal(err)
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// became is what the last message became, and opens its request.
func (h *house) became(outcome intake.Outcome) *requests.View {
	h.Helper()
	list := h.mails()
	last := list[len(list)-1]
	if last.Outcome != outcome {
		var faults []string
		_ = h.db.Read().NewSelect().Table("outbox").Column("last_error").Where("last_error <> ''").Scan(h.Context(), &faults)
		h.Log(faults)
		h.Fatalf("the message became %q (%s, %s), want %q", last.Outcome, last.Kind, last.Why, outcome)
	}
	if last.Reference == "" {
		return nil
	}
	h.last = last.Reference
	view, err := h.Open(h.Context(), h.mara, h.clock, last.Reference, false)
	if err != nil {
		h.Fatal(err)
	}
	h.opened = view
	return view
}

const dana = "From: Dana Whitlock <dana.whitlock@example.org>"

// A person writes to the address of the policy: the clocks run from the moment
// the mailbox's server had it, staff confirm what was read in one step, and the
// first letter left at once because the words were plain.
func TestAMessageBecomesARequestWhoseClocksRunFromItsArrival(t *testing.T) {
	each(t, func(h *house) {
		arrived := h.clock.Add(-26 * time.Hour)
		raw := []byte("Message-ID: <one@example.org>\r\n" + dana + "\r\nTo: support@moxtechdevelopers.com\r\nSubject: My data\r\n\r\nHello,\r\nplease delete my account and all my data. I live in Germany.\r\nDana\r\n")
		h.handIn(mailbox.Delivery{Policy: "moxora", Door: "imap", Source: "imap:moxora/INBOX/1/7", ReceivedAt: arrived, Raw: raw, Size: int64(len(raw))})
		v := h.became(intake.Request)
		if v.Right != policies.Deletion || v.Residence != "DE" || !v.ReceivedAt.Equal(arrived) || v.Channel != "mail" {
			h.Fatalf("it is a request for %s from %s of %s by %s", v.Right, v.Residence, v.ReceivedAt, v.Channel)
		}
		if subjects := h.letters(); len(subjects) != 1 {
			h.Errorf("letters: %q", subjects)
		}
		if v.Read == nil || len(v.Read.Rights) == 0 || !strings.Contains(v.Read.Rights[0].Words, "delete") {
			h.Errorf("what was read: %+v", v.Read)
		}
		h.refused(requests.TakeUp{}, "Say first what the message asks for")
		h.do(requests.ConfirmReading{Right: policies.Deletion, Residence: "DE"})
		h.do(requests.TakeUp{})
	})
}

// The same message, by the same way or another, makes nothing twice.
func TestTheSameMessageMakesOneRequest(t *testing.T) {
	each(t, func(h *house) {
		raw := []byte("Message-ID: <one@example.org>\r\n" + dana + "\r\nSubject: Access\r\n\r\nPlease send me a copy of all personal data you hold about me.\r\n")
		first := mailbox.Delivery{Policy: "moxora", Door: "imap", Source: "imap:moxora/INBOX/1/7", ReceivedAt: h.clock, Raw: raw, Size: int64(len(raw))}
		h.handIn(first).handIn(first)
		first.Source = "imap:moxora/INBOX/2/1" // the mailbox was made anew
		first.Raw = append([]byte("Received: from elsewhere\r\n"), raw...)
		h.handIn(first)
		list := h.mails()
		if len(list) != 2 || list[0].Outcome != intake.Request || list[1].Outcome != intake.Repeated || list[1].SameAs != list[0].ID {
			h.Errorf("%d messages: %+v", len(list), list)
		}
		h.stored("SELECT COUNT(*) FROM requests", 1)
	})
}

// A reply joins its request by the address it was sent to, by the letter it
// answers or by the reference in its subject, when its sender belongs to it.
func TestAReplyJoinsItsRequest(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		h.deliver()
		letter := h.post[len(h.post)-1]
		for _, way := range [][]string{
			{dana, "To: " + letter.ReplyTo, "Subject: hello", "", "Here is what you asked for."},
			{dana, "To: support@moxtechdevelopers.com", "In-Reply-To: <" + letter.MessageID + ">", "Subject: hello", "", "Once more."},
			{dana, "To: support@moxtechdevelopers.com", "Subject: AW: [" + h.last + "] Your request", "", "And again."},
		} {
			h.mailTo("moxora", way...)
			v := h.became(intake.Reply)
			if last := v.Messages[len(v.Messages)-1]; last.Author != "requester" || last.Body != way[len(way)-1] {
				h.Errorf("the conversation ends with %q of %s", last.Body, last.Author)
			}
		}
		h.mailTo("moxora", "From: mallory@example.net", "To: "+letter.ReplyTo, "Subject: Re: "+h.last, "", "Please send the answer to me.")
		if v := h.became(intake.Request); v.Suspect != requests.SuspectUnclear || v.Reference == h.request.Reference {
			h.Errorf("somebody else's message: suspect %q", v.Suspect)
		}
	})
}

// What is automatic is kept beside its request and never answered.
func TestAutomaticMailIsNeverAnswered(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		h.deliver()
		h.post = nil
		h.mailTo("moxora", dana, "Subject: Out of office: "+h.last, "Auto-Submitted: auto-replied", "", "I am away. Please delete my data.")
		h.became(intake.Noted)
		h.mailTo("moxora", "From: news@example.net", "Subject: Offers", "List-Id: <news.example.net>", "Precedence: bulk", "", "Buy now")
		h.became(intake.Noted)
		if len(h.post) != 0 {
			h.Errorf("%d letters were sent", len(h.post))
		}
	})
}

// Words that name no right hold the first letter back until somebody has read
// them; the clocks run.
func TestUnclearWordsWaitForTriage(t *testing.T) {
	each(t, func(h *house) {
		h.mailTo("moxora", dana, "Subject: Question", "", "What is going on with this thing?")
		v := h.became(intake.Request)
		if v.Suspect != requests.SuspectUnclear || len(h.post) != 0 {
			h.Fatalf("suspect %q, %d letters", v.Suspect, len(h.post))
		}
		h.do(requests.ConfirmReading{Right: policies.Deletion, Residence: "FR"})
		if subjects := h.deliver().letters(); len(subjects) != 1 {
			h.Errorf("letters: %q", subjects)
		}
	})
}

// One message may ask for several things: each becomes a request of its own,
// from the same receipt, once.
func TestOneMessageMayAskForTwoRights(t *testing.T) {
	each(t, func(h *house) {
		h.mailTo("moxora", dana, "Subject: My data", "", "Please send me a copy of my personal data, and then delete my account.")
		v := h.became(intake.Request)
		also := policies.Deletion
		if v.Right == also {
			also = policies.Access
		}
		confirm := requests.ConfirmReading{Right: v.Right, Residence: "DE", Also: []policies.Right{also}}
		h.do(confirm).deliver().refused(confirm, "confirmed already")
		h.deliver().stored("SELECT COUNT(*) FROM requests", 2)
	})
}

// A letter that comes back is noted on its request, and whoever has it is told
// once.
func TestALetterThatComesBackIsToldOnce(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		h.deliver().do(requests.Assign{UserID: h.mara.ID})
		var letter mailer.Envelope
		for _, e := range h.post {
			if e.To == "dana.whitlock@example.org" {
				letter = e
			}
		}
		h.post = nil
		for i := range 2 {
			h.mailTo("moxora", "Return-Path: <>", "From: MAILER-DAEMON@mx.example.org", "To: bounces@example.com", fmt.Sprintf("Message-ID: <b%d@mx.example.org>", i), "Subject: Undelivered Mail",
				"MIME-Version: 1.0", `Content-Type: multipart/report; report-type=delivery-status; boundary="b"`, "",
				"--b", "Content-Type: text/plain", "", "Sorry.", "--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example.org", "",
				"Final-Recipient: rfc822; dana.whitlock@example.org", "Action: failed", "Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 <dana.whitlock@example.org>: no such user", "",
				"--b", "Content-Type: text/rfc822-headers", "", "Message-ID: <"+letter.MessageID+">", "", "--b--")
			h.became(intake.Bounce)
		}
		if subjects := h.letters(); len(subjects) != 1 {
			h.Errorf("the team was told %q", subjects)
		}
		h.stored("SELECT COUNT(*) FROM events WHERE act = 'letter_bounced'", 1)
		h.stored("SELECT COUNT(*) FROM letters WHERE last_error LIKE '%dana%'", 0)
	})
}

// Nobody reads what came to a policy they do not serve.
func TestMailsAreSeenByThoseWhoServeThePolicy(t *testing.T) {
	each(t, func(h *house) {
		h.mailTo("moxora", dana, "Subject: My data", "", "Please delete my account.")
		id := h.mails()[0].ID
		other := h.hire("olga@example.com", "Olga", access.Handler, access.OnlyPolicies("opvio"))
		if list, err := h.Mails(h.Context(), other, intake.Filter{Limit: 10}); err != nil || len(list) != 0 {
			h.Errorf("%d messages, %v", len(list), err)
		}
		if _, _, _, err := h.OpenMail(h.Context(), other, h.clock, id); err == nil {
			h.Error("the original was opened")
		}
		if _, _, raw, err := h.OpenMail(h.Context(), h.mara, h.clock, id); err != nil || !strings.Contains(string(raw), "delete my account") {
			h.Errorf("the original: %q, %v", raw, err)
		}
	})
}
