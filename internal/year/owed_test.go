package year_test

import (
	"slices"
	"strings"
	"time"

	"dsr/deadlines"
	"dsr/identity"
	"dsr/policies"
	"dsr/requests"
)

// owed is one reminder that somebody has a right to hear, worked out from the
// dates of the clocks.
type owed struct {
	key    string // respond.law/10d
	ladder string // what is told step by step
	at     time.Time
	final  bool      // nothing later stands for it: that a date has passed, and who hears of it
	law    bool      // the date is the law's
	since  time.Time // when somebody could have been told for the first time
}

// remindHour is when reminders of days are told, by the clock on the wall.
const remindHour = 7

func morning(d deadlines.Date, place deadlines.Place) time.Time {
	year, month, day := d.Civil()
	return time.Date(year, time.Month(month), day, remindHour, 0, 0, 0, place.Zone)
}

// workdays goes so many working days forward, or back.
func workdays(d deadlines.Date, n int, place deadlines.Place) deadlines.Date {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		d = d.AddDays(step)
		if !place.Calendar.Closed(d) {
			n--
		}
	}
	return d
}

// dues works every clock of a matter out as of an instant.
func (m *matter) dues(at time.Time) ([]deadlines.Due, error) {
	facts := m.facts
	facts.AsOf = at
	list := make([]deadlines.Due, len(m.ruling.Clocks))
	for i := range m.ruling.Clocks {
		var err error
		if list[i], err = m.ruling.Clocks[i].Rule.Due(&facts, m.place); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// metAt is when what a clock waits for was done, or zero.
func (m *matter) metAt(c *policies.Clock) time.Time {
	if at, met := m.met[c.Name()]; met {
		return at
	}
	first, second := m.replied, m.confirmed
	switch {
	case c.Kind == policies.FirstResponse:
		return first
	case c.Kind != policies.Acknowledge:
		return time.Time{}
	case second.IsZero() || !first.IsZero() && first.Before(second):
		return first
	}
	return second
}

// owes lists every reminder that follows from a matter as it stands at an
// instant, told or not, in order.
func (m *matter) owes(at time.Time) ([]owed, error) {
	dues, err := m.dues(at)
	if err != nil || !m.erased.IsZero() {
		return nil, err
	}
	var list []owed
	if m.open() {
		for i := range dues {
			c := &m.ruling.Clocks[i]
			if m.metAt(c).IsZero() {
				list = append(list, m.countdown(c, &dues[i])...)
			}
		}
		list = append(list, m.questions(dues)...)
	}
	list = append(list, m.waits(dues)...)
	if !m.filesTill.IsZero() && m.collected.IsZero() {
		list = append(list, owed{key: "files/ending", ladder: "files", at: m.filesTill.Add(-96 * time.Hour), final: true})
	}
	for i := range list {
		list[i].at = list[i].at.UTC().Truncate(time.Microsecond)
	}
	slices.SortFunc(list, func(a, b owed) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return strings.Compare(a.key, b.key)
	})
	return list, nil
}

// countdown lists what one running clock owes.
func (m *matter) countdown(c *policies.Clock, due *deadlines.Due) (list []owed) {
	if due.Held != "" {
		return nil
	}
	name, law := c.Name(), c.Basis == policies.ByLaw
	step := func(threshold string, at time.Time) {
		if at.After(m.facts.ReceivedAt) {
			final := threshold == "overdue" || threshold == "due"
			list = append(list, owed{key: name + "/" + threshold, ladder: name, at: at, final: final, law: law})
		}
	}
	last := min(due.Cautious, due.Date)
	hours := due.Before.IsZero()
	for _, lead := range m.leads(c.Kind, hours) {
		switch lead.Unit {
		case deadlines.CalendarDays:
			step(lead.Name(), morning(last.AddDays(-lead.N), m.place))
		case deadlines.BusinessDays:
			step(lead.Name(), morning(workdays(last, -lead.N, m.place), m.place))
		case deadlines.Hours:
			step(lead.Name(), due.At.Add(-time.Duration(lead.N)*time.Hour))
		default:
			step(lead.Name(), m.facts.ReceivedAt.Add(due.At.Sub(m.facts.ReceivedAt)/100*time.Duration(lead.N)))
		}
	}
	if hours {
		step("due", due.At)
	} else {
		step("today", morning(last, m.place))
		step("overdue", due.Before)
	}
	return append(append(list, m.escalations(c, due)...), m.lastCall(c, due)...)
}

// leads are how long before its end a clock is spoken of.
func (m *matter) leads(kind policies.ClockKind, hours bool) []deadlines.Lead {
	var list []deadlines.Lead
	for _, l := range m.pack.Leads(kind) {
		if (l.Unit == deadlines.Hours || l.Unit == deadlines.Percent) == hours {
			list = append(list, l)
		}
	}
	switch {
	case len(list) > 0:
		return list
	case hours:
		return []deadlines.Lead{{N: 50, Unit: deadlines.Percent}, {N: 75, Unit: deadlines.Percent}}
	}
	return []deadlines.Lead{{N: 10, Unit: deadlines.CalendarDays}, {N: 5, Unit: deadlines.CalendarDays}, {N: 3, Unit: deadlines.CalendarDays}, {N: 1, Unit: deadlines.CalendarDays}}
}

// escalations lists who else hears that a clock ran out, and when.
func (m *matter) escalations(c *policies.Clock, due *deadlines.Due) (list []owed) {
	for _, s := range m.pack.EscalationSteps() {
		key, at := c.Name()+"/"+s.To, due.Limit()
		if !s.After.IsZero() {
			key += "+" + deadlines.Lead(s.After).Name()
		}
		switch s.After.Unit {
		case deadlines.Hours:
			at = at.Add(time.Duration(s.After.N) * time.Hour)
		case deadlines.BusinessDays:
			at = morning(workdays(due.Date, s.After.N, m.place), m.place)
		case deadlines.CalendarDays:
			at = morning(due.Date.AddDays(s.After.N), m.place)
		}
		list = append(list, owed{key: key, ladder: key, at: at, final: true, law: c.Basis == policies.ByLaw})
	}
	return list
}

// lastCall is the last working day on which the law's answer can be extended.
func (m *matter) lastCall(c *policies.Clock, due *deadlines.Due) []owed {
	r := &c.Rule
	if !c.Answers() || c.Basis != policies.ByLaw || r.Extension.IsZero() && !r.OpenEnded || m.facts.Extension != nil || due.Before.IsZero() {
		return nil
	}
	for day := min(due.Cautious, due.FirstDate); day > due.Start; day = day.AddDays(-1) {
		if m.place.Calendar.Closed(day) {
			continue
		}
		if at := morning(day, m.place); at.After(m.facts.ReceivedAt) {
			return []owed{{key: c.Name() + "/extend", ladder: c.Name() + "/extend", at: at}}
		}
		break
	}
	return nil
}

// questions lists what is owed because a question holds a clock.
func (m *matter) questions(dues []deadlines.Due) (list []owed) {
	for _, h := range m.facts.Holds {
		if !h.To.IsZero() || !m.holds(dues, h.Kind) {
			continue
		}
		for _, age := range m.pack.QuestionAges() {
			day := deadlines.DateOf(h.From, m.place.Zone).AddDays(age.N)
			if age.Unit == deadlines.BusinessDays {
				day = workdays(deadlines.DateOf(h.From, m.place.Zone), age.N, m.place)
			}
			about := "question." + string(h.Kind)
			list = append(list, owed{key: about + "/" + deadlines.Lead(age).Name(), ladder: about, at: morning(day, m.place)})
		}
	}
	return list
}

// holds reports whether a question holds a clock that would run without it.
func (m *matter) holds(dues []deadlines.Due, kind deadlines.HoldKind) bool {
	for i := range dues {
		if dues[i].Held == kind && m.metAt(&m.ruling.Clocks[i]).IsZero() {
			return true
		}
	}
	return false
}

// waits lists what a wait for proof owes the requester: three letters at most,
// and the end of the wait.
func (m *matter) waits(dues []deadlines.Due) []owed {
	var since time.Time
	switch p := m.proof; {
	case m.right.IsOptOut() || !m.undecided() || m.suspect != "" || p.Given():
		return nil
	case p.Waiting():
		since = p.AskedAt.UTC()
	case !m.askedMailbox.IsZero() && m.ruling.Level == identity.Mailbox && identity.Mailbox.Needs(m.verified):
		since = m.askedMailbox
	default:
		return nil
	}
	lapse := since.Add(requests.LapseAfter)
	if due := m.lawsAnswer(dues); due != nil && due.Held == "" && due.Limit().Add(-24*time.Hour).Before(lapse) {
		lapse = due.Limit().Add(-24 * time.Hour)
	}
	if least := since.Add(72 * time.Hour); lapse.Before(least) {
		lapse = least
	}
	list := []owed{{key: "proof/lapse", ladder: "proof", at: lapse, final: true}, {key: "proof/last", ladder: "proof", at: lapse.Add(-24 * time.Hour)}}
	for _, early := range []struct {
		name  string
		after time.Duration
	}{{"24h", 24 * time.Hour}, {"72h", 72 * time.Hour}} {
		if at := since.Add(early.after); at.Before(lapse.Add(-24 * time.Hour)) {
			list = append(list, owed{key: "proof/" + early.name, ladder: "proof", at: at})
		}
	}
	return list
}

// lawsAnswer is when the law, or the house's target in its place, wants the
// answer.
func (m *matter) lawsAnswer(dues []deadlines.Due) *deadlines.Due {
	for _, basis := range []policies.Basis{policies.ByLaw, policies.ByTarget} {
		for i := range dues {
			if c := &m.ruling.Clocks[i]; c.Answers() && c.Basis == basis {
				return &dues[i]
			}
		}
	}
	return nil
}
