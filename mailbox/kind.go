package mailbox

import (
	"regexp"
	"strings"
)

// nullSender is the envelope sender of what machines send about mail (RFC 5321, 4.5.5).
const nullSender = "<>"

// finding is a kind with the header or part that shows it; "" where nothing does.
type finding struct {
	kind Kind
	why  string
}

// classify decides the kind of a message. The questions are asked in the order
// of the kinds, and the first that finds something decides:
//
//  1. loop: our own mail with Auto-Submitted, X-Loop with a domain of ours, or
//     more than maxReceived servers;
//  2. bounce: a delivery status (RFC 3464), or the mail system's address with a
//     null sender or X-Failed-Recipients, as older systems write;
//  3. auto reply: one clear sign, or two weak ones together;
//  4. spam: the mark of a filter. What a server says about SPF, DKIM or DMARC
//     makes no spam: it is a hint and stands there;
//  5. list: List-Id, List-Unsubscribe, Precedence;
//  6. letter: everything else.
func (r *reading) classify(h header, root *part, ownHosts []string) {
	m := r.message
	m.Kind = Letter
	for _, f := range []finding{looped(h, m.MessageID, ownHosts), bounced(h, root, m.From), automatic(h, root), spam(h), listed(h)} {
		if f.why != "" {
			m.Kind, m.Why = f.kind, f.why
			return
		}
	}
}

// looped finds our own mail coming back.
func looped(h header, id string, ownHosts []string) finding {
	if len(h.all("received")) > maxReceived {
		return finding{Loop, "Received: more than 25"}
	}
	_, host, _ := strings.Cut(id, "@")
	for _, own := range ownHosts {
		if own == "" {
			continue
		}
		if strings.EqualFold(host, own) && submitted(h) != "" {
			return finding{Loop, "Message-ID of ours with " + submitted(h)}
		}
		for _, value := range h.all("x-loop") {
			if at := strings.LastIndexByte(value, '@'); strings.EqualFold(strings.Trim(value[at+1:], " <>"), own) {
				return finding{Loop, "X-Loop of ours"}
			}
		}
	}
	return finding{}
}

// submitted returns the field Auto-Submitted where it says that no person sent
// this (RFC 3834, 5), without its parameters.
func submitted(h header) string {
	for _, value := range h.all("auto-submitted") {
		word, _, _ := strings.Cut(value, ";")
		word, _, _ = strings.Cut(word, "(")
		if word = strings.ToLower(strings.TrimSpace(word)); word != "" && word != "no" {
			return "Auto-Submitted: " + shorten(word)
		}
	}
	return ""
}

// shorten keeps a value that somebody else wrote from filling the page.
func shorten(value string) string {
	cleaned, _ := cleanLine(value)
	return truncate(cleaned, 60)
}

// bounced finds what mail servers say about mail that was sent.
func bounced(h header, root *part, from []Address) finding {
	status := root.find("message/delivery-status", "message/global-delivery-status") != nil
	daemon := isDaemon(from)
	switch {
	case root.kind == "multipart/report" && strings.EqualFold(root.params["report-type"], "delivery-status"):
		return finding{Bounce, "Content-Type: multipart/report; report-type=delivery-status"}
	case status && (root.kind == "multipart/report" && root.params["report-type"] == "" || daemon || isNull(h)):
		return finding{Bounce, "a part of message/delivery-status"}
	case h.has("x-failed-recipients") && (daemon || isNull(h)):
		return finding{Bounce, "X-Failed-Recipients"}
	case daemon && isNull(h):
		return finding{Bounce, "the mail system's address with Return-Path: <>"}
	case daemon && undelivered.MatchString(h.get("subject")):
		return finding{Bounce, "the mail system's address with a subject of undelivered mail"}
	}
	return finding{}
}

// undelivered finds the subjects of mail servers that return a letter.
var undelivered = regexp.MustCompile(`(?i)undeliver|returned mail|mail delivery|delivery (?:status|failure|report)|failure notice|delivery notification|unzustellbar|non remis|no se puede entregar|onbestelbaar|niedostarcz|mancato recapito`)

// isNull reports a null envelope sender, as the server that delivered noted it.
func isNull(h header) bool { return h.get("return-path") == nullSender }

