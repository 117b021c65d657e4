package policies

import (
	"slices"

	"dsr/identity"
)

// ProofAsked is how much proof of identity a controller asks for where that is
// less than the law allows. It cannot ask for more.
type ProofAsked struct {
	Rights  []Right        `yaml:"rights" validate:"required"`
	Level   identity.Level `yaml:"level" validate:"required,oneof=none locate mailbox reauthentication two_points three_points"`
	Because string         `yaml:"because" validate:"required"` // in a sentence: why that is enough
}

// ProofAsked returns what the pack says about proof for a right; false when it
// leaves that to the law.
func (p *Pack) ProofAsked(right Right) (ProofAsked, bool) {
	for _, asked := range p.Identity {
		if right.In(asked.Rights) {
			return asked, true
		}
	}
	return ProofAsked{}, false
}

// level is what somebody must prove: what the law lets the controller ask for
// at most, or less where the pack says so. An opt-out needs nothing unless the
// pack asks for what finds the record.
func (p *Pack) level(right Right, most identity.Level) identity.Level {
	level := most
	if right.IsOptOut() {
		level = identity.None
	}
	if asked, says := p.ProofAsked(right); says {
		level = asked.Level
	}
	if level.Needs(most) {
		return most
	}
	return level
}

// MostProof is the most proof a law lets the controller ask for by default.
// For an opt-out that is never more than what finds the record, and for one
// that the law does not know no more than for those it knows.
func (v *RegimeVersion) MostProof(right Right) identity.Level {
	most := identity.Mailbox
	if right.IsOptOut() {
		most = v.mostForOptOuts()
	}
	for _, rule := range v.Identity {
		if right.In(rule.Rights) {
			most = identity.Level(rule.Level)
			break
		}
	}
	if right.IsOptOut() && most.Needs(identity.Locate) {
		return identity.Locate
	}
	return most
}

// mostForOptOuts is the least that a law allows for any opt-out it knows, so
// that one it does not know is not gated more; what finds the record where it
// knows none.
func (v *RegimeVersion) mostForOptOuts() identity.Level {
	most := identity.Locate
	for _, rule := range v.Identity {
		if level := identity.Level(rule.Level); slices.ContainsFunc(rule.Rights, Right.coversOptOuts) && most.Needs(level) {
			most = level
		}
	}
	return most
}

// coversOptOuts reports whether an entry of a list of rights stands for an
// opt-out or a limit, among others or alone.
func (r Right) coversOptOuts() bool { return r.IsOptOut() || r == anyOptOut || r == anyRight }

// lintProof checks what a pack asks for as proof.
func lintProof(at placed, p *Pack) error {
	seen := map[Right]bool{}
	for _, asked := range p.Identity {
		for _, right := range asked.Rights {
			if !slices.Contains(append(Rights(), anyOptOut, anyRight), right) {
				return at(string(right), "%q is no right: choose one of %s", right, joinRights(Rights()))
			}
			if right.coversOptOuts() && asked.Level.Needs(identity.Locate) {
				return at("level: "+string(asked.Level), "%s covers an opt-out, which takes none or locate and never %s: no opt-out waits for proof (11 CCR 7060(b)); name the other rights one by one", right, asked.Level)
			}
		}
		for _, right := range append(Rights(), Appeal, Complaint) {
			if !right.In(asked.Rights) {
				continue
			}
			if seen[right] {
				return at("because: "+asked.Because, "identity speaks of %s twice", right)
			}
			seen[right] = true
		}
	}
	return nil
}

// lintMostProof checks that a law in force says for each right it gives how
// much proof it allows, and lets no opt-out wait for more than what finds the
// record.
func lintMostProof(at placed, v *RegimeVersion) error {
	for _, rule := range v.Identity {
		if slices.ContainsFunc(rule.Rights, Right.coversOptOuts) && identity.Level(rule.Level).Needs(identity.Locate) {
			return at(rule.Source, "version %s lets an opt-out wait for %s: none or locate is the most", v.Version, rule.Level)
		}
	}
	for _, right := range append(Rights(), Appeal, Complaint) {
		if v.answerClock(right) == nil && v.unnumbered(right) == nil {
			continue
		}
		if !slices.ContainsFunc(v.Identity, func(rule IdentityRule) bool { return right.In(rule.Rights) }) {
			return at(v.Version, "version %s gives the right %s and says nothing of it under identity", v.Version, right)
		}
	}
	return nil
}
