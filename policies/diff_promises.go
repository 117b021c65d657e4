package policies

import (
	"fmt"
	"slices"

	"dsr/deadlines"
)

// promiseCell is what two promises must have in common to be compared: the
// list, the clock, the right and, for retention, the records. Several promises
// of one cell are told apart by their order.
type promiseCell struct {
	group  string
	clock  ClockKind
	right  Right
	covers string
	nth    int
}

// cells spreads promises over the rights they are given for, so that
// "30 days for all" can be compared with "30 days for access, 45 for deletion".
func (p *Promises) cells() (order []promiseCell, cells map[promiseCell]*Promise) {
	cells = map[promiseCell]*Promise{}
	for _, group := range p.groups() {
		for i := range group.promises {
			promise := &group.promises[i]
			cell := promiseCell{group: group.name, clock: promise.Clock}
			rights := []Right{anyRight}
			if group.name == "retention" {
				cell.covers = promise.Covers
			} else {
				rights = slices.DeleteFunc(Rights(), func(r Right) bool { return !r.In(promise.Rights) })
			}
			for _, cell.right = range rights {
				for cell.nth = 0; cells[cell] != nil; cell.nth++ {
				}
				cells[cell] = promise
				order = append(order, cell)
			}
		}
	}
	return order, cells
}

// diffPromises compares the promises right by right and joins the rights for
// which the same changed.
func diffPromises(old, new *Promises) []Change {
	var changes []Change
	oldOrder, before := old.cells()
	newOrder, after := new.cells()
	for _, cell := range oldOrder {
		changes = joinChange(changes, promiseChange(cell, before[cell], after[cell]))
	}
	for _, cell := range newOrder {
		if before[cell] == nil {
			changes = joinChange(changes, promiseChange(cell, nil, after[cell]))
		}
	}
	for i := range changes {
		changes[i].Sentence = promiseSentence(changes[i])
	}
	return changes
}

// promiseChange compares the promises of one cell; nil when nothing changed.
func promiseChange(cell promiseCell, before, after *Promise) *Change {
	c := Change{Subject: "promise", Name: string(cell.clock), Rights: []Right{cell.right}}
	if cell.group == "retention" {
		c.Name, c.Rights = "retention of "+cell.covers, nil
	}
	switch {
	case before == nil:
		c.Kind, c.After = Added, after.text()
	case after == nil:
		c.Kind, c.Before = Removed, before.text()
	default:
		c.Kind, c.Before, c.After = direction(before, after), before.text(), after.text()
	}
	if c.Kind == "" {
		return nil
	}
	c.Meaning = promiseMeaning(c.Kind)
	if cell.group == "retention" {
		c.Meaning = retentionIsNoClock
	}
	return &c
}

// joinChange adds a change, or its right to the same change of another right.
func joinChange(changes []Change, c *Change) []Change {
	if c == nil {
		return changes
	}
	for i := range changes {
		other := &changes[i]
		if other.Name == c.Name && other.Kind == c.Kind && other.Before == c.Before && other.After == c.After && c.Rights != nil {
			other.Rights = append(other.Rights, c.Rights...)
			return changes
		}
	}
	return append(changes, *c)
}

// promiseSentence says a change with all its rights, once they are joined.
func promiseSentence(c Change) string {
	what := c.Name
	if c.Rights != nil {
		what = clockWords(ClockKind(c.Name)) + " for " + rightsText(c.Rights)
	}
	return changeOf(c.Subject, c.Kind, what, c.Before, c.After, "").Sentence
}

// promiseMeaning says what a change means for requests, by its direction.
func promiseMeaning(kind ChangeKind) string {
	switch kind {
	case Added, Tightened:
		return betterFromNow
	case Removed, Loosened:
		return worseDoesNotReachBack
	}
	return neitherReachesBack
}

