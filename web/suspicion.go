package web

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"dsr/drafts"
	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

// Nobody's form is turned away because it looks like a machine's. It is
// received with its clocks like any other; what waits is the letter, until
// triage has looked, so that no stranger's mailbox can be flooded from here.
// The confirmation does not tell one from the other: whoever names somebody
// else's address learns nothing about it.

// suspicion says why triage should look at a form before a letter goes out:
// one of requests' reasons, or "" for nearly all.
func (s *public) suspicion(v *visit, values url.Values) (string, error) {
	var err error
	if v.Weight, err = s.weigh(v); err != nil {
		return "", err
	}
	// No letter goes out for it, so it must not use up what the mailbox is spared.
	if v.Weight.Heavy && !s.worked(v, values) {
		return requests.SuspectNetwork, nil
	}
	flooded, err := s.flooded(v)
	if err != nil || !flooded {
		return "", err
	}
	return requests.SuspectMailbox, nil
}

// weight says how a form that is ready to be sent was weighed.
type weight struct {
	At    time.Time `json:"at,omitzero"`
	Heavy bool      `json:"heavy,omitempty"` // its network has sent too many for people alone
}

// weighedFor is how long a weight holds. Forms made ready in advance and sent
// all at once are weighed anew.
const weighedFor = time.Hour

// weigh counts a form that is ready to be sent against its network, and says
// whether it is one too many. Over the limit it costs work (see task).
func (s *public) weigh(v *visit) (weight, error) {
	if s.Now().Sub(v.Weight.At) < weighedFor {
		return v.Weight, nil
	}
	err := s.Allow(v.c, "ready", s.Network(v.c), s.Limits.Ready)
	heavy := site.Is[people.ErrTooMany](err)
	if err != nil && !heavy {
		return weight{}, err
	}
	return weight{At: s.Now(), Heavy: heavy}, nil
}

// flooded counts a form against every mailbox it would have letters sent to,
// and reports whether one of them has had enough for an hour or a day. A form
// whose letters wait takes nothing from the day. One that has to be sent again,
// because the program stopped or its store failed, counts once.
func (s *public) flooded(v *visit) (bool, error) {
	mailboxes := []string{mailboxOf(v.Email)}
	if v.forAnother() {
		mailboxes = append(mailboxes, mailboxOf(v.OwnEmail))
	}
	slices.Sort(mailboxes)
	hour := s.Limits.Mailbox
	day := people.Limit{Count: max(1, hour.Count*8/3), Per: 24 * hour.Per}
	mailboxes = slices.DeleteFunc(slices.Compact(mailboxes), func(mailbox string) bool { return slices.Contains(v.Counted, mailbox) })
	for _, mailbox := range mailboxes {
		err := s.Allow(v.c, "mailbox hour", mailbox, hour)
		if err == nil {
			err = s.Allow(v.c, "mailbox day", mailbox, day)
		}
		switch {
		case site.Is[people.ErrTooMany](err):
			return true, nil
		case err != nil:
			return false, err
		}
	}
	if len(mailboxes) == 0 {
		return false, nil
	}
	err := s.drafts.Change(v.c.Request().Context(), s.Now(), v.pack.ID, v.secret, func(data []byte) ([]byte, error) {
		kept, err := readAnswers(data)
		if err != nil {
			return nil, err
		}
		kept.Counted = append(kept.Counted, mailboxes...)
		return json.Marshal(kept)
	})
	if errors.Is(err, drafts.ErrSent) {
		err = nil // another process took the form in: receiving it again gives the same receipt
	}
	return false, err
}

// mailboxOf names the mailbox behind an address, for counting only: without the
// tag, the dots and the case that many providers deliver to the same person.
func mailboxOf(address string) string {
	if normal, err := requests.NormalAddress(address); err == nil {
		address = normal
	}
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	local, _, _ = strings.Cut(local, "+")
	return strings.ReplaceAll(local, ".", "") + "@" + domain
}
