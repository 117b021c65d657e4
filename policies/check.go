package policies

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Severity tells what makes a check fail from what is only worth knowing.
type Severity string

// The severities.
const (
	SeverityError Severity = "error" // the pack does not say what the text says
	SeverityNote  Severity = "note"  // for a person to look at
)

// Finding is one difference between a pack and the text it renders.
type Finding struct {
	Severity Severity `json:"severity"`
	Key      string   `json:"key,omitempty"`      // where in the pack: promises.response[0].term
	Section  string   `json:"section,omitempty"`  // heading in the text, main section first
	Line     int      `json:"line,omitempty"`     // of the text, from 1; 0 when it is about none
	Sentence string   `json:"sentence,omitempty"` // of the text, around the place
	Problem  string   `json:"problem"`            // what is wrong and what to do, in a sentence
}

// String writes a finding for a terminal, on one to three lines.
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(string(f.Severity) + ": ")
	if f.Key != "" {
		b.WriteString(f.Key + ": ")
	}
	b.WriteString(f.Problem)
	if f.Line > 0 {
		fmt.Fprintf(&b, "\n    text line %d, section %q", f.Line, f.Section)
	}
	if f.Sentence != "" {
		fmt.Fprintf(&b, "\n    “%s”", f.Sentence)
	}
	return b.String()
}

// CheckText compares a pack with the text it renders and returns what differs,
// none when all agrees. Each evidence phrase must stand in the section it
// names; each number of hours, days, weeks or months in the text must be
// claimed by a promise or a statement, with the same value; the date must be
// the text's. Quotes, dashes, bullets, emphasis, capitals and line ends make no
// difference. Numbers are read as digits or as English words.
func CheckText(pack *Pack, text string) []Finding {
	c := textCheck{pack: pack, claimed: map[int]bool{}, used: map[string]int{}}
	entries := pack.evidenced()
	var sections []string
	for _, e := range entries {
		sections = append(sections, e.evidence.Section)
	}
	c.text = readPublished(text, sections)
	if len(c.text.words) == 0 {
		c.add(SeverityError, "", "the text is empty, so nothing can be proven from it")
		return c.findings
	}
	for _, e := range entries {
		c.entry(e)
	}
	c.date()
	c.contacts()
	c.unclaimed()
	return c.findings
}

// evidencedEntry is one statement of a pack with its place in the file.
type evidencedEntry struct {
	key      string
	evidence Evidence
	promise  *Promise
	claims   bool // whether it accounts for a number in its phrase
	years    int  // the minimum age, else 0
}

// evidenced lists all statements of a pack that cite the text, in file order.
func (p *Pack) evidenced() []evidencedEntry {
	var entries []evidencedEntry
	add := func(list string, i int, e evidencedEntry) {
		e.key = fmt.Sprintf("%s[%d]", list, i)
		entries = append(entries, e)
	}
	for i, r := range p.Rights {
		add("rights", i, evidencedEntry{evidence: r.Evidence})
	}
	for _, group := range p.Promises.groups() {
		for i := range group.promises {
			promise := &group.promises[i]
			add("promises."+group.name, i, evidencedEntry{evidence: promise.Evidence, promise: promise, claims: true})
		}
	}
	if age := p.MinimumAge; age != nil {
		entries = append(entries, evidencedEntry{key: "minimum_age", evidence: age.Evidence, claims: true, years: age.Years})
	}
	for i, h := range p.Holders {
		add("holders", i, evidencedEntry{evidence: h.Evidence})
	}
	for i, ch := range p.Channels {
		add("channels", i, evidencedEntry{evidence: ch.Evidence})
	}
	for i, s := range p.NotClocks {
		add("not_clocks", i, evidencedEntry{evidence: s.Evidence, claims: true})
	}
	return entries
}

// promiseGroup is one list of promises under its name in the file.
type promiseGroup struct {
	name     string
	promises []Promise
}

// groups returns the three lists in the order of the file.
func (p *Promises) groups() []promiseGroup {
	return []promiseGroup{{"response", p.Response}, {"fulfilment", p.Fulfilment}, {"retention", p.Retention}}
}

// textCheck gathers the findings of one check.
type textCheck struct {
	pack     *Pack
	text     *publishedText
	findings []Finding
	claimed  map[int]bool   // first words of the times that an entry accounts for
	used     map[string]int // how many entries cite the same phrase of a section
	listed   bool           // whether a finding has listed the sections
}

