package policies

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dsr/deadlines"
	"dsr/identity"
)

// ErrNotGiven is returned for a right that neither the policy nor the law of
// the residence gives.
var ErrNotGiven = errors.New("neither the policy nor the law gives this right")

// ErrResidence is returned for a residence that is no ISO 3166 code.
var ErrResidence = errors.New("residence is no code like DE or US-CA")

// Question is what a ruling answers: which rules apply to somebody of this
// residence who uses this right under this policy, received at this instant.
type Question struct {
	Pack       *Pack
	Right      Right
	Residence  string // ISO 3166: DE, US-CA; empty when unknown
	ReceivedAt time.Time
}

// Ruling says which rules apply. It is frozen on the request: a newer pack or
// law never changes a request already received.
type Ruling struct {
	Pack        string         `json:"pack"`
	PackVersion string         `json:"pack_version"`
	PackSHA256  string         `json:"pack_sha256"`
	Regime      string         `json:"regime"`
	RegimeName  string         `json:"regime_name"`
	Version     string         `json:"regime_version"`
	SHA256      string         `json:"regime_sha256"`
	Provisional string         `json:"provisional,omitempty"` // why this law is only assumed
	Zone        string         `json:"zone"`
	Calendar    string         `json:"calendar"`
	Level       identity.Level `json:"level"`
	Clocks      []Clock        `json:"clocks"`
}

// Clock is one clock that a ruling starts, with all it takes to compute and to
// cite it.
type Clock struct {
	Kind    ClockKind      `json:"kind"`
	Basis   Basis          `json:"basis"`
	Rule    deadlines.Rule `json:"rule"`
	Phrase  string         `json:"phrase,omitempty"`  // a promise's own words
	Wording string         `json:"wording,omitempty"` // firm or typical
	Note    string         `json:"note,omitempty"`
}

// Name identifies a clock on its request: "respond by law".
func (c *Clock) Name() string { return string(c.Kind) + "." + string(c.Basis) }

// Answers reports whether the clock waits for the answer itself.
func (c *Clock) Answers() bool {
	return c.Kind == Respond || c.Kind == OptOut || c.Kind == AppealAnswer
}

// Rule answers a question. A residence without a law of ours, or an unknown
// one, is ruled by the strictest candidate, and the ruling says so.
func (b *Book) Rule(q Question) (Ruling, error) {
	if q.Residence != "" && !place.MatchString(q.Residence) {
		return Ruling{}, fmt.Errorf("%w: %q", ErrResidence, q.Residence)
	}
	candidates, why := b.candidates(q.Residence)
	promised := q.Pack.GivesTo(q.Right, q.Residence)
	giving := slices.DeleteFunc(slices.Clone(candidates), func(r *Regime) bool { return !b.Gives(r, q) })
	switch {
	case len(giving) > 0:
		candidates = giving
	case !promised && q.Right != Appeal && q.Right != Complaint:
		return Ruling{}, fmt.Errorf("%w: %s in %s", ErrNotGiven, q.Right, q.Residence)
	}
	return b.strictest(candidates, why, q)
}

// GivesTo reports whether the policy itself gives a right to somebody of a
// residence; an unknown residence counts as any.
func (p *Pack) GivesTo(right Right, residence string) bool {
	for _, promised := range p.Rights {
		if promised.Right == right && (len(promised.Residences) == 0 || residence == "" || covers(promised.Residences, residence)) {
			return true
		}
	}
	return right == Appeal || right == Complaint
}

// Given lists the rights that somebody of a residence has, by policy or law, in
// the order of the form.
func (b *Book) Given(p *Pack, residence string, at time.Time) []Right {
	var given []Right
	candidates, _ := b.candidates(residence)
	for _, right := range Rights() {
		q := Question{Pack: p, Right: right, Residence: residence, ReceivedAt: at}
		byLaw := slices.ContainsFunc(candidates, func(r *Regime) bool { return b.Gives(r, q) })
		if p.GivesTo(right, residence) || byLaw {
			given = append(given, right)
		}
	}
	return given
}

// candidates returns the laws that may protect somebody of a residence, and
// why they are only candidates.
func (b *Book) candidates(residence string) (regimes []*Regime, why string) {
	if residence == "" {
		return b.byResidence(), "the place of residence is not known yet, so the strictest law we know is used until it is"
	}
	for _, code := range []string{residence, country(residence)} {
		for _, r := range b.regimes {
			if slices.Contains(r.Residences, code) {
				regimes = append(regimes, r)
			}
		}
		if len(regimes) > 0 {
			return regimes, ""
		}
	}
	for _, r := range b.regimes {
		if slices.ContainsFunc(r.Residences, func(code string) bool { return country(code) == country(residence) }) {
			regimes = append(regimes, r)
		}
	}
	if len(regimes) > 0 {
		return regimes, "we have no law for " + residence + ", so the strictest of its country is used"
	}
	return b.byResidence(), "we have no law for " + residence + ", so the strictest law we know is used"
}

