package feeds_test

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/feeds"
	"dsr/policies"
	"dsr/requests"
)

const law, promise = "respond.law", "respond.promise"

func TestTheDatesOfOpenRequestsStandOnTheirDays(t *testing.T) {
	each(t, func(h *house) {
		r := h.receive("moxora", "GB", policies.Access)
		secret := h.feed(h.mara, feeds.All)
		e := h.event(secret, r, promise)
		if told(e, ics.ComponentPropertyDtStart) != "20261125" || told(e, ics.ComponentPropertyDtEnd) != "20261126" || told(e, ics.ComponentPropertyStatus) != "CONFIRMED" {
			h.Errorf("the promise: %+v", e)
		}
		if got := told(h.event(secret, r, law), ics.ComponentPropertyDtStart); got != "20261126" {
			h.Errorf("the law's day is %s", got)
		}
		if got := told(e, ics.ComponentPropertySummary); got != "Access "+r.Reference+": answer, by promise" {
			h.Errorf("the summary is %q", got)
		}
		if got := told(e, ics.ComponentPropertyDescription); !strings.Contains(got, "Policy: Moxora\nPromise of the policy, 30 days\nhttps://privacy.example.com/console/requests/"+r.Reference) {
			h.Errorf("the description is %q", got)
		}
		content := string(h.read(secret).Content)
		for _, secret := range []string{"Erin", "Okonjo", "erin.okonjo", "Everything", "Mara", "Lindqvist"} {
			if strings.Contains(content, secret) {
				h.Errorf("the calendar holds %q", secret)
			}
		}
	})
}

func TestAPromiseInHoursSaysItsTime(t *testing.T) {
	each(t, func(h *house) {
		r := h.receive("opvio", "US-CA", policies.Deletion)
		e := h.event(h.feed(h.mara, feeds.All), r, "first_response.promise")
		if told(e, ics.ComponentPropertyDtStart) != "20261028" || !strings.Contains(told(e, ics.ComponentPropertySummary), ", until 02:12 PDT") {
			h.Errorf("%s: %s", told(e, ics.ComponentPropertyDtStart), told(e, ics.ComponentPropertySummary))
		}
	})
}

// RFC 5545, 3.1 and 3.3.11: lines end in CR LF and have at most 75 bytes, never
// with half a letter; commas and line ends in a text are escaped.
func TestTheFormatIsThatOfTheStandard(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "GB", policies.Access)
		content := h.read(h.feed(h.mara, feeds.All)).Content
		if !bytes.HasPrefix(content, []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")) || !bytes.HasSuffix(content, []byte("END:VCALENDAR\r\n")) {
			h.Errorf("it reads\n%s", content)
		}
		for line := range bytes.SplitSeq(content, []byte("\r\n")) {
			if len(line) > 75 || bytes.ContainsAny(line, "\r\n") || !utf8.Valid(line) {
				h.Errorf("the line %q", line)
			}
		}
		unfolded := strings.ReplaceAll(string(content), "\r\n ", "")
		for _, want := range []string{`: answer\, by promise`, `\nPromise of the policy\, 30 days\nhttps://`, "DTSTART;VALUE=DATE:20261125", "METHOD:PUBLISH", "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n"} {
			if !strings.Contains(unfolded, want) {
				h.Errorf("it lacks %q:\n%s", want, unfolded)
			}
		}
	})
}

func TestAnExtensionMovesTheSameEvent(t *testing.T) {
	each(t, func(h *house) {
		r := h.receive("opvio", "US-CA", policies.Deletion)
		secret := h.feed(h.mara, feeds.All)
		before := h.event(secret, r, law)
		h.on("2026-11-10 10:00").do(h.mara, r, requests.Extend{Ground: ground(h, r), Reason: "Many backups.", Until: "2027-01-20"})
		after := h.event(secret, r, law)
		if told(before, ics.ComponentPropertyDtStart) != "20261210" || told(after, ics.ComponentPropertyDtStart) != "20270120" {
			h.Errorf("from %s to %s", told(before, ics.ComponentPropertyDtStart), told(after, ics.ComponentPropertyDtStart))
		}
		if sequence(h, after) <= sequence(h, before) {
			h.Errorf("the sequence went from %d to %d", sequence(h, before), sequence(h, after))
		}
	})
}

