package requests_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/outbox"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
)

// reminded sweeps and lists who was told what since the last time, in the order of
// the letters: "mara@example.com due in 5 days".
func (h *house) reminded() []string {
	h.Helper()
	h.post = nil
	h.sweep()
	var list []string
	for _, e := range h.post {
		_, subject, _ := strings.Cut(e.Subject, ": ")
		if e.To != "dana.whitlock@example.org" { // the team's alone
			list = append(list, e.To+" "+subject)
		}
	}
	slices.Sort(list)
	return list
}

// tells checks what is told at an instant.
func (h *house) tells(at string, want ...string) *house {
	h.Helper()
	if got := h.on(at).reminded(); !slices.Equal(got, want) {
		h.Errorf("%s: told %q, want %q", at, got, want)
	}
	return h
}

func nothingAlong(people.User) people.Along {
	return func(context.Context, bun.Tx, people.User) error { return nil }
}

// working takes a request of an EU resident in, proved and assigned to Mara, on
// 2 March 2026: due on 2 April, Good Friday follows.
func (h *house) working() *house {
	h.Helper()
	h.on("2026-03-02").receive("sectora", "DE", policies.Access)
	if _, err := h.UseLink(h.Context(), h.clock, h.deliver().link()); err != nil {
		h.Fatal(err)
	}
	return h.do(requests.Assign{UserID: h.mara.ID}).deliver()
}

func TestAThresholdIsToldOnceWhateverHappensToSweepsAndClocks(t *testing.T) {
	each(t, func(h *house) {
		h.working().tells("2026-03-23 05:59").tells("2026-03-23 06:00", "mara@example.com due in 10 days").tells("2026-03-23 06:00")
		h.on("2026-03-28 06:00") // a sweep that dies after its commit, and a worker that does its job twice
		if n, err := h.Sweep(h.Context(), h.clock); n != 1 || err != nil {
			t.Fatalf("%d swept: %v", n, err)
		}
		h.post = nil
		remind := h.Remind(h.now)
		for range 2 {
			if err := remind(h.Context(), outbox.Job{Kind: "reminder", RequestID: h.request.ID, Payload: []byte("respond.law/5d")}); err != nil {
				t.Fatal(err)
			}
		}
		h.verified()
		if h.sweep(); len(h.post) != 1 {
			t.Errorf("%d letters came of one threshold", len(h.post))
		}
		// The clock jumps a week ahead and back: the newest is told, and nothing again.
		h.tells("2026-04-02 08:00", "mara@example.com due today", "mara@example.com last day to extend")
		h.tells("2026-03-29 08:00").tells("2026-03-30 08:00").tells("2026-04-02 08:00")
		h.verified()
	})
}

func TestAJobThatComesTooEarlyGoesBack(t *testing.T) {
	each(t, func(h *house) {
		h.working().on("2026-03-23 06:00")
		if n, err := h.Sweep(h.Context(), h.clock); n != 1 || err != nil {
			t.Fatalf("%d swept: %v", n, err)
		}
		h.on("2026-03-20 06:00").deliver().verified() // the clock was set back before the job was done
		h.tells("2026-03-20 06:00").tells("2026-03-23 06:00", "mara@example.com due in 10 days")
	})
}

func TestWhoHearsOfAClockThatHasRunOut(t *testing.T) {
	each(t, func(h *house) {
		h.hire("lead@example.com", "Lea Lind", access.Approver, access.OnlyPolicies("sectora"))
		h.hire("elsewhere@example.com", "Eli Else", access.Approver, access.OnlyPolicies("moxora"))
		h.hire("admin@example.com", "Ada Admin", access.Administrator, access.AllPolicies())
		h.working().tells("2026-04-01 21:59", "mara@example.com due in one day")
		h.tells("2026-04-02 22:00", "lead@example.com overdue by one day", "mara@example.com overdue by one day")
		h.tells("2026-04-07 04:59") // Easter Monday is no working day
		h.tells("2026-04-07 05:00", "admin@example.com overdue by 5 days, escalated", "privacy@sectora.io overdue by 5 days, escalated")
		h.tells("2026-05-07 05:00").verified()
	})
}

