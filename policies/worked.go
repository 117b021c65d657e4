package policies

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dsr/deadlines"
)

// WorkedFile is a file of worked deadline examples, in the form
// "deadline-example/1". Only what is used is named; the rest may say what it
// likes.
type WorkedFile struct {
	Schema    string                   `json:"schema"`
	Calendars map[string]WorkedHoliday `json:"calendars"`
	Examples  []Worked                 `json:"examples"`
}

// WorkedHoliday is a list of holidays to compare with our own calendar over
// the years it names.
type WorkedHoliday struct {
	Weekend  []string         `json:"weekend"`
	Holidays []deadlines.Date `json:"holidays"`
}

// Worked is one example: what happened, and what must come out.
type Worked struct {
	ID                 string                     `json:"id"`
	Title              string                     `json:"title"`
	Regime             string                     `json:"regime"`
	Right              string                     `json:"right"`
	Clock              string                     `json:"clock"`
	Rule               *WorkedRule                `json:"rule"`
	Zone               string                     `json:"zone"`
	Calendar           string                     `json:"calendar"`
	ReceivedAt         time.Time                  `json:"received_at"`
	IDRequestedAt      *time.Time                 `json:"id_requested_at"`
	IDReceivedAt       *time.Time                 `json:"id_received_at"`
	AuthorityRequested *time.Time                 `json:"authority_requested_at"`
	AuthorityReceived  *time.Time                 `json:"authority_received_at"`
	FeeNotifiedAt      *time.Time                 `json:"fee_notified_at"`
	FeePaidAt          *time.Time                 `json:"fee_paid_at"`
	Pauses             []WorkedPause              `json:"pauses"`
	Extension          *WorkedExtension           `json:"extension"`
	Promise            *WorkedRule                `json:"promise"`
	CompletedAt        *time.Time                 `json:"completed_at"`
	AsOf               *time.Time                 `json:"as_of"`
	Expected           map[string]json.RawMessage `json:"expected"`
}

// WorkedRule is a rule as an example states it.
type WorkedRule struct {
	Start deadlines.Start `json:"start"`
	N     int             `json:"n"`
	Unit  deadlines.Unit  `json:"unit"`
	Roll  deadlines.Roll  `json:"roll"`
	Text  string          `json:"text"`
}

// WorkedPause is a pause; an open one has no end.
type WorkedPause struct {
	Kind deadlines.HoldKind `json:"kind"`
	From time.Time          `json:"from"`
	To   *time.Time         `json:"to"`
}

// WorkedExtension is an extension notice.
type WorkedExtension struct {
	N            int             `json:"n"`
	Unit         deadlines.Unit  `json:"unit"`
	Until        *deadlines.Date `json:"until"`
	NoticeSentAt time.Time       `json:"notice_sent_at"`
}

// Difference is one way in which an example and the program disagree.
type Difference struct {
	ID    string // of the example, or "calendar GB-EAW"
	Title string
	What  string // the key that differs
	Want  string
	Got   string
}

// String writes the difference on one line.
func (d Difference) String() string {
	return fmt.Sprintf("%s (%s): %s is %s, the example says %s", d.ID, d.Title, d.What, d.Got, d.Want)
}

// CheckWorked computes every example from the program's own regimes and
// calendars and returns where they disagree, and how many were computed.
func (b *Book) CheckWorked(data []byte) ([]Difference, int, error) {
	var file WorkedFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, 0, fmt.Errorf("the file is not a list of deadline examples: %w", err)
	}
	if !strings.HasPrefix(file.Schema, "deadline-example/1") {
		return nil, 0, fmt.Errorf("the file's schema is %q, not deadline-example/1", file.Schema)
	}
	if len(file.Examples) == 0 {
		return nil, 0, errors.New("the file holds no example")
	}
	differences := b.compareCalendars(file.Calendars)
	for i := range file.Examples {
		differences = append(differences, b.checkOne(&file.Examples[i])...)
	}
	return differences, len(file.Examples), nil
}

// compareCalendars compares the file's lists with ours over the years that a
// list names, both ways. Holidays that fall on our weekend make no difference.
func (b *Book) compareCalendars(lists map[string]WorkedHoliday) []Difference {
	var differences []Difference
	for _, id := range sortedKeys(lists) {
		list := lists[id]
		ours, err := b.calendars.Calendar(id)
		if err != nil {
			differences = append(differences, Difference{ID: "calendar " + id, Title: "holidays", What: "the name", Got: "none of this program's calendars", Want: "one"})
			continue
		}
		years := map[int]int{}
		for _, d := range list.Holidays {
			years[d.Year()]++
			if working, err := ours.Working(d); err != nil || working {
				differences = append(differences, Difference{ID: "calendar " + id, Title: "holidays", What: d.String(), Got: "a working day", Want: "a holiday"})
			}
		}
		for _, h := range ours.Holidays() {
			full := years[h.Date.Year()] >= 5 // a list with fewer days names only some of its year
			if full && !ours.Weekend(h.Date.Weekday()) && !slices.Contains(list.Holidays, h.Date) && !inClosedSeason(id, h.Date) {
				differences = append(differences, Difference{ID: "calendar " + id, Title: "holidays", What: h.Date.String(), Got: h.Name, Want: "a working day"})
			}
		}
	}
	return differences
}

// inClosedSeason reports the days that New Zealand's Act excludes as a span
// and lists therefore leave out (Privacy Act 2020 s.7).
func inClosedSeason(id string, d deadlines.Date) bool {
	_, month, day := d.Civil()
	return id == "NZ-PRIVACY" && (month == 12 && day >= 25 || month == 1 && day <= 15)
}

