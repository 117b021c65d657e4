package web_test

import "dsr/access"

// gate says for one address of the console who may come and what it is about.
// A route without a line here fails TestWhatAColleagueMayNotSeeDoesNotExist.
type gate struct {
	// needs is what it takes beside being signed in; "" is nothing.
	needs access.Permission
	// of is the thing the address names, "" for a page of the house or of the
	// caller's own. Its id is put in for the parameter.
	of thing
	// whole says that it is about all policies at once, so that nobody may who
	// serves some of them only.
	whole bool
	// open addresses are for who is not signed in.
	open bool
}

// thing is something that belongs to a policy, or to one colleague.
type thing string

const (
	aRequest  thing = "request"
	aDocument thing = "document"
	aPack     thing = "pack"
	aLetter   thing = "letter text" // of a policy
	aView     thing = "view"
	aBulk     thing = "bulk"
	aPerson   thing = "person"
	aSession  thing = "session"
	aPasskey  thing = "passkey"
	aMail     thing = "mail"
)

// gates is the table: one line a route.
func gates() map[string]gate {
	table := map[string]gate{
		"GET /console/signin": {open: true}, "POST /console/signin": {open: true}, "POST /console/signout": {open: true},
		"GET /console/signin/factor": {open: true}, "POST /console/signin/factor": {open: true},
		"GET /console/signin/forgotten": {open: true}, "POST /console/signin/forgotten": {open: true},
		"GET /console/signin/oidc": {open: true}, "GET /console/signin/oidc/callback": {open: true},
		"GET /console/signin/passkey": {open: true}, "POST /console/signin/passkey": {open: true},
		"GET /console/welcome/:token": {open: true}, "POST /console/welcome/:token": {open: true},

		"GET /console": {}, "GET /console/live": {}, "GET /console/*": {},
		"GET /console/me": {}, "POST /console/me/password": {}, "POST /console/me/theme": {}, "POST /console/me/notices": {},
		"GET /console/me/factors": {}, "GET /console/me/factors/app": {}, "POST /console/me/factors/app": {},
		"POST /console/me/factors/app/confirm": {}, "POST /console/me/factors/app/remove": {}, "POST /console/me/factors/codes": {},
		"GET /console/me/sessions": {}, "POST /console/me/sessions/end-others": {}, "POST /console/me/sessions/:session/end": {of: aSession},
		"GET /console/me/passkeys": {}, "POST /console/me/passkeys": {}, "GET /console/me/passkeys/new": {}, "POST /console/me/passkeys/new": {},
		"GET /console/me/passkeys/:passkey": {of: aPasskey}, "POST /console/me/passkeys/:passkey/name": {of: aPasskey}, "POST /console/me/passkeys/:passkey/remove": {of: aPasskey},
		"GET /console/me/calendar": {}, "POST /console/me/calendar": {}, "POST /console/me/calendar/choose": {}, "POST /console/me/calendar/revoke": {},
		"GET /console/keys": {}, "POST /console/keys": {},

		"GET /console/people": {needs: access.ManageStaff}, "GET /console/people/new": {needs: access.ManageStaff},
		"POST /console/people/new": {needs: access.ManageStaff}, "POST /console/people/factor": {needs: access.ManageStaff},
		"GET /console/people/:person": {needs: access.ManageStaff, of: aPerson}, "POST /console/people/:person": {needs: access.ManageStaff, of: aPerson},
		"POST /console/people/:person/:act": {needs: access.ManageStaff, of: aPerson},

		"GET /console/agents": {needs: access.Verify}, "GET /console/agents/:document": {needs: access.Verify, of: aDocument},
		"POST /console/agents/:document": {needs: access.Verify, of: aDocument}, "GET /console/agents/files/:file": {needs: access.Verify, of: aDocument},
		"GET /console/policies": {}, "GET /console/policies/:pack": {of: aPack}, "GET /console/laws/:law": {},

		"GET /console/views": {}, "POST /console/views": {}, "GET /console/views/:view": {of: aView}, "POST /console/views/:view": {of: aView},
		"POST /console/views/:view/delete": {of: aView}, "GET /console/columns": {}, "POST /console/columns": {}, "POST /console/export": {},
		"GET /console/bulk": {}, "POST /console/bulk": {}, "GET /console/bulk/:bulk": {of: aBulk}, "POST /console/bulk/:bulk/check": {of: aBulk},
		"POST /console/bulk/:bulk/start": {of: aBulk}, "POST /console/bulk/:bulk/again": {of: aBulk},

		"GET /console/mail": {}, "GET /console/mail/:mail": {of: aMail}, "POST /console/mail/:mail": {needs: access.TakeUp, of: aMail}, "GET /console/mail/:mail/original": {of: aMail},

		"GET /console/dashboard": {needs: access.Report}, "GET /console/reports": {needs: access.Report}, "GET /console/reports/figures.csv": {needs: access.Report},
		"GET /console/reports/yearly": {needs: access.Report}, "GET /console/reports/yearly.csv": {needs: access.Report},

		"GET /console/new": {needs: access.Receive}, "POST /console/new": {needs: access.Receive},

		"GET /console/requests/:reference": {of: aRequest}, "GET /console/requests/:reference/show": {of: aRequest}, "POST /console/requests/:reference/show": {of: aRequest},
		"GET /console/requests/:reference/why/:clock": {of: aRequest}, "GET /console/requests/:reference/letters/:letter": {of: aRequest},
		"GET /console/requests/:reference/letters/:letter/html": {of: aRequest}, "GET /console/requests/:reference/files/:file": {of: aRequest},
		"POST /console/requests/:reference/labels": {needs: access.Label, of: aRequest},
	}
	add := func(g gate, routes ...string) {
		for _, route := range routes {
			table["GET "+route], table["POST "+route] = g, g
		}
	}
	for permission, acts := range map[access.Permission][]string{
		access.TakeUp: {"confirm-reading", "take-up", "set-law", "spam", "no-request", "not-spam", "reopen"}, access.Search: {"findings", "note"}, access.Decide: {"decide"},
		access.Assign: {"assign"}, access.Close: {"close", "dismiss"}, access.Withdraw: {"withdraw"}, access.Extend: {"extend"}, access.Message: {"message"},
		access.Verify: {"ask-proof", "record-proof", "reject-proof"}, access.Clarify: {"ask-clarification", "record-clarification"},
		access.Approve: {"approve", "send-back"}, access.Correct: {"correct-receipt", "correct-address", "send-again"}, access.Evidence: {"evidence"},
	} {
		for _, act := range acts {
			add(gate{needs: permission, of: aRequest}, "/console/requests/:reference/"+act)
		}
	}
	const settings = "/console/settings"
	// Auditors read the settings and verify the trail.
	for _, route := range []string{"", "/letters", "/mail", "/keys", "/rules", "/rules/difference", "/retention", "/holidays"} {
		table["GET "+settings+route] = gate{needs: access.ReadAudit}
	}
	table["GET "+settings+"/approval"], table["POST "+settings+"/keys/verify"] = gate{}, gate{needs: access.ReadAudit}
	for _, route := range []string{"/mail/retry", "/mail/domain", "/retention/period", "/retention/dispute", "/approval"} {
		table["POST "+settings+route] = gate{needs: access.Settings}
	}
	table["POST "+settings+"/holidays"] = gate{needs: access.Settings, whole: true}
	const letter = settings + "/letters/:policy/:kind/:language"
	table["GET "+letter], table["GET "+settings+"/letters/:policy/:kind"] = gate{needs: access.ReadAudit, of: aLetter}, gate{needs: access.ReadAudit, of: aLetter}
	for _, route := range []string{"POST " + letter, "POST " + letter + "/reset", "POST " + letter + "/restore"} {
		table[route] = gate{needs: access.Settings, of: aLetter}
	}
	return table
}
