package web

import (
	"strings"

	"dsr/access"
	"dsr/requests"
)

// list fills in the lists of the page.
func (p *statusPage) list(k *calendar, v *requests.View) {
	for _, f := range v.Files {
		if f.Answer {
			p.Files = append(p.Files, k.file(p.Own, f))
		}
	}
	for _, m := range v.Messages {
		if m.Kind == "answer" {
			p.Decision = k.decision(v)
			continue
		}
		p.Messages = append(p.Messages, k.line(p.Own, v, &m))
	}
	p.Asked = k.inWords(v)
}

// line is one message as its reader sees it.
func (k *calendar) line(here string, v *requests.View, m *requests.Entry) messageLine {
	line := messageLine{Author: v.Pack.Controller.Name, Date: k.at(m.At), Body: m.Body}
	if m.Author == "requester" {
		line.Author = k.author(m.Actor)
	}
	switch {
	case m.Kind == "proof" && m.Judged:
		line.Body = k.T("proof.line.deleted")
	case m.Kind == "proof" && m.Author == "requester":
		line.Body = k.T("proof.line.sent")
	}
	for _, f := range m.Files {
		line.Files = append(line.Files, k.file(here, f))
	}
	return line
}

// author names who of two people on one side wrote a message: the reader, or
// the other.
func (k *calendar) author(actor string) string {
	wroteAgent := strings.HasPrefix(actor, string(access.Agent))
	switch {
	case k.reader == asAgent && !wroteAgent:
		return k.T("portal.author.person")
	case k.reader == onBehalf && wroteAgent:
		return k.agent
	}
	return k.T("portal.you")
}

// inWords repeats the request as it was made.
func (k *calendar) inWords(v *requests.View) []given {
	asked := []given{{Heading: k.T("ask.check.what"), Text: k.label()}}
	if v.Residence != "" || !v.Right.IsOptOut() && v.Channel == "form" { // a letter that does not say it has not refused to
		asked = append(asked, given{Heading: k.T("ask.check.where"), Text: placeName(k.Printer, v.Residence)})
	}
	asked = append(asked, given{Heading: k.T("ask.check.find"), Text: k.person(v)})
	switch {
	case v.AppealOf != 0:
		asked = append(asked, given{Heading: k.T("portal.appeal.said"), Text: v.Person.Details})
	case v.Person.Details != "":
		asked = append(asked, given{Heading: k.T("ask.check.particular"), Text: v.Person.Details})
	}
	return asked
}

// label names what was asked for; an appeal is a right of its own.
func (k *calendar) label() string {
	if k.r.AppealOf != 0 {
		return k.T("ask.right.appeal.label")
	}
	return rightLabel(k.Printer, k.r.Right)
}

// person repeats what the requester said to be found by.
func (k *calendar) person(v *requests.View) string {
	text := v.Person.Email
	if name := v.Person.Name; name != "" && !v.Facts.Completed.IsZero() {
		text += "\n" + k.T("ask.check.identifier", "label", k.T(nameLabel(k.reader)), "value", name)
	}
	for _, id := range v.Pack.Identifiers {
		if value := v.Person.Identifiers[id.Name]; value != "" {
			text += "\n" + k.T("ask.check.identifier", "label", id.LabelIn(k.Language().Tag), "value", value)
		}
	}
	if a := v.Person.Agent; a != nil {
		text += "\n" + k.T("ask.check.own", "name", a.Name, "email", a.Email)
	}
	return text
}
