package requests

import (
	"cmp"
	"slices"
	"time"

	"dsr/deadlines"
	"dsr/mailer"
	"dsr/policies"
)

// replyDays is how long a requester is given to answer a question. It is the
// house's own measure; nothing lapses by itself when it is over.
const replyDays = 14

// effect says what a kind of hold does to the law's clock.
func (d *draft) effect(kind deadlines.HoldKind) mailer.Effect {
	c := d.after.LawClock()
	switch {
	case d.request.over(d.now):
		return mailer.Runs // a question revives nothing
	case c != nil && slices.Contains(c.Rule.Suspends, kind):
		return mailer.Pauses
	case c != nil && slices.Contains(c.Rule.MovesStart, kind):
		return mailer.Restarts
	}
	return mailer.Runs
}

// over reports whether the law's last day had passed at an instant.
func (r *Request) over(now time.Time) bool {
	c := r.LawClock()
	return c != nil && c.Due.Held == "" && !c.Due.OnTime(now)
}

// lawBy is the law's day where a question does not stop it, or zero.
func (d *draft) lawBy(kind deadlines.HoldKind) deadlines.Date {
	if c := d.after.AnswerClock(policies.ByLaw); c != nil && d.effect(kind) == mailer.Runs {
		return c.Due.Date
	}
	return 0
}

func (d *draft) replyUntil() deadlines.Date {
	return deadlines.DateOf(d.now, d.place.Zone).AddDays(replyDays)
}

func questionLetter(question string) composer {
	return composer{kind: LetterQuestion, letter: func(d *draft) composable {
		return mailer.ClarificationNeeded{
			Case: d.matter(), Question: typed(question), Until: d.replyUntil(),
			Effect: d.effect(deadlines.HoldClarification), LawBy: d.lawBy(deadlines.HoldClarification), PromiseBy: d.promiseBy(),
		}
	}}
}

func extendedLetter(reason, ground string) composer {
	return composer{kind: LetterExtended, letter: func(d *draft) composable {
		letter := mailer.Extended{Case: d.matter(), Ground: ground, Reason: typed(reason), Regulator: d.regulator()}
		if c := d.request.AnswerClock(policies.ByLaw); c != nil {
			letter.Was, letter.Article = c.Due.FirstDate, policies.Cited(cmp.Or(c.Rule.Sources.Extension, c.Rule.Sources.Term))
		}
		if c := d.after.AnswerClock(policies.ByLaw); c != nil {
			letter.Until = c.Due.Date
		}
		if promise := d.promise(d.after); promise != nil && promise.By < letter.Until {
			letter.Promise = promise
		}
		return letter
	}}
}

func messageLetter() composer {
	return composer{kind: LetterMessage, letter: func(d *draft) composable { return mailer.NewMessage{Case: d.matter()} }}
}

func (d *draft) linkUntil() deadlines.Date {
	return deadlines.DateOf(d.now.Add(LinkLifetime), d.place.Zone)
}

func (d *draft) appeal() mailer.Appeal {
	return mailer.Appeal{Regulator: d.regulator(), Court: d.regime.Establish != "", OptOut: d.optOut()}
}

// optOut is the form where somebody whose deletion is refused under California's
// law can ask that nothing is sold or shared, unless they have (11 CCR 7022(g)).
func (d *draft) optOut() string {
	r := d.after
	if d.regime.ID != policies.California || r.Right != policies.Deletion {
		return ""
	}
	if !slices.Contains(d.office.book.Given(d.pack, r.Residence, r.ReceivedAt), policies.OptOutSale) {
		return ""
	}
	asked, err := d.office.db.Read().NewSelect().TableExpr("requests").Where(`person = ? AND policy = ? AND "right" = ?`, r.Person, r.Policy, policies.OptOutSale).Exists(d.ctx)
	if err == nil && asked {
		return ""
	}
	return d.office.baseURL + "/" + d.pack.ID + "/request"
}

// refusalLetter tells what is not given: item by item, or as a whole.
func refusalLetter(kind, text, told string, ground policies.RefusalGround, items []exception) composer {
	return composer{kind: kind, letter: func(d *draft) composable {
		if kind == LetterPartly || len(items) > 0 {
			exceptions := exceptionsOf(items)
			if len(items) == 0 {
				part := d.office.words.In(d.after.Language).T("letters.partly.part")
				exceptions = exceptionsOf([]exception{{Item: Item{What: part, Text: typed(text)}, ground: ground}})
			}
			if len(items) > 0 && d.after.Outcome == RefusedAll {
				return mailer.Refused{Case: d.matter(), Text: text, Exceptions: exceptions, Appeal: d.appeal()}
			}
			return mailer.PartlyRefused{Case: d.matter(), Exceptions: exceptions, Told: told, Until: d.linkUntil(), Appeal: d.appeal()}
		}
		return mailer.Refused{Case: d.matter(), Ground: ground.Ground, Article: policies.Cited(ground.Source), Text: typed(text), Appeal: d.appeal()}
	}}
}

// exceptionsOf is what a letter says of the things that were not done.
func exceptionsOf(items []exception) []mailer.Exception {
	var list []mailer.Exception
	for _, item := range items {
		list = append(list, mailer.Exception{What: item.What, Ground: item.ground.Ground, Article: policies.Cited(item.ground.Source), Text: item.Text})
	}
	return list
}

// unprovedLetter refuses without a decision: nobody proved that the request is
// theirs.
func unprovedLetter(text string) composer {
	const ground = "id_not_verified"
	return composer{kind: LetterRefused, letter: func(d *draft) composable {
		article := d.regime.Law
		if known, ok := d.refusable(ground); ok {
			article = policies.Cited(known.Source)
		}
		return mailer.Refused{Case: d.matter(), Ground: ground, Article: article, Text: typed(text), Appeal: d.appeal()}
	}}
}

func withdrawnLetter() composer {
	return composer{kind: LetterWithdrawn, letter: func(d *draft) composable {
		return mailer.Withdrew{Case: d.matter(), On: deadlines.DateOf(d.now, d.place.Zone)}
	}}
}

// typed lets a letter be shown before its form is filled in. A letter with the
// mark in it is never sent.
func typed(s string) string {
	if s == "" {
		return mailer.Unwritten
	}
	return s
}

// regulator is nil while the law is only assumed: nobody is sent to the authority
// of a country they may never have seen.
func (d *draft) regulator() *mailer.Regulator {
	if d.after.Provisional {
		return nil
	}
	a := d.regime.AuthorityFor(d.after.Residence)
	return &mailer.Regulator{Name: a.NameIn(d.after.Language), URL: a.URL}
}
