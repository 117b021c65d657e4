package web

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"

	"github.com/labstack/echo/v4"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
)

const receiptPurpose = "receipt/"

// receiptURL is the address of a confirmation: the number of the submission,
// signed. It can be kept and printed; it opens what was confirmed and nothing
// that came after.
func (s *Site) receiptURL(policy string, submission int64) string {
	number := binary.BigEndian.AppendUint64(nil, uint64(submission))
	token := append(number, s.Ring.Sign(receiptPurpose+policy, number)...)
	return "/" + policy + "/request/done/" + base64.RawURLEncoding.EncodeToString(token)
}

// submissionOf reads the submission from a receipt, or returns errReceipt.
func (s *Site) submissionOf(policy, token string) (int64, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) <= 8 || !s.Ring.Verify(receiptPurpose+policy, raw[:8], raw[8:]) {
		return 0, errReceipt
	}
	return int64(binary.BigEndian.Uint64(raw)), nil
}

type donePage struct {
	frame
	References []string
	Masked     string // the address that the confirmation goes to
	Requests   []*dates
	NoPromise  bool // the policy states no time
	Assumed    bool // the law is assumed, because the residence is not known
	Signal     bool // Global Privacy Control was recorded
	Proof      bool // the mailbox has to be proved first
	Again      bool // the link was just sent again
}

// done confirms a submission: its references, its dates and why, and what
// happens next.
func (s *Site) done(c echo.Context) error {
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return err
	}
	views, err := s.received(c, pack)
	if err != nil {
		return err
	}
	page := donePage{frame: s.frame(c, pack), Again: c.QueryParam("again") != ""}
	page.Title = page.N("ask.done.heading", len(views))
	for _, v := range views {
		if err := s.confirm(&page, v); err != nil {
			return err
		}
	}
	return s.render(c, http.StatusOK, "ask/done", page)
}

// received opens the requests of a receipt as they stood when they came.
func (s *Site) received(c echo.Context, pack *policies.Pack) ([]*requests.View, error) {
	submission, err := s.submissionOf(pack.ID, c.Param("receipt"))
	if err != nil {
		return nil, err
	}
	ctx, caller := c.Request().Context(), requests.RequesterOf(submission)
	list, err := s.Office.Mine(ctx, caller, s.Now())
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errReceipt
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
func (s *Site) confirm(page *donePage, v *requests.View) error {
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
	page.Masked = requests.Mask(v.Person.Email)
	if v.Person.Agent != nil && v.Person.Agent.Email != "" {
		page.Masked = requests.Mask(v.Person.Agent.Email)
	}
	page.Assumed = page.Assumed || v.Provisional
	page.Signal = page.Signal || v.Facts.OptOut
	page.Proof = page.Proof || v.Ruling.Level.Needs("none")
	page.NoPromise = v.Pack.Promises.NoResponse != ""
	return nil
}

// sendAgain mails a fresh link to whoever the receipt belongs to. The answer is
// always the same, also over the limit.
func (s *Site) sendAgain(c echo.Context) error {
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return err
	}
	views, err := s.received(c, pack)
	if err != nil {
		return err
	}
	if err := s.mailFresh(c, views[0].Reference); err != nil {
		return err
	}
	return seeOther(c, c.Request().URL.Path+"?again=1")
}
