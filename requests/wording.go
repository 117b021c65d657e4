package requests

import (
	"context"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/deadlines"
	"dsr/mailer"
	"dsr/policies"
	"dsr/wording"
	"dsr/words"
)

// Texts returns the texts that companies have given their letters.
func (o *Office) Texts() *wording.Book { return o.texts }

// speaks returns what speaks in a letter: for requesters the company's own
// text where there is one, with its version; for the team the catalogue.
func (o *Office) speaks(ctx context.Context, audience string, at wording.Place) (words.Printer, int, error) {
	if audience != "requester" {
		return o.words.In(at.Language), 0, nil
	}
	return o.texts.Printer(ctx, at)
}

// SaveText gives a letter a new text, on the audit trail of the house. seen is
// the number of the version that the form showed, restores the version that
// comes back, or 0. No texts are the shipped ones. The errors are ErrForbidden
// and those of wording.Book.Save.
func (o *Office) SaveText(ctx context.Context, caller access.Caller, now time.Time, at wording.Place, seen int, texts wording.Texts, restores int) (wording.Version, error) {
	if why := caller.WhyNot(access.Settings, at.Policy); why != "" {
		return wording.Version{}, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	if _, err := o.book.Pack(at.Policy); err != nil {
		return wording.Version{}, err
	}
	along := func(ctx context.Context, tx bun.Tx, v wording.Version) error {
		// The text itself is kept in its version; the trail names the sentences
		// that are not the shipped ones.
		detail := Detail{"policy": at.Policy, "letter": at.Kind, "language": at.Language, "version": v.Number, "own": slices.Sorted(maps.Keys(v.Texts))}
		if v.Restores != 0 {
			detail["restores"] = v.Restores
		}
		return houseEntry(ctx, tx, now, caller, "change_letter_text", detail)
	}
	return o.texts.Save(ctx, now, at, seen, texts, caller.Actor(), restores, along)
}

// Specimen is a letter as it would read for a real request, in one of the forms
// that it can take.
type Specimen struct {
	Name    string // of the form: "Waiting for proof"; "" where there is one only
	Subject string
	HTML    template.HTML // for a page of the console
	Page    string        // the HTML of the mail itself
	Text    string
	Fault   string // why this request cannot show it; then the rest is empty
}

// Specimens shows a letter with texts that need not be saved, for a request the
// caller may see. What the request does not have, a reason or a date that was
// never moved, is stood in for. Neither address nor name is shown. The errors
// are ErrNotFound, FieldErrors for another policy's request, and those of
// wording.Book.Check.
func (o *Office) Specimens(ctx context.Context, caller access.Caller, now time.Time, at wording.Place, texts wording.Texts, reference string) ([]Specimen, error) {
	speaks, err := o.texts.Draft(at, texts)
	if err != nil {
		return nil, err
	}
	return o.specimens(ctx, caller, now, at, speaks, reference)
}

func (o *Office) specimens(ctx context.Context, caller access.Caller, now time.Time, at wording.Place, speaks words.Printer, reference string) ([]Specimen, error) {
	seen, err := o.at(ctx, caller, now.UTC().Truncate(time.Microsecond), reference)
	if err != nil {
		return nil, err
	}
	if seen.request.Policy != at.Policy {
		return nil, FieldErrors{"reference": "This request belongs to another policy. Choose one of " + title(at.Policy) + "."}
	}
	var shown []Specimen
	for _, form := range seen.forms(at.Kind) {
		shown = append(shown, seen.specimen(form, speaks))
	}
	return shown, nil
}

// form is one of the forms that a kind of letter takes.
type form struct {
	name string
	composer
}

// specimen writes one form of a letter about a copy of the request, in the
// printer's language.
func (o *occasion) specimen(f form, speaks words.Printer) Specimen {
	after := o.request.clone()
	after.Language = speaks.Language().Tag
	if after.Facts.FilesTill.IsZero() {
		after.Facts.FilesTill = filesEnd(o.now)
	}
	if after.Facts.AppealOf == "" {
		after.Facts.AppealOf = after.Reference
	}
	s := Specimen{Name: f.name}
	var letter mailer.Letter
	err := after.compute(o.office.book, o.now)
	// Dates are those of the request; this letter knows rights that end a use alone.
	if f.kind == LetterOptedOut && !after.Right.IsOptOut() {
		after.Right = policies.OptOutMarketing
	}
	var d *draft
	if err == nil {
		d, err = o.shown(after, f.composer)
	}
	if err == nil {
		if f.internal() {
			d.link = o.office.baseURL + "/console/requests/" + after.Reference
		}
		letter, err = f.letter(d).Compose(speaks)
	}
	if err == nil {
		s.HTML, err = mailer.Preview(letter)
	}
	if err == nil {
		s.Subject, s.Text, s.Page = letter.Subject, mailer.PreviewText(letter), mailer.PreviewHTML(letter)
	}
	if err != nil {
		s.Fault = "This request never gets this letter in this form, so it cannot be shown with it. Choose another request."
	}
	return s
}

// forms lists the forms of a kind of letter, as they could be written about the
// request.
func (o *occasion) forms(kind string) []form {
	asked := &Proof{Points: []string{}, AskedAt: o.now}
	authority := &Proof{Authority: true, AskedAt: o.now}
	switch kind {
	case LetterReceived:
		double := composer{code: true, letter: func(d *draft) composable { return d.received([]*draft{d, d}) }}
		return []form{{"For one request", receivedLetter()}, {"For several requests", double}}
	case LetterNudge:
		wait := &proofWait{since: o.now, lapse: o.now.Add(LapseAfter)}
		mailbox := &proofWait{mailbox: true, since: o.now, lapse: wait.lapse}
		return []form{{"Waiting for the mailbox", nudgeLetter(mailbox, o.request.Channel, false)}, {"Waiting for proof, last", nudgeLetter(wait, o.request.Channel, true)}}
	case LetterProof:
		return []form{{"Of identity", proofLetter(asked, "", "")}, {"Of authority", proofLetter(authority, "", "")}}
	case LetterProofFailed:
		return []form{{"Of identity", proofFailedLetter(asked, "", "")}, {"Of authority", proofFailedLetter(authority, "", "")}}
	case LetterAppealDecided:
		return []form{
			{"Changed", appealDecidedLetter(Granted, "", "")}, {"Changed in part", appealDecidedLetter(Partly, "", "")}, {"It stands", appealDecidedLetter(RefusedAll, "", "")},
		}
	}
	return []form{{"", o.onlyForm(kind)}}
}

// onlyForm is forms for the letters that have one.
func (o *occasion) onlyForm(kind string) composer {
	ground := policies.RefusalGround{Ground: "others_rights", Source: o.regime.Law}
	if known := o.version.Grounds(o.request.Right); len(known) > 0 {
		ground = known[0]
	}
	switch kind {
	case LetterQuestion:
		return questionLetter("")
	case LetterThanks:
		return thanksLetter()
	case LetterLapsed:
		return lapsedLetter()
	case LetterReopened:
		return reopenedLetter()
	case LetterExtended:
		return o.extendedSpecimen()
	case LetterAnswer:
		return givenLetter(LetterAnswer, nil, "")
	case LetterPartly, LetterRefused:
		return refusalLetter(kind, "", "", ground, nil)
	case LetterWithdrawn:
		return withdrawnLetter()
	case LetterExpiring:
		return expiringLetter()
	case LetterAppeal:
		return appealLetter(o.request.Reference)
	case LetterOnBehalf:
		return onBehalfLetter(mailer.Unwritten)
	case LetterLink:
		return freshLinkLetter()
	case LetterAll:
		return allLinkLetter()
	}
	return o.outcomeForm(kind, ground)
}

// extendedSpecimen stands in for what only an extension has: a ground, and a
// day some weeks after the law's.
func (o *occasion) extendedSpecimen() composer {
	return composer{letter: func(d *draft) composable {
		letter := mailer.Extended{Case: d.matter(), Ground: "complex", Article: d.regime.Law, Reason: mailer.Unwritten, Regulator: d.regulator()}
		if len(d.version.Extensions) > 0 {
			letter.Ground, letter.Article = d.version.Extensions[0].Ground, policies.Cited(d.version.Extensions[0].Source)
		}
		letter.Was = deadlines.DateOf(d.now, d.place.Zone)
		if c := d.request.AnswerClock(policies.ByLaw); c != nil {
			letter.Was = c.Due.FirstDate
		}
		letter.Until = letter.Was.AddDays(30)
		return letter
	}}
}
