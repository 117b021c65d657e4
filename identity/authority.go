package identity

import "fmt"

// Authority is what lets somebody act for another person.
type Authority string

// The authorities a controller accepts.
const (
	SignedPermission Authority = "signed_permission" // the person signed that this agent may ask (11 CCR 7063)
	PowerOfAttorney  Authority = "power_of_attorney" // Cal. Prob. Code 4121 ff. and its like elsewhere
	Parental         Authority = "parental"          // a parent or guardian of a child
)

// Authorities lists the authorities in the order in which pages offer them.
func Authorities() []Authority { return []Authority{SignedPermission, PowerOfAttorney, Parental} }

// ParseAuthority reads the name of an authority.
func ParseAuthority(s string) (Authority, error) {
	for _, a := range Authorities() {
		if Authority(s) == a {
			return a, nil
		}
	}
	return "", fmt.Errorf("%q is no authority: choose one of %v", s, Authorities())
}

// SpeaksAlone reports whether the authority stands for the person altogether,
// so that the person themselves need prove nothing more: a power of attorney
// (Cal. Civ. Code 1798.130, 11 CCR 7063(b)) and a parent's own right.
func (a Authority) SpeaksAlone() bool { return a == PowerOfAttorney || a == Parental }
