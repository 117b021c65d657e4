package policies

import (
	"fmt"
	"strings"
	"time"

	"dsr/deadlines"
)

// Explanation is a ruling with every due date worked out.
type Explanation struct {
	Right      Right         `json:"right"`
	Residence  string        `json:"residence,omitempty"`
	ReceivedAt time.Time     `json:"received_at"`
	Ruling     Ruling        `json:"ruling"`
	Clocks     []WorkedClock `json:"clocks"`
	// NoPromise repeats what the pack says when the policy states no time.
	NoPromise string `json:"no_promise,omitempty"`
}

// WorkedClock is a clock with its due date and each step that made it.
type WorkedClock struct {
	Kind    ClockKind        `json:"kind"`
	Basis   Basis            `json:"basis"`
	Governs bool             `json:"governs"`
	DueDate deadlines.Date   `json:"due_date"`
	Before  *time.Time       `json:"due_before,omitempty"` // exclusive
	At      *time.Time       `json:"due_at,omitempty"`     // inclusive, for hours
	Steps   []deadlines.Step `json:"steps"`
	Source  string           `json:"source"`
	Certain string           `json:"certainty"`
	Phrase  string           `json:"phrase,omitempty"`
	Note    string           `json:"note,omitempty"`
}

// Explain rules on a question and works out every clock.
func (b *Book) Explain(q Question) (Explanation, error) {
	ruling, err := b.Rule(q)
	if err != nil {
		return Explanation{}, err
	}
	at, err := b.Place(ruling.Zone, ruling.Calendar)
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Right: q.Right, Residence: q.Residence, ReceivedAt: q.ReceivedAt.UTC(), Ruling: ruling}
	if len(q.Pack.promised(q.Right)) == 0 {
		e.NoPromise = q.Pack.Promises.NoResponse
	}
	facts := deadlines.Facts{ReceivedAt: q.ReceivedAt}
	first := -1
	for i := range ruling.Clocks {
		worked, err := work(&ruling.Clocks[i], &facts, at)
		if err != nil {
			return Explanation{}, err
		}
		e.Clocks = append(e.Clocks, worked)
		if first < 0 || worked.limit().Before(e.Clocks[first].limit()) {
			first = i
		}
	}
	e.Clocks[first].Governs = true
	return e, nil
}

func work(c *Clock, facts *deadlines.Facts, at deadlines.Place) (WorkedClock, error) {
	due, steps, err := c.Rule.Explain(facts, at)
	if err != nil {
		return WorkedClock{}, fmt.Errorf("%s: %w", c.Name(), err)
	}
	w := WorkedClock{Kind: c.Kind, Basis: c.Basis, DueDate: due.Date, Steps: steps,
		Source: c.Rule.Sources.Term, Certain: c.Rule.Sources.Certainty, Phrase: c.Phrase, Note: c.Note}
	if due.Before.IsZero() {
		w.At = &due.At
	} else {
		w.Before = &due.Before
	}
	return w, nil
}

func (w *WorkedClock) limit() time.Time {
	if w.Before == nil {
		return *w.At
	}
	return *w.Before
}

// Text writes the explanation for a terminal.
func (e *Explanation) Text() string {
	var b strings.Builder
	residence := e.Residence
	if residence == "" {
		residence = "unknown"
	}
	fmt.Fprintf(&b, "%s under the %s policy (pack version %s, sha256 %.12s)\n", e.Right, e.Ruling.Pack, e.Ruling.PackVersion, e.Ruling.PackSHA256)
	fmt.Fprintf(&b, "residence %s → %s, version %s (sha256 %.12s)\n", residence, e.Ruling.RegimeName, e.Ruling.Version, e.Ruling.SHA256)
	if e.Ruling.Provisional != "" {
		fmt.Fprintf(&b, "provisional: %s\n", e.Ruling.Provisional)
	}
	fmt.Fprintf(&b, "days of %s, holidays of calendar %s; proof of identity: %s at most\n", e.Ruling.Zone, e.Ruling.Calendar, e.Ruling.Level)
	if e.NoPromise != "" {
		fmt.Fprintf(&b, "%s\n", e.NoPromise)
	}
	for i := range e.Clocks {
		e.Clocks[i].text(&b)
	}
	return b.String()
}

func (w *WorkedClock) text(b *strings.Builder) {
	governs := ""
	if w.Governs {
		governs = "  ← governs"
	}
	fmt.Fprintf(b, "\n%s by %s: %s%s\n", strings.ReplaceAll(string(w.Kind), "_", " "), w.Basis, w.when(), governs)
	if w.Note != "" {
		fmt.Fprintf(b, "  %s\n", w.Note)
	}
	for n, s := range w.Steps {
		fmt.Fprintf(b, "  %d  %-15s %-62s %s\n", n+1, s.Heading(), s.Text(), s.Date)
		if s.Source != "" {
			fmt.Fprintf(b, "     %-15s %s (%s)\n", "", s.Source, w.Certain)
		}
	}
}

func (w *WorkedClock) when() string {
	if w.At != nil {
		return "at the latest " + w.At.Format(time.RFC3339)
	}
	return fmt.Sprintf("%s %s (before %s)", w.DueDate.Weekday().String()[:3], w.DueDate, w.Before.Format(time.RFC3339))
}
