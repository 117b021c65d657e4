package wording

import "slices"

// Part is one sentence of a letter that a company may say its own way.
type Part struct {
	Key  string // of the catalogue
	Name string // what it is in the letter, in English, for the console
}

// Letter is one kind of letter to requesters with its open parts. What is not
// listed cannot be changed: dates, grounds, the law that allows something, how
// to appeal and complain, what was deleted, the link and its code.
type Letter struct {
	Kind  string // as the mailer names it
	Name  string // in English, for the console
	When  string // when it goes out
	Parts []Part
}

// Letters lists all letters that can be changed, in the order of a request's
// life.
func Letters() []Letter { return slices.Concat(onTheWay(), answers(), others()) }

// onTheWay are the letters before an answer.
func onTheWay() []Letter {
	return []Letter{
		letter("received", "Received", "A request arrived.",
			Part{"letters.received.subject", subject}, Part{"letters.received.heading", heading},
			Part{"letters.received.several.subject", "Subject, for several requests"}, Part{"letters.received.several.heading", "Heading, for several requests"},
			Part{"letters.received.several.on", "Opening, for several requests"},
			Part{"letters.received.mailbox.heading", "Heading above the button that proves the mailbox"}, Part{"letters.received.mailbox.press", "What the button proves"},
			Part{"letters.received.follow.heading", "Heading above the link, where nothing is to be proved"}, Part{"letters.received.follow.text", "What the page shows"},
			Part{"letters.received.next.several", "What happens next, for several requests"}, Part{"letters.received.not_you", closing}),
		letter("nudge", "Reminder to the requester", "Their proof has not come after one day, after three, and a day before the request is set aside.",
			Part{"letters.nudge.mailbox.subject", "Subject, waiting for the mailbox"}, Part{"letters.nudge.mailbox.subject.last", "Subject, waiting for the mailbox, last"},
			Part{"letters.nudge.proof.subject", "Subject, waiting for proof"}, Part{"letters.nudge.proof.subject.last", "Subject, waiting for proof, last"},
			Part{"letters.nudge.heading", heading}, Part{"letters.nudge.mailbox.text", "Opening, waiting for the mailbox"},
			Part{"letters.nudge.proof.text", "Opening, waiting for proof"}, Part{"letters.nudge.how", "Heading above what to do"},
			Part{"letters.nudge.proof.how", "What to do"}, Part{"letters.nudge.last", "Last reminder"}),
		letter("proof", "Proof is needed", "Somebody asks for proof of identity or of authority.",
			Part{"letters.proof.subject", subject}, Part{"letters.proof.heading", heading}, Part{"letters.proof.reason", opening},
			Part{"letters.authority.subject", "Subject, for an agent"}, Part{"letters.authority.heading", "Heading, for an agent"}, Part{"letters.authority.reason", "Opening, for an agent"},
			Part{"letters.proof.how.heading", "Heading above how to send it"}, Part{"letters.proof.how.text", "How to send it"}),
		letter("proof_failed", "The proof did not fit", "Somebody compared the proof and asks for another.",
			Part{"letters.proof_failed.subject", subject}, Part{"letters.proof_failed.heading", heading},
			Part{"letters.proof_failed.proof", opening}, Part{"letters.proof_failed.authority", "Opening, for an agent"},
			Part{"letters.proof.how.heading", "Heading above how to send it"}, Part{"letters.proof.how.text", "How to send it"}),
		letter("clarification", "A question", "Somebody asks what is meant.",
			Part{"letters.clarification.subject", subject}, Part{"letters.clarification.heading", heading}, Part{"letters.clarification.reason", opening},
			Part{"letters.clarification.how.heading", "Heading above how to answer"}, Part{"letters.clarification.how.text", "How to answer"}),
		letter("running", "Thank you, the clock runs", "What was asked for has come.",
			Part{"letters.running.subject", subject}, Part{"letters.running.heading", heading},
			Part{"letters.running.new.subject", "Subject, where the date moved"}, Part{"letters.running.new.heading", "Heading, where the date moved"},
			Part{"letters.running.thanks.proof", "Opening, for proof"}, Part{"letters.running.thanks.clarification", "Opening, for an answer"},
			Part{"letters.running.next", closing}),
		letter("lapsed", "Set aside", "Nobody proved in time that the request is theirs.",
			Part{"letters.lapsed.subject", subject}, Part{"letters.lapsed.heading", heading},
			Part{"letters.lapsed.again.heading", "Heading above how to open it again"}, Part{"letters.lapsed.again.text", "How to open it again"}),
		letter("reopened", "Open again", "A request that was set aside goes on.",
			Part{"letters.reopened.subject", subject}, Part{"letters.reopened.heading", heading},
			Part{"letters.reopened.text", opening}, Part{"letters.reopened.next", closing}),
		letter("extended", "More time", "The law’s date is extended.",
			Part{"letters.extended.subject", subject}, Part{"letters.extended.heading", heading}, Part{"letters.extended.longer", opening}),
		letter("message", "New message", "Somebody wrote to the requester.",
			Part{"letters.message.subject", subject}, Part{"letters.message.heading", heading}, Part{"letters.message.text", opening}),
	}
}

