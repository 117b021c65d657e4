package mailer

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strings"
	"time"
)

// LookupTXT asks for the texts of a name in the DNS, as net.Resolver does. A
// name without any is a *net.DNSError that says IsNotFound.
type LookupTXT func(ctx context.Context, name string) ([]string, error)

// DomainTime is how long all questions to the DNS about one domain may take.
const DomainTime = 5 * time.Second

// ErrDomain is returned for an address whose domain cannot be asked about.
var ErrDomain = errors.New("the sending address has no domain that stands in the DNS")

// ErrSelector is returned for what cannot be a DKIM selector.
var ErrSelector = errors.New("a DKIM selector is letters, digits and hyphens, with dots between them")

// How the DNS stands to one way of proving where mail comes from.
const (
	DomainGood    = "good"    // published, and does what it is for
	DomainWeak    = "weak"    // published, but receivers are told to do little
	DomainMissing = "missing" // nothing is published
	DomainUnknown = "unknown" // the DNS did not answer, or it cannot be found out
)

// DomainReport says what the DNS publishes about a domain that mail is sent
// from.
type DomainReport struct {
	Domain string       `json:"domain"`
	Hints  []DomainHint `json:"hints"`
}

// DomainHint is one thing that receivers look for.
type DomainHint struct {
	Name   string `json:"name"` // SPF, DKIM, DMARC
	State  string `json:"state"`
	Record string `json:"record,omitempty"` // as published
	Advice string `json:"advice"`           // what to do, in a sentence
}

// usualSelectors are those that mail providers give their customers; a DKIM
// record cannot be found without knowing its selector (RFC 6376, 3.1).
var usualSelectors = []string{"default", "dkim", "mail", "s1", "s2", "selector1", "selector2", "google", "k1", "fm1", "pm"}

var selectorForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// CheckDomain asks the DNS whether the domain of a sending address is ready to
// be believed: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489). selector
// is the DKIM one; without it the usual ones are tried. Whoever the address
// belongs to is not asked about: only its domain.
func CheckDomain(ctx context.Context, lookup LookupTXT, from, selector string) (DomainReport, error) {
	domain := DomainOf(from)
	if domain == "" {
		return DomainReport{}, ErrDomain
	}
	selector = strings.ToLower(strings.TrimSpace(selector))
	if selector != "" && (len(selector) > 63 || !selectorForm.MatchString(selector)) {
		return DomainReport{}, ErrSelector
	}
	ctx, cancel := context.WithTimeout(ctx, DomainTime)
	defer cancel()
	q := question{ctx: ctx, lookup: lookup, domain: domain}
	return DomainReport{Domain: domain, Hints: []DomainHint{q.spf(), q.dkim(selector), q.dmarc()}}, nil
}

// DomainOf returns the domain of an address as it stands in the DNS, or "".
func DomainOf(from string) string {
	address, _, err := parseAddress(from)
	if err != nil {
		return ""
	}
	domain := strings.ToLower(address.Address[strings.LastIndexByte(address.Address, '@')+1:])
	if !strings.Contains(domain, ".") || net.ParseIP(strings.Trim(domain, "[]")) != nil {
		return ""
	}
	return domain
}

// question is what is asked about one domain.
type question struct {
	ctx    context.Context
	lookup LookupTXT
	domain string
}

// find returns the texts of a name that begin as a record does. A name that is
// not there has none; anything else that goes wrong is an error.
func (q question) find(name, begins string) ([]string, error) {
	texts, err := q.lookup(q.ctx, name)
	var fault *net.DNSError
	if errors.As(err, &fault) && fault.IsNotFound {
		return nil, nil
	}
	var found []string
	for _, text := range texts {
		if text = strings.TrimSpace(text); strings.HasPrefix(strings.ToLower(text), begins) {
			found = append(found, text)
		}
	}
	return found, err
}

const noAnswer = "The DNS did not answer in time. Try again; if it stays so, ask whoever runs the network of this server."

