//go:build bench

package main

import (
	"context"
	"testing"
	"time"

	"dsr/deadlines"
	"dsr/policies"
)

// benchDue measures one due date with two holds and an extension, without and
// with its explanation.
func benchDue(context.Context) error {
	book, err := policies.Load(policies.Options{})
	if err != nil {
		return err
	}
	pack, err := book.Pack("moxora")
	if err != nil {
		return err
	}
	received := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ruling, err := book.Rule(policies.Question{Pack: pack, Right: policies.Access, Residence: "GB", ReceivedAt: received})
	if err != nil {
		return err
	}
	place, err := book.Place(ruling.Zone, ruling.Calendar)
	if err != nil {
		return err
	}
	for i := range ruling.Clocks {
		c := &ruling.Clocks[i]
		facts := deadlines.Facts{ReceivedAt: received, Holds: []deadlines.Hold{
			{Kind: deadlines.HoldClarification, From: received.AddDate(0, 0, 3), To: received.AddDate(0, 0, 8)},
		}}
		plain := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Rule.Due(&facts, place); err != nil {
					b.Fatal(err)
				}
			}
		})
		explained := testing.Benchmark(func(b *testing.B) {
			for b.Loop() {
				if _, _, err := c.Rule.Explain(&facts, place); err != nil {
					b.Fatal(err)
				}
			}
		})
		line("Due, "+c.Name(), "%d ns, %d allocations (promised under 1,000 ns and 0: %s)", plain.NsPerOp(), plain.AllocsPerOp(), verdict(plain.NsPerOp() < 1000 && plain.AllocsPerOp() == 0))
		line("Due with explanation, "+c.Name(), "%d ns (promised under 5,000 ns: %s)", explained.NsPerOp(), verdict(explained.NsPerOp() < 5000))
	}
	return nil
}
