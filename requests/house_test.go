package requests_test

import (
	"context"
	"crypto/ed25519"
	"iter"
	"strings"

	"github.com/uptrace/bun"

	"dsr/audit"
	"dsr/outbox"
)

// carry does the jobs that are due now, as a worker would, until none is left.
func (h *house) carry(kinds map[string]outbox.Handler) {
	h.Helper()
	if _, err := outbox.Drain(h.Context(), h.db, h.clock, kinds); err != nil {
		h.Fatal(err)
	}
}

// sweep turns due reminders into letters, until none is due.
func (h *house) sweep() *house {
	h.Helper()
	for {
		n, err := h.Sweep(h.Context(), h.clock)
		if err != nil {
			h.Fatal(err)
		}
		h.deliver()
		if n == 0 {
			return h
		}
	}
}

// auditIsWhole seals the log and verifies it against the heads of the rows.
func (h *house) auditIsWhole(heads []audit.Head) {
	h.Helper()
	if _, err := audit.Checkpoint(h.Context(), h.db, h.ring, h.clock); err != nil {
		h.Fatal(err)
	}
	report := func(f audit.Finding) { h.Error(f) }
	key := h.ring.CheckpointKey().Public().(ed25519.PublicKey)
	if _, err := audit.Verify(h.Context(), h.db.Read(), audit.Anchor{}, report, key); err != nil {
		h.Error(err)
	}
	if _, err := audit.CompareHeads(h.Context(), h.db.Read(), each2(heads), report); err != nil {
		h.Error(err)
	}
}

func each2(heads []audit.Head) iter.Seq2[audit.Head, error] {
	return func(yield func(audit.Head, error) bool) {
		for _, head := range heads {
			if !yield(head, nil) {
				return
			}
		}
	}
}

// letters lists the subjects of what was sent since the last call, without the
// reference in front.
func (h *house) letters() []string {
	var subjects []string
	for _, e := range h.post {
		_, subject, _ := strings.Cut(e.Subject, ": ")
		subjects = append(subjects, subject)
	}
	h.post = nil
	return subjects
}

// link returns the link of the newest letter to the requester.
func (h *house) link() string {
	h.Helper()
	for i := len(h.post) - 1; i >= 0; i-- {
		if _, rest, found := strings.Cut(h.post[i].Text, "https://privacy.example.com/r/"); found {
			return strings.Fields(rest)[0]
		}
	}
	h.Fatal("no letter held a link")
	return ""
}

func contains(s, words string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(words))
}

// sql alters the database behind the office's back.
func (h *house) sql(statement string) {
	h.Helper()
	err := h.db.Write(h.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(statement).Exec(ctx)
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
}
