package intake_test

import (
	"testing"
	"time"

	"dsr/database"
	"dsr/intake"
	"dsr/internal/dbtest"
)

func TestAMailboxRemembersHowFarItWasReadAndWhySinceWhenItIsNot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ctx, register := t.Context(), intake.Open(db, nil)
		at := func(minute int) time.Time { return time.Date(2026, 3, 2, 9, minute, 0, 0, time.UTC) }
		if validity, uid, err := register.Position(ctx, "moxora"); validity != 0 || uid != 0 || err != nil {
			t.Fatalf("never read, and yet %d %d %v", validity, uid, err)
		}
		for _, err := range []error{
			register.SavePosition(ctx, at(0), "moxora", "moxora", 4294967295, 4294967294),
			register.Fault(ctx, at(1), "moxora", "moxora", "the server does not answer"),
			register.Fault(ctx, at(2), "moxora", "moxora", "the server refused the password"),
			register.Fault(ctx, at(3), "spare", "opvio", "no such host"),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if validity, uid, err := register.Position(ctx, "moxora"); validity != 4294967295 || uid != 4294967294 || err != nil {
			t.Errorf("a fault moved the position: %d %d %v", validity, uid, err)
		}
		list, err := register.Mailboxes(ctx, nil)
		if err != nil || len(list) != 2 {
			t.Fatalf("%v %v", list, err)
		}
		if list, err := register.Mailboxes(ctx, []string{"opvio"}); err != nil || len(list) != 1 || list[0].Name != "spare" {
			t.Errorf("of one policy: %v %v", list, err)
		}
		if m := list[0]; m.Fault != "the server refused the password" || !m.FailingSince.Equal(at(1)) || !m.LookedAt.Equal(at(2)) {
			t.Errorf("it says %+v", m)
		}
		if err := register.SavePosition(ctx, at(4), "moxora", "moxora", 7, 1); err != nil {
			t.Fatal(err)
		}
		if list, err = register.Mailboxes(ctx, nil); err != nil || list[0].Fault != "" || !list[0].FailingSince.IsZero() || list[0].LastUID != 1 {
			t.Errorf("read again, and it says %+v %v", list[0], err)
		}
	})
}
