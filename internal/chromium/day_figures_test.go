package chromium_test

import (
	"fmt"
	"strings"
	"time"

	"dsr/policies"
)

// shownFigures are what the dashboard says, as it stands on the page.
type shownFigures struct {
	Tiles    [][2]string // name and figure
	Rights   [][2]string // what was received, by right
	Promises [][2]string // name and "kept 3 of 4"
	States   [][2]string // what is open, by state
	Answers  [][2]string // right and law, and how many answers
}

const readFigures = `({
	Tiles: [...document.querySelectorAll('.figures > div')].map(d => [d.children[0].innerText, d.children[1].innerText.replace(/\s+/g, ' ')]),
	Rights: [...document.querySelectorAll('[aria-label="Received by right"] tbody tr')].map(r => [r.cells[0].innerText.trim(), r.cells[1].innerText]),
	Promises: [...document.querySelectorAll('.rp-promise')].map(p => [p.querySelector('span').innerText, p.querySelector('.fine').innerText]),
	States: [...document.querySelectorAll('.rp-states tbody tr')].map(r => [r.cells[0].innerText.trim(), r.cells[1].innerText]),
	Answers: [...document.querySelectorAll('.rp-drawn')].filter(t => t.caption.innerText === 'Days to answer').flatMap(t => [...t.tBodies[0].rows].map(r => [r.cells[1].innerText, r.cells[2].innerText])),
})`

// The timelines, without anything that was worked out from them but the dates
// that the office told people. An answer is the decision as it went out, or the
// word that the request is for somebody else.
const timelines = `WITH came AS (
	SELECT request_id, json_extract(data, '$.received.policy') AS policy, json_extract(data, '$.received.right') AS "right", json_extract(data, '$.received.law.regime') AS law
	FROM events WHERE act = 'receive' AND json_extract(data, '$.received.appeal_of') IS NULL),
ended AS (
	SELECT request_id, act, json_extract(data, '$.outcome') AS outcome FROM events AS e WHERE act IN ('close', 'dismiss', 'withdraw', 'lapse', 'set_aside_as_spam', 'set_aside_as_no_request')
	AND NOT EXISTS (SELECT 1 FROM events AS later WHERE later.request_id = e.request_id AND later.seq > e.seq AND later.act = 'reopen')),
answered AS (
	SELECT request_id, min(at) AS at FROM events WHERE act IN ('decide', 'approve_decision') OR act = 'dismiss' AND json_extract(data, '$.outcome') IN ('not_us', 'unproved') GROUP BY 1),
kept AS (
	SELECT e.request_id, m.value AS clock, min(e.at) AS at FROM events AS e, json_each(e.data, '$.met') AS m GROUP BY 1, 2),
law AS (
	SELECT request_id, min(due_at) AS due FROM clocks WHERE name IN ('respond.law', 'opt_out.law') AND NOT held GROUP BY 1),
promised AS (
	SELECT c.request_id, c.name, c.due_at AS due, kept.at FROM clocks AS c LEFT JOIN kept ON kept.request_id = c.request_id AND kept.clock = c.name WHERE c.name LIKE '%.promise' AND NOT c.held)
`

// number is one figure out of the timelines.
func (d *workday) number(query string, args ...any) (n int) {
	d.Helper()
	d.must(d.site.DB.Read().NewRaw(timelines+query, args...).Scan(d.Context(), &n))
	return n
}

// byName are figures out of the timelines, each by a name.
func (d *workday) byName(query string, args ...any) map[string]int {
	d.Helper()
	var rows []struct {
		Name string
		N    int
	}
	d.must(d.site.DB.Read().NewRaw(timelines+query, args...).Scan(d.Context(), &rows))
	all := map[string]int{}
	for _, r := range rows {
		all[r.Name] += r.N
	}
	return all
}

// rightName is how the dashboard calls a right.
func (d *workday) rightName(right string) string {
	d.Helper()
	if policies.Right(right).IsOptOut() && right != string(policies.LimitSensitive) {
		return "Opt-out"
	}
	name, err := d.site.Words.In("en").Text("rights." + right + ".team")
	d.must(err)
	return name
}

// says checks one line of the dashboard: a name, and how its figure begins.
func (d *workday) says(list [][2]string, name, want string) {
	d.Helper()
	for _, line := range list {
		if line[0] == name {
			if line[1] != want && !strings.HasPrefix(line[1], want+" ") && !strings.HasPrefix(line[1], want+",") {
				d.Errorf("the dashboard says of “%s” %q, the timelines %q", name, line[1], want)
			}
			return
		}
	}
	d.Errorf("the dashboard does not say “%s”, but %q", name, list)
}

