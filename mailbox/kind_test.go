package mailbox_test

import (
	"strings"
	"testing"

	"dsr/mailbox"
)

// TestKindsAreToldApart: by header and part, and by the first question that
// finds something.
func TestKindsAreToldApart(t *testing.T) {
	const null, daemon = "Return-Path: <>\n", "From: MAILER-DAEMON@mx.example.net\n"
	report := func(kind string) string {
		return "Content-Type: multipart/report; report-type=" + kind + "; boundary=b\n\n--b\n\nwords\n--b--\n"
	}
	for _, c := range []struct {
		name, head, why string
		kind            mailbox.Kind
	}{
		{"a letter", "", "", mailbox.Letter},
		{"a letter that says no machine sent it", "Auto-Submitted: no\n", "", mailbox.Letter},
		{"sent by a machine", "Auto-Submitted: auto-generated\n", "Auto-Submitted: auto-generated", mailbox.AutoReply},
		{"an answer of a machine, with parameters", "auto-submitted: Auto-Replied (vacation); owner-email=\"a@b.example\"\n", "Auto-Submitted: auto-replied", mailbox.AutoReply},
		{"X-Autoreply", "X-Autoreply: yes\n", "X-Autoreply", mailbox.AutoReply},
		{"X-Autoreply that says no", "X-Autoreply: no\n", "", mailbox.Letter},
		{"X-Autorespond", "X-Autorespond: Away\n", "X-Autorespond", mailbox.AutoReply},
		{"Precedence auto_reply", "Precedence: auto_reply\n", "Precedence: auto_reply", mailbox.AutoReply},
		{"a null sender", null, "Return-Path: <>", mailbox.AutoReply},
		{"a subject alone", "Subject: Automatic reply: data\n", "", mailbox.Letter},
		{"a subject with a sign", "Subject: Automatic reply: data\nX-Auto-Response-Suppress: All\n", "the subject of an auto reply with X-Auto-Response-Suppress", mailbox.AutoReply},
		{"an encoded subject with a sign", "Subject: =?utf-8?q?R=C3=A9ponse_automatique_:_x?=\nPrecedence: bulk\n", "the subject of an auto reply with Precedence: bulk", mailbox.AutoReply},
		{"an answer to an auto reply", "Subject: Re: Automatic reply: data\nX-Auto-Response-Suppress: All\n", "", mailbox.Letter},
		{"a sign alone", "X-Auto-Response-Suppress: OOF, AutoReply\n", "", mailbox.Letter},
		{"two signs of Exchange", "X-MS-Exchange-Inbox-Rules-Loop: a@b.example\nX-Auto-Response-Suppress: All\n", "X-MS-Exchange-Inbox-Rules-Loop with X-Auto-Response-Suppress", mailbox.AutoReply},
		{"a receipt", report("disposition-notification"), "Content-Type: multipart/report; report-type=disposition-notification", mailbox.AutoReply},
		{"a delivery report", "Auto-Submitted: auto-replied\n" + report("delivery-status"), "Content-Type: multipart/report; report-type=delivery-status", mailbox.Bounce},
		{"the mail system with a null sender", null + daemon, "the mail system's address with Return-Path: <>", mailbox.Bounce},
		{"the mail system with a subject", daemon + "Subject: Undelivered Mail Returned to Sender\n", "the mail system's address with a subject of undelivered mail", mailbox.Bounce},
		{"the mail system writes a letter", daemon + "Subject: Data\n", "", mailbox.Letter},
		{"Exim's header with a null sender", null + "X-Failed-Recipients: a@b.example\n", "X-Failed-Recipients", mailbox.Bounce},
		{"Exim's header from anybody", "X-Failed-Recipients: a@b.example\n", "", mailbox.Letter},
		{"a delivery status that somebody passes on", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwhat is this?\n--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822;a@b.example\n--b--\n", "", mailbox.Letter},
		{"a list", "List-Id: <talk.example.org>\n", "List-Id", mailbox.List},
		{"a newsletter", "List-Unsubscribe: <https://n.example/u>\nX-Auto-Response-Suppress: All\n", "List-Unsubscribe", mailbox.List},
		{"Precedence bulk", "Precedence: Bulk\n", "Precedence: bulk", mailbox.List},
		{"spam by flag", "X-Spam-Flag: YES\nList-Id: <a.example>\n", "X-Spam-Flag: YES", mailbox.Spam},
		{"spam by status", "X-Spam-Status: Yes, score=9.1 required=5.0\n", "X-Spam-Status: Yes", mailbox.Spam},
		{"no spam", "X-Spam-Status: No, score=-1\nX-Spam-Flag: NO\n", "", mailbox.Letter},
		{"failed authentication is a hint and no spam", "Authentication-Results: mx.example; spf=fail; dmarc=fail\n", "", mailbox.Letter},
		{"our own notification", "Message-ID: <DSR-1@dsr.moxora.example>\nAuto-Submitted: auto-generated\n", "Message-ID of ours with Auto-Submitted: auto-generated", mailbox.Loop},
		{"our domain in a letter of a person", "Message-ID: <x@dsr.moxora.example>\n", "", mailbox.Letter},
		{"X-Loop of ours", "X-Loop: privacy@dsr.moxora.example\n", "X-Loop of ours", mailbox.Loop},
		{"X-Loop of others", "X-Loop: tickets@example.org\n", "", mailbox.Letter},
		{"twenty-six servers", strings.Repeat("Received: from a by b; Mon, 2 Feb 2026 10:00:00 +0000\n", 26) + null + daemon, "Received: more than 25", mailbox.Loop},
		{"twenty-five servers", strings.Repeat("Received: from a by b; Mon, 2 Feb 2026 10:00:00 +0000\n", 25), "", mailbox.Letter},
	} {
		t.Run(c.name, func(t *testing.T) {
			head := c.head
			if !strings.Contains(strings.ToLower(head), "message-id:") {
				head = "Message-ID: <1@example.org>\n" + head
			}
			if !strings.Contains(head, "From:") {
				head = "From: ann@example.org\n" + head
			}
			if !strings.Contains(head, "\n\n") {
				head += "\nwords"
			}
			m := read(head)
			if m.Kind != c.kind || m.Why != c.why {
				t.Errorf("it is a %s by %q, not a %s by %q", m.Kind, m.Why, c.kind, c.why)
			}
			if (m.Report != nil) != (m.Kind == mailbox.Bounce) {
				t.Errorf("a %s has the report %v", m.Kind, m.Report)
			}
		})
	}
}

// TestADeliveryKnowsWhatTheMessageDoesNot: its envelope and its whole size.
func TestADeliveryKnowsWhatTheMessageDoesNot(t *testing.T) {
	raw := []byte(letterHead + "\nwords")
	whole := mailbox.Delivery{Raw: raw, Size: int64(len(raw)), Sender: "ann@example.org"}
	if m := whole.Read(ours); m.Kind != mailbox.Letter || len(m.Faults) > 0 {
		t.Errorf("a letter is a %s with the faults %q", m.Kind, m.Faults)
	}
	whole.Sender = "<>"
	if m := whole.Read(ours); m.Kind != mailbox.AutoReply || m.Why != "Return-Path: <>" {
		t.Errorf("with a null sender it is a %s by %q", m.Kind, m.Why)
	}
	whole.Size = 60 << 20
	if m := whole.Read(ours); len(m.Faults) != 1 || !strings.Contains(m.Faults[0], "too large") {
		t.Errorf("of a message of 60 MB the faults are %q", m.Faults)
	}
}

func TestHintsAreThoseOfTheReceivingServer(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       mailbox.Hints
	}{
		{"none", "", mailbox.Hints{}},
		{"all three", "Authentication-Results: mx.example.org 1; spf=pass smtp.mailfrom=a@b.example; dkim=none; dmarc=fail (p=reject) header.from=b.example", mailbox.Hints{SPF: "pass", DKIM: "none", DMARC: "fail", By: "mx.example.org"}},
		{"only the topmost", "Authentication-Results: mx.example.org; spf=fail\nAuthentication-Results: mx.example.org; spf=pass; dkim=pass; dmarc=pass", mailbox.Hints{SPF: "fail", By: "mx.example.org"}},
		{"results inside comments", "Authentication-Results: mx.example.org (dmarc=pass; (spf=pass)); spf=none (dkim=pass)", mailbox.Hints{SPF: "none", By: "mx.example.org"}},
		{"results inside quotes", "Authentication-Results: mx.example.org; spf=neutral reason=\"a; dmarc=pass\"", mailbox.Hints{SPF: "neutral", By: "mx.example.org"}},
		{"one signature of several passed", "Authentication-Results: mx.example.org; dkim=fail header.d=a; dkim=pass header.d=b; dkim=fail header.d=c", mailbox.Hints{DKIM: "pass", By: "mx.example.org"}},
		{"no checks", "Authentication-Results: mx.example.org; none", mailbox.Hints{By: "mx.example.org"}},
		{"a result that no standard names", "Authentication-Results: mx.example.org; spf=excellent", mailbox.Hints{By: "mx.example.org"}},
		{"SPF alone", "Received-SPF: SoftFail (mx.example.org: domain of x) client-ip=192.0.2.1; receiver=mx.example.org; identity=mailfrom", mailbox.Hints{SPF: "softfail", By: "mx.example.org"}},
		{"the older field does not add", "Authentication-Results: mx.example.org; dkim=pass\nReceived-SPF: pass", mailbox.Hints{DKIM: "pass", By: "mx.example.org"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := read(c.head + "\n" + letterHead + "\nwords").Hints; got != c.want {
				t.Errorf("the hints are %+v, not %+v", got, c.want)
			}
		})
	}
}

