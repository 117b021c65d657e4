package year_test

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"dsr/mailbox"
	"dsr/mailer"
	"dsr/requests"
)

// aLink is the link of a letter: to a requester's page, or an agent's.
var aLink = regexp.MustCompile(`https://privacy\.example\.com/([ra])/([A-Za-z0-9_-]{20,})`)

// readPost gives the letters that arrived to those they are for.
func (t *town) readPost() {
	fresh := t.w.post.fresh
	t.w.post.fresh = nil
	for i := range fresh {
		if p := t.byMail[fresh[i].To]; p != nil {
			t.opened(p, &fresh[i])
		}
	}
}

// later writes down what somebody does in the next days.
func (t *town) later(days int, do func()) {
	w := t.w
	w.agenda.add(w.clock.Add(time.Hour+time.Duration(w.random.IntN(days*24*60))*time.Minute), do)
}

// opened is what a person does about one letter.
func (t *town) opened(p *person, e *mailer.Envelope) {
	w := t.w
	letter := *e
	if p.bounces {
		t.later(2, func() { t.bounce(p, &letter) })
		return
	}
	if p.absent && w.chance(500) {
		t.later(1, func() { t.mail(p, &letter, "Auto-Submitted: auto-replied", "I am away until Monday.") })
	}
	if !w.chance(p.patience) {
		return
	}
	if link := aLink.FindStringSubmatch(e.Text); link != nil && link[1] == "a" {
		t.later(3, func() { t.enter(p, link[2]) })
	} else if link != nil && w.chance(800) {
		t.later(6, func() { t.press(link[2]) })
	}
	if w.chance(60) {
		t.later(5, func() { t.mail(p, &letter, "", "Thank you. Please go on with it, "+p.name) })
	}
	var row struct {
		Kind      string `bun:"kind"`
		RequestID int64  `bun:"request_id"`
	}
	if err := w.houses[0].db.Read().NewRaw("SELECT kind, request_id FROM letters WHERE message_id = ?", e.MessageID).Scan(context.Background(), &row); err != nil {
		return // a letter to an agent
	}
	t.answer(row.Kind, row.RequestID)
}

func (t *town) press(token string) {
	w, h := t.w, t.w.any()
	w.attempt(h, "press a link", func(ctx context.Context, now time.Time) error {
		_, err := h.office.UseLink(ctx, now, token)
		return err
	})
}

func (t *town) enter(p *person, token string) {
	w, h := t.w, t.w.any()
	w.attempt(h, "enter as an agent", func(ctx context.Context, now time.Time) error {
		caller, err := h.office.UseAgentLink(ctx, now, token)
		if err == nil {
			p.agent = caller
		}
		return err
	})
}

// answer is what a letter of a kind leads to.
func (t *town) answer(kind string, request int64) {
	w := t.w
	act := func(days int, v requests.Verb) {
		t.later(days, func() {
			if m := w.ledger.byID[request]; m != nil {
				w.do(w.any(), requests.RequesterOf(m.submission), m, 0, v)
			}
		})
	}
	switch kind {
	case requests.LetterProof, requests.LetterProofFailed:
		act(20, requests.GiveProof{Points: map[string]string{"full_name": "Dana Qzxwvk", "postcode": "10115", "last_use": "yesterday"}, Text: "It is me."})
	case requests.LetterQuestion:
		act(25, requests.AnswerQuestion{Text: "The first one."})
	case requests.LetterAnswer, requests.LetterPartly:
		t.later(30, func() { t.fetch(request) })
		if w.chance(80) {
			act(40, requests.Renew{})
		}
	case requests.LetterLapsed:
		if w.chance(300) {
			act(10, requests.Reopen{})
		}
	case requests.LetterReceived:
		if w.chance(40) {
			act(20, requests.Withdraw{})
		}
	}
	if kind == requests.LetterRefused || kind == requests.LetterPartly && w.chance(400) {
		act(30, requests.Appeal{Text: "Please look again."})
	}
}

// fetch takes the files of an answer along.
func (t *town) fetch(request int64) {
	w, h := t.w, t.w.any()
	m := w.ledger.byID[request]
	if m == nil {
		return
	}
	who := requests.RequesterOf(m.submission)
	v, err := h.office.Open(context.Background(), who, w.now(h), m.reference, true)
	if err != nil {
		return
	}
	for _, f := range v.Files {
		w.attempt(h, fmt.Sprintf("fetch a file of #%d", m.number), func(ctx context.Context, now time.Time) error {
			return h.office.OpenFile(ctx, who, now, m.reference, f.ID, func(requests.File) (io.Writer, error) { return io.Discard, nil })
		})
	}
}