// counts recounts the day by hand and reads the dashboard.
func (d *workday) counts() {
	w := d.mara
	w.jumps("gd", "/console/dashboard")
	shown := look[shownFigures](w.tab, readFigures)
	now := d.now()

	received := d.number("SELECT count(*) FROM came WHERE request_id NOT IN (SELECT request_id FROM ended WHERE act IN ('set_aside_as_spam', 'set_aside_as_no_request'))")
	d.says(shown.Tiles, "Received", fmt.Sprint(received))
	d.says(shown.Rights, "All", fmt.Sprint(received))
	if received != len(dayRequests()) {
		d.Errorf("the timelines know %d requests", received)
	}
	rights := map[string]int{}
	for right, n := range d.byName(`SELECT "right" AS name, count(*) AS n FROM came GROUP BY 1`) {
		rights[d.rightName(right)] += n
	}
	rest := received
	for _, line := range shown.Rights {
		if line[0] != "All" && line[0] != "Other" {
			d.says(shown.Rights, line[0], fmt.Sprint(rights[line[0]]))
			rest -= rights[line[0]]
		}
	}
	d.says(shown.Rights, "Other", fmt.Sprint(rest))

	closed := d.number("SELECT count(*) FROM ended")
	all := d.number("SELECT count(DISTINCT request_id) FROM events")
	d.says(shown.Tiles, "Open now", fmt.Sprint(all-closed))
	d.says(shown.States, "Answered, to close", fmt.Sprint(d.number("SELECT count(*) FROM answered WHERE request_id NOT IN (SELECT request_id FROM ended)")))
	if closed != 4 || all != 40 {
		d.Errorf("the timelines know %d requests, %d of them closed", all, closed)
	}
	d.countsAnswers(shown, now)
}

// countsAnswers recounts what was answered in time, by law and by promise.
func (d *workday) countsAnswers(shown shownFigures, now time.Time) {
	d.Helper()
	const late = "(SELECT came.request_id FROM came JOIN law USING (request_id) WHERE law.due <= ? AND request_id NOT IN (SELECT request_id FROM answered) AND request_id NOT IN (SELECT request_id FROM ended))"
	lateOpen := d.number("SELECT count(*) FROM "+late, now)
	answers := d.number("SELECT count(*) FROM answered JOIN came USING (request_id) JOIN law USING (request_id)")
	onTime := d.number("SELECT count(*) FROM answered JOIN came USING (request_id) JOIN law USING (request_id) WHERE answered.at < law.due")
	if lateOpen < 3 || onTime == answers {
		d.Errorf("the day proves little: %d late and open, %d of %d in time", lateOpen, onTime, answers)
	}
	percent := strings.TrimSuffix(fmt.Sprintf("%.1f", 100*float64(onTime)/float64(answers+lateOpen)), ".0")
	d.says(shown.Tiles, "Answered on time, by law", fmt.Sprintf("%s %% %d of %d", percent, onTime, answers+lateOpen))

	groups := d.byName(`SELECT "right" || ' ' || law AS name, count(*) AS n FROM came JOIN answered USING (request_id) GROUP BY 1`)
	if len(groups) != len(shown.Answers) {
		d.Errorf("the dashboard has answers for %q, the timelines for %v", shown.Answers, groups)
	}
	for group, n := range groups {
		right, law, _ := strings.Cut(group, " ")
		name, err := d.site.Words.In("en").Text("rights." + right + ".team")
		d.must(err)
		regime, err := d.site.Book.Regime(law)
		d.must(err)
		d.says(shown.Answers, name+", "+regime.Name, fmt.Sprint(n))
	}

	// A promise counts when it was kept, late or not, and when it ended unkept.
	promises := d.byName(`SELECT came.policy || ' ' || p.name AS name, count(*) AS n FROM came JOIN promised AS p USING (request_id)
		WHERE p.at IS NOT NULL OR p.due <= ? AND request_id NOT IN (SELECT request_id FROM ended) GROUP BY 1`, now)
	kept := d.byName(`SELECT came.policy || ' ' || p.name AS name, count(*) AS n FROM came JOIN promised AS p USING (request_id) WHERE p.at < p.due GROUP BY 1`)
	if len(promises) != len(shown.Promises) || len(promises) != 2 {
		d.Errorf("the dashboard has the promises %q, the timelines %v", shown.Promises, promises)
	}
	for i, name := range []string{"moxora respond.promise", "opvio first_response.promise"} {
		of := [...]string{"Moxora: answer in 30 days", "Opvio: first reply, typically in 48 hours"}[i]
		d.says(shown.Promises, of, fmt.Sprintf("kept %d of %d", kept[name], promises[name]))
	}
}
