package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

// noticesForm is what somebody set about letters to them.
type noticesForm struct {
	Digest      bool
	Arrivals    bool
	From, Until string // 20:00; empty where there are no quiet hours
	Zone        string
	Faults      site.Problems
}

// noticesOf fills the form with what is set.
func (s *Console) noticesOf(c echo.Context) (noticesForm, error) {
	n, err := s.People.Notices(c.Request().Context(), site.Caller(c).ID)
	form := noticesForm{Digest: n.Digest, Arrivals: n.Arrivals, Zone: n.Zone}
	if n.QuietFrom != n.QuietUntil {
		form.From, form.Until = onClock(n.QuietFrom), onClock(n.QuietUntil)
	}
	return form, err
}

// onClock writes minutes of a day as on a clock.
func onClock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// setNotices keeps whether somebody wants the letter of the morning, and their
// quiet hours.
func (s *Console) setNotices(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	n, faults := typedNotices(form)
	if len(faults) == 0 {
		caller := site.Caller(c)
		err := s.People.SetNotices(c.Request().Context(), caller.ID, n, requests.OnHouse(s.Now(), caller, "set_notices", nil))
		var typed people.FieldErrors
		if errors.As(err, &typed) {
			for field, sentence := range typed {
				faults = append(faults, site.Problem{Field: field, Sentence: strings.TrimSuffix(sentence, ".")})
			}
		} else if err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		return s.showMe(c, http.StatusUnprocessableEntity, nil, noticesForm{
			Digest: n.Digest, Arrivals: n.Arrivals, From: form.Get("quiet"), Until: form.Get("quiet_until"), Zone: n.Zone, Faults: faults,
		})
	}
	s.say(c, "Your choice about letters is kept.")
	return site.SeeOther(c, "/console/me")
}

// typedNotices reads the form. Both times empty: no quiet hours.
func typedNotices(form url.Values) (people.Notices, site.Problems) {
	n := people.Notices{Digest: form.Get("digest") == "yes", Arrivals: form.Get("arrivals") == "yes", Zone: strings.TrimSpace(form.Get("zone"))}
	from, until := form.Get("quiet"), form.Get("quiet_until")
	if from == "" && until == "" {
		return n, nil
	}
	for _, t := range []struct {
		text string
		into *int
	}{{from, &n.QuietFrom}, {until, &n.QuietUntil}} {
		at, err := time.Parse("15:04", t.text)
		if err != nil {
			return n, site.Problems{{Field: "quiet", Sentence: "Give both times, like 20:00 and 07:00, or neither"}}
		}
		*t.into = at.Hour()*60 + at.Minute()
	}
	return n, nil
}
