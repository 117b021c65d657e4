package policies

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"dsr/deadlines"
)

// facts gathers what happened in an example.
func (w *Worked) facts() deadlines.Facts {
	f := deadlines.Facts{ReceivedAt: w.ReceivedAt}
	if w.AsOf != nil {
		f.AsOf = *w.AsOf
	}
	f.Holds = append(f.Holds, w.asked(deadlines.HoldIdentity, w.IDRequestedAt, w.IDReceivedAt)...)
	f.Holds = append(f.Holds, w.asked(deadlines.HoldAuthority, w.AuthorityRequested, w.AuthorityReceived)...)
	f.Holds = append(f.Holds, w.asked(deadlines.HoldFee, w.FeeNotifiedAt, w.FeePaidAt)...)
	for _, p := range w.Pauses {
		h := deadlines.Hold{Kind: p.Kind, From: p.From}
		if p.To != nil {
			h.To = *p.To
		}
		f.Holds = append(f.Holds, h)
	}
	slices.SortStableFunc(f.Holds, func(a, b deadlines.Hold) int { return cmp.Compare(a.From.UnixNano(), b.From.UnixNano()) })
	if e := w.Extension; e != nil {
		f.Extension = &deadlines.Extension{Until: e.Until, SentAt: e.NoticeSentAt}
		if e.Until == nil {
			f.Extension.Term = deadlines.Term{N: e.N, Unit: e.Unit}
		}
	}
	return f
}

// asked makes a hold of two instants, either of which may be missing.
func (w *Worked) asked(kind deadlines.HoldKind, from, to *time.Time) []deadlines.Hold {
	if from == nil && to == nil {
		return nil
	}
	h := deadlines.Hold{Kind: kind, From: w.ReceivedAt}
	if from != nil {
		h.From = *from
	}
	if to != nil {
		h.To = *to
	}
	return []deadlines.Hold{h}
}

// describe writes what a clock came to, under the keys of the examples.
func (w *Worked) describe(got map[string]string, rule *deadlines.Rule, due *deadlines.Due, place deadlines.Place) {
	switch {
	case due.Held != "":
		got["state"], got["due_date"] = "paused", "null"
		got["paused_since"] = deadlines.DateOf(due.HeldSince, place.Zone).String()
		return
	case w.CompletedAt != nil && due.OnTime(*w.CompletedAt):
		got["state"], got["on_time"] = "met", "true"
	case w.CompletedAt != nil:
		got["state"], got["on_time"] = "met_late", "false"
	case w.AsOf != nil && !due.OnTime(*w.AsOf):
		got["state"] = "overdue"
	}
	if due.Before.IsZero() {
		got["due_at"], got["due_at_local"] = due.At.Format(time.RFC3339), due.At.In(place.Zone).Format(time.RFC3339)
		got["on_time_test"] = "completed_at <= due_at"
		got["due_date"] = due.Date.String()
		return
	}
	got["due_date"], got["due_before"] = due.Date.String(), due.Before.Format(time.RFC3339)
	got["weekday"] = strings.ToLower(due.Date.Weekday().String()[:3])
	got["on_time_test"] = "completed_at < due_before"
	got["due_date_if_roll_forward"] = due.Rolled.String()
	got["paused_days"] = strconv.Itoa(due.HeldDays)
	got["due_date_if_reply_day_counts"] = due.Cautious.String()
	got["extension_notice_due_date"] = due.FirstDate.String()
	got["extension_notice_due_before"] = due.FirstBefore.Format(time.RFC3339)
	got["extension_valid"] = strconv.FormatBool(due.Extended)
	got["start_date"] = due.Start.String()
	got["relevant_time_date"] = due.Start.String()
}

// describePromise works out the promise beside the law and says which of the
// two governs.
func (w *Worked) describePromise(got map[string]string, law *deadlines.Due, place deadlines.Place) error {
	rule := w.Promise.rule()
	facts := deadlines.Facts{ReceivedAt: w.ReceivedAt}
	promise, err := rule.Due(&facts, place)
	if err != nil {
		return err
	}
	operative := *law
	if law.Held != "" || promise.Limit().Before(law.Limit()) {
		operative = promise
	}
	for prefix, due := range map[string]deadlines.Due{"promise_": promise, "operative_": operative} {
		got[prefix+"due_date"] = due.Date.String()
		if due.Before.IsZero() {
			got[prefix+"due_at"] = due.At.Format(time.RFC3339)
			continue
		}
		got[prefix+"due_before"] = due.Before.Format(time.RFC3339)
	}
	got["operative"] = "law"
	if operative.Limit().Equal(promise.Limit()) {
		got["operative"] = "promise"
	}
	return nil
}
