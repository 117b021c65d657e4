package policies

import "slices"

// The kinds of decisions that can need a second person.
const (
	ApproveRefusal  = "refusal"  // refuses in whole or part
	ApproveDeletion = "deletion" // deletes
)

// ApprovalKinds lists them in the order shown.
func ApprovalKinds() []string { return []string{ApproveRefusal, ApproveDeletion} }

// lintApproval checks what a pack wants a second person for.
func lintApproval(at placed, p *Pack) error {
	for i, kind := range p.Approval {
		switch {
		case !slices.Contains(ApprovalKinds(), kind):
			return at(kind, "%q is no decision that can be approved: choose refusal or deletion", kind)
		case slices.Contains(p.Approval[:i], kind):
			return at(kind, "approval names %s twice", kind)
		}
	}
	return nil
}

// approvalTexts lists the kinds for a comparison of two packs.
func (p *Pack) approvalTexts() []namedText {
	var list []namedText
	for _, kind := range p.Approval {
		list = append(list, namedText{kind, "a second person approves"})
	}
	return list
}
