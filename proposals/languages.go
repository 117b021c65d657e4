package proposals

import (
	"math/bits"
	"slices"
	"strings"
)

// languages knows each language by its frequent small words.
type languages struct {
	words map[string]uint // by folded word: one bit for each language that has it
}

func newLanguages() *languages { return &languages{words: map[string]uint{}} }

// bit is the bit of a language, 0 of none.
func bit(tag string) uint {
	if at := slices.Index(Languages(), tag); at >= 0 {
		return 1 << at
	}
	return 0
}

// add learns the words of a language.
func (l *languages) add(tag, words string) {
	for w := range strings.FieldsSeq(words) {
		for _, spelling := range spellings(w) {
			l.words[spelling] |= bit(tag)
		}
	}
}

// score counts the small words of each language. A word of several counts for
// each of them in part.
func (l *languages) score(words []word) []float64 {
	score := make([]float64, len(Languages()))
	for _, w := range words {
		heard := l.words[w.folded]
		for left := heard; left != 0; left &= left - 1 {
			score[bits.TrailingZeros(left)] += 1 / float64(bits.OnesCount(heard))
		}
	}
	return score
}

// heard says for each word which languages its sentence may be in: those with
// at least half as many small words as the best. So "no" is a denial in a
// Spanish sentence and none in a Portuguese one, and a letter may change its
// language from one sentence to the next. ends is where each word's sentence
// ends.
func (l *languages) heard(words []word, ends []int) []uint {
	heard := make([]uint, len(words))
	for first := 0; first < len(words); first = ends[first] {
		score := l.score(words[first:ends[first]])
		least := slices.Max(score) / 2
		if least*2 < clearScore {
			least = 0
		}
		for i, s := range score {
			if s >= least {
				heard[first] |= 1 << i
			}
		}
		for i := first; i < ends[first]; i++ {
			heard[i] = heard[first]
		}
	}
	return heard
}

// foundWeight is what one finding by a language's own rules counts in small
// words: short letters have few of those.
const foundWeight = 1.5

// leastShare is the share of small words below which a longer text is taken
// for one in a language we do not know.
const leastShare = 0.15

// clearScore is how many small words of one language a sentence needs before
// others are ruled out.
const clearScore = 1.5

// guess says which language the words are in. The hint decides where two are
// nearly level, and where nothing else tells.
func (l *languages) guess(words []word, found []finding, hint string) string {
	tags := Languages()
	score := l.score(words)
	for _, f := range found {
		if at := slices.Index(tags, f.rule.Language); at >= 0 {
			score[at] += foundWeight
		}
	}
	best := slices.Index(score, slices.Max(score))
	hinted := slices.Index(tags, known(hint))
	switch {
	case score[best] < leastShare*float64(len(words)) && len(words) >= 12:
		return ""
	case hinted >= 0 && score[hinted] >= 0.85*score[best]:
		return tags[hinted]
	case score[best] == 0:
		return ""
	}
	return tags[best]
}

// known finds the first of our languages in a header like "de-AT, en;q=0.5".
func known(hint string) string {
	for tag := range strings.FieldsFuncSeq(hint, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		main, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if main == "pt" {
			return "pt-PT"
		}
		if slices.Contains(Languages(), main) {
			return main
		}
	}
	return ""
}
