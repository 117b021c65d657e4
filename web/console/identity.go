package console

import (
	"fmt"
	"time"

	"dsr/identity"
	"dsr/requests"
)

// identityLines say what proof there is, how much may be asked for, and where
// that stands.
func identityLines(t teller, v *requests.View) []string {
	lines := proofLines(t, v)
	if v.Ruling.Level == identity.None {
		lines = append(lines, "Nothing may be asked for: this right is never held up for proof.")
	} else {
		lines = append(lines, fmt.Sprintf("Asked for at most: %s.", requests.LevelName(v.Ruling.Level)))
	}
	for _, rule := range v.Version.Identity {
		if v.Right.In(rule.Rights) {
			return append(lines, rule.Source+" ("+certainty(string(rule.Certainty))+").")
		}
	}
	return lines
}

// proofLines tell from the timeline what was asked for, what came and what
// became of it.
func proofLines(t teller, v *requests.View) []string {
	if v.AppealOf != 0 && v.Verified != identity.None {
		// Nobody proves the same twice: the first case's proof counts here too.
		return []string{levelName(v.Verified) + ", shown for " + v.Facts.AppealOf + "."}
	}
	var lines []string
	var given time.Time
	when := func(at time.Time) string { return at.In(t.place.Zone).Format("2 Jan, 15:04") }
	for i := range v.Timeline {
		e := &v.Timeline[i]
		switch e.Act {
		case requests.ActGiveProof:
			given = e.At
		case requests.ActRejectProof:
			lines = append(lines, fmt.Sprintf("Proof was given on %s and deleted on %s: it did not fit.", when(given), when(e.At)))
		case requests.ActRecordProof:
			lines = append(lines, t.accepted(e, given))
		case requests.ActConfirm:
			lines = append(lines, fmt.Sprintf("%s on %s.", sentence(t.textOfProof(e)), when(e.At)))
		}
	}
	if p := v.Facts.Proof; p.Waiting() {
		lines = append(lines, fmt.Sprintf("We asked for %s on %s. It has not come yet.", t.wanted(p), when(p.AskedAt)))
	}
	return lines
}

// accepted says when proof was given, when it was deleted, and what fitted.
func (t teller) accepted(e *requests.Event, given time.Time) string {
	at := e.At.In(t.place.Zone).Format("2 Jan, 15:04")
	what := levelName(e.Change.Verified)
	if a := e.Change.Authority; a != "" {
		what = "Authority, " + lower(authorityName(a))
	}
	line := fmt.Sprintf("%s: recorded on %s.", what, at)
	if !given.IsZero() {
		line = fmt.Sprintf("%s: proof was given on %s and deleted on %s.", what, given.In(t.place.Zone).Format("2 Jan, 15:04"), at)
	}
	if len(e.Change.Matched) > 0 {
		line += " These points fitted: " + t.points(t.req.Pack, e.Change.Matched) + "."
	}
	return line
}