func TestReportsSpeakOfTheRecipientThatFailed(t *testing.T) {
	m := read("From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nwords\n--b\n" +
		"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\nOriginal-Envelope-ID: env-7\n\n" +
		"Final-Recipient: rfc822; a@b.example\nAction: delivered\nStatus: 2.1.5\n\n" +
		"Final-Recipient: rfc822; c@b.example\nAction: Delayed\nStatus: 4.4.1\n\n" +
		"Final-Recipient: rfc822; <d@b.example>\nAction: failed (no such user)\nStatus: 5.1.1 (unknown)\nDiagnostic-Code: smtp; 550\n no such user\nRemote-MTA: dns; mx.b.example\n\n" +
		"Final-Recipient: rfc822; e@b.example\nAction: failed\nStatus: 5.2.2\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <7@dsr.moxora.example>\n\nours\n--b--\n")
	want := mailbox.Report{EnvelopeID: "env-7", Recipient: "d@b.example", Action: "failed", Status: "5.1.1", Diagnostic: "550 no such user",
		RemoteMTA: "mx.b.example", OriginalMessageID: "7@dsr.moxora.example"}
	if m.Report == nil || *m.Report != want {
		t.Errorf("the report is %+v, not %+v", m.Report, want)
	}
	if len(m.Attachments) > 0 {
		t.Errorf("what is returned is no attachment: %v", m.Attachments)
	}
}

