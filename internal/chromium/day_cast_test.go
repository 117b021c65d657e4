package chromium_test

import (
	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// dayRequests are the forty requests that a working day begins with: all five
// policies, different rights and laws, some near their date and some past it.
// The appeal against "said no" is the fortieth.
func dayRequests() []state {
	one := func(right policies.Right) []policies.Right { return []policies.Right{right} }
	access := one(policies.Access)
	granted := decided(requests.Decide{Outcome: requests.Granted, Text: "It is done."})
	closed := append(decided(requests.Decide{Outcome: requests.Granted, Text: "It is done."}), act{5, "mara", requests.Close{Done: true}})
	begun, ready := []act{own, takeUp}, []act{own, takeUp, found}
	answered := func(day int) []act {
		return []act{own, takeUp, {day, "mara", requests.SendMessage{Text: "We are at it."}}}
	}
	mine := []act{own}
	return []state{
		{name: "a full copy", policy: "moxora", rights: access, residence: "GB", ago: 10, acts: mine},
		{name: "already late", policy: "moxora", rights: access, residence: "DE", ago: 45, acts: begun},
		{name: "a long case", policy: "moxora", rights: access, residence: "GB", ago: 20, acts: begun},
		{name: "due tomorrow", policy: "moxora", rights: access, residence: "FR", ago: 29, acts: mine},
		{name: "gone over", policy: "moxora", rights: one(policies.Correction), residence: "IE", ago: 40, acts: mine},
		{name: "to delete", policy: "moxora", rights: one(policies.Deletion), residence: "DE", ago: 8, acts: ready},
		{name: "move my data", policy: "moxora", rights: one(policies.Portability), residence: "ES", ago: 12, acts: mine},
		{name: "no more use", policy: "moxora", rights: one(policies.Objection), residence: "NL", ago: 6, acts: mine},
		{name: "restrict it", policy: "moxora", rights: one(policies.Restriction), residence: "SE", ago: 5, acts: mine},
		{name: "took it back", policy: "moxora", rights: one(policies.WithdrawConsent), residence: "DE", ago: 4, acts: mine},
		{name: "many forms", policy: "moxora", rights: access, residence: "GB", ago: 1, suspect: requests.SuspectMailbox},
		{name: "answered", policy: "moxora", rights: access, residence: "GB", ago: 15, acts: granted},
		{name: "closed well", policy: "moxora", rights: access, residence: "DE", ago: 22, acts: closed},
		{name: "answered late", policy: "moxora", rights: access, residence: "DE", ago: 44, acts: []act{own, takeUp, found, {41, "joon", requests.Decide{Outcome: requests.NothingFound, Text: "We hold nothing."}}}},

		{name: "prove it", policy: "nexoro", rights: access, residence: "FR", ago: 3},
		{name: "in part", policy: "nexoro", rights: access, residence: "IE", ago: 12, acts: ready},
		{name: "delete all", policy: "nexoro", rights: one(policies.Deletion), residence: "DE", ago: 7, acts: mine},
		{name: "mend my name", policy: "nexoro", rights: one(policies.Correction), residence: "DE", ago: 40, acts: begun},
		{name: "no place", policy: "nexoro", rights: access, ago: 3, acts: mine},
		{name: "brazil", policy: "nexoro", rights: access, residence: "BR", ago: 5, acts: mine},
		{name: "quebec", policy: "nexoro", rights: access, residence: "CA-QC", ago: 9, acts: mine},
		{name: "deleted", policy: "nexoro", rights: one(policies.Deletion), residence: "DE", ago: 30, acts: closed},

		{name: "for another", policy: "opvio", rights: access, residence: "GB", ago: 2, agent: &kay},
		{name: "sell nothing", policy: "opvio", rights: one(policies.OptOutSale), residence: "US-CA", ago: 5},
		{name: "california copy", policy: "opvio", rights: access, residence: "US-CA", ago: 10, acts: mine},
		{name: "california deletion", policy: "opvio", rights: one(policies.Deletion), residence: "US-CA", ago: 12, acts: mine},
		{name: "answered at once", policy: "opvio", rights: access, residence: "GB", ago: 9, acts: answered(1)},
		{name: "answered slowly", policy: "opvio", rights: access, residence: "GB", ago: 9, acts: answered(4)},
		{name: "object", policy: "opvio", rights: one(policies.Objection), residence: "FR", ago: 2, acts: mine},
		{name: "virginia", policy: "opvio", rights: access, residence: "US-VA", ago: 6, acts: mine},

		{name: "refuse it", policy: "sectora", rights: one(policies.Deletion), residence: "DE", ago: 8, acts: ready},
		{name: "send it back", policy: "sectora", rights: one(policies.Deletion), residence: "FR", ago: 9, acts: ready},
		{name: "stop the mail", policy: "sectora", rights: one(policies.OptOutMarketing), residence: "GB", ago: 20, acts: begun},
		{name: "portable", policy: "sectora", rights: one(policies.Portability), residence: "DE", ago: 4, acts: mine},
		{name: "scan copy", policy: "sectora", rights: access, residence: "DE", ago: 11, acts: mine},
		{name: "not for us", policy: "sectora", rights: access, residence: "GB", ago: 4, acts: []act{own, {1, "mara", requests.Dismiss{Outcome: requests.NotUs, Text: "We run this for another company. Please write to them."}}}},

		{name: "said no", policy: "vensor", rights: access, residence: "DE", ago: 12, acts: append(decided(requests.Decide{Outcome: requests.RefusedAll, Ground: "others_rights", Text: "It would show other people."}),
			act{6, person, requests.Appeal{Text: "Then cover their names."}})},
		{name: "no machine", policy: "vensor", rights: one(policies.OptOutAI), residence: "NL", ago: 3},
		{name: "spanish export", policy: "vensor", rights: one(policies.Portability), residence: "ES", ago: 8, acts: granted},
	}
}

// beginDay makes the requests and hires whom the day needs besides: an auditor
// and who rules the house. From then on Sectora's refusals need a second
// person. It returns the references by the names of the states.
func (h *house) beginDay() map[string]string {
	h.Helper()
	h.hire("tom", access.Auditor)
	h.hire("noor", access.Administrator)
	references := map[string]string{}
	for _, s := range dayRequests() {
		references[s.name] = h.receive(s).reference
	}
	h.must(h.site.Office.SetApproval(h.Context(), h.team["noor"], h.now(), "sectora", []string{policies.ApproveRefusal}))
	h.deliver()
	return references
}
