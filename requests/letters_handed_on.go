package requests

import "slices"

// handOn writes a reminder whose reader is gone to whoever hears of its clock
// now, as it was: the timeline says that it was told, so nobody else would hear.
// Whoever has it already gets no second one. Of a request that has ended there is
// nothing to remind of, and of an escalation the officer's mailbox heard too.
func (o *occasion) handOn(p *plan, row *letterRow, e *Envelope) error {
	kinds := []string{LetterSoon, LetterToday, LetterOverdue, LetterLastDay, LetterQuestionOpen}
	if !o.request.Open() || !slices.Contains(kinds, row.Kind) {
		return nil
	}
	known, err := o.readersOfSame(row, e)
	if err != nil {
		return err
	}
	users, err := o.responsible()
	for _, user := range users {
		if !slices.Contains(known, user) {
			p.letters = append(p.letters, composer{kind: row.Kind, toStaff: user, calm: row.Kind != LetterOverdue, again: e})
		}
	}
	return err
}

// readersOfSame lists to whom of the team the words of a reminder were written.
// They name the clock, its day and how far off it is: no other reminder has them.
func (o *occasion) readersOfSame(row *letterRow, e *Envelope) (readers []int64, err error) {
	key, err := o.office.keyOf(o.request)
	if err != nil {
		return nil, err
	}
	var rows []letterRow
	err = o.office.db.Read().NewSelect().Model(&rows).Where("l.request_id = ? AND l.kind = ?", row.RequestID, row.Kind).Scan(o.ctx)
	for i := range rows {
		var other Envelope
		if err := key.openJSON("letter/"+rows[i].MessageID, rows[i].Sealed, &other); err != nil {
			return nil, err
		}
		if other.Text == e.Text {
			readers = append(readers, other.Reader)
		}
	}
	return readers, err
}
