package requests

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
)

// Limits of labels.
const (
	MaxLabels   = 20 // on one request
	MaxLabelled = 40 // characters of one
)

// AddLabel sorts a request by a word of the team's own. Labels stand in the
// clear, so they are no place for anything about a person.
type AddLabel struct{ Label string }

func (v AddLabel) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActLabel, permission: access.Label}
	label := NormalLabel(v.Label)
	switch {
	case label == "":
		p.fail("label", "Write a label, like “newsletter”.")
	case len([]rune(label)) > MaxLabelled:
		p.fail("label", fmt.Sprintf("Write at most %d characters.", MaxLabelled))
	case strings.ContainsFunc(label, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" -_./+&", r)
	}):
		p.fail("label", "Use letters, digits, spaces and - _ . / + & only. A label is no place for an address or a name.")
	case slices.Contains(o.request.Facts.Labels, label):
		return p, errAlready
	case len(o.request.Facts.Labels) >= MaxLabels:
		p.fail("label", fmt.Sprintf("A request takes %d labels. Take one off first.", MaxLabels))
	}
	p.change.Label = label
	p.also = func(ctx context.Context, tx bun.Tx, _ time.Time) error {
		_, err := database.Exec(ctx, tx, "INSERT INTO request_labels (request_id, label, policy) VALUES (?, ?, ?)", o.request.ID, label, o.request.Policy)
		return err
	}
	return p, nil
}

// RemoveLabel takes a label off.
type RemoveLabel struct{ Label string }

func (v RemoveLabel) plan(o *occasion) (*plan, error) {
	label := NormalLabel(v.Label)
	p := &plan{act: ActUnlabel, permission: access.Label, change: Change{Label: label}}
	if !slices.Contains(o.request.Facts.Labels, label) {
		return p, errAlready
	}
	p.also = func(ctx context.Context, tx bun.Tx, _ time.Time) error {
		_, err := database.Exec(ctx, tx, "DELETE FROM request_labels WHERE request_id = ? AND label = ?", o.request.ID, label)
		return err
	}
	return p, nil
}

// NormalLabel writes a label as it is kept and compared: in lower case, with
// one space between words.
func NormalLabel(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// labelled puts a label into a sorted list or takes it out.
func labelled(labels []string, label string, on bool) []string {
	i, found := slices.BinarySearch(labels, label)
	switch {
	case on && !found:
		return slices.Insert(slices.Clone(labels), i, label)
	case !on && found:
		return slices.Delete(slices.Clone(labels), i, i+1)
	}
	return labels
}

// LabelsInUse lists the labels of a policy's requests, the most used first, for
// suggestions.
func (o *Office) LabelsInUse(ctx context.Context, caller access.Caller, policy string) ([]string, error) {
	if !caller.May(access.View, policy) {
		return nil, ErrNotFound
	}
	var labels []string
	err := o.db.Read().NewSelect().Table("request_labels").Column("label").Where("policy = ?", policy).
		Group("label").OrderExpr("COUNT(*) DESC, label").Limit(50).Scan(ctx, &labels)
	return labels, err
}

// labelRows reads the labels of requests as their rows have them.
func (o *Office) labelRows(ctx context.Context, ids []int64) (map[int64][]string, error) {
	var rows []struct {
		RequestID int64  `bun:"request_id"`
		Label     string `bun:"label"`
	}
	err := o.db.Read().NewSelect().Table("request_labels").Column("request_id", "label").Where("request_id IN ?", bun.Tuple(ids)).Scan(ctx, &rows)
	labels := map[int64][]string{}
	for _, row := range rows {
		labels[row.RequestID] = labelled(labels[row.RequestID], row.Label, true)
	}
	return labels, err
}
