package policies

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"dsr/identity"
)

const (
	pageWidth  = 80 // columns
	labelWidth = 22 // columns of the names at the left
)

// Show writes a pack as a text for reading, at most 80 columns wide unless a
// single word is wider: who answers, which rights and times are promised, and
// where in the policy each stands.
func Show(pack *Pack) string {
	var s sheet
	s.head(pack)
	s.title("Rights promised")
	for _, r := range pack.Rights {
		s.row(rightWord(r.Right), r.text())
		s.cite(r.Evidence)
	}
	s.promises(&pack.Promises)
	if pack.MinimumAge != nil {
		s.title("Minimum age")
		s.row(fmt.Sprintf("%d years", pack.MinimumAge.Years), "")
		s.cite(pack.MinimumAge.Evidence)
	}
	s.title("Ways to ask, as the policy names them")
	for _, c := range pack.Channels {
		s.row(channelWord(c.Kind), strings.TrimSpace(c.Address+" for "+rightsText(c.Rights)))
		s.cite(c.Evidence)
	}
	s.others(pack)
	return s.text.String()
}

// sheet is a page of rows: a name at the left, text beside it.
type sheet struct{ text strings.Builder }

// head writes who answers and which text the pack renders.
func (s *sheet) head(p *Pack) {
	date := p.Policy.DateNote
	if p.Policy.Date != nil {
		date = strings.TrimSpace(p.Policy.Date.Time().Format("2 January 2006") + ". " + date)
		date = strings.TrimSuffix(date, ".")
	}
	fmt.Fprintf(&s.text, "%s: %s\n\n", p.Controller.Name, p.Policy.Title)
	s.row("Controller", p.Controller.Entity)
	for _, one := range []namedText{
		{"Address", strings.Join(p.Controller.AddressLines(), ", ")}, {"Website", p.Controller.Website}, {"Text", p.Policy.URL}, {"Dated", date},
		{"Requests to", p.Contacts.Privacy}, {"DPO", p.Contacts.DPO}, {"Other mail to", p.Contacts.General}, {"Telephone", p.Contacts.Phone},
		{"Days of", strings.TrimSpace(p.Zone + ". " + p.ZoneNote)},
	} {
		if one.text != "" {
			s.row(one.name, one.text)
		}
	}
	for _, region := range slices.Sorted(maps.Keys(p.Establishments)) {
		e := p.Establishments[region]
		s.row("In "+region, fmt.Sprintf("%s, days of %s, holidays of %s", e.Country, e.Zone, e.Calendar))
	}
	if logo := p.Brand.LogoFile; logo != nil {
		s.row("Logo", fmt.Sprintf("%s, %s, %d bytes", p.Brand.Logo, logo.Type, len(logo.Content)))
	}
	s.row("Pack", fmt.Sprintf("%s, version %s; references begin with %s", p.ID, p.Version, p.Prefix))
	if p.SHA256 != "" {
		// The sum does not fit beside the column of names.
		fmt.Fprintf(&s.text, "  SHA-256  %s\n", p.SHA256)
	}
}

// promises writes the promises that run a clock, and apart from them those
// that do not.
func (s *sheet) promises(p *Promises) {
	s.title("Promises that run a clock")
	if len(p.Response)+len(p.Fulfilment) == 0 {
		s.row("none", strings.TrimSpace(p.NoResponse+" The law's clock runs alone."))
	}
	for _, promise := range slices.Concat(p.Response, p.Fulfilment) {
		s.row(clockWords(promise.Clock), promise.text())
		s.row("", strings.TrimSuffix("for "+rightsText(promise.Rights)+": "+promise.Covers, ": "))
		if promise.Term.IsZero() {
			s.row("", "(runs no clock of its own)")
		}
		s.cite(promise.Evidence)
	}
	if len(p.Retention) > 0 {
		s.title("How long records are kept (no request clock)")
	}
	for _, promise := range p.Retention {
		s.row(promise.Covers, promise.text())
		s.cite(promise.Evidence)
	}
}

// others writes the lists that run no clock.
func (s *sheet) others(p *Pack) {
	if len(p.Holders) > 0 {
		s.title("Third parties that may hold information")
	}
	for _, h := range p.Holders {
		s.row(h.Name, h.Role)
		s.cite(h.Evidence)
	}
	if len(p.NotClocks) > 0 {
		s.title("Said in the policy, and no request clock")
	}
	for _, n := range p.NotClocks {
		s.row(n.About, "")
		s.cite(n.Evidence)
	}
	if len(p.Identifiers) > 0 {
		s.title("Asked for, besides the mail address, to find somebody")
	}
	for _, id := range identifierTexts(p.Identifiers) {
		s.row(id.name, id.text)
	}
	if len(p.Identity) > 0 {
		s.title("Proof of identity, where less is asked for than a law allows")
	}
	for _, asked := range p.Identity {
		s.row(levelWord(asked.Level), "for "+rightsText(asked.Rights)+": "+asked.Because)
	}
	if len(p.Embed.Origins) > 0 {
		s.title("Sites that may show the form")
	}
	for _, origin := range p.Embed.Origins {
		s.row("", origin)
	}
	s.translations(p)
}

// translations writes the texts for requesters in every language.
func (s *sheet) translations(p *Pack) {
	texts := slices.DeleteFunc(p.translated(), func(t translated) bool { return len(t.in) == 0 })
	if len(texts) > 0 {
		s.title("In other languages")
	}
	for _, t := range texts {
		s.row(t.name, t.base)
		for _, tag := range slices.Sorted(maps.Keys(t.in)) {
			s.row("  "+tag, t.in[tag])
		}
	}
}

// title begins a part of the page.
func (s *sheet) title(title string) { fmt.Fprintf(&s.text, "\n%s\n", title) }

// row writes a name and its text, wrapped; a name too long for its column gets
// a line of its own.
func (s *sheet) row(name, text string) {
	lines := wrap(text, pageWidth-labelWidth-4)
	if utf8.RuneCountInString(name) > labelWidth {
		for _, line := range wrap(name, pageWidth-2) {
			fmt.Fprintf(&s.text, "  %s\n", line)
		}
		name = ""
	}
	for _, line := range lines {
		s.text.WriteString(strings.TrimRight(fmt.Sprintf("  %-*s  %s", labelWidth, name, line), " ") + "\n")
		name = ""
	}
	if len(lines) == 0 && name != "" {
		fmt.Fprintf(&s.text, "  %s\n", name)
	}
}

// cite writes where a statement stands, below it.
func (s *sheet) cite(e Evidence) {
	s.row("", fmt.Sprintf("§ %s: “%s”", e.Section, e.Phrase))
}

// levelWord writes a level of proof for reading: "two points".
func levelWord(l identity.Level) string { return strings.ReplaceAll(string(l), "_", " ") }

// rightWord writes a right for reading: "opt out: ai processing".
func rightWord(r Right) string {
	return strings.ReplaceAll(strings.Replace(string(r), ".", ": ", 1), "_", " ")
}

// wrap breaks a text into lines of at most width characters; a longer word
// stands alone.
func wrap(text string, width int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(text) {
		length := utf8.RuneCountInString(word)
		if line != "" && used+1+length > width {
			lines = append(lines, line)
			line, used = "", 0
		}
		if line != "" {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+length
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
