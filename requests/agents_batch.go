package requests

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/agents"
	"dsr/outbox"
	"dsr/policies"
)

// batchKind is the kind of outbox job that works on a table of requests.
const batchKind = "batch"

// ErrNoTables is returned to a parent: who asks for children uses the form, and
// nobody is told besides. A table is for agents, of whom each person is told.
var ErrNoTables = errors.New("only agents send tables")

// Table is a file of requests on its way in.
type Table struct {
	Name     string
	Content  []byte
	Language string // the agent's, for the letters
}

// RowFault is one thing to mend in a row. The page writes it in the agent's
// language by its code.
type RowFault struct {
	Column string `json:"column,omitempty"`
	Code   string `json:"code"`
	Value  string `json:"value,omitempty"` // what was typed, shortened
	Hint   string `json:"hint,omitempty"`  // what to write instead: a name, a code, a row
}

// RowContent is what is sealed of a row: what was typed, how it was read, and
// what stands against it.
type RowContent struct {
	Cells     map[string]string `json:"cells"` // by column
	Right     policies.Right    `json:"right,omitempty"`
	Residence string            `json:"residence,omitempty"`
	Email     string            `json:"email,omitempty"`
	Faults    []RowFault        `json:"faults,omitempty"`
}

// SendTable takes a table in: every row is read at once, those without a fault
// are received by the job that follows, the others wait on the page to be
// mended. The same file again is the same table. The errors are *TableFault,
// ErrNoTables, ErrNotFound and those of the database.
func (o *Office) SendTable(ctx context.Context, caller access.Caller, now time.Time, t Table) (id int64, again bool, err error) {
	a, err := o.AgentOf(ctx, caller)
	if err != nil {
		return 0, false, err
	}
	if a.Relation == agents.AsParent {
		return 0, false, ErrNoTables
	}
	pack, err := o.book.Pack(a.Policy)
	if err != nil {
		return 0, false, err
	}
	read, err := readTable(t.Content)
	if err != nil {
		return 0, false, err
	}
	rows, err := o.checkRows(ctx, now, pack, &a, read)
	if err != nil {
		return 0, false, err
	}
	if t.Language == "" {
		t.Language = a.Language
	}
	hash := sha256.Sum256(t.Content)
	batch := &agents.Batch{Hash: hash[:], Language: t.Language, Name: t.Name, Unused: read.unused}
	id, again, err = o.agents.KeepBatch(ctx, now, &a, batch, rows, func(ctx context.Context, tx bun.Tx, id int64) error {
		return outbox.Add(ctx, tx, now.UTC(), batchJob(id, rows[0].N))
	})
	if err == nil {
		o.wake()
	}
	return id, again, err
}

// batchJob is the step of a table that begins at a row.
func batchJob(id int64, from int) outbox.Job {
	return outbox.Job{Kind: batchKind, DedupeKey: fmt.Sprintf("batch:%d:%d", id, from), Payload: []byte(itoa(id))}
}

// repeatedWithin is how long a row that was received is known again: a table
// that was mended and sent again asks for nothing twice.
const repeatedWithin = 30 * 24 * time.Hour

// checkRows reads every row. What is the same as in an earlier row, or became a
// request lately, makes no second one.
func (o *Office) checkRows(ctx context.Context, now time.Time, pack *policies.Pack, a *agents.Agent, t *table) ([]agents.Row, error) {
	check := &rowCheck{office: o, pack: pack, now: now, words: o.glossaryOf(), given: map[string][]policies.Right{}, seen: map[string]int{}}
	rows, marks := make([]agents.Row, len(t.rows)), make([][]byte, len(t.rows))
	for i := range t.rows {
		content := check.row(&t.rows[i])
		plain, err := json.Marshal(content)
		if err != nil {
			return nil, err
		}
		rows[i] = agents.Row{N: t.rows[i].n, State: agents.RowWaiting, Mark: o.rowMark(a.ID, &content), Content: plain}
		if len(content.Faults) > 0 {
			rows[i].State = agents.RowBad
		}
		marks[i] = rows[i].Mark
	}
	known, err := o.agents.KnownRows(ctx, now.Add(-repeatedWithin), marks)
	for i := range rows {
		if rows[i].State == agents.RowWaiting && known[string(rows[i].Mark)] {
			rows[i].State, rows[i].Content = agents.RowAgain, nil
		}
	}
	return rows, err
}

// rowMark is the blind index of what a row of an agent says.
func (o *Office) rowMark(agent int64, c *RowContent) []byte {
	var b strings.Builder
	for _, part := range []string{itoa(agent), strings.ToLower(c.Email), string(c.Right), c.Residence, c.Cells[ColumnName], c.Cells[ColumnDetails], c.Cells[ColumnOwn]} {
		fmt.Fprintf(&b, "%d:%s", len(part), part)
	}
	return o.ring.Index("agent row", b.String())
}

// rowNonce makes a row of a table one submission, however often it is received.
func (o *Office) rowNonce(agent int64, hash []byte, n int) string {
	message := binary.BigEndian.AppendUint64(nil, uint64(agent))
	message = binary.BigEndian.AppendUint64(append(message, hash...), uint64(n))
	return "row-" + hex.EncodeToString(o.ring.Sign("agent/row", message))
}