func (q question) spf() DomainHint {
	h := DomainHint{Name: "SPF", State: DomainMissing, Advice: "Publish a TXT record at " + q.domain + " that begins with v=spf1, names your mail server and ends in -all. Your mail provider tells you which line it needs."}
	found, err := q.find(q.domain, "v=spf1")
	switch {
	case err != nil:
		h.State, h.Advice = DomainUnknown, noAnswer
		return h
	case len(found) == 0:
		return h
	case len(found) > 1:
		h.State, h.Record = DomainWeak, strings.Join(found, "\n")
		h.Advice = "There are several SPF records, and receivers then believe none (RFC 7208, 4.5). Join them into one."
		return h
	}
	h.State, h.Record = DomainGood, found[0]
	switch words := strings.Fields(strings.ToLower(found[0])); {
	case words[len(words)-1] == "-all" || strings.HasPrefix(words[len(words)-1], "redirect="):
		h.Advice = "Nothing to do, if the mail server named above is among those it lists."
	case words[len(words)-1] == "~all":
		h.Advice = "It works. Once you are sure that all your servers are listed, end it in -all, so that others cannot send in your name."
	default:
		h.State, h.Advice = DomainWeak, "It does not say what to do with mail from other servers. End it in -all."
	}
	return h
}

func (q question) dkim(selector string) DomainHint {
	h := DomainHint{Name: "DKIM", State: DomainUnknown}
	tried := usualSelectors
	if selector != "" {
		tried = []string{selector}
		h.State = DomainMissing
		h.Advice = "There is no key at " + selector + "._domainkey." + q.domain + ". Let your mail provider sign your letters and publish the key that it gives you."
	} else {
		h.Advice = "No key was found under the names that are usual. If your provider signs your letters, type the selector that it gave you and look again; if it does not, ask it to."
	}
	for _, s := range tried {
		texts, err := q.find(s+"._domainkey."+q.domain, "")
		if err != nil {
			h.State, h.Advice = DomainUnknown, noAnswer
			return h
		}
		for _, text := range texts {
			if key, found := tag(text, "p"); found {
				return dkimOf(s, text, key)
			}
		}
	}
	return h
}

// dkimOf words what a key's record says. One without a key is withdrawn.
func dkimOf(selector, text, key string) DomainHint {
	h := DomainHint{Name: "DKIM", State: DomainGood, Record: selector + ": " + text, Advice: "Nothing to do, if your mail server signs with this selector."}
	if key == "" {
		h.State, h.Advice = DomainMissing, "The key of the selector "+selector+" was withdrawn: letters signed with it are not believed. Publish a new one."
	}
	return h
}

func (q question) dmarc() DomainHint {
	h := DomainHint{Name: "DMARC", State: DomainMissing, Advice: "Publish a TXT record at _dmarc." + q.domain + " that begins with v=DMARC1; p=none; and names a mailbox for reports (rua=). Large providers refuse bulk mail without one. Tighten p later."}
	for name := q.domain; name != ""; name = parent(name) {
		found, err := q.find("_dmarc."+name, "v=dmarc1")
		if err != nil {
			h.State, h.Advice = DomainUnknown, noAnswer
			return h
		}
		if len(found) == 0 {
			continue
		}
		h.Record = found[0]
		switch p, _ := tag(found[0], "p"); strings.ToLower(p) {
		case "reject", "quarantine":
			h.State, h.Advice = DomainGood, "Nothing to do."
		default:
			h.State, h.Advice = DomainWeak, "It only watches. Once its reports show your own letters as genuine, set p=quarantine, then p=reject, so that nobody else writes in your name."
		}
		return h
	}
	return h
}

// parent is the domain above, where a policy for all below it may stand; "" at
// the top.
func parent(domain string) string {
	_, above, _ := strings.Cut(domain, ".")
	if !strings.Contains(above, ".") {
		return ""
	}
	return above
}

// tag reads one tag of a record of name=value pairs (RFC 6376, 3.2).
func tag(record, name string) (string, bool) {
	for pair := range strings.SplitSeq(record, ";") {
		key, value, found := strings.Cut(pair, "=")
		if found && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
