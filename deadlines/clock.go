package deadlines

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Unit is what a term is counted in.
type Unit string

// The units of terms.
const (
	Hours        Unit = "hours"         // elapsed hours; nothing stops them
	CalendarDays Unit = "calendar_days" // every day counts
	BusinessDays Unit = "business_days" // working days of the calendar
	Months       Unit = "months"        // same day number, clamped to the month
)

// Term is a length of time as a law or a promise states it: "1 month".
type Term struct {
	N    int
	Unit Unit
}

var unitWords = map[string]Unit{
	"hour": Hours, "hours": Hours,
	"day": CalendarDays, "days": CalendarDays, "calendar_days": CalendarDays,
	"business day": BusinessDays, "business days": BusinessDays, "business_days": BusinessDays,
	"month": Months, "months": Months,
}

// ParseTerm reads "48 hours", "45 days", "15 business days" or "1 month".
func ParseTerm(s string) (Term, error) {
	number, word, _ := strings.Cut(strings.TrimSpace(s), " ")
	n, err := strconv.Atoi(number)
	unit, known := unitWords[strings.TrimSpace(word)]
	if err != nil || !known || n < 1 || n > 10000 {
		return Term{}, fmt.Errorf("term %q is not a number of hours, days, business days or months, like \"45 days\"", s)
	}
	return Term{N: n, Unit: unit}, nil
}

// String writes the term as ParseTerm reads it.
func (t Term) String() string {
	word := map[Unit]string{Hours: "hour", CalendarDays: "day", BusinessDays: "business day", Months: "month"}[t.Unit]
	if t.N != 1 {
		word += "s"
	}
	return strconv.Itoa(t.N) + " " + word
}

// IsZero reports whether no term is stated.
func (t Term) IsZero() bool { return t.N == 0 }

// MarshalText writes the term as ParseTerm reads it; no term is empty.
func (t Term) MarshalText() ([]byte, error) {
	if t.IsZero() {
		return nil, nil
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (t *Term) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*t = Term{}
		return nil
	}
	*t, err = ParseTerm(string(text))
	return err
}

// Start says which fact begins a clock.
type Start string

// The starts of clocks.
const (
	// FromReceipt begins a clock when the request arrives, whatever happens next.
	FromReceipt Start = "receipt"
	// FromRelevantTime begins it at the latest of receipt and the end of each
	// hold that the rule lists under moves_start (UK GDPR Art. 12A(2)).
	FromRelevantTime Start = "relevant_time"
	// FromReflection begins it ten days after a fee was announced, or at receipt
	// when none was (Swiss DPO Art. 19(3)).
	FromReflection Start = "reflection_end"
)

// ReflectionDays is the time to think about an announced fee (Swiss DPO Art. 19(3)).
const ReflectionDays = 10

// Roll says what happens when the last day is no working day.
type Roll string

// The ways to roll.
const (
	RollNone    Roll = "none"    // the date stays; the rolled one is shown only
	RollForward Roll = "forward" // the next working day
)

// HoldKind is the lawful ground of a pause.
type HoldKind string

// The kinds of holds.
const (
	HoldIdentity      HoldKind = "identity"      // proof of identity was asked for
	HoldClarification HoldKind = "clarification" // the scope was asked about
	HoldFee           HoldKind = "fee"           // a fee was announced
	HoldAuthority     HoldKind = "authority"     // an agent's authority was asked for
)

// Rule is one clock as a law or a policy states it. Rules are data: they are
// frozen on the request they apply to.
type Rule struct {
	Start      Start      `json:"start"`
	Term       Term       `json:"term"`
	Roll       Roll       `json:"roll"`
	Suspends   []HoldKind `json:"suspends,omitempty"`    // holds whose days are not counted
	MovesStart []HoldKind `json:"moves_start,omitempty"` // holds whose end the clock waits for
	Extension  Term       `json:"extension,omitzero"`    // the most that may be added once; zero: none
	OpenEnded  bool       `json:"open_ended,omitempty"`  // an extension has no cap, only a date that is told
	Sources    Sources    `json:"sources,omitzero"`
}

// Sources cites each part of a rule: an article, a guideline, a section of the
// policy. Empty parts fall back on Term.
type Sources struct {
	Term      string `json:"term,omitempty"`
	Start     string `json:"start,omitempty"`
	Count     string `json:"count,omitempty"`
	Hold      string `json:"hold,omitempty"`
	Roll      string `json:"roll,omitempty"`
	Extension string `json:"extension,omitempty"`
	Certainty string `json:"certainty,omitempty"` // "found" or "from knowledge"
}

