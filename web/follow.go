package web

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/identity"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// Somebody who lost their letters types their address and finds the way to all
// their requests in a new one. These pages answer every address alike, known or
// not: they never look, they leave that to the office's own work later.

const (
	ticketPurpose  = "follow/"
	ticketLifetime = 24 * time.Hour // as long as the code in the letter
	ticketTime     = 4              // bytes: when it was made, in Unix seconds
)

type followPage struct {
	frame
	Houses   []house // on the page that asks which policy it is about
	Email    string
	Problems site.Problems
	Notice   string
	Codes    codeField
}

// codeField is the line for the six digits of a letter.
type codeField struct {
	frame
	To      string // address it is posted to; "" is the page's own
	Problem string
}

// followURL is where a link to all requests is asked for: the policy's own page
// where one is known or there is only one, else the page that asks which.
func (s *public) followURL(p *policies.Pack) string {
	if packs := s.Book.Packs(); p == nil && len(packs) == 1 {
		p = packs[0]
	}
	if p == nil {
		return "/follow"
	}
	return "/" + p.ID + "/follow"
}

// followWhich asks whom the requests were sent to.
func (s *public) followWhich(c echo.Context) error {
	page := followPage{frame: s.frame(c, nil)}
	for _, p := range s.Book.Packs() {
		page.Houses = append(page.Houses, houseOf(p))
	}
	page.Title = page.T("follow.which.heading")
	return s.render(c, http.StatusOK, "portal/followwhich", page)
}

// askFollow asks for the address.
func (s *public) askFollow(c echo.Context) error {
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return err
	}
	return s.showFollow(c, http.StatusOK, followPage{frame: s.frame(c, pack)})
}

func (s *public) showFollow(c echo.Context, status int, page followPage) error {
	page.Title, page.Bad = page.T("follow.heading"), len(page.Problems) > 0
	return s.render(c, status, "portal/follow", page)
}

// follow takes the address and leads to the page of its letter. Over a limit it
// leads there too, and nothing is sent.
func (s *public) follow(c echo.Context) error {
	values, err := site.Posted(c)
	if err != nil {
		return err
	}
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return err
	}
	email := site.PlainAddress(values.Get("email"))
	mark, err := s.Office.PersonMark(email)
	if errors.Is(err, requests.ErrAddress) {
		page := followPage{frame: s.frame(c, pack), Email: site.Cut(email, longestAddress)}
		page.Problems = site.Problems{{Field: "email", Sentence: page.mendAddress(email)}}
		return s.showFollow(c, http.StatusUnprocessableEntity, page)
	}
	if err == nil {
		err = s.mailAll(c, pack.ID, email)
	}
	if err != nil {
		return err
	}
	return site.SeeOther(c, s.inLanguage(c, "/"+pack.ID+"/follow/"+s.ticket(ticketPurpose+pack.ID, mark)))
}

// mailAll has a link to all requests of an address sent, unless there were too
// many.
func (s *public) mailAll(c echo.Context, policy, email string) error {
	if ok, err := s.mayMail(c, email); err != nil || !ok {
		return err
	}
	return s.Office.AskLink(context.WithoutCancel(c.Request().Context()), s.Now(), policy, email)
}

// longestAddress is how much of what is no address a page repeats: more than an
// address has (RFC 5321, 4.5.3.1.3).
const longestAddress = 320

func (f frame) mendAddress(email string) string {
	if email == "" {
		return f.T("ask.mend.email.required")
	}
	return f.T("ask.mend.email.address")
}

// ticket stands in the address of the page that follows: when it was made and
// the mark of the address that was typed, signed. It never holds the address.
func (s *public) ticket(purpose string, mark []byte) string {
	return s.signed(purpose, append(binary.BigEndian.AppendUint32(nil, uint32(s.Now().Unix())), mark...))
}

