// Package workflow holds a state machine as a table that people can read: from
// this phase, by this act, to that phase, by these actors. Compile proves the
// table before the program takes its first request: one move for each phase and
// act, every phase reachable, no way out of a final phase and a way to the end
// from every other. The package knows no storage, no time and no callbacks;
// what an act does is written elsewhere.
package workflow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Phase is where something stands, named by whose move it is.
type Phase string

// Act is what somebody does.
type Act string

// Actor is who may do it, as a kind and not as a person.
type Actor string

// Move is one line of the table.
type Move struct {
	From Phase
	Act  Act
	To   Phase
	By   []Actor
}

// ErrUnsound is wrapped by every fault Compile finds in a table.
var ErrUnsound = errors.New("unsound lifecycle")

// ErrNoMove is returned for an act that a phase does not know.
var ErrNoMove = errors.New("not possible in this phase")

// Machine is a proven table. It never changes and is safe for use by several
// goroutines.
type Machine struct {
	start  Phase
	finals []Phase
	moves  []Move
	index  map[step]int
	phases []Phase
}

type step struct {
	from Phase
	act  Act
}

// Compile proves a table and returns the machine, or every fault it has.
func Compile(start Phase, finals []Phase, moves []Move) (*Machine, error) {
	m := &Machine{start: start, finals: finals, moves: slices.Clone(moves), index: map[step]int{}}
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("%w: "+format, append([]any{ErrUnsound}, args...)...))
	}
	for i, move := range m.moves {
		k := step{move.From, move.Act}
		if first, twice := m.index[k]; twice {
			fault("%s in %s leads to %s and to %s", move.Act, move.From, m.moves[first].To, move.To)
		}
		m.index[k] = i
		m.note(move.From)
		m.note(move.To)
		if len(move.By) == 0 {
			fault("nobody may %s in %s", move.Act, move.From)
		}
		if m.Final(move.From) && move.To != move.From {
			fault("%s is final, yet %s leads out of it", move.From, move.Act)
		}
	}
	for _, p := range append(m.phases, finals...) {
		if p != start && !slices.Contains(m.reach(start), p) {
			fault("%s cannot be reached from %s", p, start)
		}
		if !m.Final(p) && !slices.ContainsFunc(m.reach(p), m.Final) {
			fault("no way leads from %s to an end", p)
		}
	}
	return m, errors.Join(faults...)
}

func (m *Machine) note(p Phase) {
	if !slices.Contains(m.phases, p) {
		m.phases = append(m.phases, p)
	}
}

// reach lists the phases that can follow a phase, itself included.
func (m *Machine) reach(from Phase) []Phase {
	found := []Phase{from}
	for i := 0; i < len(found); i++ {
		for _, move := range m.moves {
			if move.From == found[i] && !slices.Contains(found, move.To) {
				found = append(found, move.To)
			}
		}
	}
	return found
}

// Start is the phase before the first act.
func (m *Machine) Start() Phase { return m.start }

// Phases lists the phases in the order of the table.
func (m *Machine) Phases() []Phase { return m.phases }

// Final reports whether nothing leads out of a phase.
func (m *Machine) Final(p Phase) bool { return slices.Contains(m.finals, p) }

// Next returns the move an act makes in a phase, or ErrNoMove.
func (m *Machine) Next(from Phase, act Act) (Move, error) {
	i, known := m.index[step{from, act}]
	if !known {
		return Move{}, fmt.Errorf("%s is %w (%s)", act, ErrNoMove, from)
	}
	return m.moves[i], nil
}

// Acts lists the moves out of a phase that an actor may make, in table order.
func (m *Machine) Acts(from Phase, by Actor) []Move {
	var acts []Move
	for _, move := range m.moves {
		if move.From == from && move.May(by) {
			acts = append(acts, move)
		}
	}
	return acts
}

// May reports whether an actor may make the move.
func (move Move) May(by Actor) bool { return slices.Contains(move.By, by) }

// Replay follows acts from the start and returns the phase they lead to, or
// the first act that no move explains.
func (m *Machine) Replay(acts []Act) (Phase, error) {
	at := m.start
	for n, act := range acts {
		move, err := m.Next(at, act)
		if err != nil {
			return at, fmt.Errorf("act %d: %w", n+1, err)
		}
		at = move.To
	}
	return at, nil
}

// Mermaid draws the machine as a Mermaid state diagram: the moves from one
// phase to another. Acts that lead back to their own phase would hide them, so
// they stand in comments of the diagram.
func (m *Machine) Mermaid() string {
	var b, stays strings.Builder
	b.WriteString("stateDiagram-v2\n")
	fmt.Fprintf(&b, "    [*] --> %s\n", m.start)
	for _, from := range m.phases {
		for _, to := range m.phases {
			acts := strings.Join(m.between(from, to), ", ")
			switch {
			case acts == "":
			case from == to:
				fmt.Fprintf(&stays, "    %%%% %s stays %s: %s\n", from, to, acts)
			default:
				fmt.Fprintf(&b, "    %s --> %s: %s\n", from, to, acts)
			}
		}
	}
	for _, p := range m.finals {
		fmt.Fprintf(&b, "    %s --> [*]\n", p)
	}
	return b.String() + stays.String()
}

func (m *Machine) between(from, to Phase) []string {
	var acts []string
	for _, move := range m.moves {
		if move.From == from && move.To == to {
			acts = append(acts, strings.ReplaceAll(string(move.Act), "_", " "))
		}
	}
	return acts
}