// isDaemon reports whether a mail system is the sender.
func isDaemon(from []Address) bool {
	if len(from) != 1 {
		return false
	}
	local, _, _ := strings.Cut(strings.ToLower(from[0].Email), "@")
	return local == "mailer-daemon" || local == "mail-daemon" || local == "maildaemon" || local == "postmaster" ||
		strings.HasPrefix(local, "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e")
}

// automatic finds what a machine wrote in a person's or its own name.
func automatic(h header, root *part) finding {
	if why := submitted(h); why != "" {
		return finding{AutoReply, why}
	}
	if root.kind == "multipart/report" {
		return finding{AutoReply, "Content-Type: multipart/report; report-type=" + shorten(root.params["report-type"])}
	}
	for _, name := range []string{"x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply"} {
		if h.has(name) && !h.is(name, "no") {
			return finding{AutoReply, title(name)}
		}
	}
	if h.is("precedence", "auto_reply") || h.is("precedence", "auto-reply") {
		return finding{AutoReply, "Precedence: " + shorten(h.get("precedence"))}
	}
	if isNull(h) {
		return finding{AutoReply, "Return-Path: <>"}
	}
	return weakly(h)
}

// weakly finds auto replies by two signs of which neither is enough: people
// write "Automatic reply" themselves when they answer one, and newsletters ask
// not to be answered by machines.
func weakly(h header) finding {
	var signs []string
	for _, name := range []string{"x-ms-exchange-inbox-rules-loop", "x-ms-exchange-generated-message-source", "x-auto-response-suppress", "x-loop"} {
		if h.has(name) && !h.is(name, "none") {
			signs = append(signs, title(name))
		}
	}
	for _, word := range []string{"bulk", "junk"} {
		if h.is("precedence", word) {
			signs = append(signs, "Precedence: "+word)
		}
	}
	if len(signs) == 0 {
		return finding{}
	}
	if absent.MatchString(subjectWords(h.get("subject"))) {
		return finding{AutoReply, "the subject of an auto reply with " + signs[0]}
	}
	if exchange := strings.HasPrefix(signs[0], "X-MS-Exchange"); exchange && len(signs) > 1 {
		return finding{AutoReply, signs[0] + " with " + signs[1]}
	}
	return finding{}
}

// absent finds the beginnings that machines give to the subject of an absence
// note, in eight languages.
var absent = regexp.MustCompile(`(?i)^(?:auto(?:matic)?[ -]?(?:reply|response)|autoreply|out of (?:the )?office|vacation|automatische antwort|abwesenheit|automatisch antwoord|automatische reactie|niet aanwezig|afwezig|réponse automatique|absence du bureau|respuesta automática|fuera de la oficina|resposta automática|ausência|fora do escritório|risposta automatica|fuori sede|odpowiedź automatyczna|automatyczna odpowiedź|nieobecność)`)

// subjectWords decodes a subject to compare it; its faults are told elsewhere.
func subjectWords(value string) string {
	quiet := &reading{message: &Message{}}
	return quiet.line(value)
}

// title writes a field's name as headers do.
func title(name string) string {
	words := strings.Split(name, "-")
	for i, w := range words {
		if words[i] = strings.ToUpper(w[:1]) + w[1:]; w == "ms" {
			words[i] = "MS"
		}
	}
	return strings.Join(words, "-")
}

// spam finds the mark of a filter.
func spam(h header) finding {
	switch {
	case h.is("x-spam-flag", "yes"):
		return finding{Spam, "X-Spam-Flag: YES"}
	case strings.HasPrefix(strings.ToLower(h.get("x-spam-status")), "yes"):
		return finding{Spam, "X-Spam-Status: Yes"}
	case h.is("x-spam", "yes"):
		return finding{Spam, "X-Spam: yes"}
	}
	return finding{}
}

// listed finds mail that went to many.
func listed(h header) finding {
	for _, name := range []string{"list-id", "list-unsubscribe"} {
		if h.get(name) != "" {
			return finding{List, title(name)}
		}
	}
	for _, word := range []string{"list", "bulk", "junk"} {
		if h.is("precedence", word) {
			return finding{List, "Precedence: " + word}
		}
	}
	return finding{}
}