// text says what a promise promises, without its clock and rights.
func (p *Promise) text() string {
	text := "without a number"
	switch {
	case p.Term.IsZero():
	case p.Clock == Retention && p.Wording == "typical":
		text = "typically for " + p.Term.String()
	case p.Clock == Retention:
		text = "for " + p.Term.String()
	case p.Wording == "typical":
		text = "typically within " + p.Term.String()
	default:
		text = "within " + p.Term.String()
	}
	if p.Starts != "" && p.Starts != deadlines.FromReceipt {
		text += fmt.Sprintf(" from %s", p.Starts)
	}
	if p.Except != "" {
		text += ", except " + p.Except
	}
	return text
}

// direction compares two promises from the person's side; "" when they are the
// same.
func direction(before, after *Promise) ChangeKind {
	return directionOf(
		compareTerms(before.Term, after.Term),
		compareRanks(wordingRank(before.Wording), wordingRank(after.Wording)),
		compareExceptions(before.Except, after.Except),
		compareStarts(before.Starts, after.Starts),
	)
}

// directionOf joins what several respects say; "" when none differs.
func directionOf(aspects ...aspect) ChangeKind {
	isBetter, isWorse := slices.Contains(aspects, better), slices.Contains(aspects, worse)
	switch {
	case slices.Contains(aspects, unclear) || isBetter && isWorse:
		return Changed
	case isBetter:
		return Tightened
	case isWorse:
		return Loosened
	}
	return ""
}

// aspect is how one respect of a promise changed, from the person's side.
type aspect int

const (
	asBefore aspect = iota
	better
	worse
	unclear
)

// compareRanks calls the lower rank the better.
func compareRanks(before, after int) aspect {
	switch {
	case before < after:
		return worse
	case before > after:
		return better
	}
	return asBefore
}

// wordingRank orders wordings by how far a person can rely on them.
func wordingRank(wording string) int {
	return slices.Index([]string{"firm", "typical", "no_number"}, wording)
}

// compareTerms calls a term looser when it is longer whatever the calendar. A
// term that came or went changes the wording too, which is compared on its own.
func compareTerms(before, after deadlines.Term) aspect {
	if before == after || before.IsZero() || after.IsZero() {
		return asBefore
	}
	if before.Unit == after.Unit {
		return compareRanks(before.N, after.N)
	}
	shortestBefore, longestBefore := hoursOf(before)
	shortestAfter, longestAfter := hoursOf(after)
	switch {
	case shortestAfter >= longestBefore:
		return worse
	case longestAfter <= shortestBefore:
		return better
	}
	return unclear
}

// hoursOf bounds the length of a term: a month has 28 to 31 days, and a working
// week may lose days to weekends and holidays. Days end with the day of expiry,
// so they last up to a day longer than their number.
func hoursOf(t deadlines.Term) (shortest, longest int) {
	const day, holidays = 24, 10
	switch t.Unit {
	case deadlines.Hours:
		return t.N, t.N
	case deadlines.CalendarDays:
		return t.N * day, (t.N + 1) * day
	case deadlines.BusinessDays:
		return t.N * day, (t.N + t.N/5*2 + 2 + holidays) * day
	}
	return (t.N*30 - 2) * day, (t.N*31 + 1) * day
}

// compareExceptions cannot tell two exceptions apart by their worth.
func compareExceptions(before, after string) aspect {
	switch {
	case before == after:
		return asBefore
	case before == "":
		return worse
	case after == "":
		return better
	}
	return unclear
}

// compareStarts calls receipt the best start, as nothing comes before it.
func compareStarts(before, after deadlines.Start) aspect {
	receipt := func(s deadlines.Start) bool { return s == "" || s == deadlines.FromReceipt }
	switch {
	case before == after || receipt(before) && receipt(after):
		return asBefore
	case receipt(before):
		return worse
	case receipt(after):
		return better
	}
	return unclear
}

// clockWords says what a clock waits for.
func clockWords(kind ClockKind) string {
	words := map[ClockKind]string{
		Acknowledge: "confirmation of receipt", FirstResponse: "first response", Respond: "answer", OptOut: "opting out",
		Fulfil: "carrying it out", Retention: "keeping records",
	}
	if words[kind] == "" {
		return string(kind)
	}
	return words[kind]
}
