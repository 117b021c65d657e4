package main

import (
	"fmt"

	"dsr/access"
)

type reportCommand struct {
	store
	packs
	Law    string `default:"ccpa" help:"The law whose table it is."`
	Year   int    `help:"The calendar year; without it the last that is over."`
	Policy string `help:"Only this policy; without it all are counted together."`
	HTML   bool   `name:"html" help:"Print the table as HTML for a page of your own, instead of CSV."`
}

// Run prints the yearly table of a law.
func (c *reportCommand) Run(t *terminal) error {
	h, err := c.store.openExisting(t, c.packs)
	if err != nil {
		return err
	}
	defer h.close()
	if c.Year == 0 {
		c.Year = t.now().UTC().Year() - 1
	}
	caller := access.Caller{Kind: access.Staff, Name: "command line", Role: access.Auditor, Policies: access.AllPolicies()}
	table, err := h.weekly.Desk.Yearly(t.ctx, caller, t.now(), c.Policy, c.Law, c.Year)
	if err != nil {
		return err
	}
	if !c.HTML {
		return table.CSV(t.out)
	}
	text, err := table.HTML()
	if err == nil {
		fmt.Fprint(t.out, text)
	}
	return err
}