// add adds a finding that has no one place in the text.
func (c *textCheck) add(s Severity, key, format string, args ...any) {
	c.findings = append(c.findings, Finding{Severity: s, Key: key, Problem: fmt.Sprintf(format, args...)})
}

// addAt adds a finding about a place in the text.
func (c *textCheck) addAt(at wordSpan, s Severity, key, format string, args ...any) {
	c.add(s, key, format, args...)
	f := &c.findings[len(c.findings)-1]
	f.Section, f.Line, f.Sentence = c.text.sectionOf(at.from), c.text.line(at.from), c.text.quoteSentence(at)
}

// entry proves one statement and marks the numbers it accounts for.
func (c *textCheck) entry(e evidencedEntry) {
	at, stands, exact := c.locate(e)
	if stands {
		if exact && e.years > 0 {
			c.age(e, at)
		}
		c.claim(e, at, exact)
	}
}

// locate finds the phrase of an entry, in its section or else anywhere, and
// adds a finding unless it stands where the pack says; exact is false when a
// number in it differs.
func (c *textCheck) locate(e evidencedEntry) (at wordSpan, stands, exact bool) {
	phrase, key := wordsOf(plainSigns.Replace(e.evidence.Phrase)), e.key+".evidence"
	if len(phrase) == 0 {
		c.add(SeverityError, key+".phrase", "the phrase has no words")
		return wordSpan{}, false, false
	}
	sections, named := c.text.sections(e.evidence.Section)
	if len(sections) == 0 {
		c.add(SeverityError, key+".section", "the text has no section %q%s", e.evidence.Section, c.otherSections())
	} else if !named {
		c.add(SeverityNote, key+".section", "the pack names the section %q, the text %q", e.evidence.Section, sections[0].title)
	}
	if found := c.findIn(sections, phrase); len(found) > 0 {
		same := e.evidence.Section + "\n" + e.evidence.Phrase
		at = found[min(c.used[same], len(found)-1)]
		c.used[same]++
		return at, true, true
	}
	if at, ok := c.text.findReworded(e.evidence.Phrase, sections); ok {
		c.addAt(at, SeverityError, key+".phrase", "the text says %q where the pack cites %q", c.text.quote(at), e.evidence.Phrase)
		return at, true, false
	}
	return c.elsewhere(e, phrase, len(sections) > 0)
}

// otherSections lists the text's sections the first time that one is missing.
func (c *textCheck) otherSections() string {
	if c.listed || len(c.text.headings) == 0 {
		return ""
	}
	c.listed = true
	return "; its sections are: " + c.text.titles()
}

// findIn returns where a phrase stands in any of several sections.
func (c *textCheck) findIn(sections []textHeading, phrase []textWord) []wordSpan {
	var found []wordSpan
	for _, s := range sections {
		found = append(found, c.text.find(phrase, s.wordSpan)...)
	}
	return found
}

// elsewhere looks for a phrase outside the section that should hold it.
func (c *textCheck) elsewhere(e evidencedEntry, phrase []textWord, sectionStands bool) (at wordSpan, stands, exact bool) {
	key := e.key + ".evidence.phrase"
	found := c.text.find(phrase, wordSpan{0, len(c.text.words)})
	if len(found) == 0 {
		c.add(SeverityError, key, "the phrase %q stands nowhere in the text", e.evidence.Phrase)
		return wordSpan{}, false, false
	}
	if sectionStands {
		c.addAt(found[0], SeverityError, key, "the phrase %q does not stand in section %q but in %q",
			e.evidence.Phrase, e.evidence.Section, c.text.sectionOf(found[0].from))
	}
	return found[0], true, true
}

// claim marks the times that an entry accounts for and, for a promise, compares
// them with its term. After a reworded phrase the difference is already told.
func (c *textCheck) claim(e evidencedEntry, at wordSpan, exact bool) {
	if !e.claims {
		return
	}
	stated := c.timesIn(at)
	switch {
	case e.promise == nil || !exact:
	case e.promise.Term.IsZero() && len(stated) > 0:
		c.addAt(at, SeverityError, e.key+".term", "the text states %s here and the pack no term", c.quoteTimes(stated))
	case !e.promise.Term.IsZero():
		stated = c.compareTerm(e, at, stated)
	}
	for _, s := range stated {
		c.claimed[s.from] = true
	}
}