func TestAnExtensionPlansAnew(t *testing.T) {
	each(t, func(h *house) {
		h.working().tells("2026-03-23 06:00", "mara@example.com due in 10 days")
		h.do(requests.Extend{Ground: ground(h), Reason: "There is much to search.", Until: "2026-05-04"}).deliver()
		h.tells("2026-04-02 08:00").tells("2026-04-20 08:00").tells("2026-04-24 05:00", "mara@example.com due in 10 days").verified()
		h.tells("2026-05-04 05:00", "mara@example.com due today") // nothing can be extended twice
	})
}

func TestAPausedClockRemindsOfItsQuestion(t *testing.T) {
	each(t, func(h *house) {
		h.working().do(requests.AskQuestion{Question: "Which account do you mean?"}).deliver()
		h.tells("2026-03-09 06:00", "mara@example.com a question has been open for 7 days")
		h.tells("2026-03-16 06:00", "mara@example.com a question has been open for 14 days").tells("2026-04-10 06:00").verified()
		h.asRequester(requests.AnswerQuestion{Text: "The old one."}).deliver()
		h.tells("2026-04-10 08:00").verified()
		if got := h.on("2026-05-02 08:00").reminded(); len(got) != 1 || !contains(got[0], "due in") {
			t.Errorf("when the clock runs again it told %q", got)
		}
	})
}

func TestNobodyHearsOfWhatTheyMayNotSee(t *testing.T) {
	each(t, func(h *house) {
		joon := h.hire("joon@example.com", "Joon Park", access.Handler, access.AllPolicies())
		h.working().do(requests.Assign{UserID: joon.ID}).deliver()
		h.tells("2026-03-23 06:00", "joon@example.com due in 10 days")
		only := people.Change{Name: "Joon Park", Role: access.Handler, Policies: access.OnlyPolicies("moxora")}
		if err := h.people.Change(h.Context(), joon.ID, only, nothingAlong); err != nil {
			t.Fatal(err)
		}
		h.tells("2026-03-28 08:00", "mara@example.com due in 5 days")
		// A letter that waits for the morning is dropped when its reader leaves the policy.
		if err := h.people.SetNotices(h.Context(), h.mara.ID, people.Notices{QuietFrom: 18 * 60, QuietUntil: 9 * 60}); err != nil {
			t.Fatal(err)
		}
		h.tells("2026-03-30 06:00")
		if err := h.people.Change(h.Context(), h.mara.ID, only, nothingAlong); err != nil {
			t.Fatal(err)
		}
		h.tells("2026-03-30 12:00").verified()
	})
}

func TestQuietHoursDelayWhatIsNotUrgent(t *testing.T) {
	each(t, func(h *house) {
		if err := h.people.SetNotices(h.Context(), h.mara.ID, people.Notices{QuietFrom: 20 * 60, QuietUntil: 9*60 + 30, Zone: "Europe/Berlin"}); err != nil {
			t.Fatal(err)
		}
		h.working().tells("2026-03-23 06:00").tells("2026-03-23 08:29").tells("2026-03-23 08:30", "mara@example.com due in 10 days")
		h.tells("2026-04-02 22:00", "mara@example.com overdue by one day").verified()
	})
}

func untilNine() people.Notices {
	return people.Notices{QuietFrom: 20 * 60, QuietUntil: 9 * 60, Zone: "Europe/Berlin"}
}

