package main

import (
	"fmt"

	"dsr/access"
	"dsr/requests"
)

type deadlinesNext struct {
	store
	packs
	Days   int    `default:"30" help:"How many days ahead."`
	Policy string `help:"Only this policy; without it all."`
	JSON   bool   `name:"json" help:"Print as JSON."`
}

// Run lists the reminders that are planned: when, for whom and why.
func (c *deadlinesNext) Run(t *terminal) error {
	if c.Days < 1 || c.Days > 3660 {
		return fmt.Errorf("--days %d: choose a number from 1 to 3660", c.Days)
	}
	h, err := c.store.openExisting(t, c.packs)
	if err != nil {
		return err
	}
	defer h.close()
	if c.Policy != "" {
		if _, err := h.book.Pack(c.Policy); err != nil {
			return err
		}
	}
	now := t.now()
	caller := access.Caller{Kind: access.Staff, Name: "command line", Role: access.Auditor, Policies: access.AllPolicies()}
	list, err := h.office.Upcoming(t.ctx, caller, now, now.AddDate(0, 0, c.Days), c.Policy)
	if err != nil {
		return err
	}
	if c.JSON {
		if list == nil {
			list = []requests.Upcoming{}
		}
		return printJSON(t, list)
	}
	for _, u := range list {
		fmt.Fprintf(t.out, "%s  %s  %s/%s  %s\n    to   %s\n    why  %s\n    from %s\n",
			u.At.Format("Mon 2006-01-02 15:04 MST"), u.Reference, u.About, u.Threshold, u.Letter, u.To, u.Why, u.Source)
	}
	fmt.Fprintf(t.out, "%s planned until %s, if nothing happens meanwhile.\n", counted(len(list), "reminder"), now.AddDate(0, 0, c.Days).Format("2006-01-02"))
	return nil
}