// compareTerm returns the times that a promise with a term accounts for: those
// in its phrase or, when the phrase leaves the number out, the one of its
// sentence.
func (c *textCheck) compareTerm(e evidencedEntry, at wordSpan, stated []statedTime) []statedTime {
	term := e.promise.Term
	states := func(s statedTime) bool { return s.states(term) }
	if len(stated) == 0 {
		stated = c.timesIn(c.text.sentence(at))
		if same := slices.IndexFunc(stated, states); same >= 0 {
			return stated[same : same+1]
		}
	}
	switch {
	case len(stated) == 0:
		c.addAt(at, SeverityError, e.key+".term", "the pack says %s, and neither the phrase nor its sentence states a time", term)
	case !slices.ContainsFunc(stated, states):
		c.addAt(stated[0].wordSpan, SeverityError, e.key+".term", "the pack says %s, the text %s", term, c.quoteTimes(stated))
	}
	return stated
}

// timesIn returns the times that a span holds or cuts: a phrase that ends in
// the middle of "30 days" still speaks of it.
func (c *textCheck) timesIn(span wordSpan) []statedTime {
	var stated []statedTime
	for _, s := range c.text.times {
		if s.from < span.to && span.from < s.to {
			stated = append(stated, s)
		}
	}
	return stated
}

// quoteTimes writes times as the text does.
func (c *textCheck) quoteTimes(stated []statedTime) string {
	quotes := make([]string, len(stated))
	for i, s := range stated {
		quotes[i] = strconv.Quote(c.text.quote(s.wordSpan))
	}
	return strings.Join(quotes, " and ")
}

// age compares the minimum age with the numbers of its phrase.
func (c *textCheck) age(e evidencedEntry, at wordSpan) {
	r := timeReader{c.text.plain, c.text.words}
	for i := at.from; i < at.to; i++ {
		if n, next := r.number(i); next > i && n == e.years {
			return
		}
	}
	c.addAt(at, SeverityError, e.key+".years", "the pack says %d years, which the phrase does not", e.years)
}

// date compares the pack's date with those the text bears.
func (c *textCheck) date() {
	const key = "policy_text.date"
	dates, date := c.text.policyDates(), c.pack.Policy.Date
	quotes := make([]string, len(dates))
	for i, d := range dates {
		quotes[i] = strconv.Quote(c.text.quote(d.wordSpan))
	}
	says := strings.Join(quotes, " and ")
	switch {
	case date == nil && len(dates) > 0:
		c.addAt(dates[0].wordSpan, SeverityError, key, "the text bears the date %s, the pack none", says)
	case date == nil:
	case len(dates) == 0 && c.pack.Policy.DateNote == "":
		c.add(SeverityError, key, "the pack says %s and the text bears no date; if the date stands elsewhere, say where in date_note", date)
	case len(dates) > 0 && !slices.ContainsFunc(dates, func(d statedDate) bool { return slices.Contains(d.readings, *date) }):
		c.addAt(dates[0].wordSpan, SeverityError, key, "the pack says %s, the text %s", date, says)
	}
}

// contacts notes an address or a number that the text does not give, the
// address also not spelled out as "name AT example.com".
func (c *textCheck) contacts() {
	whole := wordSpan{0, len(c.text.words)}
	for _, contact := range c.pack.Contacts.named() {
		plain := c.text.find(wordsOf(contact.text), whole)
		spelled := c.text.find(wordsOf(strings.Replace(contact.text, "@", " at ", 1)), whole)
		if len(plain)+len(spelled) == 0 {
			what := "address"
			if contact.name == "phone" {
				what = "number"
			}
			c.add(SeverityNote, "contacts."+contact.name, "the %s %s does not stand in the text", what, contact.text)
		}
	}
}

// unclaimed reports the times that no entry accounts for. Years are only noted:
// most are ages or the statutes' own.
func (c *textCheck) unclaimed() {
	for _, s := range c.text.times {
		if c.claimed[s.from] {
			continue
		}
		severity := SeverityError
		if s.years {
			severity = SeverityNote
		}
		c.addAt(s.wordSpan, severity, "", "no entry of the pack claims %q: add a promise, or name it under not_clocks", c.text.quote(s.wordSpan))
	}
}
