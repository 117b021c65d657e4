package policies

import (
	"strings"

	"dsr/deadlines"
)

// Pack is a privacy policy as its controller published it, as data: the rights
// it promises, the times it states, and where each stands in its text.
type Pack struct {
	ID             string                   `yaml:"policy" validate:"required"`  // in addresses: moxora
	Version        string                   `yaml:"version" validate:"required"` // counts the pack's own editions: "1"
	Prefix         string                   `yaml:"prefix" validate:"required"`  // three letters that begin references: MOX
	Controller     Controller               `yaml:"controller" validate:"required"`
	Policy         PolicyText               `yaml:"policy_text" validate:"required"`
	Contacts       Contacts                 `yaml:"contacts" validate:"required"`
	Zone           string                   `yaml:"zone" validate:"required"` // IANA; UTC when the policy names no place
	ZoneNote       string                   `yaml:"zone_note"`
	Establishments map[string]Establishment `yaml:"establishments"` // EU, UK, CH: where requests from there are handled
	Rights         []PromisedRight          `yaml:"rights" validate:"required,dive"`
	Promises       Promises                 `yaml:"promises"`
	MinimumAge     *MinimumAge              `yaml:"minimum_age"`
	Holders        []Holder                 `yaml:"holders" validate:"dive"` // third parties that may hold the information
	Channels       []Channel                `yaml:"channels" validate:"required,dive"`
	NotClocks      []Statement              `yaml:"not_clocks" validate:"dive"`  // numbers in the text that time no request
	Identifiers    []Identifier             `yaml:"identifiers" validate:"dive"` // what helps to find a person, besides the address
	Identity       []ProofAsked             `yaml:"identity" validate:"dive"`    // where less proof is asked for than the law allows
	Approval       []string                 `yaml:"approval"`                    // decisions that need a second person: refusal, deletion
	Reminders      Reminders                `yaml:"reminders"`                   // when the team hears of clocks, where that differs from the house
	Embed          Embed                    `yaml:"embed"`                       // whose pages may show the form
	Brand          Brand                    `yaml:"brand" validate:"required"`

	SHA256 string `yaml:"-"` // of the file, in hex
}

// Controller is the company that answers.
type Controller struct {
	Name    string `yaml:"name" validate:"required"`   // as people know it: Moxora
	Entity  string `yaml:"entity" validate:"required"` // as the policy names it: Moxtech Developers
	Website string `yaml:"website"`
	Address string `yaml:"address"` // where letters reach it, line by line
}

