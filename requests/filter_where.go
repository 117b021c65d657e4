package requests

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/policies"
)

// clause is one condition of a query with its arguments.
type clause struct {
	text string
	args []any
}

func where(text string, args ...any) clause { return clause{text, args} }

// eitherKeys are those whose words exclude each other: two of them mean the one
// or the other, where two words of other keys mean both.
var eitherKeys = [...]string{"right", "law", "policy", "place", "phase", "assignee"}

// scope is the condition of what a caller may see; it stands in every query.
func scope(q *bun.SelectQuery, caller access.Caller) *bun.SelectQuery {
	return servedBy(q, caller, "r.policy")
}

// servedBy keeps a query to what a caller's policies allow.
func servedBy(query *bun.SelectQuery, caller access.Caller, column string) *bun.SelectQuery {
	ids, all := caller.Policies.List()
	switch {
	case all:
		return query
	case len(ids) == 0:
		return query.Where("1 = 0")
	}
	return query.Where(filtering(query.DB(), column)+" IN ?", bun.Tuple(ids))
}

// filtering names a column for which no index shall be chosen: rows that another
// one found are sorted out, or sorted, by it. SQLite would begin with it, because
// its statistics count no further than some thousand rows of a policy, and read a
// fifth of all requests for one page.
func filtering(db bun.IDB, column string) string {
	if database.EngineOf(db) == database.SQLite {
		return "+" + column
	}
	return column
}

// apply adds the filter's conditions and the caller's scope to a query.
func (o *Office) apply(q *bun.SelectQuery, caller access.Caller, now time.Time, f Filter) *bun.SelectQuery {
	q = scope(q, caller)
	switch {
	case f.Any:
	case f.Closed:
		q = q.Where("r.closed_at IS NOT NULL")
	default:
		q = q.Where("r.closed_at IS NULL")
	}
	either := map[string][]clause{}
	for _, t := range f.Tokens {
		c := o.condition(caller, now, f, t)
		switch {
		case c.text == "":
		case slices.Contains(eitherKeys[:], t.Key):
			either[t.Key] = append(either[t.Key], c)
		default:
			q = q.Where(c.text, c.args...)
		}
	}
	for _, key := range eitherKeys {
		q = anyOf(q, either[key])
	}
	return q
}

// anyOf adds conditions of which one must hold.
func anyOf(q *bun.SelectQuery, list []clause) *bun.SelectQuery {
	if len(list) == 0 {
		return q
	}
	texts := make([]string, len(list))
	var args []any
	for i, c := range list {
		texts[i], args = c.text, append(args, c.args...)
	}
	return q.Where("("+strings.Join(texts, " OR ")+")", args...)
}

// condition is what one word asks of a request; an empty clause asks nothing.
func (o *Office) condition(caller access.Caller, now time.Time, f Filter, t Token) clause {
	switch t.Key {
	case "is":
		return isCondition(now, t.Value)
	case "has":
		return hasCondition(t.Value)
	case "phase":
		return where("r.phase = ?", strings.Replace(t.Value, "systems", "search", 1))
	case "waiting":
		return waitingCondition(t.Value)
	case "right":
		return rightCondition(t.Value)
	case "law":
		return where("r.regime = ?", o.regimeID(t.Value))
	case "policy":
		return where(filtering(o.db.Read(), "r.policy")+" = ?", t.Value)
	case "place":
		return placeCondition(t.Value)
	case "assignee":
		return assigneeCondition(caller, t.Value)
	case "label":
		return labelCondition(t.Value, f)
	case "due":
		return where("r.due_at <= ?", now.AddDate(0, 0, days(t.Value)+1))
	case "received":
		return where("r.received_at >= ?", now.AddDate(0, 0, -days(t.Value)))
	case "closed":
		return where("r.phase = 'closed' AND r.closed_at >= ?", now.AddDate(0, 0, -days(t.Value)))
	case "":
		return o.searched(t.Value)
	}
	return clause{}
}

// searched finds an address by its blind index, anything else as the beginning
// of a reference: by a range, so that both engines use the index.
func (o *Office) searched(value string) clause {
	if address, err := NormalAddress(value); err == nil {
		return where("r.person = ?", o.indexOf(address))
	}
	prefix := strings.ToUpper(value)
	return where("r.reference >= ? AND r.reference <= ?", prefix, prefix+strings.Repeat("Z", 20)) // no sign of a reference sorts behind Z
}