// byResidence lists the laws that a residence can lead to.
func (b *Book) byResidence() []*Regime {
	return slices.DeleteFunc(slices.Clone(b.regimes), func(r *Regime) bool { return r.ByChoice })
}

// Gives reports whether a law itself gives a right to somebody of the residence
// on the day of receipt: one of its clocks for an answer or an opt-out lists it by
// name, or it gives it without a number.
func (b *Book) Gives(r *Regime, q Question) bool {
	v := r.version(q.ReceivedAt, b.zones[b.places(r, q).zone])
	return v != nil && (v.answerClock(q.Right) != nil || v.unnumbered(q.Right) != nil)
}

// strictest rules by the candidate whose answer is due first.
func (b *Book) strictest(candidates []*Regime, why string, q Question) (Ruling, error) {
	var best Ruling
	var earliest time.Time
	for _, r := range candidates {
		ruling, err := b.RuleBy(r, q)
		if err != nil {
			return Ruling{}, err
		}
		due, err := b.answerDue(&ruling, q.ReceivedAt)
		if err != nil {
			return Ruling{}, err
		}
		// A law that names no date is stricter than none only when no other does.
		if best.Regime == "" || !due.IsZero() && (earliest.IsZero() || due.Before(earliest)) {
			best, earliest = ruling, due
		}
	}
	if best.Regime == "" {
		return Ruling{}, fmt.Errorf("%w: no law is in force for %q yet", ErrNoRegime, q.Residence)
	}
	best.Provisional = why
	return best, nil
}

// RuleBy answers a question under one law, such as the one a person chose.
func (b *Book) RuleBy(r *Regime, q Question) (Ruling, error) {
	ruling, v, err := b.inForce(r, q)
	if err != nil {
		return Ruling{}, err
	}
	ruling.Level = q.Pack.level(q.Right, v.MostProof(q.Right))
	ruling.Clocks = append(q.Pack.promised(q.Right), v.clocks(q.Right)...)
	if !slices.ContainsFunc(ruling.Clocks, func(c Clock) bool { return c.Answers() }) {
		ruling.Clocks = append(ruling.Clocks, v.target(r, q.Right))
	}
	return ruling, nil
}

// inForce begins a ruling: the edition of the law on the day of receipt, and
// where its days are counted.
func (b *Book) inForce(r *Regime, q Question) (Ruling, *RegimeVersion, error) {
	at := b.places(r, q)
	v := r.version(q.ReceivedAt, b.zones[at.zone])
	if v == nil {
		return Ruling{}, nil, fmt.Errorf("%w: %s was not in force on %s", ErrNoRegime, r.ID, q.ReceivedAt.UTC().Format(time.DateOnly))
	}
	return Ruling{
		Pack: q.Pack.ID, PackVersion: q.Pack.Version, PackSHA256: q.Pack.SHA256,
		Regime: r.ID, RegimeName: r.Name, Version: v.Version, SHA256: r.SHA256,
		Zone: at.zone, Calendar: b.Newest(at.calendar),
	}, v, nil
}

// answerDue returns when the law's first clock that waits for the answer is
// due, or the zero time where the law names none.
func (b *Book) answerDue(ruling *Ruling, received time.Time) (earliest time.Time, err error) {
	at, err := b.Place(ruling.Zone, ruling.Calendar)
	if err != nil {
		return time.Time{}, err
	}
	facts := deadlines.Facts{ReceivedAt: received}
	for i := range ruling.Clocks {
		c := &ruling.Clocks[i]
		if !c.Answers() || c.Basis != ByLaw {
			continue
		}
		due, err := c.Rule.Due(&facts, at)
		if err != nil {
			return time.Time{}, fmt.Errorf("%s, %s: %w", ruling.Regime, c.Name(), err)
		}
		if earliest.IsZero() || due.Limit().Before(earliest) {
			earliest = due.Limit()
		}
	}
	return earliest, nil
}

// promised returns the promise clocks of a right.
func (p *Pack) promised(right Right) []Clock {
	var clocks []Clock
	for _, group := range [][]Promise{p.Promises.Response, p.Promises.Fulfilment} {
		for i := range group {
			promise := &group[i]
			if promise.Term.IsZero() || !right.In(promise.Rights) {
				continue
			}
			clocks = append(clocks, Clock{
				Kind: promise.Clock, Basis: ByPromise, Phrase: promise.Evidence.Phrase, Wording: promise.Wording,
				Rule: deadlines.Rule{
					Start: cmp.Or(promise.Starts, deadlines.FromReceipt), Term: promise.Term, Roll: deadlines.RollNone,
					Sources: deadlines.Sources{Term: p.cite(promise.Evidence), Certainty: "found"},
				},
			})
		}
	}
	return clocks
}

// cite writes where a statement stands: Moxora policy of 16 Jan 2024, "7. Your Rights".
func (p *Pack) cite(e Evidence) string {
	date := "undated"
	if p.Policy.Date != nil {
		date = "of " + p.Policy.Date.Time().Format("2 Jan 2006")
	}
	return fmt.Sprintf("%s policy %s, “%s”", p.Controller.Name, date, e.Section)
}