// AddressLines returns the postal address as it stands on an envelope, or none.
func (c Controller) AddressLines() []string {
	var lines []string
	for line := range strings.Lines(c.Address) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// PolicyText says which text the pack renders.
type PolicyText struct {
	Title    string          `yaml:"title" validate:"required"`
	Date     *deadlines.Date `yaml:"date"` // absent when the policy is undated
	DateNote string          `yaml:"date_note"`
	URL      string          `yaml:"url"`
}

// Contacts are mailboxes and a telephone. Privacy is where requests go.
type Contacts struct {
	Privacy string `yaml:"privacy" validate:"required,email"`
	DPO     string `yaml:"dpo" validate:"omitempty,email"`
	General string `yaml:"general" validate:"omitempty,email"`
	Phone   string `yaml:"phone"` // as written for people: +49 30 1234567
}

// Officer is the mailbox that hears of an overdue request: the data protection
// officer's, or the one for privacy where the policy names no officer.
func (c Contacts) Officer() string {
	if c.DPO != "" {
		return c.DPO
	}
	return c.Privacy
}

// Establishment is where requests from one region are handled, which decides
// the zone of their days and the holidays (Reg. 1182/71 Art. 2(1)).
type Establishment struct {
	Country  string `yaml:"country" validate:"required"`
	Zone     string `yaml:"zone" validate:"required"`
	Calendar string `yaml:"calendar" validate:"required"`
}

// Evidence is where a statement stands in the policy: the heading of its
// section and a short phrase from it, word for word.
type Evidence struct {
	Section string `yaml:"section" validate:"required"`
	Phrase  string `yaml:"phrase" validate:"required"`
}

// PromisedRight is a right the policy gives to everybody, or to people of the
// named residences.
type PromisedRight struct {
	Right       Right        `yaml:"right" validate:"required"`
	Residences  []string     `yaml:"residences"`
	Limits      string       `yaml:"limits"` // "subject to legal retention", in our words
	Scope       string       `yaml:"scope"`  // "of the connection to integrated services"
	Evidence    Evidence     `yaml:"evidence" validate:"required"`
	OtherLimits Translations `yaml:"limits_in"`
	OtherScopes Translations `yaml:"scope_in"`
}

// Promises are the times the policy states.
type Promises struct {
	Response   []Promise `yaml:"response" validate:"dive"`   // until a reply or an answer
	Fulfilment []Promise `yaml:"fulfilment" validate:"dive"` // until it is done
	Retention  []Promise `yaml:"retention" validate:"dive"`  // how long records are kept: never a request clock
	NoResponse string    `yaml:"no_response"`                // sentence when the policy states no response time
}

// Promise is one published time.
type Promise struct {
	Clock    ClockKind       `yaml:"clock" validate:"required"`
	Rights   []Right         `yaml:"rights" validate:"required"`
	Term     deadlines.Term  `yaml:"term"` // absent for "promptly" and "while active"
	Wording  string          `yaml:"wording" validate:"required,oneof=firm typical no_number"`
	Starts   deadlines.Start `yaml:"starts"` // receipt unless the text says otherwise
	Covers   string          `yaml:"covers"` // what a retention promise is about: "scan results"
	Except   string          `yaml:"except"` // "where law keeps it longer"
	Evidence Evidence        `yaml:"evidence" validate:"required"`
}

// MinimumAge is the age below which the service is not meant.
type MinimumAge struct {
	Years    int      `yaml:"years" validate:"required"`
	Evidence Evidence `yaml:"evidence" validate:"required"`
}

// Holder is a third party that may hold the information.
type Holder struct {
	Name     string   `yaml:"name" validate:"required"`
	Role     string   `yaml:"role" validate:"required"`
	Evidence Evidence `yaml:"evidence" validate:"required"`
}

// Channel is a way the policy says a person can ask.
type Channel struct {
	Kind     string   `yaml:"kind" validate:"required,oneof=mail form self_service post phone"`
	Address  string   `yaml:"address"`
	Rights   []Right  `yaml:"rights"` // absent: all
	Evidence Evidence `yaml:"evidence" validate:"required"`
}

// Statement is something the policy says that times no request, so that no
// reader mistakes its number for one.
type Statement struct {
	About    string   `yaml:"about" validate:"required"`
	Evidence Evidence `yaml:"evidence" validate:"required"`
}

// Identifier is one thing, besides the mail address, by which the company can
// find a person.
type Identifier struct {
	Name        string       `yaml:"name" validate:"required"`  // workspace
	Label       string       `yaml:"label" validate:"required"` // "Workspace name"
	Hint        string       `yaml:"hint"`
	Rights      []Right      `yaml:"rights"` // absent: all but opt-outs
	OtherLabels Translations `yaml:"label_in"`
	OtherHints  Translations `yaml:"hint_in"`
}

// Brand is how the requester's pages look.
type Brand struct {
	Colour  string `yaml:"colour" validate:"required,hexcolor"`
	Initial string `yaml:"initial" validate:"required,max=2"`
	Logo    string `yaml:"logo"` // name of a PNG or SVG file beside the pack's

	// LogoFile is nil without a logo, and for a pack that was read from its
	// text alone, as those frozen on old requests are.
	LogoFile *Logo `yaml:"-"`
}
