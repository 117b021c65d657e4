package web

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/drafts"
)

// The work that a browser does for a form out of a network that sends very
// many: 2^17 sums of SHA-256 in the middle, a moment for one person, much for
// somebody who wants thousands. It is divided into pieces, because many small
// searches take more nearly the same time for everybody than one large one.
const (
	workPieces = 16
	workBits   = 13 // zero bits that each piece's sum begins with
)

// task is what a browser works on: for each piece a number whose sum, taken of
// "token.piece.number", begins with so many zero bits.
type task struct {
	Token        string
	Pieces, Bits int
}

// taskFor gives a form work to do, or nil. The task belongs to the draft, so
// its solution sends one form once, and ends when the draft would.
func (s *public) taskFor(v *visit) *task {
	if !v.Weight.Heavy {
		return nil
	}
	ends := binary.BigEndian.AppendUint64(nil, uint64(s.Now().Add(drafts.Lifetime).Unix()))
	return &task{Token: s.signed(v.workPurpose(), ends), Pieces: workPieces, Bits: workBits}
}

// workPurpose names the work for one form.
func (v *visit) workPurpose() string { return "work/" + v.pack.ID + "/" + nonceOf(v.secret) }

// worked reports whether a post brings the solution of a task of its draft.
func (s *public) worked(v *visit, values url.Values) bool {
	token := values.Get("task")
	ends := s.opened(v.workPurpose(), token)
	if ends == nil {
		return false
	}
	return s.Now().Before(time.Unix(int64(binary.BigEndian.Uint64(ends)), 0)) && solves(token, values.Get("work"))
}

// solves checks the numbers, written in decimal with dots between them.
func solves(token, solution string) bool {
	const longest = 12 // digits; a search ends long before
	numbers := strings.SplitN(solution, ".", workPieces+1)
	if len(numbers) != workPieces {
		return false
	}
	for piece, number := range numbers {
		if len(number) > longest {
			return false
		}
		sum := sha256.Sum256([]byte(token + "." + strconv.Itoa(piece) + "." + number))
		if bits.LeadingZeros32(binary.BigEndian.Uint32(sum[:])) < workBits {
			return false
		}
	}
	return true
}

// allowScript lets a page run the scripts of this site: the one page that has
// one, for the few who see it.
func allowScript(c echo.Context) {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", h.Get("Content-Security-Policy")+"; script-src 'self'")
}
