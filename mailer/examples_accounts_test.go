package mailer_test

import (
	"time"

	"dsr/mailer"
)

// accountLetters are about the accounts of staff.
func accountLetters() map[string]composed {
	console := team("").Console
	until := time.Date(2026, 11, 28, 14, 30, 0, 0, time.UTC)
	return map[string]composed{
		"team-invitation": mailer.Invitation{
			Console: console, Role: "handler", Policies: []string{"Moxora", "Opvio"}, Link: "https://privacy.moxora.example/console/welcome/k7d2", Until: until,
		},
		"team-new-password": mailer.NewPassword{Console: console, Link: "https://privacy.moxora.example/console/welcome/k7d2", Until: until},
		"team-factor-reset": mailer.FactorReset{Console: console, Link: "https://privacy.moxora.example/console/signin"},
	}
}
