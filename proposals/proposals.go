// Package proposals reads a letter's words and proposes what it may be about:
// which rights somebody asks for, where they live, which law they name, in
// which language they write, and whether it looks like no request at all. It
// proposes and never decides: each finding names the words it stands on and
// the rule that found them, so that a person can see why and say yes or no.
//
// The rules are YAML files a lawyer can read and extend, one for each language
// (rules/*.yaml). A phrase of a rule is written in words:
//
//	delete            the word, whatever its case, accents and punctuation
//	delete/erase      one of several
//	get_rid_of        several words in one place, as in delete/get_rid_of
//	delet*  *daten    any ending, any beginning
//	(please)          may be missing
//	..3               up to three other words
//	<mydata>          one phrase of the list of that name
//	^                 the beginning or the end of a line
//	99999             a number of as many digits, at least four
//
// A phrase never reaches over the end of a sentence. A finding that shares a
// word with one of its rule's "not" phrases is dropped, and so is one that
// shares a word with a finding of a rule that says it stands "instead_of" it. An
// exception of a file with "letter" takes back what the whole letter seems to
// ask: who writes "please do not delete my account" does not ask for it three
// lines further down, where only the reason stands. It does so "unless" another
// phrase shares a word with it: "why do you not delete my account" takes nothing
// back.
//
// The package refuses to know requests, stores, clocks, mail and what a law
// says. Names of rights are those of policies, ids of laws those of its files;
// a test compares them.
package proposals

import (
	"errors"
)

// ErrRules is wrapped by every fault of a rule file: the rest of the error
// names file, line and column.
var ErrRules = errors.New("the rules cannot be read")

// MaxText is how many bytes of words of a letter are read, subject and text
// together. What follows is not read; Reading.Cut says so.
const MaxText = 64 << 10

// maxWords is the same limit in words, for letters of very short ones.
const maxWords = 12_000

// Right is the name of a right, as in policies: "access", "opt_out.marketing".
type Right = string

// The strengths of a rule. Sure: the words hardly mean anything else. Likely:
// they usually mean it. Hint: worth a look.
const (
	Sure   = "sure"
	Likely = "likely"
	Hint   = "hint"
)

// The two parts of a letter that a finding can lie in.
const (
	InSubject = "subject"
	InText    = "text"
)

// Finding is a proposal and the words that led to it.
type Finding struct {
	Right      Right  // of a sign of no request its kind: "advertising", "invoice" …
	Rule       string // id of the rule, for Book.Rule
	In         string // InSubject or InText
	Start, End int    // bytes in that part
}

// Place is where the writer seems to live.
type Place struct {
	Code       string // ISO 3166: "DE", "US-CA"
	Rule       string
	In         string // InSubject or InText
	Start, End int    // bytes in that part
}

// LawNamed is a law the letter names.
type LawNamed struct {
	Law        string // id of the law's file in policies: "EU_GDPR", "US-VA"
	Rule       string
	In         string // InSubject or InText
	Start, End int    // bytes in that part
}

// Reading is everything that is proposed about one letter. In each list the
// strongest stands first, and of equal ones the first in the letter.
type Reading struct {
	Language    string    // one of Languages, or "" where it cannot be said
	Rights      []Finding // one right may be found in several places
	Doubted     []Right   // rights that words of the letter speak of and other words take back
	Residence   []Place
	NotARequest []Finding
	Law         []LawNamed
	Cut         bool // the letter is longer than MaxText; its end was not read
}

// Rule is what the house can show about a rule.
type Rule struct {
	ID       string
	Language string // "" where it holds in every language
	Proposes string // the right, sign or law; "" for residence, where the words decide
	Strength string // Sure, Likely or Hint
	Reason   string // one English line for staff
	File     string
	Line     int // where the rule begins, counted from 1
	Phrases  []string
	Not      []string
}

// Book is all rules, compiled. It never changes after Load, so many goroutines
// may read with it.
type Book struct {
	rules     map[string]*rule
	alphabet  *alphabet
	phrases   []*phrase
	starts    map[atom][]*phrase // by the words a phrase can begin with
	lists     int                // how many lists have a number
	languages *languages
	places    map[string]string // code by folded name
	replies   map[string]bool   // "re", "aw": how a subject begins that answers
	short     map[string]bool   // words whose full stop ends no sentence
}

// Languages lists the languages there are rules for, as the house writes them.
func Languages() []string {
	return []string{"en", "de", "fr", "es", "pt-PT", "nl", "it", "pl"}
}

// Signs lists the kinds of letters that are no requests.
func Signs() []string {
	return []string{"advertising", "invoice", "job_application", "newsletter", "press", "product_question"}
}

// Rule returns a rule by the id of a finding.
func (b *Book) Rule(id string) (Rule, bool) {
	r, known := b.rules[id]
	if !known {
		return Rule{}, false
	}
	return r.Rule, true
}

// Rules lists all rules by id, in no particular order.
func (b *Book) Rules() []Rule {
	list := make([]Rule, 0, len(b.rules))
	for _, r := range b.rules {
		list = append(list, r.Rule)
	}
	return list
}
