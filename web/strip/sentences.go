package strip

import (
	"html/template"
	"strings"
)

// sentence says all about one clock: what, when, how far, and how it moved.
func (s Strip) sentence(name string, c *Clock) string {
	parts := []string{name + " due " + s.due(c)}
	if c.What != "" {
		parts[0] = name + ", " + c.What + ", due " + s.due(c)
	}
	switch {
	case !c.Met.IsZero():
		parts = append(parts, "met "+s.day(c.Met))
	case c.Provisional && !s.late(c):
		parts = append(parts, "provisional")
	}
	if c.Governs && c.Met.IsZero() {
		parts = append(parts, "governs")
	}
	if s.late(c) {
		parts = append(parts, s.distance(c))
	}
	return strings.Join(parts, ", ") + "."
}

// sentences is the text equivalent of the large drawing.
func (s Strip) sentences() []string {
	out := []string{"Received " + s.day(s.Received) + "."}
	for _, c := range s.clocks() {
		out = append(out, s.sentence(c.name, c.Clock))
		for _, h := range c.Holds {
			out = append(out, c.name+" held "+s.span(h)+".")
		}
		if !c.FirstDue.IsZero() {
			out = append(out, c.name+" extended, first date "+s.day(lastDay(c.FirstDue, c.Hours))+".")
		}
		if !c.RolledFrom.IsZero() {
			out = append(out, c.name+" rolled from "+s.day(lastDay(c.RolledFrom, c.Hours))+".")
		}
	}
	for _, st := range s.Stations {
		out = append(out, "Law, "+st.Label+", "+s.day(lastDay(st.At, false))+".")
	}
	return append(out, "Today "+s.day(s.Now)+".")
}

// named is a clock with the name of its rail.
type named struct {
	name string
	*Clock
}

// clocks are the two rails with their names, the missing ones left out.
func (s Strip) clocks() []named {
	var out []named
	if s.Promise != nil {
		out = append(out, named{"Promise", s.Promise})
	}
	if s.Law != nil {
		out = append(out, named{"Law", s.Law})
	}
	return out
}

// A Row repeats one mark of a drawing in words.
type Row struct {
	Mark          template.HTML
	Heading, Text string
}

// Rows lists what the large drawing shows, by time: it stands in the place of
// the labels on a phone and on paper.
func (s Strip) Rows() []Row {
	rows := []timed{{s.Received, Row{Mark("received"), "Received " + s.day(s.Received), s.ReceivedNote}}}
	rows = append(rows, timed{s.Now, Row{Mark("today"), "Today, " + s.day(s.Now), ""}})
	for _, c := range s.clocks() {
		for _, h := range c.Holds {
			rows = append(rows, timed{h.From, Row{Mark("hold"), or(h.Label, "Held"), s.span(h) + ", " + strings.ToLower(c.name) + " only"}})
		}
		if !c.FirstDue.IsZero() {
			rows = append(rows, timed{c.FirstDue, Row{Mark("extended"), "First date " + s.day(lastDay(c.FirstDue, c.Hours)), c.FirstNote}})
		}
		rows = append(rows, timed{c.Due, s.dueRow(c)})
	}
	for _, st := range s.Stations {
		rows = append(rows, timed{st.At, Row{Mark(stationFace(st)), s.day(lastDay(st.At, false)), join(": ", "Law", join(", ", st.Label, st.Note))}})
	}
	return inOrder(rows)
}

// dueRow is the row of a clock's own mark.
func (s Strip) dueRow(c named) Row {
	heading := s.due(c.Clock)
	what := []string{c.name + ": " + or(c.Basis, "due")}
	if c.What != "" {
		what = append(what, c.What)
	}
	switch {
	case !c.Met.IsZero():
		what = append(what, "met "+s.day(c.Met))
	case c.Governs:
		heading += ", governs"
	}
	if c.Provisional && c.Met.IsZero() {
		what = append(what, "provisional")
	} else if c.Met.IsZero() {
		what = append(what, s.distance(c.Clock))
	}
	if !c.RolledFrom.IsZero() {
		what = append(what, "rolled from "+s.day(lastDay(c.RolledFrom, c.Hours)))
	}
	return Row{Mark(s.face(c.Clock)), heading, strings.Join(what, ", ")}
}

// stationFace is the mark of a station; it never governs the strip.
func stationFace(st Station) string {
	if st.Met {
		return "law-met"
	}
	return "law-open"
}

// or gives other where there is no s.
func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// join puts sep between two strings that are both there.
func join(sep, a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + sep + b
}
