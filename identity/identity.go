// Package identity says how a person proves who they are, and orders the
// levels of proof from none to most. It does not know which request the proof
// is for, what was given as proof, or which law allows asking for it.
package identity

import "fmt"

// Level is how much proof a request needs before information is given out or
// changed.
type Level string

// The levels, from none to most.
const (
	None             Level = "none"             // opt-outs: nothing may be asked
	Locate           Level = "locate"           // only what finds the record
	Mailbox          Level = "mailbox"          // the person reads the mailbox on file
	Reauthentication Level = "reauthentication" // signed in to the company's own service again
	TwoPoints        Level = "two_points"       // two matching data points (11 CCR 7062, reasonable)
	ThreePoints      Level = "three_points"     // three and a declaration (11 CCR 7062, reasonably high)
)

var order = [...]Level{None, Locate, Mailbox, Reauthentication, TwoPoints, ThreePoints}

// Levels lists the levels from none to most.
func Levels() []Level { return order[:] }

// ParseLevel reads the name of a level.
func ParseLevel(s string) (Level, error) {
	if Level(s).rank() < 0 {
		return "", fmt.Errorf("%q is no level of proof: choose one of %v", s, order)
	}
	return Level(s), nil
}

// Needs reports whether the level asks for more than the other.
func (l Level) Needs(other Level) bool { return l.rank() > other.rank() }

// ByMailbox reports whether reading the mailbox on file is proof enough.
func (l Level) ByMailbox() bool { return !l.Needs(Mailbox) }

func (l Level) rank() int {
	for i, level := range order {
		if l == level {
			return i
		}
	}
	return -1
}
