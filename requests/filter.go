package requests

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/policies"
)

// Filter says which requests a list holds. It is written as words, so that a
// view is a link: "is:overdue right:deletion law:ccpa policy:moxora
// assignee:me due:7d".
type Filter struct {
	Tokens []Token // as typed, in order, for chips
	Closed bool    // is:closed instead of the open ones
	Any    bool    // a reference or an address was typed: open or closed alike
	Faults []string
}

// Token is one word of a filter. A word without a key is searched as a
// reference or an address.
type Token struct{ Key, Value string }

// String writes the token as typed.
func (t Token) String() string {
	if t.Key == "" {
		return t.Value
	}
	return t.Key + ":" + t.Value
}

// filterValues lists, by key, what a value may be; nil leaves it open.
func filterValues() map[string][]string {
	return map[string][]string{
		"is":       {"open", "overdue", "held", "unverified", "unread", "closed", "aside", "spam", "lapsed", "suspect", "appeal", "agent"},
		"phase":    {"triage", "verification", "search", "systems", "decision", "answer"},
		"waiting":  {"requester", "systems"},
		"right":    nil,
		"law":      nil,
		"policy":   nil,
		"assignee": nil,
		"due":      nil,
	}
}

// ParseFilter reads a filter. Words it does not understand are kept out of the
// list's conditions and named in Faults.
func ParseFilter(q string) Filter {
	var f Filter
	values := filterValues()
	for _, word := range strings.Fields(cut(q, 500)) {
		key, value, found := strings.Cut(word, ":")
		if !found {
			f.word(word)
			continue
		}
		key, value = strings.ToLower(key), strings.ToLower(value)
		allowed, known := values[key]
		switch {
		case !known:
			f.Faults = append(f.Faults, fmt.Sprintf("%q is no filter. There are is, right, law, policy, phase, waiting, assignee and due.", key))
		case value == "" || allowed != nil && !slices.Contains(allowed, value):
			f.Faults = append(f.Faults, fmt.Sprintf("%s:%s is not understood. It can be one of %s.", key, value, strings.Join(allowed, ", ")))
		case key == "due" && dueDays(value) < 0:
			f.Faults = append(f.Faults, fmt.Sprintf("due:%s is not understood. Write a number of days, like due:7d.", value))
		default:
			f.Tokens = append(f.Tokens, Token{key, value})
			f.Closed = f.Closed || key == "is" && slices.Contains([]string{"closed", "aside", "spam", "lapsed"}, value)
		}
	}
	for _, t := range f.Tokens {
		f.Any = f.Any && t.Key != "is"
	}
	return f
}

// shortestReference keeps a search from listing all requests of a policy.
const shortestReference = 5

// word takes a word without a key: a reference, the beginning of one, or an
// address.
func (f *Filter) word(word string) {
	if len(word) < shortestReference {
		f.Faults = append(f.Faults, fmt.Sprintf("%q is too short to look for. Type at least %d characters of a reference, like MOX-8, or a whole address.", word, shortestReference))
		return
	}
	f.Tokens, f.Any = append(f.Tokens, Token{Value: word}), true
}

// String writes the filter as typed.
func (f Filter) String() string {
	words := make([]string, len(f.Tokens))
	for i, t := range f.Tokens {
		words[i] = t.String()
	}
	return strings.Join(words, " ")
}

// Without returns the filter as text without one token.
func (f Filter) Without(i int) string {
	rest := Filter{Tokens: slices.Delete(slices.Clone(f.Tokens), i, i+1)}
	return rest.String()
}

func dueDays(s string) int {
	if s == "today" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(s, "d"))
	if err != nil || n > 3650 {
		return -1
	}
	return n
}

// apply adds the filter's conditions and the caller's scope to a query.
func (o *Office) apply(q *bun.SelectQuery, caller access.Caller, now time.Time, f Filter) *bun.SelectQuery {
	if ids, all := caller.Policies.List(); !all {
		q = q.Where("r.policy IN ?", bun.Tuple(append(ids, "")))
	}
	switch {
	case f.Any:
	case f.Closed:
		q = q.Where("r.closed_at IS NOT NULL")
	default:
		q = q.Where("r.closed_at IS NULL")
	}
	for _, t := range f.Tokens {
		q = o.condition(q, caller, now, t)
	}
	return q
}

func (o *Office) condition(q *bun.SelectQuery, caller access.Caller, now time.Time, t Token) *bun.SelectQuery {
	switch t.Key {
	case "is":
		return isCondition(q, now, t.Value)
	case "phase":
		return q.Where("r.phase = ?", strings.Replace(t.Value, "systems", "search", 1))
	case "waiting":
		if t.Value == "systems" {
			return q.Where("r.phase = 'search'")
		}
		return q.Where("(r.phase = 'verification' OR r.held <> '')")
	case "right":
		if t.Value == "opt_out" || t.Value == "opt-out" {
			return q.Where(`(r."right" LIKE 'opt_out.%' OR r."right" = 'limit_sensitive')`)
		}
		if right, err := policies.ParseRight(t.Value); err == nil {
			return q.Where(`r."right" = ?`, right)
		}
		return q.Where("1 = 0")
	case "law":
		if regime, err := o.book.Regime(t.Value); err == nil {
			return q.Where("r.regime = ?", regime.ID)
		}
		return q.Where("r.regime = ?", strings.ToUpper(t.Value))
	case "policy":
		return q.Where("r.policy = ?", t.Value)
	case "due":
		return q.Where("r.due_at <= ?", now.AddDate(0, 0, dueDays(t.Value)+1))
	case "assignee":
		return assigneeCondition(q, caller, t.Value)
	}
	if address, err := NormalAddress(t.Value); err == nil {
		return q.Where("r.person = ?", o.indexOf(address))
	}
	// A range instead of LIKE, so that both engines use the index.
	prefix := strings.ToUpper(t.Value)
	return q.Where("r.reference >= ? AND r.reference < ?", prefix, prefix+"~")
}

// gated leaves out the rights that never wait for proof.
const gated = `"right" NOT LIKE 'opt_out.%' AND "right" <> 'limit_sensitive'`

func isCondition(q *bun.SelectQuery, now time.Time, value string) *bun.SelectQuery {
	switch value {
	case "overdue":
		return q.Where("r.held = '' AND r.due_at <= ?", now)
	case "held":
		return q.Where("r.held <> ''")
	case "unverified":
		return q.Where("r.verified = 'none' AND " + gated)
	case "unread":
		return q.Where("r.unread")
	case "closed":
		return q.Where("r.phase = 'closed'")
	case "aside":
		return q.Where("r.phase = 'aside'")
	case "spam", "lapsed":
		return q.Where("r.phase = 'aside' AND r.outcome = ?", value)
	case "suspect":
		return q.Where("r.suspect <> ''")
	case "appeal":
		return q.Where("r.appeal_of <> 0")
	case "agent":
		return q.Where("r.agent_id <> 0")
	}
	return q
}

func assigneeCondition(q *bun.SelectQuery, caller access.Caller, value string) *bun.SelectQuery {
	switch value {
	case "me":
		return q.Where("r.assignee_id = ?", caller.ID)
	case "none", "nobody":
		return q.Where("r.assignee_id = 0")
	}
	id, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return q.Where("1 = 0")
	}
	return q.Where("r.assignee_id = ?", id)
}
