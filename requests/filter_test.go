package requests_test

import (
	"testing"

	"dsr/requests"
)

func TestWhatIsSetAsideIsFoundByItsPhase(t *testing.T) {
	each(t, func(h *house) {
		h.last = h.crowd(3)[1].Reference
		h.do(requests.Dismiss{Outcome: requests.Spam})
		for q, want := range map[string]int{"": 2, "is:aside": 1, "phase:aside": 1, "phase:closed": 0, "phase:triage": 2} {
			if got := h.list(h.mara, q); len(got) != want {
				h.Errorf("%q finds %d, want %d", q, len(got), want)
			}
		}
	})
}

func TestAFilterIsReadAgainAsItIsWritten(t *testing.T) {
	for _, q := range []string{`label:"needs legal"`, "label:\"needs\nlegal\" is:open", "label:\"needs\r\tlegal\"", `"MOX 82D" is:held`} {
		f := requests.ParseFilter(q)
		again := requests.ParseFilter(f.String())
		if len(f.Faults) > 0 || again.String() != f.String() || len(again.Tokens) != len(f.Tokens) || again.Tokens[0] != f.Tokens[0] {
			t.Errorf("%q is read as %q and then as %q", q, f.Tokens, again.Tokens)
		}
	}
}
