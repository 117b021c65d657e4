package console

import "dsr/requests"

// changesOf compares a request before and after an act, as far as somebody who
// is about to do it cares.
func changesOf(f actForm, before, after *requests.Request) []dateChange {
	var list []dateChange
	if before.Phase != after.Phase {
		list = append(list, dateChange{"Phase", requests.PhaseName(before.Phase), requests.PhaseName(after.Phase)})
	}
	if before.Outcome != after.Outcome && after.Outcome != "" {
		list = append(list, dateChange{"Decision", "Open", outcomeText(after)})
	}
	if before.Regime != after.Regime || before.Provisional != after.Provisional {
		list = append(list, dateChange{"Law", before.Ruling.RegimeName, after.Ruling.RegimeName})
	}
	if before.AssigneeID != after.AssigneeID {
		list = append(list, dateChange{"Assignee", f.nameOf(before.AssigneeID), f.nameOf(after.AssigneeID)})
	}
	moved := false
	var dates []dateChange
	for _, pair := range railsOf(before, after) {
		d := f.dateChange(pair[0], pair[1])
		moved = moved || d.After != ""
		dates = append(dates, d)
	}
	if moved {
		list = append(list, dates...)
	}
	return list
}

// outcomeText says how a request ends, and what its items come to.
func outcomeText(r *requests.Request) string {
	text := requests.OutcomeName(r.Outcome)
	if r.Outcome == requests.Spam || r.Outcome == requests.NoRequest || r.Outcome == requests.Withdrawn || len(r.Facts.Items) == 0 {
		return text
	}
	return text + ". " + itemCounts(r.Facts.Items)
}

// nameOf names a member of staff; 0 is nobody.
func (f actForm) nameOf(id int64) string {
	if id == 0 {
		return "nobody"
	}
	return f.voice.person(id)
}

// railsOf pairs the two clocks that are drawn, before and after.
func railsOf(before, after *requests.Request) [][2]*requests.Clock {
	var pairs [][2]*requests.Clock
	lawBefore, promiseBefore := before.LawClock(), promiseOf(before)
	for _, pair := range [][2]*requests.Clock{{lawBefore, after.LawClock()}, {promiseBefore, promiseOf(after)}} {
		if pair[1] != nil {
			pairs = append(pairs, pair)
		}
	}
	return pairs
}

// promiseOf is the promise that a strip draws, or nil.
func promiseOf(r *requests.Request) *requests.Clock {
	promise, _ := rails(r)
	return promise
}

// dateChange says what becomes of one clock; an empty After means nothing.
func (f actForm) dateChange(before, after *requests.Clock) dateChange {
	d := dateChange{Name: sentence(basisName(after.Basis))}
	if before != nil {
		d.Before = f.dueText(before)
	}
	switch {
	case before == nil:
		d.After = f.dueText(after)
	case !after.MetAt.IsZero() && before.MetAt.IsZero():
		d.After = lower(metText(after, f.place))
	case after.Due.Held != "" && before.Due.Held == "":
		d.After = waitingFor(after.Due.Held)
	case after.Due.Held == "" && before.Due.Held != "", before.Due.Date != after.Due.Date:
		d.After = f.dueText(after)
	default:
		d.Before += ", unchanged"
		if after.Governs {
			d.Before += ", governs"
		}
	}
	return d
}

// dueText writes a clock's last day, or that none is fixed while it is held.
func (f actForm) dueText(c *requests.Clock) string {
	if c.Due.Held != "" {
		return "held, " + waitingFor(c.Due.Held)
	}
	return fullDay(c.Due.Date)
}