// A reminder that quiet hours hold back is told to somebody though its reader
// leaves before they end: once to everybody who could act and has not read it.
func TestAReminderWhoseReaderLeavesInTheNightIsHandedOn(t *testing.T) {
	each(t, func(h *house) {
		admin := h.hire("admin@example.com", "Ada Admin", access.Administrator, access.AllPolicies())
		late := h.hire("late@example.com", "Lou Late", access.Handler, access.OnlyPolicies("sectora"))
		h.notices(h.mara, untilNine())
		h.notices(late, people.Notices{QuietFrom: 20 * 60, QuietUntil: 10 * 60, Zone: "Europe/Berlin"})
		h.hire("elsewhere@example.com", "Eli Else", access.Handler, access.OnlyPolicies("moxora"))
		h.working().tells("2026-03-31 12:00", "mara@example.com due in 2 days")
		h.tells("2026-04-02 05:30") // 07:30 in Berlin
		if err := h.LetLeave(h.Context(), admin, h.clock, h.mara.ID); err != nil {
			t.Fatal(err)
		}
		h.tells("2026-04-02 07:00", "admin@example.com due today", "admin@example.com last day to extend")
		h.again().tells("2026-04-02 08:00", "late@example.com due today", "late@example.com last day to extend")
		h.again().tells("2026-04-02 20:00").verified()
	})
}

func TestAReminderThatAllOthersReadIsNotHandedOn(t *testing.T) {
	each(t, func(h *house) {
		h.hire("admin@example.com", "Ada Admin", access.Administrator, access.AllPolicies())
		h.notices(h.mara, untilNine())
		h.working().do(requests.Assign{UserID: 0}).deliver()
		h.tells("2026-04-02 05:30", "admin@example.com due today", "admin@example.com last day to extend")
		if err := h.people.Deactivate(h.Context(), h.mara.ID); err != nil {
			t.Fatal(err)
		}
		h.tells("2026-04-02 07:00").again().tells("2026-04-02 20:00").verified()
	})
}

func TestAReminderOfARequestThatHasEndedIsNotHandedOn(t *testing.T) {
	each(t, func(h *house) {
		admin := h.hire("admin@example.com", "Ada Admin", access.Administrator, access.AllPolicies())
		h.notices(h.mara, untilNine())
		h.working().tells("2026-04-02 05:30")
		h.asRequester(requests.Withdraw{}).deliver()
		if err := h.LetLeave(h.Context(), admin, h.clock, h.mara.ID); err != nil {
			t.Fatal(err)
		}
		h.tells("2026-04-02 07:00").verified()
	})
}

func TestWhatIsPlannedIsWhatIsSent(t *testing.T) {
	each(t, func(h *house) {
		h.working()
		list, err := h.Upcoming(h.Context(), h.mara, h.clock, h.clock.AddDate(0, 0, 60), "")
		if err != nil {
			t.Fatal(err)
		}
		var planned, sent []string
		for _, u := range list {
			planned = append(planned, u.At.UTC().Format("01-02 15:04 ")+u.About+"/"+u.Threshold)
			if u.To == "" || u.Why == "" || u.Source == "" || u.Letter == "" {
				t.Errorf("something is missing of %+v", u)
			}
		}
		for end := h.clock.AddDate(0, 0, 60); h.clock.Before(end); h.clock = h.clock.Add(30 * time.Minute) {
			if n, err := h.Sweep(h.Context(), h.clock); err != nil {
				t.Fatal(err)
			} else if n == 0 {
				continue
			}
			h.deliver()
		}
		v, err := h.Open(h.Context(), h.mara, h.clock, h.last, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range v.Timeline {
			if e.Act == requests.ActRemind {
				sent = append(sent, e.At.UTC().Format("01-02 15:04 ")+e.Change.Reminder)
			}
		}
		if len(sent) < 8 || !slices.Equal(planned, sent) {
			t.Errorf("planned %q\nsent %q", planned, sent)
		}
	})
}

func TestTwoProcessesTellEachReminderOnce(t *testing.T) {
	each(t, func(h *house) {
		const n = 40
		for range n {
			h.on("2026-03-02").receive("sectora", "DE", policies.OptOutMarketing)
		}
		h.deliver().on("2026-03-30 08:00")
		h.post = nil
		errs := make(chan error)
		for range 2 {
			go func() {
				for {
					swept, err := h.Sweep(context.Background(), h.clock)
					if err != nil || swept == 0 {
						errs <- err
						return
					}
				}
			}()
		}
		for range 2 {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		h.deliver()
		if h.sweep(); len(h.post) != n {
			t.Errorf("%d letters for %d requests", len(h.post), n)
		}
		h.verified()
	})
}

// A fault of ten days takes no reminder along: the newest is told once it is
// mended, and those after it in their time.
func TestAReminderOutlivesAnyFault(t *testing.T) {
	each(t, func(h *house) {
		h.working().post = nil
		h.on("2026-03-23 12:00")
		h.sql("ALTER TABLE letters RENAME TO letters_away")
		for range 10 * 4 {
			h.clock = h.clock.Add(6 * time.Hour)
			if _, err := h.Sweep(t.Context(), h.clock); err != nil {
				t.Fatal(err)
			}
			h.work()
		}
		h.sql("ALTER TABLE letters_away RENAME TO letters")
		h.untold(1, "2026-03-23")
		h.clock = h.clock.Add(2 * time.Hour) // 2 April, the last day
		if got := h.work().subjectsTo("mara@example.com"); !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "due today") }) {
			t.Errorf("once the fault was mended %q came", got)
		}
		h.on("2026-04-03 00:00").sweep()
		if got := h.work().subjectsTo("mara@example.com"); !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "overdue") }) {
			t.Errorf("on the next day %q came", got)
		}
		h.untold(0, "0001-01-01")
		h.verified()
	})
}

