package requests

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/mailer"
)

// What begins the mark of a letter in the address that mail servers report to:
// one about a request, to an agent about none, to a member of staff about none.
const (
	letterMark = "l"
	agentMark  = "a"
	staffMark  = "s"
)

// letterCameBack notes that a mail server could not deliver a letter. It
// returns whether the report is about a letter of ours, and that one's request;
// 0 where it is about none.
func (o *Office) letterCameBack(ctx context.Context, now time.Time, back returned) (request int64, ours bool, err error) {
	if back.report != nil && back.report.Action != "" && back.report.Action != "failed" {
		return 0, false, nil // delayed, relayed, delivered: the server goes on by itself
	}
	row, err := o.letterNamed(ctx, back)
	if err != nil {
		return 0, false, err
	}
	if row == nil {
		ours, err := o.otherCameBack(ctx, now, back)
		return 0, ours, err
	}
	r := new(Request)
	if err := o.db.Read().NewSelect().Model(r).Where("r.id = ?", row.RequestID).Scan(ctx); err != nil {
		return 0, false, err
	}
	if err := r.unpack(o.rulings); err != nil {
		return 0, false, err
	}
	if !r.Facts.Erased.IsZero() {
		return 0, true, nil // nobody is left whom it could be told of, and beside it nothing is kept
	}
	_, err = o.Do(ctx, access.MachineNamed("post"), now, r.Reference, 0, cameBack{row: row, why: back.why()})
	if refused := new(Refused); errors.As(err, &refused) {
		return 0, true, nil // it cannot be noted now, and will not be later
	}
	return r.ID, true, err
}

// number is the letter that a mark of one kind names; 0: none.
func (b returned) number(mark string) int64 {
	rest, fits := strings.CutPrefix(b.mark, mark)
	number, err := strconv.ParseInt(rest, 36, 64)
	if !fits || err != nil {
		return 0
	}
	return number
}

// otherCameBack marks a letter about no request. The console shows it to those
// who look after the post; a letter about it would go the same way.
func (o *Office) otherCameBack(ctx context.Context, now time.Time, back returned) (ours bool, err error) {
	for _, table := range [...]struct{ name, mark string }{{"agent_letters", agentMark}, {"staff_letters", staffMark}} {
		number := back.number(table.mark)
		if number == 0 && (back.mark != "" || back.original == "") {
			continue
		}
		err := o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			result, err := database.Exec(ctx, tx, "UPDATE "+table.name+` SET bounced_at = COALESCE(bounced_at, ?), last_error = ?
				WHERE id = ? OR ? = 0 AND message_id = ?`, now, cut(back.why(), 500), number, number, back.original)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			ours = ours || n > 0
			return err
		})
		if err != nil {
			return false, err
		}
	}
	return ours, nil
}

// letterNamed finds the letter about a request that a report speaks of: by the
// mark in the address it came to, else by the Message-ID it repeats. nil: none.
func (o *Office) letterNamed(ctx context.Context, back returned) (*letterRow, error) {
	var rows []letterRow
	q := o.db.Read().NewSelect().Model(&rows).Limit(1)
	switch number := back.number(letterMark); {
	case number != 0:
		q = q.Where("l.id = ?", number)
	case back.mark == "" && back.original != "":
		q = q.Where("l.message_id = ?", back.original)
	default:
		return nil, nil
	}
	if err := q.Scan(ctx); err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// why says what the report says, without any address.
func (b returned) why() string {
	if b.report == nil {
		return "The mail server sent it back without saying why."
	}
	return mailer.Redact(strings.TrimSpace(b.report.Status+" "+b.report.Diagnostic), b.report.Recipient)
}

// cameBack is a letter that was taken by a mail server and could not be
// delivered after all.
type cameBack struct {
	row *letterRow
	why string
}

func (v cameBack) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActBounced, permission: access.Remind, change: Change{Letter: v.row.Kind, LetterID: v.row.ID}}
	var known bun.NullTime
	if err := database.Row(o.ctx, o.office.db.Read(), []any{&known}, "SELECT bounced_at FROM letters WHERE id = ?", v.row.ID); err != nil {
		return nil, err
	}
	if !known.IsZero() {
		return nil, errAlready // reported before: mail servers repeat themselves
	}
	p.also = func(ctx context.Context, tx bun.Tx, at time.Time) error {
		_, err := database.Exec(ctx, tx, "UPDATE letters SET bounced_at = ?, last_error = ? WHERE id = ?", at, cut(v.why, 500), v.row.ID)
		return err
	}
	return p, o.tellBounced(p, v.row)
}

// tellBounced tells whoever has the request that a letter to the requester will
// not be delivered. One to the team is only shown.
func (o *occasion) tellBounced(p *plan, row *letterRow) error {
	if row.Audience != "requester" {
		return nil
	}
	users, err := o.responsible()
	for _, user := range users {
		p.letters = append(p.letters, bouncedLetter(user))
	}
	return err
}

// bouncedLetter tells one of the team that a letter did not arrive.
func bouncedLetter(user int64) composer {
	return composer{kind: LetterBounced, toStaff: user, letter: func(d *draft) composable { return mailer.Bounced{Team: d.team()} }}
}