// target is the clock of a right for which nobody states a number of days: the
// law gives the right in words only, or the policy gives what the law of the
// place does not know. The house keeps the law's general time as its target.
func (v *RegimeVersion) target(r *Regime, right Right) Clock {
	rule := deadlines.Rule{Start: deadlines.FromReceipt, Term: deadlines.Term{N: 30, Unit: deadlines.CalendarDays}, Roll: deadlines.RollNone}
	source := "House target: 30 days"
	for _, general := range []Right{Access, Deletion, Correction} {
		if c := v.answerClock(general); c != nil && c.Term.Unit != deadlines.Hours {
			rule.Term, source = c.Term, "House target, after the general time of "+r.Name
			break
		}
	}
	note := r.Name + " gives no such right; the policy does, and states no time for it"
	if words := v.unnumbered(right); words != nil {
		note = fmt.Sprintf("%s gives this right and states no number of days: %s (%s)", r.Name, words.Words, words.Source)
	}
	rule.Sources = deadlines.Sources{Term: source, Certainty: "house rule"}
	return Clock{Kind: Respond, Basis: ByTarget, Rule: rule, Note: note}
}

func (v *RegimeVersion) unnumbered(right Right) *Unnumbered {
	for i := range v.Unnumbered {
		if right.In(v.Unnumbered[i].Rights) {
			return &v.Unnumbered[i]
		}
	}
	return nil
}

// clocks returns the law's clocks of a right that begin at receipt.
func (v *RegimeVersion) clocks(right Right) []Clock {
	var clocks []Clock
	for i := range v.Clocks {
		c := &v.Clocks[i]
		if c.Clock == AppealWindow || c.Clock == RecipientsNotice || c.Clock == Retention || !right.In(c.Rights) {
			continue
		}
		clocks = append(clocks, Clock{Kind: c.Clock, Basis: ByLaw, Rule: c.rule()})
	}
	return clocks
}

func (v *RegimeVersion) answerClock(right Right) *RegimeClock {
	for i := range v.Clocks {
		c := &v.Clocks[i]
		answers := c.Clock == Respond || c.Clock == OptOut || c.Clock == AppealAnswer || right == Complaint && c.Clock == Acknowledge
		if answers && right.In(c.Rights) {
			return c
		}
	}
	return nil
}

// version returns the state of the law on the local day of receipt, or nil
// before its first day.
func (r *Regime) version(received time.Time, zone *time.Location) *RegimeVersion {
	day := deadlines.DateOf(received, zone)
	for i := len(r.Versions) - 1; i >= 0; i-- {
		if from := r.Versions[i].From; from == nil || *from <= day {
			return &r.Versions[i]
		}
	}
	return nil
}

// VersionNamed returns a version of the law by name, or nil.
func (r *Regime) VersionNamed(name string) *RegimeVersion {
	for i := range r.Versions {
		if r.Versions[i].Version == name {
			return &r.Versions[i]
		}
	}
	return nil
}

type placeNames struct{ zone, calendar string }

// places decides where days begin: where the controller handles requests from
// the region, else where the law says, else where the person lives.
func (b *Book) places(r *Regime, q Question) placeNames {
	if e, handled := q.Pack.Establishments[r.Establish]; handled && r.Establish != "" {
		return placeNames{e.Zone, e.Calendar}
	}
	at := placeNames{r.Zone, r.Calendar}
	for _, code := range []string{country(q.Residence), q.Residence} {
		if zone := r.Zones[code]; zone != "" {
			at.zone = zone
		}
		if id := r.Calendars[code]; id != "" {
			at.calendar = id
		}
	}
	if at.zone == "" {
		at.zone = q.Pack.Zone
	}
	if at.calendar == "" {
		at.calendar = "NONE"
	}
	return at
}

func country(residence string) string {
	cc, _, _ := strings.Cut(residence, "-")
	return cc
}

// covers reports whether a list of residences includes one, by itself or by
// its country.
func covers(list []string, residence string) bool {
	return slices.Contains(list, residence) || slices.Contains(list, country(residence))
}

// Identifiers lists what of the pack helps to find a person: what it names for
// one of the rights that takes any proof at all.
func (b *Book) Identifiers(p *Pack, rights []Right, residence string, at time.Time) []Identifier {
	wants := func(id Identifier, right Right) bool {
		if !right.In(id.Rights) && (len(id.Rights) > 0 || right.IsOptOut()) {
			return false
		}
		ruling, err := b.Rule(Question{Pack: p, Right: right, Residence: residence, ReceivedAt: at})
		return err == nil && ruling.Level.Needs(identity.None)
	}
	var list []Identifier
	for _, id := range p.Identifiers {
		if slices.ContainsFunc(rights, func(right Right) bool { return wants(id, right) }) {
			list = append(list, id)
		}
	}
	return list
}
