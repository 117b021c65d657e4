package policies

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ChangeKind says what happened to a statement between two packs.
type ChangeKind string

// The kinds of changes. A promise is tightened when the newer text is better
// for the person in every respect that differs, loosened when it is worse in
// every one, and merely changed when it is both.
const (
	Added     ChangeKind = "added"
	Removed   ChangeKind = "removed"
	Changed   ChangeKind = "changed"
	Tightened ChangeKind = "tightened"
	Loosened  ChangeKind = "loosened"
)

// Change is one difference between two editions of a pack.
type Change struct {
	Subject  string     `json:"subject"` // right, promise, contact, date …
	Kind     ChangeKind `json:"kind"`
	Name     string     `json:"name"` // what of the subject: deletion, respond, dpo
	Rights   []Right    `json:"rights,omitempty"`
	Before   string     `json:"before,omitempty"`
	After    string     `json:"after,omitempty"`
	Sentence string     `json:"sentence"`          // the change for a reader
	Meaning  string     `json:"meaning,omitempty"` // what follows for requests
}

// String writes a change for a terminal, with its meaning on a second line.
func (c Change) String() string {
	if c.Meaning == "" {
		return c.Sentence
	}
	return c.Sentence + "\n    " + c.Meaning
}

// What a change means for requests. The text in force at receipt binds a
// request, so a newer pack moves no clock that runs already.
const (
	worseDoesNotReachBack = "A worse text does not apply to requests already received: they keep what they were promised."
	betterFromNow         = "It applies to requests received from now on; those already received keep the clocks they have."
	neitherReachesBack    = "It is better in one respect and worse in another, or cannot be compared; requests already received keep what they were promised."
	daysStay              = "Due dates of requests already received do not move."
	retentionIsNoClock    = "It is about records, not requests: no request clock moves."
	remindersStay         = "Requests already received are reminded of as they were."
	levelsStay            = "Requests already received keep the level of proof they were ruled with."
)

// Diff compares two editions of a pack and returns what changed: subjects in a
// fixed order, and within each the older pack's order first. Wording of the
// evidence, the brand and the pack's own version are no changes.
func Diff(old, new *Pack) []Change {
	var changes []Change
	changes = append(changes, diffNamed("controller", old.Controller.named(), new.Controller.named(), "")...)
	changes = append(changes, diffNamed("policy text", old.Policy.named(), new.Policy.named(), "")...)
	changes = append(changes, diffRights(old.Rights, new.Rights)...)
	changes = append(changes, diffPromises(&old.Promises, &new.Promises)...)
	changes = append(changes, diffNamed("contact", old.Contacts.named(), new.Contacts.named(), "")...)
	changes = append(changes, diffNamed("channel", channelTexts(old.Channels), channelTexts(new.Channels), "")...)
	changes = append(changes, diffNamed("holder", holderTexts(old.Holders), holderTexts(new.Holders), "")...)
	changes = append(changes, diffNamed("minimum age", old.MinimumAge.named(), new.MinimumAge.named(), "")...)
	changes = append(changes, diffNamed("zone", old.places(), new.places(), daysStay)...)
	changes = append(changes, diffNamed("statement", statementTexts(old.NotClocks), statementTexts(new.NotClocks), "")...)
	changes = append(changes, diffNamed("identifier", identifierTexts(old.Identifiers), identifierTexts(new.Identifiers), "")...)
	changes = append(changes, diffNamed("proof", old.proofTexts(), new.proofTexts(), levelsStay)...)
	changes = append(changes, diffNamed("approval", old.approvalTexts(), new.approvalTexts(), "")...)
	changes = append(changes, diffNamed("reminder", old.reminderTexts(), new.reminderTexts(), remindersStay)...)
	changes = append(changes, diffNamed("site with the form", originTexts(old.Embed.Origins), originTexts(new.Embed.Origins), "")...)
	return append(changes, diffNamed("translation", old.translations(), new.translations(), "")...)
}

// namedText is one thing of a list with what is said of it.
type namedText struct{ name, text string }

// nonEmpty drops what a pack leaves out, so that it counts as added or removed.
func nonEmpty(list ...namedText) []namedText {
	return slices.DeleteFunc(list, func(n namedText) bool { return n.text == "" })
}

