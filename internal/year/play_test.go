package year_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"dsr/internal/dbtest"
)

// The size of the year that TestOneYear plays; without -seed it plays the short
// ones.
var (
	seed    = flag.Uint64("seed", 0, "play one year of this seed")
	many    = flag.Int("requests", 250, "how many requests come, about")
	days    = flag.Int("days", 400, "how many days it has")
	quickly = flag.Bool("sqlite", false, "play it on SQLite alone")
	inTurn  = flag.Bool("in-turn", false, "what is done twice at once is done one after the other: then a seed plays the very same year again")
)

// A year of requests, with everything that goes wrong in one. After each day
// every reminder that was owed was told once, every letter that was promised was
// sent once, no clock stands still unlawfully, and no date has passed unnoticed.
func TestAYear(t *testing.T) {
	if *seed != 0 {
		t.Run("seed", func(t *testing.T) { play(t, size{seed: *seed, requests: *many, days: *days}) })
		return
	}
	dbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		s := size{seed: 11, requests: 120, days: 400}
		if strings.HasPrefix(url, "postgres") {
			s = size{seed: 12, requests: 40, days: 400}
		}
		tell(t, newWorld(t, url, s).live())
	})
}

// play is one year on both engines, or on SQLite alone.
func play(t *testing.T, s size) {
	if *quickly {
		tell(t, newWorld(t, dbtest.SQLite(t), s).live())
		return
	}
	dbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		tell(t, newWorld(t, url, s).live())
	})
}

// tell says what a year was like.
func tell(t *testing.T, w *world) {
	var lines []string
	for _, what := range slices.Sorted(maps.Keys(w.done)) {
		lines = append(lines, fmt.Sprintf("%s %d", what, w.done[what]))
	}
	t.Logf("seed %d, %d days: %d requests, %d messages, %d letters taken in %d attempts; %s",
		w.seed, w.day-1, len(w.ledger.order), len(w.mails), len(w.post.taken), w.post.tries, strings.Join(lines, ", "))
}
