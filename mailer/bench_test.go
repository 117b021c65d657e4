package mailer_test

import (
	"testing"

	"dsr/mailer"
	"dsr/words"
)

func BenchmarkReceivedLetter(b *testing.B) {
	c, err := words.Load()
	if err != nil {
		b.Fatal(err)
	}
	p, l := c.In("en"), letters()["received"].(mailer.Received)
	b.Run("compose", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := l.Compose(p); err != nil {
				b.Fatal(err)
			}
		}
	})
	letter, err := l.Compose(p)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("render", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := mailer.Render(letter); err != nil {
				b.Fatal(err)
			}
		}
	})
}