// Hold is a pause: a question was sent at From and answered at To. An open
// hold has a zero To.
type Hold struct {
	Kind HoldKind  `json:"kind"`
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"`
}

// Extension is a notice that the answer will take longer. It states either the
// time added (Term) or the new last day (Until).
type Extension struct {
	Term   Term      `json:"term,omitzero"`
	Until  *Date     `json:"until,omitempty"`
	SentAt time.Time `json:"sent_at"`
}

// Facts are what happened to a request, as far as its clocks care.
type Facts struct {
	ReceivedAt time.Time  `json:"received_at"`
	Holds      []Hold     `json:"holds,omitempty"`
	Extension  *Extension `json:"extension,omitempty"`
	// AsOf is the instant of looking: holds opened later have not happened and
	// one that ends later is open. Zero looks back from the end of all facts.
	AsOf time.Time `json:"-"`
}

// Place is where days begin and which of them are working days.
type Place struct {
	Zone     *time.Location
	Calendar *Calendar
}

// Refusal says why an extension changes nothing.
type Refusal string

// The reasons why an extension does not count.
const (
	NotRefused    Refusal = ""
	NotAllowed    Refusal = "the rule knows no extension"
	TooLate       Refusal = "the notice was sent after the first due date"
	TooLong       Refusal = "more time than the rule allows"
	NotLater      Refusal = "the new date is not later than the first"
	WhileHeld     Refusal = "the clock is held, so no last day is fixed yet"
	noDateInFacts Refusal = "no term and no new date"
)

// Due is when a clock is due. For units of days the limit is exclusive: the
// first instant of the local day after Date. For hours it is inclusive.
type Due struct {
	Start       Date      // day 0, which is not counted
	Date        Date      // the local last day
	Before      time.Time // exclusive limit, UTC; zero for hours
	At          time.Time // inclusive limit, UTC; zero for days
	FirstDate   Date      // the last day before any extension
	FirstBefore time.Time // an extension notice counts only if sent before this
	Unrolled    Date      // the last day before rolling
	Rolled      Date      // the next working day, whether the rule rolls or not
	Cautious    Date      // the last day if the day of each reply counted
	HeldDays    int       // days not counted
	Held        HoldKind  // the open hold, or ""; then Date is provisional
	HeldSince   time.Time // when the open hold began
	Extended    bool      // an extension counts
	Refused     Refusal   // why one that was sent does not
}

// Limit is the instant the clock runs to: exclusive for days, inclusive for hours.
func (d Due) Limit() time.Time {
	if d.Before.IsZero() {
		return d.At
	}
	return d.Before
}

// OnTime reports whether something done at an instant was done in time.
func (d Due) OnTime(done time.Time) bool {
	if d.Before.IsZero() {
		return !done.After(d.At)
	}
	return done.Before(d.Before)
}

// ErrRule is wrapped by errors about a rule that cannot be computed.
var ErrRule = errors.New("rule cannot be computed")

// Check reports what makes a rule senseless, before it is ever used.
func (r *Rule) Check() error {
	days := r.Term.Unit == CalendarDays || r.Term.Unit == Months
	switch {
	case r.Term.IsZero():
		return fmt.Errorf("%w: it states no term", ErrRule)
	case r.Start != FromReceipt && r.Start != FromRelevantTime && r.Start != FromReflection:
		return fmt.Errorf("%w: start %q is none of receipt, relevant_time, reflection_end", ErrRule, r.Start)
	case r.Roll != RollNone && r.Roll != RollForward:
		return fmt.Errorf("%w: roll %q is neither none nor forward", ErrRule, r.Roll)
	case len(r.Suspends) > 0 && !days:
		return fmt.Errorf("%w: holds can suspend terms in days or months only", ErrRule)
	case len(r.MovesStart) > 0 && r.Start != FromRelevantTime:
		return fmt.Errorf("%w: moves_start needs start: relevant_time", ErrRule)
	case r.Term.Unit == Hours && (r.Roll != RollNone || !r.Extension.IsZero() || r.Start != FromReceipt):
		return fmt.Errorf("%w: hours run from receipt and neither roll nor extend", ErrRule)
	}
	return nil
}
