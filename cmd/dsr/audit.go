package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"iter"
	"os"

	"dsr/audit"
	"dsr/requests"
)

type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Replay every timeline, follow every chain and check every signature; or check an exported file or an evidence pack."`
	Export auditExport `cmd:"" help:"Write the audit trail to a file that can be verified without the database."`
	Key    auditKey    `cmd:"" help:"Print the public key of checkpoints and evidence packs, to be published."`
}

type auditVerify struct {
	store
	packs
	File   string `arg:"" optional:"" type:"existingfile" help:"An exported file or an evidence pack; without it, the database."`
	Key    string `help:"The public key that the controller published, or a file that holds it. Without it a file is held against the key in itself."`
	Anchor string `help:"A checkpoint noted elsewhere, as this command prints it, to notice that newer ones were removed."`
}

// Run verifies the database or an exported file.
func (c *auditVerify) Run(t *terminal) error {
	anchor := audit.Anchor{}
	if c.Anchor != "" {
		var err error
		if anchor, err = audit.ParseAnchor(c.Anchor); err != nil {
			return err
		}
	}
	found := 0
	report := func(what any) {
		found++
		fmt.Fprintln(t.out, what)
	}
	err := c.verify(t, anchor, report)
	switch {
	case err != nil:
		return err
	case found > 0:
		fmt.Fprintln(t.out, counted(found, "finding"))
		return errFound
	}
	fmt.Fprintln(t.out, "Everything agrees.")
	return nil
}

// verify looks at the database, an exported file or an evidence pack.
func (c *auditVerify) verify(t *terminal, anchor audit.Anchor, report func(any)) error {
	switch {
	case c.File != "":
		return c.verifyFile(t, anchor, report)
	case c.Key != "":
		return errors.New("--key is for a file: the database is held against the key file of its own")
	}
	return c.verifyDatabase(t, anchor, report)
}

func (c *auditVerify) verifyFile(t *terminal, anchor audit.Anchor, report func(any)) error {
	keys, err := publicKeys(c.Key)
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	if isZip(f) {
		return c.verifyPack(t, f, anchor, keys, report)
	}
	summary, err := audit.VerifyExport(f, anchor, func(f audit.Finding) { report(f) }, keys...)
	if err == nil {
		tell(t, summary)
	}
	return err
}

// tell prints what was gone through, and the checkpoint to note elsewhere.
func tell(t *terminal, s audit.Summary) {
	fmt.Fprintf(t.out, "Audit entries: %d in %s; not under a checkpoint yet: %d\n", s.Entries, counted(s.Chains, "chain"), s.Uncovered)
	fmt.Fprintf(t.out, "Checkpoints: %d, held against the key %s\n", s.Checkpoints, s.KeyID)
	if s.Last.Number > 0 {
		fmt.Fprintf(t.out, "Last checkpoint: %s\n", s.Last)
	}
}

func (c *auditVerify) verifyDatabase(t *terminal, anchor audit.Anchor, report func(any)) error {
	h, err := c.store.openExisting(t, c.packs)
	if err != nil {
		return err
	}
	defer h.close()
	timelines, err := h.office.VerifyTimelines(t.ctx, func(m requests.Mismatch) { report(m) })
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s, %s replayed\n", counted(timelines.Requests, "request"), counted(timelines.Events, "event"))
	summary, err := audit.Verify(t.ctx, h.db.Read(), anchor, func(f audit.Finding) { report(f) }, h.ring.CheckpointKey().Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	tell(t, summary)
	_, err = audit.CompareHeads(t.ctx, h.db.Read(), heads(timelines.Heads), func(f audit.Finding) { report(f) })
	return err
}

func heads(list []audit.Head) iter.Seq2[audit.Head, error] {
	return func(yield func(audit.Head, error) bool) {
		for _, head := range list {
			if !yield(head, nil) {
				return
			}
		}
	}
}

type auditExport struct {
	store
	packs
	File string `arg:"" type:"path" help:"Where to write; it must not exist yet."`
}

// Run seals the trail with a checkpoint and writes it out.
func (c *auditExport) Run(t *terminal) error {
	h, err := c.store.openExisting(t, c.packs)
	if err != nil {
		return err
	}
	defer h.close()
	anchor, err := audit.Checkpoint(t.ctx, h.db, h.ring, t.now())
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := writeExport(t.ctx, h, f, t); err != nil {
		f.Close()
		os.Remove(c.File)
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Written to %s.\n", c.File)
	if anchor.Number > 0 {
		fmt.Fprintf(t.out, "Last checkpoint: %s\nNote it elsewhere: with --anchor it proves that nothing newer was removed.\n", anchor)
	}
	return nil
}

func writeExport(ctx context.Context, h *house, f *os.File, t *terminal) error {
	if err := audit.Export(ctx, h.db.Read(), f, h.ring.CheckpointKey().Public().(ed25519.PublicKey), t.now()); err != nil {
		return err
	}
	return f.Sync()
}