// rowCheck reads the rows of one table, one after the other.
type rowCheck struct {
	office *Office
	pack   *policies.Pack
	now    time.Time
	words  *glossary
	given  map[string][]policies.Right // by residence
	seen   map[string]int              // row by person and right
}

// longest is how many characters a cell may have, by column.
func longest(column string) int {
	switch column {
	case ColumnDetails:
		return MaxDetails
	case ColumnOwn:
		return 100
	}
	return 200
}

// row reads one row and says everything that stands against it.
func (k *rowCheck) row(r *tableRow) RowContent {
	c := RowContent{Cells: r.cells}
	for _, column := range TableColumns() {
		if n := len([]rune(r.cells[column])); n > longest(column) {
			c.fault(RowFault{Column: column, Code: "long", Hint: itoa(int64(longest(column)))})
			c.Cells[column] = cutRunes(r.cells[column], longest(column))
		}
	}
	if r.extra > 0 {
		c.fault(RowFault{Code: "cells"})
	}
	k.email(&c)
	k.place(&c)
	k.right(&c)
	if len(c.Faults) > 0 {
		return c
	}
	key := strings.ToLower(c.Email) + " " + string(c.Right)
	if first := k.seen[key]; first != 0 {
		c.fault(RowFault{Code: "twice", Hint: itoa(int64(first))})
		return c
	}
	k.seen[key] = r.n
	return c
}

func (c *RowContent) fault(f RowFault) {
	f.Value = cutRunes(f.Value, 60)
	c.Faults = append(c.Faults, f)
}

func (k *rowCheck) email(c *RowContent) {
	typed := c.Cells[ColumnEmail]
	if typed == "" {
		c.fault(RowFault{Column: ColumnEmail, Code: "email_missing"})
		return
	}
	email, err := NormalAddress(typed)
	if err != nil {
		c.fault(RowFault{Column: ColumnEmail, Code: "email", Value: typed})
		return
	}
	c.Email = email
}

func (k *rowCheck) place(c *RowContent) {
	column, typed := ColumnResidence, c.Cells[ColumnResidence]
	if typed == "" && c.Cells[ColumnCountry] != "" {
		column, typed = ColumnCountry, c.Cells[ColumnCountry]
	}
	code, hint := k.words.residence(typed)
	if code == "" && typed != "" {
		c.fault(RowFault{Column: column, Code: "residence", Value: typed, Hint: hint})
		return
	}
	if state := c.Cells[ColumnState]; column == ColumnCountry && !strings.Contains(code, "-") {
		country := code
		if code, hint = k.words.state(country, state); code == "" {
			c.fault(RowFault{Column: ColumnState, Code: "state", Value: state, Hint: hint})
			return
		}
	}
	c.Residence = code
}

func (k *rowCheck) right(c *RowContent) {
	typed := c.Cells[ColumnRight]
	if typed == "" {
		c.fault(RowFault{Column: ColumnRight, Code: "right_missing"})
		return
	}
	right, hint := k.words.right(typed)
	if right == "" {
		c.fault(RowFault{Column: ColumnRight, Code: "right", Value: typed, Hint: hint})
		return
	}
	c.Right = right
	if k.given[c.Residence] == nil {
		k.given[c.Residence] = k.office.book.Given(k.pack, c.Residence, k.now)
	}
	if !right.In(k.given[c.Residence]) {
		c.fault(RowFault{Column: ColumnRight, Code: "not_given", Value: string(right), Hint: c.Residence})
	}
}

// AgentTable is a table as its agent sees it.
type AgentTable struct {
	agents.Batch
	Bad  []BadRow // what has to be mended, at most as many as were asked for
	More int      // how many besides
}

// BadRow is one row to mend.
type BadRow struct {
	N int
	RowContent
}

// Tables lists the tables of an agent, the newest first.
func (o *Office) Tables(ctx context.Context, caller access.Caller) ([]agents.Batch, error) {
	a, err := o.AgentOf(ctx, caller)
	if err != nil {
		return nil, err
	}
	return o.agents.Batches(ctx, &a, 20)
}

// Table opens a table of an agent, with at most so many of the rows to mend.
// One of somebody else does not exist.
func (o *Office) Table(ctx context.Context, caller access.Caller, id int64, most int) (*AgentTable, error) {
	a, err := o.AgentOf(ctx, caller)
	if err != nil {
		return nil, err
	}
	batch, err := o.agents.Batch(ctx, &a, id)
	if err != nil {
		return nil, notThere(err)
	}
	t := &AgentTable{Batch: batch}
	rows, err := o.agents.Rows(ctx, &a, id, agents.RowBad, most)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		bad := BadRow{N: r.N}
		if err := json.Unmarshal(r.Content, &bad.RowContent); err != nil {
			return nil, fmt.Errorf("table %d, row %d: %w", id, r.N, err)
		}
		t.Bad = append(t.Bad, bad)
	}
	t.More = batch.Count[agents.RowBad] - len(t.Bad)
	return t, nil
}

// ClearTable takes the rows to mend of a table away.
func (o *Office) ClearTable(ctx context.Context, caller access.Caller, id int64) error {
	a, err := o.AgentOf(ctx, caller)
	if err != nil {
		return err
	}
	if _, err := o.agents.Batch(ctx, &a, id); err != nil {
		return notThere(err)
	}
	return o.agents.ClearBad(ctx, &a, id)
}
