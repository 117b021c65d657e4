package policies

import (
	"strings"

	"dsr/deadlines"
)

// Regime is one law on the rights of persons over their information, as data:
// which clocks it sets for which right, what may stop them, why a request may
// be refused, and where to complain. Its rules are dated, because laws change.
type Regime struct {
	ID          string               `yaml:"regime" validate:"required"`     // UK_GDPR, CCPA, US-VA
	Aliases     []string             `yaml:"aliases"`                        // other names for the same law
	Name        string               `yaml:"name" validate:"required"`       // short, for lists: "UK GDPR"
	Law         string               `yaml:"law" validate:"required"`        // full title with citation
	Place       string               `yaml:"place" validate:"required"`      // as in "California gives us 45 days"
	Residences  []string             `yaml:"residences" validate:"required"` // ISO 3166 codes it protects: GB, US-CA
	Zone        string               `yaml:"zone"`                           // IANA zone of its days; empty: of the residence
	Calendar    string               `yaml:"calendar"`                       // holidays; empty: of the residence
	Zones       map[string]string    `yaml:"zones"`                          // zone by residence, where several
	Calendars   map[string]string    `yaml:"calendars"`                      // calendar by residence, where several
	Establish   string               `yaml:"establishment"`                  // a pack's establishment that overrides zone and calendar: EU, UK, CH
	Authority   Authority            `yaml:"authority" validate:"required"`  // where a person can complain
	Authorities map[string]Authority `yaml:"authorities"`                    // by residence, where several
	ByChoice    bool                 `yaml:"by_choice"`                      // only a person picks it; no residence leads to it
	Versions    []RegimeVersion      `yaml:"versions" validate:"required,dive"`
	Examples    []Example            `yaml:"examples" validate:"required,dive"`

	SHA256 string `yaml:"-"` // of the file, in hex
}

// Authority is a regulator or attorney general.
type Authority struct {
	Name       string       `yaml:"name" validate:"required"`
	URL        string       `yaml:"url" validate:"required"`
	OtherNames Translations `yaml:"name_in"` // only the names it goes by itself, and words that describe it
}

// AuthorityFor returns where somebody of a residence can complain.
func (r *Regime) AuthorityFor(residence string) Authority {
	for _, code := range []string{residence, country(residence)} {
		if a, known := r.Authorities[code]; known {
			return a
		}
	}
	return r.Authority
}

// PlaceCode is the ISO 3166 code of the place whose law it is, "US-CA" or "GB",
// so that pages can name it in the reader's language. A law of several
// countries has the code of their union: "EU".
func (r *Regime) PlaceCode() string {
	code := r.Residences[0]
	for _, residence := range r.Residences {
		switch {
		case country(residence) != country(code):
			return r.Establish
		case residence != code || r.ByChoice: // only a real place is named, and a private code is none
			code = country(code)
		}
	}
	return code
}

// RegimeVersion is the state of a law from one day to another.
type RegimeVersion struct {
	Version    string            `yaml:"version" validate:"required"` // year and month it took this form: 2026-02
	From       *deadlines.Date   `yaml:"from"`                        // first day of receipt it applies to; absent: from the beginning
	Clocks     []RegimeClock     `yaml:"clocks" validate:"required,dive"`
	Identity   []IdentityRule    `yaml:"identity" validate:"required,dive"`
	Agents     []AgentRule       `yaml:"agents" validate:"dive"` // what it says about somebody who acts for another
	Refusals   []RefusalGround   `yaml:"refusals" validate:"required,dive"`
	Extensions []ExtensionGround `yaml:"extensions" validate:"dive"`
	Unnumbered []Unnumbered      `yaml:"without_number" validate:"dive"` // rights the law gives without a number of days
	Notes      []string          `yaml:"notes"`
}

