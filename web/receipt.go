package web

import (
	"context"
	"encoding/binary"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/deadlines"
	"dsr/identity"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

const receiptPurpose = "receipt/"

// receiptURL is the address of a confirmation: the number of the submission,
// signed. It can be kept and printed; it opens what was confirmed and nothing
// that came after.
func (s *public) receiptURL(policy string, submission int64) string {
	number := binary.BigEndian.AppendUint64(nil, uint64(submission))
	return "/" + policy + "/request/done/" + s.signed(receiptPurpose+policy, number)
}

// submissionOf reads the submission from a receipt, or returns ErrReceipt.
func (s *public) submissionOf(policy, token string) (int64, error) {
	number := s.opened(receiptPurpose+policy, token)
	if number == nil {
		return 0, site.ErrReceipt
	}
	return int64(binary.BigEndian.Uint64(number)), nil
}

type donePage struct {
	frame
	References []string
	Masked     string // the address that the confirmation goes to
	Later      bool   // the confirmation goes out when somebody has looked at it
	Requests   []*dates
	NoPromise  bool // the policy states no time
	Assumed    bool // the law is assumed, because the residence is not known
	Signal     bool // Global Privacy Control was recorded
	Proof      bool // the mailbox has to be proved first
	Work       bool // something has to be looked for, not only stopped
	Again      bool // the link was just sent again
	Codes      *codeField
	Problems   site.Problems
	Notice     string
	Follow     string // address to ask for a link to all requests at
}

// done confirms a submission: its references, its dates and why, and what
// happens next.
func (s *public) done(c echo.Context) error { return s.showDone(c, http.StatusOK, "") }

// showDone renders the confirmation, with what is wrong about a code.
func (s *public) showDone(c echo.Context, status int, problem string) error {
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return err
	}
	views, err := s.received(c, pack)
	if err != nil {
		return err
	}
	page := donePage{frame: s.frame(c, pack), Again: c.QueryParam("again") != "", Follow: s.followURL(pack)}
	page.Title = page.N("ask.done.heading", len(views))
	for _, v := range views {
		if err := s.confirm(&page, v); err != nil {
			return err
		}
	}
	if problem != "" {
		page.Bad, page.Problems = true, site.Problems{{Field: "code", Sentence: problem}}
	}
	if (page.Proof || problem != "") && !page.Later {
		receipt := s.receiptURL(pack.ID, views[0].SubmissionID)
		page.frame.Here = receipt
		page.Codes = &codeField{frame: page.frame, To: s.inLanguage(c, receipt+"/code"), Problem: problem}
	}
	return s.render(c, status, "ask/done", page)
}

// received opens the requests of a receipt as they stood when they came. What
// came after, such as an appeal, is none of them.
func (s *public) received(c echo.Context, pack *policies.Pack) ([]*requests.View, error) {
	submission, err := s.submissionOf(pack.ID, c.Param("receipt"))
	if err != nil {
		return nil, err
	}
	ctx, caller := c.Request().Context(), requests.RequesterOf(submission)
	list, err := s.Office.Mine(ctx, caller, s.Now())
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(r *requests.Request) bool { return r.AppealOf != 0 })
	if len(list) == 0 {
		return nil, site.ErrReceipt
	}
	views := make([]*requests.View, len(list))
	for i, r := range list {
		if views[i], err = s.Office.Open(ctx, caller, s.Now(), r.Reference, false); err != nil {
			return nil, err
		}
		if views[i].Request, err = asReceived(s.Book, views[i].Request); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// confirm adds one request to the confirmation.
func (s *public) confirm(page *donePage, v *requests.View) error {
	k, err := s.calendarOf(page.Printer, v, v.ReceivedAt)
	if err != nil {
		return err
	}
	k.past = deadlines.DateOf(s.Now(), k.place.Zone) != deadlines.DateOf(v.ReceivedAt, k.place.Zone)
	d, err := k.dates()
	if err != nil {
		return err
	}
	page.References = append(page.References, v.Reference)
	page.Requests = append(page.Requests, d)
	page.Masked = requests.Mask(writtenTo(v))
	page.Later = page.Later || v.Suspect != ""
	page.Assumed = page.Assumed || v.Provisional
	page.Signal = page.Signal || v.Facts.OptOut
	page.Proof = page.Proof || mailboxWanted(v.Request)
	page.Work = page.Work || !v.Right.IsOptOut() && v.Right != policies.WithdrawConsent
	page.NoPromise = v.Pack.Promises.NoResponse != ""
	return nil
}

// writtenTo is the address that the letters about a request go to.
func writtenTo(v *requests.View) string {
	if a := v.Person.Agent; a != nil && a.Email != "" {
		return a.Email
	}
	return v.Person.Email
}

// mailboxWanted reports whether opening the first letter proves something that
// is still wanted. An opt-out waits for nothing.
func mailboxWanted(r *requests.Request) bool {
	switch {
	case r.Right.IsOptOut():
		return false
	case r.Facts.Agent != nil:
		return !r.Facts.Agent.Mailbox
	}
	return r.Ruling.Level.Needs(identity.Locate) && identity.Mailbox.Needs(r.Verified)
}

// sendAgain mails a fresh link to whoever the receipt belongs to. The answer is
// always the same, also over the limit.
func (s *public) sendAgain(c echo.Context) error {
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return err
	}
	views, err := s.received(c, pack)
	if err != nil {
		return err
	}
	if err := s.mailFresh(c, views[0]); err != nil {
		return err
	}
	return site.SeeOther(c, s.inLanguage(c, c.Request().URL.Path+"?again=1"))
}

// enterReceived opens what the code of the first letter leads to. A code that
// does not fit leaves the confirmation as it is.
func (s *public) enterReceived(c echo.Context) error {
	submission, err := s.submissionOf(c.Param("policy"), c.Param("receipt"))
	if err != nil {
		return err
	}
	problem, err := s.enterCode(c, "submission "+strconv.FormatInt(submission, 10), func(ctx context.Context, code string) (access.Caller, error) {
		return s.Office.UseCode(ctx, s.Now(), submission, code)
	})
	if err != nil {
		return err
	}
	if problem != "" {
		return s.showDone(c, http.StatusUnprocessableEntity, problem)
	}
	return site.SeeOther(c, "/my")
}

// pageBefore is the page on which a code was typed that is not taken now.
func pageBefore(c echo.Context) string {
	return strings.TrimSuffix(c.Request().URL.Path, "/code")
}
