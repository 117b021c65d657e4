package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/people"
	"dsr/policies"
	"dsr/web/site"
)

// send hands the form in. When it answers with a receipt everything is durable;
// sent twice it is received once.
func (s *public) send(c echo.Context) error {
	values, err := site.Posted(c)
	if err != nil {
		return err
	}
	v, err := s.complete(c)
	if err != nil {
		return err
	}
	s.holdUp(v)
	// Whoever closes the browser now has pressed the button all the same.
	c.SetRequest(c.Request().WithContext(context.WithoutCancel(c.Request().Context())))
	// Of several presses at once the first counts; the others find its receipt.
	place := &s.sending[int(v.secret[0])%len(s.sending)]
	place.Lock()
	defer place.Unlock()
	if v, err = s.complete(c); err != nil {
		return err
	}
	return s.count(v, values)
}

// holdUp waits until a form that was filled in faster than people do is as old
// as theirs. That asks nothing of somebody whose browser filled it in, and makes
// each form dear to a machine.
func (s *public) holdUp(v *visit) {
	early := s.Limits.FormTime - s.Now().Sub(v.draft.Begun)
	if early <= 0 {
		return
	}
	wait := time.NewTimer(early)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-v.c.Request().Context().Done():
	}
}

// count counts a form against the limits and takes it in.
func (s *public) count(v *visit, values url.Values) error {
	if err := s.Allow(v.c, "intake", s.Network(v.c), s.Limits.Intake); err != nil {
		return s.slowCheck(v, err)
	}
	v.Signal = v.Signal || signalled(v.c)
	suspect, err := s.suspicion(v, values)
	if err != nil {
		return err
	}
	return s.receive(v, suspect)
}

// receive takes the form in and leads to its confirmation.
func (s *public) receive(v *visit, suspect string) error {
	submission := v.submission(v.pack.ID, v.identifiers(s.Book, v.pack, s.Now()))
	if s.signalAsks(v) {
		submission.Rights = append(submission.Rights, policies.OptOutSale)
	}
	submission.Nonce, submission.Language, submission.Suspect = nonceOf(v.secret), s.voice(v.c).Language().Tag, suspect
	ctx := v.c.Request().Context()
	receipt, err := s.Office.Receive(ctx, access.Caller{Kind: access.Requester}, s.Now(), submission)
	if err != nil {
		return err
	}
	if err := s.drafts.Sent(ctx, v.secret, receipt.SubmissionID); err != nil {
		s.Log.Error("a sent draft was not closed; sending it again gives the same receipt", "error", err)
	}
	return site.SeeOther(v.c, s.inLanguage(v.c, s.receiptURL(v.pack.ID, receipt.SubmissionID)))
}

func (s *public) slowCheck(v *visit, cause error) error {
	if !site.Is[people.ErrTooMany](cause) {
		return cause
	}
	return s.showCheck(v, http.StatusTooManyRequests, s.slowNotice(v.c, cause))
}

// nonceOf makes a submission of a draft the same one however often it is sent.
func nonceOf(secret string) string {
	sum := sha256.Sum256([]byte("submission of draft " + secret))
	return hex.EncodeToString(sum[:16])
}