func ground(h *house, r *requests.Request) string {
	h.Helper()
	v, err := h.Open(h.Context(), h.mara, h.clock, r.Reference, false)
	if err != nil {
		h.Fatal(err)
	}
	return v.Version.Extensions[0].Ground
}

func sequence(h *house, e *ics.VEvent) int {
	h.Helper()
	n, err := strconv.Atoi(told(e, ics.ComponentPropertySequence))
	if err != nil {
		h.Fatal(err)
	}
	return n
}

// While a question is open the law's day moves on every day, and so does the
// event; when the reply comes the day stands again.
func TestAHeldClockIsProvisional(t *testing.T) {
	each(t, func(h *house) {
		r := h.receive("moxora", "GB", policies.Access)
		secret := h.feed(h.mara, feeds.All)
		h.on("2026-10-28 11:03").do(h.mara, r, requests.AskQuestion{Question: "Which workspace?"})
		last, day := 0, ""
		for _, now := range []string{"2026-10-29 10:00", "2026-11-02 00:30", "2026-11-03 10:00"} {
			e := h.on(now).event(secret, r, law)
			if told(e, ics.ComponentPropertyStatus) != "TENTATIVE" || sequence(h, e) <= last || told(e, ics.ComponentPropertyDtStart) == day {
				h.Errorf("on %s: %s, sequence %d after %d, day %s after %s", now, told(e, ics.ComponentPropertyStatus), sequence(h, e), last, told(e, ics.ComponentPropertyDtStart), day)
			}
			last, day = sequence(h, e), told(e, ics.ComponentPropertyDtStart)
		}
		h.on("2026-11-05 18:47").do(requests.RequesterOf(r.SubmissionID), r, requests.AnswerQuestion{Text: "The first."})
		e := h.event(secret, r, law)
		if told(e, ics.ComponentPropertyDtStart) != "20261207" || told(e, ics.ComponentPropertyStatus) != "CONFIRMED" || sequence(h, e) <= last {
			h.Errorf("after the reply: %+v", e)
		}
	})
}

func TestClosingCancelsAndThenTheEventIsGone(t *testing.T) {
	each(t, func(h *house) {
		r := h.receive("moxora", "GB", policies.Access)
		secret := h.feed(h.mara, feeds.All)
		before := h.event(secret, r, law)
		h.on("2026-11-02 10:00").do(requests.RequesterOf(r.SubmissionID), r, requests.Withdraw{})
		if e := h.event(secret, r, law); told(e, ics.ComponentPropertyStatus) != "CANCELLED" || sequence(h, e) <= sequence(h, before) {
			h.Errorf("closed: %+v", e)
		}
		if e := h.on("2026-11-16 09:00").event(secret, r, law); told(e, ics.ComponentPropertyStatus) != "CANCELLED" {
			h.Errorf("after two weeks: %+v", e)
		}
		if n := len(h.on("2026-11-16 11:00").events(secret)); n != 0 {
			h.Errorf("later there are %d events", n)
		}
	})
}

func TestAFeedShowsWhatItsOwnerMaySeeAtThatMoment(t *testing.T) {
	each(t, func(h *house) {
		moxora, opvio := h.receive("moxora", "GB", policies.Access), h.receive("opvio", "US-CA", policies.Deletion)
		ana := h.hire("ana@example.com", access.Handler, access.OnlyPolicies("moxora"))
		hers, all := h.feed(ana, feeds.All), h.feed(h.mara, feeds.All)
		if h.event(hers, moxora, law) == nil || h.event(hers, opvio, law) != nil || h.event(all, opvio, law) == nil {
			h.Error("the feeds do not follow the policies")
		}
		mine := h.feed(ana, feeds.Mine)
		if len(h.events(mine)) != 0 {
			h.Error("somebody else's requests are hers")
		}
		h.do(h.mara, moxora, requests.Assign{UserID: ana.ID})
		if h.event(mine, moxora, law) == nil {
			h.Error("what is assigned to her is missing")
		}
		if err := h.feeds.Choose(h.Context(), h.mara, h.clock, feeds.Mine); err != nil || len(h.events(all)) != 0 {
			h.Errorf("chosen anew: %v", err)
		}

		// A policy taken away takes effect at once, as does leaving.
		sql(h, "UPDATE users SET policies = 'opvio' WHERE id = "+strconv.FormatInt(ana.ID, 10))
		if h.event(mine, moxora, law) != nil {
			h.Error("a policy that was taken away is still shown")
		}
		if err := h.people.Deactivate(h.Context(), ana.ID); err != nil {
			h.Fatal(err)
		}
		if _, err := h.feeds.Read(h.Context(), h.clock, mine); !errors.Is(err, feeds.ErrNotFound) {
			h.Errorf("somebody who left: %v", err)
		}
	})
}

