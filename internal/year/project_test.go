package year_test

import (
	"time"

	"dsr/deadlines"
	"dsr/requests"
	"dsr/workflow"
)

// facted keeps what moves dates.
func (m *matter) facted(e *event) {
	if e.Law != nil {
		m.law = *e.Law
	}
	if e.Right != "" {
		m.right = e.Right
	}
	if e.Receipt != nil {
		m.facts.ReceivedAt = e.Receipt.UTC()
	}
	for i := range m.facts.Holds {
		if h := &m.facts.Holds[i]; e.HoldShut != "" && h.Kind == e.HoldShut && h.To.IsZero() {
			h.To = e.At
		}
	}
	if e.HoldOpen != "" && !m.asked(e.HoldOpen) {
		m.facts.Holds = append(m.facts.Holds, deadlines.Hold{Kind: e.HoldOpen, From: e.At})
	}
	if e.Extension != nil {
		m.facts.Extension = e.Extension
	}
	for _, name := range e.Met {
		if _, before := m.met[name]; !before {
			m.met[name] = e.At
		}
	}
}

// asked reports whether a question of a kind is open.
func (m *matter) asked(kind deadlines.HoldKind) bool {
	for _, h := range m.facts.Holds {
		if h.Kind == kind && h.To.IsZero() {
			return true
		}
	}
	return false
}

func (m *matter) proved(e *event) {
	if e.Verified.Needs(m.verified) {
		m.verified = e.Verified
	}
	if e.Proof != nil {
		p := *e.Proof
		m.proof = &p
	}
	if p := m.proof; p != nil {
		switch {
		case e.Act == string(requests.ActGiveProof):
			p.GivenAt = e.At
		case e.Act == string(requests.ActRecordProof) && p.Authority == (e.Authority != ""):
			p.JudgedAt = e.At
		}
	}
	if e.Assignee != nil {
		m.assignee = *e.Assignee
	}
	if e.Outcome != "" {
		m.outcome = e.Outcome
	}
}

// became keeps what follows from the act itself.
func (m *matter) became(e *event) {
	switch workflow.Act(e.Act) {
	case requests.ActLetterSent:
		if m.confirmed.IsZero() && (e.Letter == requests.LetterReceived || e.Letter == requests.LetterAppeal || e.Letter == requests.LetterBatch) {
			m.confirmed = e.At
		}
	case requests.ActMessage, requests.ActAskProof, requests.ActRejectProof, requests.ActAskQuestion, requests.ActExtend:
		if m.replied.IsZero() {
			m.replied = e.At
		}
	case requests.ActReopen:
		m.outcome, m.suspect = "", ""
		if !m.askedMailbox.IsZero() {
			m.askedMailbox = e.At
		}
		if m.proof.Waiting() {
			m.proof.AskedAt = e.At
		}
	case requests.ActClear:
		m.suspect = ""
	case requests.ActConfirmReading:
		m.suspect, m.unread = "", false
	case requests.ActSetLaw:
		m.unread = false
	case requests.ActPropose:
		m.waiting = e.Actor
	case requests.ActSendBack, requests.ActApprove:
		m.waiting = ""
	case requests.ActAppeal:
		m.appealed = true
	case requests.ActCollect:
		if m.collected.IsZero() {
			m.collected = e.At
		}
	case requests.ActErase:
		m.erased = e.At
	}
	m.decided(e)
}

func (m *matter) decided(e *event) {
	act := workflow.Act(e.Act)
	if act == requests.ActRenew || e.Files > 0 && (act == requests.ActDecide || act == requests.ActApprove) {
		m.filesTill = e.At.Add(requests.AnswerLifetime + 24*time.Hour)
	}
	switch {
	case act == requests.ActDecide, act == requests.ActApprove && m.phase == requests.Answer:
		m.answered, m.stopped = e.At, e.At
	case act == requests.ActDismiss, act == requests.ActApprove:
		m.stopped = e.At
	}
}
