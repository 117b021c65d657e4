package requests

import (
	"dsr/brand"
	"dsr/deadlines"
	"dsr/mailer"
	"dsr/policies"
)

// controller is in whose name letters to the requester go out. Its colours are
// worked out once for each pack; which packs are in force never changes meanwhile.
func (o *Office) controller(pack *policies.Pack) mailer.Controller {
	if known, ok := o.controllers.Load(pack); ok {
		return known.(mailer.Controller)
	}
	c := mailer.Controller{Name: pack.Controller.Name, Initial: pack.Brand.Initial, Contact: o.contactsOf(pack).Privacy}
	if pack.Controller.Entity != pack.Controller.Name {
		c.Operator = pack.Controller.Entity
	}
	if palette, err := brand.Clamp(pack.Brand.Colour); err == nil {
		c.Colour, c.DarkColour = palette.Light.Brand, palette.Dark.Brand
	}
	o.controllers.Store(pack, c)
	return c
}

func (d *draft) matter() mailer.Case {
	r := d.after
	return mailer.Case{
		Controller: d.office.controller(d.pack), Reference: r.Reference, Right: string(r.Right),
		Received: deadlines.DateOf(r.ReceivedAt, d.place.Zone), Link: d.link, ForOther: r.Facts.Agent != nil,
	}
}

// law is what the letter says about the law's date.
func (d *draft) law(r *Request) mailer.Law {
	law := mailer.Law{Place: d.office.words.In(r.Language).Law(d.regime.PlaceCode(), d.regime.Place), Extended: r.Facts.Extension != nil, Assumed: r.Provisional}
	if c := r.AnswerClock(policies.ByLaw); c != nil {
		law.Limit = d.limit(c)
	} else if c := r.LawClock(); c != nil {
		law.Aim = c.Due.Date
	}
	return law
}

// promise is the promised time of an answer, or nil.
func (d *draft) promise(r *Request) *mailer.Limit {
	if c := r.AnswerClock(policies.ByPromise); c != nil && c.MetAt.IsZero() {
		return d.limit(c)
	}
	return nil
}

func (d *draft) promiseBy() deadlines.Date {
	if c := d.after.AnswerClock(policies.ByPromise); c != nil && c.MetAt.IsZero() {
		return c.Due.Date
	}
	return 0
}

// limit is the end of a clock. While the law is only assumed an hour is told on
// the company's wall, not on that of a country the person may never have seen.
func (d *draft) limit(c *Clock) *mailer.Limit {
	l := &mailer.Limit{Term: c.Rule.Term, By: c.Due.Date}
	if !c.Due.Before.IsZero() {
		return l
	}
	zone := d.place.Zone
	if d.after.Provisional {
		if own, err := d.office.ZoneOf(d.pack); err == nil {
			zone = own
		}
	}
	l.At = c.Due.At.In(zone)
	return l
}