func sql(h *house, statement string) {
	h.Helper()
	err := h.db.Write(h.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, statement)
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
}

func TestWhatOpensNoCalendarIsAllTheSame(t *testing.T) {
	each(t, func(h *house) {
		old := h.feed(h.mara, feeds.All)
		secret := h.feed(h.mara, feeds.All)
		for name, s := range map[string]string{
			"an older one": old, "nothing": "", "a guess": strings.Repeat("A", 32), "one with a letter more": secret + "A", "prose": "let me in", "a hash": string(make([]byte, 32)),
		} {
			if _, err := h.feeds.Read(h.Context(), h.clock, s); err != feeds.ErrNotFound {
				h.Errorf("%s: %v", name, err)
			}
		}
		h.read(secret)
		if err := h.feeds.Revoke(h.Context(), h.mara, h.clock); err != nil {
			h.Fatal(err)
		}
		if _, err := h.feeds.Read(h.Context(), h.clock, secret); err != feeds.ErrNotFound {
			h.Errorf("a revoked one: %v", err)
		}
		if _, err := h.feeds.Of(h.Context(), h.mara); !errors.Is(err, feeds.ErrNotFound) {
			h.Errorf("a revoked one is still hers: %v", err)
		}
		if err := h.feeds.Revoke(h.Context(), h.mara, h.clock); !errors.Is(err, feeds.ErrNotFound) {
			h.Errorf("revoked twice: %v", err)
		}
		if _, err := h.feeds.Make(h.Context(), requests.RequesterOf(1), h.clock, feeds.All); err == nil {
			h.Error("a requester has a calendar")
		}
		if _, err := h.feeds.Make(h.Context(), h.mara, h.clock, "everything"); !errors.Is(err, feeds.ErrScope) {
			h.Errorf("another scope: %v", err)
		}
	})
}

func TestTheSecretIsNotInTheDatabase(t *testing.T) {
	each(t, func(h *house) {
		secret := h.feed(h.mara, feeds.All)
		var n int
		err := database.Row(h.Context(), h.db.Read(), []any{&n}, "SELECT count(*) FROM feeds WHERE CAST(secret_hash AS TEXT) = ?", secret)
		if err != nil || n != 0 {
			h.Errorf("%d rows, %v", n, err)
		}
		var entries int
		err = database.Row(h.Context(), h.db.Read(), []any{&entries}, "SELECT count(*) FROM audit_entries WHERE chain = 0 AND act = 'make_calendar'")
		if err != nil || entries != 1 {
			h.Errorf("%d entries on the trail, %v", entries, err)
		}
	})
}

func TestWhatDidNotChangeReadsTheSame(t *testing.T) {
	each(t, func(h *house) {
		r := h.receive("moxora", "GB", policies.Access)
		secret := h.feed(h.mara, feeds.All)
		first := h.on("2026-10-26 10:00").read(secret)
		again := h.on("2026-10-26 12:00").read(secret)
		if first.ETag != again.ETag || !first.Changed.Equal(again.Changed) || !bytes.Equal(first.Content, again.Content) {
			h.Errorf("it reads anew: %s %s, %s %s", first.ETag, first.Changed, again.ETag, again.Changed)
		}
		h.on("2026-10-26 13:00").do(h.mara, r, requests.TakeUp{})
		h.do(requests.RequesterOf(r.SubmissionID), r, requests.Withdraw{})
		changed := h.read(secret)
		if changed.ETag == first.ETag || !changed.Changed.After(first.Changed) {
			h.Errorf("a change is not seen: %s at %s", changed.ETag, changed.Changed)
		}
		if f, err := h.feeds.Of(h.Context(), h.mara); err != nil || !f.ReadAt.Equal(h.clock) || f.Scope != feeds.All {
			h.Errorf("%+v, %v", f, err)
		}
	})
}
