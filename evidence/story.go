package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"

	"dsr/audit"
	"dsr/policies"
	"dsr/requests"
	"dsr/workflow"
)

// story holds the documents of a pack against each other. What is missing or
// changed was told by the manifest already; here it is told what that means, or
// that somebody with the key wrote two things that cannot both be true.
func (c *checker) story() {
	entries := c.trail()
	events, ok := c.timeline(entries)
	if !ok {
		return
	}
	r, err := requests.Replay(events, c.manifest.Request)
	if err != nil {
		c.finding("the timeline cannot have happened: %v", err)
		return
	}
	c.record(r, events)
	if ruling := c.rules(r); ruling != nil {
		c.clocks(r, ruling)
	}
	c.letters(events)
	c.filesListed(events)
	c.limits()
}

// read reads a document of the pack. One that is not there has been told.
func (c *checker) read(path string, into any) bool {
	text, there := c.files[path]
	if !there {
		return false
	}
	if err := strictly(text, into); err != nil {
		c.finding("%s cannot be read: it is not what a pack holds there", path)
		return false
	}
	return true
}

// trail checks the request's audit chain and returns its entries.
func (c *checker) trail() []audit.Entry {
	text, there := c.files[trailName]
	if !there {
		return nil
	}
	before := c.report.Findings
	sum, err := audit.VerifyExport(bytes.NewReader(text), c.options.Anchor, func(f audit.Finding) { c.found(f.String()) }, c.keys...)
	c.report.Trail = sum
	if err != nil {
		c.finding("%s: %v", trailName, err)
		return nil
	}
	var entries []audit.Entry
	chain, err := audit.ReadEntries(bytes.NewReader(text), func(e audit.Entry) { entries = append(entries, e) })
	if err != nil || chain == nil || *chain != c.manifest.Request {
		c.finding("%s is the trail of another request", trailName)
		return nil
	}
	if c.report.Findings == before {
		c.proved("The %d entries of its audit trail follow from each other without a gap; %d of them are sealed by %d signed checkpoints.", sum.Entries, sum.Entries-sum.Uncovered, sum.Checkpoints)
	}
	if sum.Uncovered > 0 {
		c.open("The last %d entries of the trail were written after its last checkpoint: they are chained, and not signed yet.", sum.Uncovered)
	}
	return entries
}

// timeline checks each event by itself and against the trail.
func (c *checker) timeline(entries []audit.Entry) ([]requests.Event, bool) {
	var lines []event
	if !c.read(timelineName, &lines) {
		return nil, false
	}
	before := c.report.Findings
	recorded := map[int64]audit.Entry{}
	for _, e := range entries {
		if e.EventSeq > 0 {
			recorded[e.EventSeq] = e
		}
	}
	events := make([]requests.Event, len(lines))
	for i, l := range lines {
		e := requests.Event{RequestID: c.manifest.Request, Seq: l.Seq, At: l.At, Act: workflow.Act(l.Act), Actor: l.Actor, Data: l.Data, Sealed: l.Sealed, Hash: l.Hash}
		entry, there := recorded[l.Seq]
		switch {
		case !e.Fits():
			c.finding("event %d was changed: its content does not fit its hash", l.Seq)
		case !there:
			c.finding("event %d does not stand in the audit trail", l.Seq)
		case !bytes.Equal(entry.EventHash[:], l.Hash) || entry.Act != l.Act || entry.Actor != l.Actor || !entry.At.Equal(l.At):
			c.finding("event %d is another than the audit trail recorded", l.Seq)
		}
		delete(recorded, l.Seq)
		events[i] = e
	}
	for seq := range sorted(recorded) {
		c.finding("event %d was removed from the timeline: the audit trail records it", seq)
	}
	if c.report.Findings == before {
		c.proved("The %d events of the timeline are those the audit trail recorded, unchanged.", len(events))
	}
	return events, true
}

// record compares what the pack says of the request with what its timeline
// makes of it.
func (c *checker) record(r *requests.Request, events []requests.Event) {
	var said record
	if !c.read(requestName, &said) {
		return
	}
	before := c.report.Findings
	pairs := []struct {
		what      string
		said, was any
	}{
		{"reference", said.Reference, r.Reference}, {"reference", c.manifest.Reference, r.Reference},
		{"policy", said.Policy, r.Policy}, {"right", said.Right, string(r.Right)}, {"channel", said.Channel, r.Channel},
		{"residence", said.Residence, r.Residence}, {"law", said.Regime, r.Regime}, {"ruling", said.Ruling, r.RulingHash},
		{"phase", said.Phase, string(r.Phase)}, {"outcome", said.Outcome, r.Outcome}, {"ground", said.Ground, r.Facts.Ground},
		{"receipt", said.ReceivedAt.UTC(), r.ReceivedAt.UTC()}, {"answer", said.AnsweredAt.UTC(), r.AnsweredAt.UTC()},
		{"closing", said.ClosedAt.UTC(), r.ClosedAt.UTC()}, {"proof of identity", said.Verified, string(r.Verified)},
		{"searches", said.Searched, searchesOf(events)}, {"decision item by item", decisions(said.Items), r.Facts.Items},
	}
	for _, p := range pairs {
		if fmt.Sprint(p.said) != fmt.Sprint(p.was) {
			c.finding("%s says another %s than the timeline", requestName, p.what)
		}
	}
	if c.report.Findings == before {
		c.proved("What the pack says of receipt, identity, searches and decision is what the timeline says.")
	}
}

// decisions leaves out the words of items, which are not on the timeline.
func decisions(items []item) (list []requests.Decided) {
	for _, i := range items {
		list = append(list, requests.Decided{Decision: requests.ItemDecision(i.Decision), Ground: i.Ground})
	}
	return list
}

// rules checks that the texts are those the request was received under.
func (c *checker) rules(r *requests.Request) *policies.Ruling {
	text, there := c.files[rulingName]
	if !there {
		return nil
	}
	ruling := new(policies.Ruling)
	if err := json.Unmarshal(text, ruling); err != nil || sumOf(text) != r.RulingHash {
		c.finding("%s is not the ruling that the timeline names", rulingName)
		return nil
	}
	for _, f := range []policies.File{{Kind: "pack", ID: ruling.Pack, SHA256: ruling.PackSHA256}, {Kind: "regime", ID: ruling.Regime, SHA256: ruling.SHA256}} {
		text, there := c.files[ruleName(f)]
		switch {
		case !there:
			c.finding("%s, a text the ruling names, is not in the pack", ruleName(f))
			return nil
		case sumOf(text) != f.SHA256:
			c.finding("%s is not the text that the ruling names", ruleName(f))
			return nil
		}
	}
	c.proved("Policy and law are in the very text that the request was received under: the timeline names the ruling, the ruling names both.")
	return ruling
}