// checkOne computes one example and compares every expectation.
func (b *Book) checkOne(w *Worked) []Difference {
	got, err := b.workOut(w)
	if err != nil {
		if _, expected := w.Expected["error"]; expected {
			return nil
		}
		return []Difference{{ID: w.ID, Title: w.Title, What: "the computation", Got: "an error: " + err.Error(), Want: "a date"}}
	}
	var differences []Difference
	for _, key := range sortedKeys(w.Expected) {
		value, known := got[key]
		if !known {
			value = "not computed by this program"
		}
		if want := strings.Trim(string(w.Expected[key]), `"`); !same(value, want) {
			differences = append(differences, Difference{ID: w.ID, Title: w.Title, What: key, Got: value, Want: want})
		}
	}
	return differences
}

// same compares texts, and instants by the moment they name.
func same(got, want string) bool {
	a, errA := time.Parse(time.RFC3339, got)
	b, errB := time.Parse(time.RFC3339, want)
	if errA == nil && errB == nil {
		return a.Equal(b)
	}
	return got == want
}

// workOut computes everything an example can ask about, as text by key.
func (b *Book) workOut(w *Worked) (map[string]string, error) {
	place, err := b.Place(w.Zone, w.Calendar)
	if err != nil {
		return nil, err
	}
	rule, err := b.ruleOf(w, place)
	if err != nil {
		return nil, err
	}
	facts := w.facts()
	due, err := rule.Due(&facts, place)
	if err != nil {
		return nil, err
	}
	got := map[string]string{"state": "running"}
	w.describe(got, rule, &due, place)
	if w.Promise != nil {
		if err := w.describePromise(got, &due, place); err != nil {
			return nil, err
		}
	}
	return got, nil
}

// ruleOf finds our own rule for an example's regime, right and clock, and
// compares it with the one the example states. A promise is the example's own.
func (b *Book) ruleOf(w *Worked, place deadlines.Place) (*deadlines.Rule, error) {
	if strings.EqualFold(w.Regime, "PROMISE") {
		if w.Rule == nil {
			return nil, errors.New("a promise needs its rule")
		}
		rule := w.Rule.rule()
		return &rule, rule.Check()
	}
	regime, err := b.Regime(w.Regime)
	if err != nil {
		return nil, err
	}
	kind, err := parseClock(w.Clock)
	if err != nil {
		return nil, err
	}
	right, err := ParseRight(w.Right)
	if err != nil {
		return nil, err
	}
	version := regime.version(w.ReceivedAt, place.Zone)
	if version == nil {
		return nil, fmt.Errorf("%s was not in force then", regime.ID)
	}
	clock := version.clock(kind, right)
	if clock == nil {
		return nil, fmt.Errorf("%s sets no clock %s for %s", regime.ID, kind, right)
	}
	rule := clock.rule()
	return &rule, w.agrees(&rule, place)
}

// clock returns the law's clock of a kind for a right. A law that answers
// opt-outs by its general clock names it respond, and the other way round.
func (v *RegimeVersion) clock(kind ClockKind, right Right) *RegimeClock {
	for i := range v.Clocks {
		if c := &v.Clocks[i]; c.Clock == kind && right.In(c.Rights) {
			return c
		}
	}
	if kind == Respond || kind == OptOut {
		return v.answerClock(right)
	}
	return nil
}

var clockNames = map[string]ClockKind{
	"answer": Respond, "respond_law": Respond, "ack": Acknowledge, "ack_law": Acknowledge, "acknowledgement": Acknowledge,
	"optout": OptOut, "optout_law": OptOut, "opt_out_law": OptOut, "appeal": AppealAnswer, "appeal_answer_law": AppealAnswer,
	"fulfil_law": Fulfil, "retention_of_record": Retention,
}

func parseClock(s string) (ClockKind, error) {
	if kind, known := clockNames[s]; known {
		return kind, nil
	}
	switch kind := ClockKind(s); kind {
	case Acknowledge, FirstResponse, Respond, OptOut, Fulfil, AppealWindow, AppealAnswer, RecipientsNotice, Retention:
		return kind, nil
	}
	return "", fmt.Errorf("%q is no clock of this program", s)
}

// agrees compares the rule an example states with ours. Two names of a start
// are one when they begin the clock on the same day: a law that waits for a fee
// begins at receipt where none was asked for.
func (w *Worked) agrees(rule *deadlines.Rule, place deadlines.Place) error {
	if w.Rule == nil {
		return nil
	}
	stated := w.Rule.rule()
	if stated.Term == rule.Term && stated.Roll == rule.Roll && (stated.Start == rule.Start || w.sameStart(stated.Start, rule, place)) {
		return nil
	}
	return fmt.Errorf("our rule is %s from %s, roll %s; the example's is %d %s from %s, roll %s",
		rule.Term, rule.Start, rule.Roll, w.Rule.N, w.Rule.Unit, w.Rule.Start, w.Rule.Roll)
}

func (w *Worked) sameStart(start deadlines.Start, rule *deadlines.Rule, place deadlines.Place) bool {
	other := *rule
	other.Start = start
	facts := w.facts()
	ours, err := rule.Due(&facts, place)
	theirs, otherErr := other.Due(&facts, place)
	return err == nil && otherErr == nil && ours.Start == theirs.Start
}

func (w *WorkedRule) rule() deadlines.Rule {
	rule := deadlines.Rule{Start: w.Start, Term: deadlines.Term{N: w.N, Unit: w.Unit}, Roll: w.Roll}
	if rule.Start == "" {
		rule.Start = deadlines.FromReceipt
	}
	if rule.Roll == "" {
		rule.Roll = deadlines.RollNone
	}
	return rule
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
