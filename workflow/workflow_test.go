package workflow_test

import (
	"errors"
	"strings"
	"testing"

	"dsr/workflow"
)

var staff = []workflow.Actor{"staff"}

func door() []workflow.Move {
	return []workflow.Move{
		{From: "open", Act: "shut", To: "shut", By: staff},
		{From: "shut", Act: "open", To: "open", By: staff},
		{From: "shut", Act: "lock", To: "locked", By: []workflow.Actor{"keeper"}},
		{From: "locked", Act: "look", To: "locked", By: staff},
	}
}

func TestASoundTableAnswersWhatComesNext(t *testing.T) {
	m, err := workflow.Compile("open", []workflow.Phase{"locked"}, door())
	if err != nil {
		t.Fatal(err)
	}
	if move, err := m.Next("shut", "lock"); err != nil || move.To != "locked" || move.May("staff") || !move.May("keeper") {
		t.Errorf("lock from shut: %+v, %v", move, err)
	}
	if _, err := m.Next("open", "lock"); !errors.Is(err, workflow.ErrNoMove) {
		t.Errorf("an open door was locked: %v", err)
	}
	if acts := m.Acts("shut", "staff"); len(acts) != 1 || acts[0].Act != "open" {
		t.Errorf("staff may do %v to a shut door", acts)
	}
	if at, err := m.Replay([]workflow.Act{"shut", "open", "shut", "lock"}); err != nil || at != "locked" {
		t.Errorf("replay ends at %s: %v", at, err)
	}
	if _, err := m.Replay([]workflow.Act{"shut", "shut"}); err == nil || !strings.Contains(err.Error(), "act 2") {
		t.Errorf("a false history was replayed: %v", err)
	}
}

func TestAnUnsoundTableIsRefusedWithEveryFault(t *testing.T) {
	for name, c := range map[string]struct {
		moves []workflow.Move
		want  string
	}{
		"two ways for one act": {append(door(), workflow.Move{From: "open", Act: "shut", To: "locked", By: staff}), "shut in open leads to shut and to locked"},
		"unreachable":          {append(door(), workflow.Move{From: "attic", Act: "fall", To: "open", By: staff}), "attic cannot be reached"},
		"out of a final phase": {append(door(), workflow.Move{From: "locked", Act: "break", To: "open", By: staff}), "locked is final"},
		"no way to an end":     {append(door(), workflow.Move{From: "open", Act: "burn", To: "ash", By: staff}), "no way leads from ash"},
		"nobody may":           {append(door(), workflow.Move{From: "open", Act: "paint", To: "open"}), "nobody may paint"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := workflow.Compile("open", []workflow.Phase{"locked"}, c.moves)
			if !errors.Is(err, workflow.ErrUnsound) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestTheDiagramHoldsEveryMove(t *testing.T) {
	m, _ := workflow.Compile("open", []workflow.Phase{"locked"}, door())
	got := m.Mermaid()
	for _, line := range []string{"[*] --> open", "open --> shut: shut", "locked --> [*]", "%% locked stays locked: look"} {
		if !strings.Contains(got, line) {
			t.Errorf("the diagram lacks %q:\n%s", line, got)
		}
	}
}