// openTicket reads the mark from a ticket, or returns ErrTicket.
func (s *public) openTicket(purpose, ticket string) ([]byte, error) {
	raw := s.opened(purpose, ticket)
	if raw == nil {
		return nil, site.ErrTicket
	}
	made := time.Unix(int64(binary.BigEndian.Uint32(raw)), 0)
	if !s.Now().Before(made.Add(ticketLifetime)) {
		return nil, site.ErrTicket
	}
	return raw[ticketTime:], nil
}

// codeLetter is one of the letters that are asked for with an address: what its
// ticket is for, what the page after it shows, and what its code opens.
type codeLetter struct {
	purpose, heading, page, opens string
	use                           func(ctx context.Context, now time.Time, policy string, mark []byte, code string) (access.Caller, error)
}

// byFollowLetter is the letter with a link to all requests of an address.
func (s *public) byFollowLetter() codeLetter {
	return codeLetter{purpose: ticketPurpose, heading: "follow.sent.heading", page: "portal/followed", opens: "/my", use: s.Office.UseCodeOf}
}

// ticketOf reads the address of a ticket's page.
func (s *public) ticketOf(c echo.Context, l codeLetter) (*policies.Pack, []byte, error) {
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return nil, nil, err
	}
	mark, err := s.openTicket(l.purpose+pack.ID, c.Param("ticket"))
	return pack, mark, err
}

// letterSent says that a letter is on its way if there is anything to send, and
// takes its code.
func (s *public) letterSent(l codeLetter) echo.HandlerFunc {
	return func(c echo.Context) error {
		pack, _, err := s.ticketOf(c, l)
		if err != nil {
			return err
		}
		return s.showSent(c, http.StatusOK, l, pack, "")
	}
}

func (s *public) showSent(c echo.Context, status int, l codeLetter, pack *policies.Pack, problem string) error {
	page := followPage{frame: s.frame(c, pack)}
	page.Title = page.T(l.heading)
	if problem != "" {
		page.Bad, page.Problems = true, site.Problems{{Field: "code", Sentence: problem}}
	}
	page.Codes = codeField{frame: page.frame, Problem: problem}
	return s.render(c, status, l.page, page)
}

// enterSent opens what the code of the letter leads to.
func (s *public) enterSent(l codeLetter) echo.HandlerFunc {
	return func(c echo.Context) error {
		pack, mark, err := s.ticketOf(c, l)
		if err != nil {
			return err
		}
		problem, err := s.enterCode(c, hex.EncodeToString(mark), func(ctx context.Context, code string) (access.Caller, error) {
			return l.use(ctx, s.Now(), pack.ID, mark, code)
		})
		if err != nil {
			return err
		}
		if problem != "" {
			return s.showSent(c, http.StatusUnprocessableEntity, l, pack, problem)
		}
		return site.SeeOther(c, l.opens)
	}
}

// enterCode takes the six digits of a letter and lets in whoever they are
// right for; else it says what to mend. Tries are counted by network and by
// whose code is tried (owner); over a limit the link in the letter still works.
func (s *public) enterCode(c echo.Context, owner string, use func(context.Context, string) (access.Caller, error)) (problem string, err error) {
	values, err := site.Posted(c)
	if err != nil {
		return "", err
	}
	code := identity.TidyCode(site.Cut(values.Get("code"), site.MaxLine))
	if code == "" {
		return s.voice(c).T("follow.mend.digits"), nil
	}
	if err := s.mayTry(c, owner); err != nil {
		return "", err
	}
	caller, err := use(context.WithoutCancel(c.Request().Context()), code)
	if errors.Is(err, requests.ErrCode) {
		return s.voice(c).T("follow.mend.code"), nil
	}
	if err != nil {
		return "", err
	}
	return "", s.LetIn(c.Request().Context(), caller)
}

// mayTry counts a try at a code, or returns ErrCodes with the time to wait.
func (s *public) mayTry(c echo.Context, owner string) error {
	err := s.Allow(c, "code network", s.Network(c), s.Limits.CodesFrom)
	if err == nil {
		err = s.Allow(c, "code", owner, s.Limits.Codes)
	}
	if site.Is[people.ErrTooMany](err) {
		return errors.Join(site.ErrCodes, err)
	}
	return err
}
