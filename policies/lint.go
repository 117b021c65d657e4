package policies

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"

	"dsr/deadlines"
	"dsr/strict"
)

var (
	packID   = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)
	prefixID = regexp.MustCompile(`^[A-Z]{3}$`)
	place    = regexp.MustCompile(`^[A-Z]{2}(-[A-Z0-9]{1,3})?$`)
)

// reserved are first parts of addresses that a policy may not take.
var reserved = []string{"console", "r", "assets", "brand", "mailbox", "api", "my", "language", "healthz", "robots.txt", "sign-in", "well-known"}

// phone leaves the way of writing a number free.
var phone = regexp.MustCompile(`^[+(]?[0-9][0-9 ()./-]{3,30}$`)

// placed makes an error that points at a text of the file.
type placed func(text, format string, args ...any) error

// placedIn places errors in the content of a file.
func placedIn(file string, data []byte) placed {
	return func(text, format string, args ...any) error {
		return strict.At(file, data, text, fmt.Sprintf(format, args...))
	}
}

// lintPack checks what the types of a pack cannot say.
func lintPack(file string, data []byte, p *Pack) error {
	at := placedIn(file, data)
	if !packID.MatchString(p.ID) || slices.Contains(reserved, p.ID) {
		return at("policy: "+p.ID, "policy %q cannot stand in an address: use lower-case letters, digits and hyphens", p.ID)
	}
	if !prefixID.MatchString(p.Prefix) {
		return at("prefix: "+p.Prefix, "prefix %q must be three capital letters", p.Prefix)
	}
	if p.Contacts.Phone != "" && !phone.MatchString(p.Contacts.Phone) {
		return at("phone: "+p.Contacts.Phone, "phone %q is no telephone number like +49 30 1234567", p.Contacts.Phone)
	}
	if err := lintRights(at, p); err != nil {
		return err
	}
	if err := lintPromises(at, p); err != nil {
		return err
	}
	if err := lintProof(at, p); err != nil {
		return err
	}
	if err := lintApproval(at, p); err != nil {
		return err
	}
	if err := lintReminders(at, &p.Reminders); err != nil {
		return err
	}
	if err := lintEmbed(at, &p.Embed); err != nil {
		return err
	}
	for _, text := range p.translated() {
		if err := text.lint(at); err != nil {
			return err
		}
	}
	return nil
}

// lintRights checks the rights that a pack promises.
func lintRights(at placed, p *Pack) error {
	seen := map[string]bool{}
	for _, r := range p.Rights {
		if !slices.Contains(Rights(), r.Right) {
			return at("right: "+string(r.Right), "%q is no right: choose one of %s", r.Right, joinRights(Rights()))
		}
		key := string(r.Right) + fmt.Sprint(r.Residences)
		if seen[key] {
			return at("right: "+string(r.Right), "the right %s is promised twice", r.Right)
		}
		seen[key] = true
		for _, code := range r.Residences {
			if !place.MatchString(code) {
				return at(code, "residence %q is no code like DE or US-CA", code)
			}
		}
	}
	return nil
}

func lintPromises(at placed, p *Pack) error {
	kinds := map[string][]ClockKind{
		"response":   {Acknowledge, FirstResponse, Respond, OptOut},
		"fulfilment": {Fulfil},
		"retention":  {Retention},
	}
	groups := map[string][]Promise{"response": p.Promises.Response, "fulfilment": p.Promises.Fulfilment, "retention": p.Promises.Retention}
	timed := false
	for _, group := range []string{"response", "fulfilment", "retention"} {
		for _, promise := range groups[group] {
			if !slices.Contains(kinds[group], promise.Clock) {
				return at(string(promise.Clock), "a %s promise cannot run the clock %s", group, promise.Clock)
			}
			if promise.Wording != "no_number" && promise.Term.IsZero() && group != "retention" {
				return at(promise.Evidence.Phrase, "the promise %q states no term: give one, or wording: no_number", promise.Evidence.Phrase)
			}
			if promise.Wording == "no_number" && !promise.Term.IsZero() {
				return at(promise.Evidence.Phrase, "the promise %q has a term, so its wording is firm or typical", promise.Evidence.Phrase)
			}
			rule := deadlines.Rule{Start: cmp.Or(promise.Starts, deadlines.FromReceipt), Term: promise.Term, Roll: deadlines.RollNone}
			if err := rule.Check(); err != nil && !promise.Term.IsZero() {
				return at(promise.Evidence.Phrase, "the promise %q: %s", promise.Evidence.Phrase, err)
			}
			timed = timed || group == "response" && !promise.Term.IsZero()
			for _, r := range promise.Rights {
				if r != anyRight && r != anyOptOut && !slices.Contains(Rights(), r) {
					return at(string(r), "%q is no right", r)
				}
			}
		}
	}
	if !timed && p.Promises.NoResponse == "" {
		return at("promises", "no response time is promised: say so in no_response, for the page to repeat")
	}
	return nil
}

