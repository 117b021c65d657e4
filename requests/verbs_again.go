package requests

import "dsr/access"

// Reopen takes a request up again that had lapsed, was taken for spam or for
// none. It counts from its original receipt.
type Reopen struct {
	Reason string // of staff; a requester needs none
}

func (v Reopen) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActReopen, permission: access.Withdraw, change: Change{Letter: LetterReopened}}
	p.text = tidy(v.Reason)
	p.letters = []composer{reopenedLetter()}
	switch {
	case o.request.Outcome == Lapsed || o.request.Suspect == "":
	case o.request.Facts.Reading != nil: // the first letter waits until somebody says what the message asks for
		p.change.Letter, p.letters = "", nil
	default:
		p.change.Letter = LetterReceived
		var err error
		if p.letters, err = o.heldBack(); err != nil {
			return nil, err
		}
	}
	if o.caller.Kind != access.Staff {
		p.letters = append(p.letters, toAssignee(o, LetterReplied)...)
	}
	return p, nil
}

// Clear says that a request which looked like abuse is a person's. Its first
// letter, held back until now, goes out.
type Clear struct{}

func (Clear) plan(o *occasion) (*plan, error) {
	letters, err := o.heldBack()
	p := &plan{act: ActClear, permission: access.TakeUp, change: Change{Letter: LetterReceived}, letters: letters}
	if o.request.Suspect == "" {
		p.object("", "Nothing is suspected of this request.")
	}
	p.objections = append(p.objections, o.againstUnread()...)
	return p, err
}

// lapse sets a request aside because nobody proved in time that it is theirs.
// It is no refusal: opening it again takes one click.
type lapse struct{}

func (lapse) plan(o *occasion) (*plan, error) {
	return &plan{act: ActLapse, permission: access.Remind, change: Change{Outcome: Lapsed, Letter: LetterLapsed}, letters: []composer{lapsedLetter()}}, nil
}

// Renew makes the files of an answer ready to be fetched for another while.
type Renew struct{}

func (Renew) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActRenew, permission: access.Message}
	if o.request.Facts.FilesTill.IsZero() {
		p.object("", "This answer has no files.")
	}
	return p, nil
}

// collect notes that the requester fetched the files of the answer.
type collect struct{}

func (collect) plan(*occasion) (*plan, error) {
	return &plan{act: ActCollect, permission: access.Message}, nil
}

// filesEnded reports whether the time to fetch the answer's files is over.
func (r *Request) filesEnded(o *occasion) bool {
	return !r.Facts.FilesTill.IsZero() && o.now.After(r.Facts.FilesTill)
}