// mail answers a letter by mail.
func (t *town) mail(p *person, letter *mailer.Envelope, header, words string) {
	to := letter.ReplyTo
	lines := []string{
		"From: " + p.name + " <" + p.email + ">", "To: " + to, "Subject: Re: " + letter.Subject,
		"In-Reply-To: <" + letter.MessageID + ">", "Content-Type: text/plain; charset=utf-8",
	}
	if header != "" {
		lines = append(lines, header)
	}
	t.handIn(t.policyOf(letter), append(lines, "", words))
}

// policyOf is whose letter it is, by the address that answers go to.
func (t *town) policyOf(letter *mailer.Envelope) string {
	for _, p := range t.w.houses[0].office.Book().Packs() {
		if strings.Contains(letter.ReplyTo, p.ID) || letter.ReplyTo == p.Contacts.Privacy {
			return p.ID
		}
	}
	return "moxora"
}

// bounce is the report of a mail server about a letter it had taken.
func (t *town) bounce(p *person, letter *mailer.Envelope) {
	t.handIn(t.policyOf(letter), []string{
		"From: Mail Delivery System <mailer-daemon@mail.example>", "To: bounces@privacy.example.com", "Subject: Undelivered Mail Returned to Sender",
		"Auto-Submitted: auto-replied", `Content-Type: multipart/report; report-type=delivery-status; boundary="b"`, "",
		"--b", "Content-Type: text/plain", "", "I could not deliver it.", "",
		"--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mail.example", "",
		"Final-Recipient: rfc822; " + p.email, "Action: failed", "Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 <" + p.email + "> unknown", "",
		"--b", "Content-Type: message/rfc822", "", "Message-ID: <" + letter.MessageID + ">", "Subject: " + letter.Subject, "", "…", "",
		"--b--",
	})
}

// write is a request that comes by mail, in words of eight languages, or in
// words that say nothing, or as advertising.
func (t *town) write() {
	w, p := t.w, t.anybody()
	words := map[string][]string{
		"en": {"Please send me a copy of all my personal data.", "Please delete my account and all my data."},
		"de": {"Bitte senden Sie mir eine Kopie meiner personenbezogenen Daten.", "Bitte löschen Sie alle meine Daten. Ich wohne in Deutschland."},
		"fr": {"Je souhaite obtenir une copie de mes données personnelles.", "Veuillez supprimer toutes mes données."},
		"es": {"Quiero una copia de mis datos personales.", "Por favor, borren todos mis datos."},
		"it": {"Vorrei una copia dei miei dati personali.", "Vi prego di cancellare tutti i miei dati."},
		"nl": {"Graag ontvang ik een kopie van mijn persoonsgegevens.", "Verwijder alstublieft al mijn gegevens."},
		"pl": {"Proszę o kopię moich danych osobowych.", "Proszę usunąć wszystkie moje dane."}, "pt-PT": {"Quero uma cópia dos meus dados pessoais.", "Por favor apaguem os meus dados."},
	}[p.language]
	lines := []string{"From: " + p.name + " <" + p.email + ">", "Subject: my data", "Content-Type: text/plain; charset=utf-8"}
	text := words[w.random.IntN(2)]
	switch n := w.random.IntN(12); {
	case n == 0:
		text = "I am not happy. Can somebody explain?"
	case n == 1:
		lines = append(lines, "List-Id: <news.example.net>", "Precedence: bulk")
	case n == 2:
		lines[0] = "X-Nothing: at all"
	case n == 3:
		lines = append(lines, "X-Spam-Flag: YES")
	}
	policy := w.houses[0].office.Book().Packs()[w.random.IntN(5)].ID
	t.handIn(policy, append(lines, "", text, "", p.name))
}

// handIn gives a message to a mailbox, often more than once: by the same
// delivery, or by another way.
func (t *town) handIn(policy string, lines []string) {
	w := t.w
	w.nonce++
	raw := []byte(fmt.Sprintf("Message-ID: <m%d@mail.example>\r\nMIME-Version: 1.0\r\n", w.nonce) + strings.Join(lines, "\r\n") + "\r\n")
	first := fmt.Sprintf("imap:%s/INBOX/1/%d", policy, w.nonce)
	sources := []string{first}
	switch n := w.random.IntN(10); n {
	case 0:
		sources = append(sources, first)
	case 1:
		sources = append(sources, fmt.Sprintf("imap:%s/INBOX/2/%d", policy, w.nonce))
	}
	received := w.clock.Add(-time.Duration(w.random.IntN(30)) * time.Minute)
	for _, source := range sources {
		for range 5 {
			h := w.any()
			if w.attempt(h, "message for "+policy, func(ctx context.Context, now time.Time) error {
				return h.office.TakeMail(ctx, now, mailbox.Delivery{Policy: policy, Door: "imap", Source: source, ReceivedAt: received, Raw: raw, Size: int64(len(raw))})
			}) {
				w.mails[source] = true
				break
			}
		}
	}
}
