package requests

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dsr/policies"
)

// FilterKeys lists the keys of filter words, in the order in which they are
// explained.
func FilterKeys() []string {
	return []string{"is", "has", "right", "law", "policy", "place", "phase", "waiting", "assignee", "label", "due", "received", "closed", "sort"}
}

// filterValues lists, by key, what a value may be; nil leaves it open.
func filterValues() map[string][]string {
	return map[string][]string{
		"is":       {"open", "overdue", "held", "unverified", "unread", "to-approve", "closed", "aside", "spam", "lapsed", "no-request", "suspect", "appeal", "agent"},
		"has":      {"reply", "files", "agent", "label", "extension"},
		"phase":    {"triage", "verification", "search", "systems", "decision", "answer", "aside", "closed"},
		"waiting":  {"requester", "systems", "team"},
		"sort":     sortWords(),
		"right":    nil,
		"law":      nil,
		"policy":   nil,
		"place":    nil,
		"assignee": nil,
		"label":    nil,
		"due":      nil,
		"received": nil,
		"closed":   nil,
	}
}

// placePattern is how residences are written: a country, or a state of one.
var placePattern = regexp.MustCompile(`^([a-z]{2}(-[a-z0-9]{1,3})?|unknown)$`)

// fault says what is wrong with a word, or "".
func (t Token) fault() string {
	allowed, known := filterValues()[t.Key]
	switch {
	case !known:
		return fmt.Sprintf("%q is no filter. There are %s.", t.Key, enumerate(FilterKeys(), "and"))
	case allowed != nil && !slices.Contains(allowed, t.Value):
		return fmt.Sprintf("%s:%s is not understood. It can be one of %s.", t.Key, t.Value, enumerate(allowed, "or"))
	case t.Value == "":
		return fmt.Sprintf("%s: needs a word after it. %s", t.Key, exampleOf(t.Key))
	}
	switch t.Key {
	case "due", "received", "closed":
		if days(t.Value) < 0 {
			return fmt.Sprintf("%s:%s is not understood. %s", t.Key, t.Value, exampleOf(t.Key))
		}
	case "right":
		if _, err := policies.ParseRight(t.Value); err != nil && !anyOptOut(t.Value) {
			return fmt.Sprintf("right:%s is no right. %s", t.Value, exampleOf("right"))
		}
	case "place":
		if !placePattern.MatchString(t.Value) {
			return fmt.Sprintf("place:%s is not understood. %s", t.Value, exampleOf("place"))
		}
	case "assignee":
		if _, err := strconv.ParseInt(t.Value, 10, 64); err != nil && !slices.Contains([]string{"me", "none", "nobody"}, t.Value) {
			return fmt.Sprintf("assignee:%s is not understood. %s", t.Value, exampleOf("assignee"))
		}
	}
	return ""
}

// exampleOf says how a word with a key is written.
func exampleOf(key string) string {
	return map[string]string{
		"right":    "Write one as in the policy, like right:deletion, or right:opt_out for all opt-outs.",
		"law":      "Write its short name, like law:ccpa.",
		"policy":   "Write its short name, like policy:moxora.",
		"place":    "Write a code, like place:de or place:us-ca, or place:unknown.",
		"assignee": "Write assignee:me or assignee:nobody, or choose a colleague from the menu.",
		"label":    "Write a label the team uses, like label:urgent.",
		"due":      "Write a number of days, like due:7d.",
		"received": "Write a number of days, like received:7d.",
		"closed":   "Write a number of days, like closed:7d.",
	}[key]
}

// anyOptOut is the word for all opt-outs together.
func anyOptOut(value string) bool { return value == "opt_out" || value == "opt-out" }

// days reads a number of days, 7d or today; below zero when it is none.
func days(s string) int {
	if s == "today" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(s, "d"))
	if err != nil || n > 3650 {
		return -1
	}
	return n
}

// enumerate joins words as a sentence does: a, b or c.
func enumerate(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}