// RegimeClock is one clock a law sets for some rights.
type RegimeClock struct {
	Clock      ClockKind            `yaml:"clock" validate:"required,oneof=acknowledge respond opt_out fulfil appeal_window appeal_answer recipients_notice retention"`
	Rights     []Right              `yaml:"rights" validate:"required"`
	Start      deadlines.Start      `yaml:"start" validate:"required"`
	Term       deadlines.Term       `yaml:"term" validate:"required"`
	Roll       deadlines.Roll       `yaml:"roll" validate:"required"`
	Suspends   []deadlines.HoldKind `yaml:"suspends"`
	MovesStart []deadlines.HoldKind `yaml:"moves_start"`
	Extension  deadlines.Term       `yaml:"extension"`
	OpenEnded  bool                 `yaml:"open_ended"`
	Source     string               `yaml:"source" validate:"required"` // article
	Sources    ClockSources         `yaml:"sources"`
	Certainty  Certainty            `yaml:"certainty" validate:"required,oneof=found from_knowledge"`
}

// ClockSources cites the parts of a clock where they differ from its article.
type ClockSources struct {
	Start     string `yaml:"start"`
	Count     string `yaml:"count"`
	Hold      string `yaml:"hold"`
	Roll      string `yaml:"roll"`
	Extension string `yaml:"extension"`
}

// Certainty says how well a statement about a law is supported.
type Certainty string

// IdentityRule is how much proof of identity a law lets the controller ask for.
type IdentityRule struct {
	Rights    []Right   `yaml:"rights" validate:"required"`
	Level     string    `yaml:"level" validate:"required,oneof=none locate mailbox reauthentication two_points three_points"` // the most that may be asked by default
	Source    string    `yaml:"source" validate:"required"`
	Certainty Certainty `yaml:"certainty" validate:"required,oneof=found from_knowledge"`
}

// RefusalGround is a lawful reason to refuse a request in whole or part.
type RefusalGround struct {
	Ground    string    `yaml:"ground" validate:"required"` // others_rights, legal_claims …
	Rights    []Right   `yaml:"rights" validate:"required"`
	Source    string    `yaml:"source" validate:"required"`
	Certainty Certainty `yaml:"certainty" validate:"required,oneof=found from_knowledge"`
}

// ExtensionGround is a lawful reason to take longer.
type ExtensionGround struct {
	Ground    string    `yaml:"ground" validate:"required"` // complex, number_of_requests …
	Source    string    `yaml:"source" validate:"required"`
	Certainty Certainty `yaml:"certainty" validate:"required,oneof=found from_knowledge"`
}

// Example is a worked date that the regime must give; it runs as a test.
type Example struct {
	Right     Right     `yaml:"right" validate:"required"`
	Clock     ClockKind `yaml:"clock"` // respond unless said
	Residence string    `yaml:"residence" validate:"required"`
	Received  string    `yaml:"received" validate:"required"` // RFC 3339
	Due       string    `yaml:"due" validate:"required"`      // local date, or RFC 3339 for hours
	Why       string    `yaml:"why" validate:"required"`      // the arithmetic in words
}

// Unnumbered are rights that a law gives, to be answered in a time it states
// in words only: "without delay".
type Unnumbered struct {
	Rights    []Right   `yaml:"rights" validate:"required"`
	Words     string    `yaml:"words" validate:"required"` // "without delay"
	Source    string    `yaml:"source" validate:"required"`
	Certainty Certainty `yaml:"certainty" validate:"required,oneof=found from_knowledge"`
}

// California is the id of the law whose rules ask for tables and offers of their
// own (11 CCR 7022(g), 7102).
const California = "CCPA"

// AgentUnproven is the ground that an agent's permission is not proved: only
// what an agent asked for can be refused on it.
const AgentUnproven = "agent_unproven"

// Cited is the part of a source that a letter cites. What follows a colon is a
// note for the team, "Fla. Stat. 501.706: twice a year", and so is how sure a part
// of it is.
func Cited(source string) string {
	citation, _, _ := strings.Cut(source, ": ")
	return strings.TrimSuffix(citation, " (from knowledge)")
}

// Grounds returns the lawful grounds to refuse a right.
func (v *RegimeVersion) Grounds(right Right) []RefusalGround {
	var grounds []RefusalGround
	for _, g := range v.Refusals {
		if right.In(g.Rights) {
			grounds = append(grounds, g)
		}
	}
	return grounds
}