// named lists who answers.
func (c Controller) named() []namedText {
	address := strings.Join(c.AddressLines(), ", ")
	return nonEmpty(namedText{"name", c.Name}, namedText{"entity", c.Entity}, namedText{"website", c.Website}, namedText{"address", address})
}

// named lists what identifies the text. A note on the date is ours, not the
// text's, and so no change.
func (p PolicyText) named() []namedText {
	date := ""
	if p.Date != nil {
		date = p.Date.String()
	}
	return nonEmpty(namedText{"date", date}, namedText{"title", p.Title}, namedText{"address", p.URL})
}

// named lists the mailboxes by their use, and the telephone.
func (c Contacts) named() []namedText {
	return nonEmpty(namedText{"privacy", c.Privacy}, namedText{"dpo", c.DPO}, namedText{"general", c.General}, namedText{"phone", c.Phone})
}

// named lists the age, if there is one.
func (m *MinimumAge) named() []namedText {
	if m == nil {
		return nil
	}
	return []namedText{{"years", strconv.Itoa(m.Years)}}
}

// places lists where days are counted, which moves due dates.
func (p *Pack) places() []namedText {
	list := nonEmpty(namedText{"zone", p.Zone})
	for _, region := range slices.Sorted(maps.Keys(p.Establishments)) {
		e := p.Establishments[region]
		list = append(list, namedText{"establishment for " + region, fmt.Sprintf("%s, zone %s, calendar %s", e.Country, e.Zone, e.Calendar)})
	}
	return list
}

// channelTexts tells channels apart by kind and address: a new address is a new
// channel.
func channelTexts(channels []Channel) []namedText {
	list := make([]namedText, len(channels))
	for i, c := range channels {
		list[i] = namedText{strings.TrimSpace(channelWord(c.Kind) + " " + c.Address), "for " + rightsText(c.Rights)}
	}
	return list
}

// channelWord writes a kind of channel for reading.
func channelWord(kind string) string { return strings.ReplaceAll(kind, "_", " ") }

// holderTexts lists third parties by name.
func holderTexts(holders []Holder) []namedText {
	list := make([]namedText, len(holders))
	for i, h := range holders {
		list[i] = namedText{h.Name, h.Role}
	}
	return list
}

// statementTexts compares the phrases as well: a number in one may have changed.
func statementTexts(statements []Statement) []namedText {
	list := make([]namedText, len(statements))
	for i, s := range statements {
		list[i] = namedText{s.About, "“" + s.Evidence.Phrase + "”"}
	}
	return list
}

// identifierTexts lists what is asked for, and for which rights.
func identifierTexts(identifiers []Identifier) []namedText {
	list := make([]namedText, len(identifiers))
	for i, id := range identifiers {
		rights := "every right but opt-outs"
		if len(id.Rights) > 0 {
			rights = rightsText(id.Rights)
		}
		list[i] = namedText{id.Name, id.Label + ", asked for " + rights}
	}
	return list
}

// proofTexts lists right by right what is asked for where that is less than the
// law allows.
func (p *Pack) proofTexts() []namedText {
	var list []namedText
	for _, right := range Rights() {
		if asked, says := p.ProofAsked(right); says {
			list = append(list, namedText{string(right), levelWord(asked.Level) + " at most"})
		}
	}
	return list
}

// originTexts lists the sites that may show the form.
func originTexts(origins []string) []namedText {
	list := make([]namedText, len(origins))
	for i, origin := range origins {
		list[i] = namedText{origin, "may show the form"}
	}
	return list
}

// diffNamed compares two lists by name.
func diffNamed(subject string, old, new []namedText, meaning string) []Change {
	var changes []Change
	for _, before := range old {
		i := slices.IndexFunc(new, func(n namedText) bool { return n.name == before.name })
		switch {
		case i < 0:
			changes = append(changes, changeOf(subject, Removed, before.name, before.text, "", meaning))
		case new[i].text != before.text:
			changes = append(changes, changeOf(subject, Changed, before.name, before.text, new[i].text, meaning))
		}
	}
	for _, after := range new {
		if !slices.ContainsFunc(old, func(o namedText) bool { return o.name == after.name }) {
			changes = append(changes, changeOf(subject, Added, after.name, "", after.text, meaning))
		}
	}
	return changes
}

