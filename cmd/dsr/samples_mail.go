package main

import (
	"fmt"
	"strings"
	"time"

	"dsr/mailbox"
)

// sampleMail is a message to a company's address.
type sampleMail struct {
	ago, hour int // days before today, hour of the day
	policy    string
	lines     []string
	request   bool // it becomes a request
}

// sampleMails are what came by mail: plain words, words that say nothing, an
// absence note, and one nobody can be answered on.
func sampleMails() []sampleMail {
	const german, english = "Content-Type: text/plain; charset=utf-8", "Content-Type: text/plain"
	return []sampleMail{
		{ago: 1, hour: 7, policy: "moxora", request: true, lines: []string{
			"From: Jonas Brandt <jonas.brandt@example.org>", "To: support@moxtechdevelopers.com", "Subject: Mein Konto", german,
			"Authentication-Results: mx.example.com; spf=pass; dkim=pass; dmarc=pass", "",
			"Guten Tag,", "", "bitte löschen Sie mein Konto und alle meine Daten. Vorher hätte ich gern eine Kopie meiner personenbezogenen Daten.", "Ich wohne in Deutschland.", "", "Mit freundlichen Grüßen", "Jonas Brandt"}},
		{ago: 1, hour: 9, policy: "opvio", request: true, lines: []string{
			"From: Ines Moreau <ines.moreau@example.net>", "To: privacy@opvio.example", "Subject: Question", english, "",
			"Hello, I am not happy with how my things are handled. Can somebody explain?", "", "Ines"}},
		{ago: 1, hour: 10, policy: "moxora", lines: []string{
			"From: Jonas Brandt <jonas.brandt@example.org>", "Subject: Automatische Antwort: Ihre Anfrage", "Auto-Submitted: auto-replied", german, "",
			"Ich bin bis Montag nicht im Büro."}},
		{ago: 1, hour: 11, policy: "sectora", lines: []string{
			"Subject: my data", english, "", "Please send me what you know about me."}},
	}
}

// mails plays what came by mail, after the requests, and returns how many
// requests it made.
func (s stage) mails(today time.Time) (made int, err error) {
	for i, m := range sampleMails() {
		at := today.AddDate(0, 0, -m.ago).Add(time.Duration(m.hour) * time.Hour)
		raw := []byte(fmt.Sprintf("Message-ID: <sample-%d@example.org>\r\nMIME-Version: 1.0\r\n", i+1) + strings.Join(m.lines, "\r\n") + "\r\n")
		d := mailbox.Delivery{Policy: m.policy, Door: "imap", Source: fmt.Sprintf("imap:%s/INBOX/1/%d", m.policy, i+1), ReceivedAt: at, Raw: raw, Size: int64(len(raw))}
		if err := s.h.office.TakeMail(s.t.ctx, at, d); err != nil {
			return made, fmt.Errorf("sample message %d: %w", i+1, err)
		}
		if err := s.evening(at.Add(time.Minute)); err != nil {
			return made, err
		}
		if m.request {
			made++
		}
	}
	return made, nil
}