// lintRegime checks what the types of a regime cannot say.
func lintRegime(file string, data []byte, r *Regime) error {
	at := placedIn(file, data)
	for _, code := range r.Residences {
		if !place.MatchString(code) {
			return at(code, "residence %q is no code like DE or US-CA", code)
		}
	}
	if err := r.lintAuthorities(at); err != nil {
		return err
	}
	var last *deadlines.Date
	for i, v := range r.Versions {
		if (v.From == nil) != (i == 0) && i > 0 {
			return at(v.Version, "version %s needs the day from which it applies", v.Version)
		}
		if last != nil && v.From != nil && *v.From <= *last {
			return at(v.Version, "version %s does not begin after the one before it", v.Version)
		}
		last = v.From
		if err := lintVersion(at, &v); err != nil {
			return err
		}
	}
	for _, e := range r.Examples {
		if _, err := time.Parse(time.RFC3339, e.Received); err != nil {
			return at(e.Received, "received %q is not written like 2026-03-02T09:00:00Z", e.Received)
		}
	}
	return nil
}

// lintAuthorities checks the names of the authority and of those by residence.
func (r *Regime) lintAuthorities(at placed) error {
	for _, code := range append([]string{""}, sortedKeys(r.Authorities)...) {
		a := r.AuthorityFor(code)
		if err := (translated{key: "name_in", base: a.Name, in: a.OtherNames}).lint(at); err != nil {
			return err
		}
	}
	return nil
}

func lintVersion(at placed, v *RegimeVersion) error {
	known := append(Rights(), Appeal, Complaint, anyOptOut, anyRight)
	type key struct {
		clock ClockKind
		right Right
	}
	seen := map[key]bool{}
	for _, c := range v.Clocks {
		rule := c.rule()
		if err := rule.Check(); err != nil {
			return at(c.Source, "clock %s: %s", c.Clock, err)
		}
		for _, right := range c.Rights {
			if !slices.Contains(known, right) {
				return at(string(right), "%q is no right", right)
			}
			k := key{c.Clock, right}
			if seen[k] {
				return at(string(right), "version %s sets the clock %s for %s twice", v.Version, c.Clock, right)
			}
			seen[k] = true
		}
	}
	return lintAgents(at, v)
}

// rule turns the clock of a file into a rule that computes.
func (c *RegimeClock) rule() deadlines.Rule {
	return deadlines.Rule{
		Start: c.Start, Term: c.Term, Roll: c.Roll,
		Suspends: c.Suspends, MovesStart: c.MovesStart,
		Extension: c.Extension, OpenEnded: c.OpenEnded,
		Sources: deadlines.Sources{
			Term: c.Source, Start: c.Sources.Start, Count: c.Sources.Count, Hold: c.Sources.Hold,
			Roll: c.Sources.Roll, Extension: c.Sources.Extension, Certainty: c.Certainty.Words(),
		},
	}
}

// Words writes the certainty for people.
func (c Certainty) Words() string {
	if c == "from_knowledge" {
		return "from knowledge"
	}
	return string(c)
}

func (r *Regime) allZones() []string {
	var zones []string
	if r.Zone != "" {
		zones = append(zones, r.Zone)
	}
	for _, zone := range r.Zones {
		zones = append(zones, zone)
	}
	return zones
}

func (r *Regime) allCalendars() []string {
	var ids []string
	if r.Calendar != "" {
		ids = append(ids, r.Calendar)
	}
	for _, id := range r.Calendars {
		ids = append(ids, id)
	}
	return ids
}