// changeOf makes a change and its sentence.
func changeOf(subject string, kind ChangeKind, name, before, after, meaning string) Change {
	c := Change{Subject: subject, Kind: kind, Name: name, Before: before, After: after, Meaning: meaning}
	head := upperFirst(subject) + " " + string(kind) + ", " + name
	switch kind {
	case Added:
		c.Sentence = fmt.Sprintf("%s: %s.", head, after)
	case Removed:
		c.Sentence = fmt.Sprintf("%s: %s.", head, before)
	default:
		c.Sentence = fmt.Sprintf("%s: was %s; now %s.", head, before, after)
	}
	return c
}

// upperFirst begins a sentence; s is never empty and begins with a plain letter.
func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// diffRights compares the rights promised. Of a right given several times, the
// entries with the same residences belong together, and the others in order.
func diffRights(old, new []PromisedRight) []Change {
	var changes []Change
	left := slices.Clone(new)
	take := func(match func(PromisedRight) bool) (PromisedRight, bool) {
		i := slices.IndexFunc(left, match)
		if i < 0 {
			return PromisedRight{}, false
		}
		found := left[i]
		left = slices.Delete(left, i, i+1)
		return found, true
	}
	var unmatched []PromisedRight
	for _, before := range old {
		after, ok := take(func(r PromisedRight) bool { return r.Right == before.Right && sameResidences(r, before) })
		if !ok {
			unmatched = append(unmatched, before)
		} else if before.text() != after.text() {
			changes = append(changes, rightChange(Changed, before, after))
		}
	}
	for _, before := range unmatched {
		if after, ok := take(func(r PromisedRight) bool { return r.Right == before.Right }); ok {
			changes = append(changes, rightChange(Changed, before, after))
		} else {
			changes = append(changes, rightChange(Removed, before, PromisedRight{}))
		}
	}
	for _, after := range left {
		changes = append(changes, rightChange(Added, PromisedRight{}, after))
	}
	return changes
}

// rightChange makes a change of one right, with what it means.
func rightChange(kind ChangeKind, before, after PromisedRight) Change {
	right, old, new, meaning := before.Right, before.text(), after.text(), ""
	switch kind {
	case Added:
		right, old, meaning = after.Right, "", betterFromNow
	case Removed:
		new, meaning = "", worseDoesNotReachBack+" What the law gives stays."
	default:
		meaning = promiseMeaning(directionOf(compareExceptions(before.Limits, after.Limits),
			compareExceptions(before.Scope, after.Scope), compareResidences(before, after)))
	}
	c := changeOf("right", kind, string(right), old, new, meaning)
	c.Rights = []Right{right}
	return c
}

// compareResidences calls more people the better; no residences are everybody.
func compareResidences(before, after PromisedRight) aspect {
	within := func(a, b []string) bool {
		return len(b) == 0 || len(a) > 0 && !slices.ContainsFunc(a, func(r string) bool { return !slices.Contains(b, r) })
	}
	fewer, more := within(after.Residences, before.Residences), within(before.Residences, after.Residences)
	switch {
	case fewer && more:
		return asBefore
	case fewer:
		return worse
	case more:
		return better
	}
	return unclear
}

// sameResidences compares residences whatever their order.
func sameResidences(a, b PromisedRight) bool {
	return slices.Equal(slices.Sorted(slices.Values(a.Residences)), slices.Sorted(slices.Values(b.Residences)))
}

// text says who has a right and within what limits.
func (r PromisedRight) text() string {
	text := "for everybody"
	if len(r.Residences) > 0 {
		text = "for people in " + strings.Join(slices.Sorted(slices.Values(r.Residences)), ", ")
	}
	if r.Scope != "" {
		text += ", " + r.Scope
	}
	if r.Limits != "" {
		text += ", " + r.Limits
	}
	return text
}

// rightsText lists rights for a reader; none listed means every right.
func rightsText(rights []Right) string {
	if len(rights) == 0 || slices.Contains(rights, anyRight) || coversAll(rights) {
		return "every right"
	}
	return joinRights(rights)
}

// coversAll reports whether a list names every right of the form.
func coversAll(rights []Right) bool {
	return !slices.ContainsFunc(Rights(), func(r Right) bool { return !r.In(rights) })
}