// untold checks how many reminders the page about the mail says cannot be told,
// and since when.
func (h *house) untold(n int, since string) {
	h.Helper()
	health, err := h.Post(h.Context(), access.Caller{Kind: access.Staff, Role: access.Auditor, Policies: access.AllPolicies()})
	if got := health.UntoldSince.Format(time.DateOnly); err != nil || health.Untold != n || got != since {
		h.Errorf("%d reminders cannot be told, since %s; want %d since %s: %v", health.Untold, got, n, since, err)
	}
}

// A reminder that was taken and is not told, because nothing waits for it any
// more or its date has moved, leaves the next one planned.
func TestAReminderThatFellAwayTakesNoOtherAlong(t *testing.T) {
	for _, what := range []string{"respond.law/99d", "respond.law/1d"} {
		t.Run(what, func(t *testing.T) {
			each(t, func(h *house) {
				h.working().post = nil
				h.sql("UPDATE reminders SET at = '2026-03-10 00:00:00+00:00', what = '" + what + "'")
				h.on("2026-03-11 12:00").sweep().verified()
				h.stored("SELECT COUNT(*) FROM reminders WHERE what = 'respond.law/10d'", 1)
				h.tells("2026-03-23 12:00", "mara@example.com due in 10 days")
				h.verified()
			})
		})
	}
}

// A request may move in the moment between a reminder's being put off and its
// being lined up anew. PostgreSQL's locks let a test hold that moment still.
func TestAReminderIsLinedUpThoughItsRequestMovesMeanwhile(t *testing.T) {
	each(t, func(h *house) {
		if h.db.Engine() != database.PostgreSQL {
			return
		}
		h.working().on("2026-03-20 06:00")
		h.sql("DELETE FROM reminders")
		told := make(chan error, 1)
		err := h.db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.ExecContext(ctx, "LOCK TABLE reminders IN EXCLUSIVE MODE"); err != nil {
				return err
			}
			go func() {
				told <- h.Remind(h.now)(t.Context(), outbox.Job{Kind: "reminder", RequestID: h.request.ID, Payload: []byte("respond.law/10d")})
			}()
			for waiting := 0; waiting == 0; {
				const query = "SELECT COUNT(*) FROM pg_locks WHERE relation = 'reminders'::regclass AND NOT granted"
				if err := database.Row(ctx, h.db.Read(), []any{&waiting}, query); err != nil {
					return err
				}
			}
			h.do(requests.Note{Text: "He called again."})
			return nil
		})
		if err := errors.Join(err, <-told); err != nil {
			t.Fatal(err)
		}
		h.verified()
		h.tells("2026-03-23 06:00", "mara@example.com due in 10 days")
	})
}