// TestWhoAsksForNoAnswerOfMachinesIsHeard: not who only wants no reports.
func TestWhoAsksForNoAnswerOfMachinesIsHeard(t *testing.T) {
	for value, want := range map[string]bool{"All": true, "OOF, AutoReply": true, "OOF, DR, RN, NRN": false, "None": false, "": false} {
		if m := read("From: a@example.org\nX-Auto-Response-Suppress: " + value + "\n\nHello"); m.Unanswered != want {
			t.Errorf("%q: %v", value, m.Unanswered)
		}
	}
}

// TestAWarningThatALetterIsLateIsNoFailure: Exim's, sendmail's and qmail's, who
// all name the address and say in words alone that they go on.
func TestAWarningThatALetterIsLateIsNoFailure(t *testing.T) {
	const from = "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.org>\nSubject: "
	for text, want := range map[string]string{
		"Warning: message 1aBcDe-0001Xy-00 delayed 24 hours\n\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\n  ann@example.org\n\nNo action is required on your part.": "delayed",
		"Mail delivery\n\nYour letter to <ann@example.org> waits. We will keep on trying for five days.\n":                                                                                                                                              "delayed",
		"Warning: could not send message for past 4 hours\n\n<ann@example.org>... Deferred: Connection timed out\n":                                                                                                                                     "delayed",
		"Mail delivery failed: returning message to sender\n\nA message that you sent could not be delivered to one or more of its recipients.\nThis is a permanent error.\n\n  ann@example.org\n":                                                      "failed",
	} {
		m := read(from + text)
		if m.Kind != mailbox.Bounce || m.Report.Action != want || m.Report.Recipient != "ann@example.org" {
			t.Errorf("%s\nit is %s, %+v", text, m.Kind, m.Report)
		}
	}
}