// answers are the letters that bring one, or say why there is none.
func answers() []Letter {
	return []Letter{
		letter("answer", "Answer", "Everything was done.",
			Part{"letters.answer.subject", subject}, Part{"letters.answer.heading", heading},
			Part{"letters.answer.where", "Where the answer is"}, Part{"letters.answer.keep", closing}),
		letter("nothing_found", "Nothing was found", "No system held anything about the person.",
			Part{"letters.nothing_found.subject", subject}, Part{"letters.nothing_found.heading", heading},
			Part{"letters.nothing_found.expected.heading", "Heading above what they can do"}, Part{"letters.nothing_found.expected.text", "What they can do"}),
		letter("deleted", "Deleted", "Something was deleted, with or without exceptions.",
			Part{"letters.deleted.subject", subject}, Part{"letters.deleted.heading", heading},
			Part{"letters.deleted.partly.subject", "Subject, with exceptions"}, Part{"letters.deleted.partly.heading", "Heading, with exceptions"},
			Part{"letters.partly.where", "Where the answer is"}, Part{"letters.answer.keep", "What to save"}),
		letter("corrected", "Corrected", "Something was corrected.",
			Part{"letters.corrected.subject", subject}, Part{"letters.corrected.heading", heading},
			Part{"letters.partly.where", "Where the answer is"}, Part{"letters.answer.keep", "What to save"}),
		letter("opted_out", "Opted out", "A use of their information has ended.",
			Part{"letters.opted_out.subject", subject}, Part{"letters.opted_out.heading", heading},
			Part{"letters.opted_out.next.heading", "Heading above the closing"}, Part{"letters.opted_out.still", closing}),
		letter("not_us", "Somebody else decides", "Another controller decides about it.",
			Part{"letters.not_us.subject", subject}, Part{"letters.not_us.heading", heading}, Part{"letters.not_us.text", opening}),
		letter("late", "We are late", "The law’s last day has passed without an answer; once for a request.",
			Part{"letters.late.subject", subject}, Part{"letters.late.heading", heading}),
		letter("dates_changed", "Other dates", "Law, right or receipt were other than first thought, and a date moved.",
			Part{"letters.dates_changed.subject", subject}, Part{"letters.dates_changed.heading", heading}, Part{"letters.dates_changed.text", opening}),
		letter("partly_refused", "Answer with exceptions", "Some of it was not done.",
			Part{"letters.partly.subject", subject}, Part{"letters.partly.heading", heading}, Part{"letters.partly.items", opening},
			Part{"letters.partly.where", "Where the answer is"}, Part{"letters.answer.keep", "What to save"}),
		letter("refused", "Refused", "Nothing of it is done.",
			Part{"letters.refused.subject", subject}, Part{"letters.refused.heading", heading}, Part{"letters.refused.where", "Where the answer is"}),
	}
}

// others are those after an answer, to a person an agent asks for, and of links.
func others() []Letter {
	return []Letter{
		letter("withdrawn", "Withdrawn", "The requester took it back.",
			Part{"letters.withdrawn.subject", subject}, Part{"letters.withdrawn.heading", heading}, Part{"letters.withdrawn.text", opening},
			Part{"letters.withdrawn.not_you", "If it was not them"}, Part{"letters.withdrawn.again", closing}),
		letter("answer_expiring", "Files end soon", "The files of an answer were not fetched yet.",
			Part{"letters.answer_expiring.subject", subject}, Part{"letters.answer_expiring.heading", heading},
			Part{"letters.answer_expiring.text", opening}, Part{"letters.answer_expiring.again", closing}),
		letter("appeal_received", "Second look, received", "The requester asks us to look again.",
			Part{"letters.appeal_received.subject", subject}, Part{"letters.appeal_received.heading", heading}),
		letter("appeal_decided", "Second look, decided", "The decision was looked at again.",
			Part{"letters.appeal_decided.changed.subject", "Subject, changed"}, Part{"letters.appeal_decided.partly.subject", "Subject, changed in part"},
			Part{"letters.appeal_decided.stands.subject", "Subject, it stands"}, Part{"letters.appeal_decided.heading", heading},
			Part{"letters.appeal_decided.changed.text", "Opening, changed"}, Part{"letters.appeal_decided.partly.text", "Opening, changed in part"},
			Part{"letters.appeal_decided.stands.text", "Opening, it stands"}),
		letter("on_your_behalf", "Somebody asked for you", "An agent asked for a person.",
			Part{"letters.on_your_behalf.subject", subject}, Part{"letters.on_your_behalf.heading", heading}, Part{"letters.on_your_behalf.on", opening},
			Part{"letters.on_your_behalf.follow.heading", "Heading, where nothing is to be done"}, Part{"letters.on_your_behalf.follow.text", "Where nothing is to be done"}),
		letter("link", "New link", "The requester asked for a new link.",
			Part{"letters.link.subject", subject}, Part{"letters.link.heading", heading}, Part{"letters.link.text", opening}, Part{"letters.link.not_you", closing}),
		letter("your_requests", "Link to all requests", "Somebody asked for the requests of an address.",
			Part{"letters.your_requests.subject", subject}, Part{"letters.your_requests.heading", heading},
			Part{"letters.your_requests.text", opening}, Part{"letters.your_requests.not_you", closing}),
	}
}

// The names that many letters share.
const (
	subject = "Subject"
	heading = "Heading"
	opening = "Opening"
	closing = "Closing"
)

// letter adds what every letter ends with.
func letter(kind, name, when string, parts ...Part) Letter {
	return Letter{Kind: kind, Name: name, When: when, Parts: append(parts, Part{"letters.footer.questions", "Last line"})}
}

// LetterOf returns a kind of letter, or ErrNoLetter.
func LetterOf(kind string) (Letter, error) {
	for _, l := range Letters() {
		if l.Kind == kind {
			return l, nil
		}
	}
	return Letter{}, ErrNoLetter
}

// has reports whether a letter has an open part.
func (l Letter) has(key string) bool {
	for _, p := range l.Parts {
		if p.Key == key {
			return true
		}
	}
	return false
}
