package console

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"dsr/identity"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/words"
)

// voice speaks the console's language: names of rights, places, people.
type voice struct {
	words.Printer
	people map[int64]string // members of staff by id
	near   map[int64]bool   // who serves a policy of the caller's
	book   *policies.Book
	words  *words.Catalogue
	office *requests.Office
}

// right names a right as the team calls it.
func (v voice) right(r policies.Right) string { return v.T("rights." + string(r) + ".team") }

// wants says what a right asks for, in the words of the form.
func (v voice) wants(r policies.Right) string { return v.T("ask.right." + string(r) + ".label") }

// place names a residence.
func (v voice) place(code string) string {
	if code == "" {
		return "Place unknown"
	}
	if !v.HasPlace(code) {
		return code
	}
	if strings.Contains(code, "-") {
		return v.Subdivision(code)
	}
	return v.Country(code)
}

// residence names where somebody lives in the middle of a sentence.
func (v voice) residence(code string) string {
	if code == "" {
		return "not known yet"
	}
	return v.place(code)
}

// livesIn names a residence on its own.
func (v voice) livesIn(code string) string {
	if code == "" {
		return "residence not known yet"
	}
	return v.place(code)
}

// language names a language in itself.
func (v voice) language(tag string) string { return v.words.In(tag).Language().Name }

// law names a regime by its id.
func (v voice) law(id string) string {
	if r, err := v.book.Regime(id); err == nil {
		return r.Name
	}
	return id
}

// point names a data point that a person can be asked for.
func (v voice) point(pack *policies.Pack, name string) string {
	if slices.ContainsFunc(pack.Identifiers, func(id policies.Identifier) bool { return id.Name == name }) || v.Has("proof.point."+name) {
		return v.office.PointLabel(pack, "en", name)
	}
	return "A data point that is not asked for any more"
}

// points names data points in a sentence.
func (v voice) points(pack *policies.Pack, names []string) string {
	labels := make([]string, len(names))
	for i, name := range names {
		labels[i] = lower(v.point(pack, name))
	}
	return strings.Join(labels, "; ")
}

// person names a member of staff.
func (v voice) person(id int64) string {
	if name := v.people[id]; name != "" {
		return name
	}
	return "Somebody who has left"
}

// namesOf lists the names of members of staff.
func namesOf(users []people.User) []string {
	names := make([]string, len(users))
	for i, u := range users {
		names[i] = u.Name
	}
	return names
}

// enumerated joins names: Joon Park, Mara Lindqvist or Priya Nair.
func enumerated(names []string, word string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + word + " " + names[len(names)-1]
}

// initials writes a name in two letters at most, for the round badge.
func initials(name string) string {
	parts := strings.Fields(name)
	if len(parts) == 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(parts[0])
	if len(parts) == 1 {
		return strings.ToUpper(string(first))
	}
	last, _ := utf8.DecodeRuneInString(parts[len(parts)-1])
	return strings.ToUpper(string(first) + string(last))
}

// sentence begins a text with a capital.
func sentence(s string) string {
	if s == "" {
		return s
	}
	r, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(r)) + s[size:]
}

// lower begins a text with a small letter, for the middle of a sentence.
func lower(s string) string {
	if s == "" {
		return s
	}
	r, size := utf8.DecodeRuneInString(s)
	return strings.ToLower(string(r)) + s[size:]
}

// groundName says in a few words why a request is refused or takes longer.
func groundName(ground string) string {
	if name := groundNames()[ground]; name != "" {
		return name
	}
	return sentence(strings.ReplaceAll(ground, "_", " "))
}

// groundNames are the grounds in the words of the team; the letters have
// their own.
func groundNames() map[string]string {
	return map[string]string{
		"id_not_verified":             "Identity could not be verified",
		"agent_unproven":              "The agent’s permission is not proved",
		"not_subject":                 "Nothing is held about this person",
		"processor_redirect":          "Held for another controller, who decides",
		"manifestly_unfounded":        "Manifestly unfounded",
		"excessive_repeat":            "Excessive because repeated",
		"free_quota_used":             "The free requests of the period are used up",
		"conditions_not_met":          "The conditions of the right are not met",
		"accurate_on_totality":        "The information is correct as it is",
		"disproportionate_search":     "The search would be out of proportion",
		"others_rights":               "Rights of others",
		"trade_secret":                "Trade secret",
		"legal_privilege":             "Legal privilege",
		"crime_tax":                   "Prevention of crime, or tax",
		"legal_obligation_retain":     "The law obliges us to keep it",
		"public_interest_task":        "Task in the public interest",
		"free_expression":             "Freedom of expression and information",
		"research_archive":            "Research or archive",
		"legal_claims":                "Legal claims",
		"legal_hold":                  "Legal hold in a dispute",
		"compelling_grounds":          "Compelling grounds of our own",
		"contract_transaction":        "Needed for the contract",
		"security_fraud":              "Security and fraud prevention",
		"exempt_sector":               "Another law rules this information",
		"optout_fraud_belief":         "Good reason to believe the opt-out is fraudulent",
		"sensitive_id_withheld":       "A number too dangerous to send",
		"not_searchable_7024c":        "Kept for legal reasons only, not searchable",
		"backup_deferred":             "In a safety copy, deleted when that is next used",
		"household_data":              "About a household, not this person alone",
		"admt_exception_human_appeal": "A person looks at the decision instead",
		"complex":                     "The request is complex",
		"number_of_requests":          "The person has made several requests",
		"necessary":                   "More time is reasonably necessary",
		"consultation":                "Others have to be asked first",
		"interference":                "The first date would disturb our work unreasonably",
		"format":                      "The information has to be turned into another form",
		"notice":                      "The new date is told in time",
	}
}

// letter names a letter by its heading, as whoever got it read it.
func (v voice) letter(kind string) string {
	key := strings.Replace(kind, "team_", "team.", 1)
	if kind == requests.LetterPartly {
		key = "partly"
	}
	return v.T("letters." + key + ".heading")
}

// certainty words how well a statement about a law is supported.
func certainty(c string) string {
	switch c {
	case "found":
		return "found in the source"
	case "from_knowledge":
		return "from knowledge, check before relying on it"
	}
	return strings.ReplaceAll(c, "_", " ")
}

// authorityName says what lets somebody act for another person.
func authorityName(a identity.Authority) string {
	switch a {
	case identity.SignedPermission:
		return "Signed permission"
	case identity.PowerOfAttorney:
		return "Power of attorney"
	}
	return "Parental responsibility"
}

// levelName says how somebody proves who they are, for a list of choices.
func levelName(l identity.Level) string { return sentence(requests.LevelName(l)) }

// bytesText writes a size for people: 18.4 MB.
func bytesText(n int64) string {
	switch {
	case n < 1000:
		return counted(int(n), "byte")
	case n < 1_000_000:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