// regimeID finds a law by its short name, however it is written.
func (o *Office) regimeID(value string) string {
	if regime, err := o.book.Regime(value); err == nil {
		return regime.ID
	}
	return strings.ToUpper(value)
}

// unknown says which laws and policies of a filter do not exist for a caller.
func (o *Office) unknown(caller access.Caller, f Filter) (faults []string) {
	for _, t := range f.Tokens {
		switch t.Key {
		case "law":
			if _, err := o.book.Regime(o.regimeID(t.Value)); err != nil {
				faults = append(faults, "law:"+t.Value+" is no law that is loaded. "+exampleOf("law"))
			}
		case "policy":
			if _, err := o.book.Pack(t.Value); err != nil || !caller.May(access.View, t.Value) {
				faults = append(faults, "policy:"+t.Value+" is no policy you work with. "+exampleOf("policy"))
			}
		}
	}
	return faults
}

func rightCondition(value string) clause {
	if anyOptOut(value) {
		return where(`(r."right" LIKE 'opt_out.%' OR r."right" = 'limit_sensitive')`)
	}
	right, _ := policies.ParseRight(value) // it was read before
	return where(`r."right" = ?`, right)
}

func placeCondition(value string) clause {
	code := strings.ToUpper(value)
	switch {
	case value == "unknown":
		return where("r.residence = ''")
	case strings.Contains(code, "-"):
		return where("r.residence = ?", code)
	}
	return where("(r.residence = ? OR substr(r.residence, 1, 3) = ?)", code, code+"-")
}

// labelCondition asks each open request for a label, because a page finds enough
// of them soon; of what has ended there is so much that the label is asked for
// its requests.
func labelCondition(value string, f Filter) clause {
	if f.Closed || f.Any {
		return where("r.id IN (SELECT l.request_id FROM request_labels AS l WHERE l.label = ?)", NormalLabel(value))
	}
	return where("EXISTS (SELECT 1 FROM request_labels AS l WHERE l.request_id = r.id AND l.label = ?)", NormalLabel(value))
}

func waitingCondition(value string) clause {
	switch value {
	case "systems":
		return where("r.phase = 'search'")
	case "team":
		return where("r.phase IN ('triage', 'decision') AND r.held = ''")
	}
	return where("(r.phase = 'verification' OR r.held <> '')")
}

// gated leaves out the rights that never wait for proof.
const gated = `"right" NOT LIKE 'opt_out.%' AND "right" <> 'limit_sensitive'`

func isCondition(now time.Time, value string) clause {
	switch value {
	case "overdue":
		return where("r.held = '' AND r.due_at <= ?", now)
	case "held":
		return where("r.held <> ''")
	case "unverified":
		return where("r.verified = 'none' AND " + gated)
	case "unread":
		return where("r.unread")
	case "to-approve":
		return where("r.approval <> ''")
	case "closed":
		return where("r.phase = 'closed'")
	case "aside":
		return where("r.phase = 'aside'")
	case "spam", "lapsed", "no-request":
		return where("r.phase = 'aside' AND r.outcome = ?", strings.ReplaceAll(value, "-", "_"))
	case "suspect":
		return where("r.suspect <> ''")
	case "appeal":
		return where("r.appeal_of <> 0")
	case "agent":
		return where("r.agent_id <> 0")
	}
	return clause{}
}

func hasCondition(value string) clause {
	switch value {
	case "reply": // the requester did the last thing, and it was not the request itself
		return where("r.unread AND r.last_act <> 'receive'")
	case "files":
		return where("EXISTS (SELECT 1 FROM files AS f WHERE f.request_id = r.id AND f.author = 'requester' AND f.deleted_at IS NULL)")
	case "label":
		return where("EXISTS (SELECT 1 FROM request_labels AS l WHERE l.request_id = r.id)")
	case "extension":
		return where("EXISTS (SELECT 1 FROM clocks AS k WHERE k.request_id = r.id AND k.extended)")
	}
	return where("r.agent_id <> 0")
}

func assigneeCondition(caller access.Caller, value string) clause {
	switch value {
	case "me":
		return where("r.assignee_id = ?", caller.ID)
	case "none", "nobody":
		return where("r.assignee_id = 0")
	}
	id, _ := strconv.ParseInt(value, 10, 64) // it was read before
	return where("r.assignee_id = ?", id)
}
