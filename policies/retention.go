package policies

import "dsr/deadlines"

// Retention returns how long a law wants the record of a request kept, counted
// from its receipt, and where it says so (11 CCR 7101: 24 months); false where
// it names no time.
func (v *RegimeVersion) Retention(right Right) (deadlines.Term, string, bool) {
	for i := range v.Clocks {
		if c := &v.Clocks[i]; c.Clock == Retention && right.In(c.Rights) && !c.Term.IsZero() {
			return c.Term, c.Source, true
		}
	}
	return deadlines.Term{}, "", false
}
