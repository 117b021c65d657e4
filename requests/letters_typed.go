package requests

import (
	"slices"
	"strings"
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
			letter.Was, letter.Article = c.Due.FirstDate, c.Rule.Sources.Term
			if c.Rule.Sources.Extension != "" {
				letter.Article = c.Rule.Sources.Extension
			}
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
	return mailer.Appeal{Regulator: d.regulator(), Court: d.regime.Establish != ""}
}

// refusalLetter tells what is not given: item by item, or as a whole.
func refusalLetter(kind, text, told string, ground policies.RefusalGround, items []exception) composer {
	return composer{kind: kind, letter: func(d *draft) composable {
		if kind == LetterPartly || len(items) > 0 {
			letter := mailer.PartlyRefused{Case: d.matter(), Told: told, Until: d.linkUntil(), Appeal: d.appeal()}
			for _, item := range items {
				letter.Exceptions = append(letter.Exceptions, mailer.Exception{What: item.What, Ground: item.ground.Ground, Article: item.ground.Source, Text: item.Text})
			}
			if len(items) == 0 {
				rest := d.office.words.In(d.after.Language).T("letters.partly.rest")
				letter.Exceptions = []mailer.Exception{{What: rest, Ground: ground.Ground, Article: ground.Source, Text: typed(text)}}
			}
			if d.after.Outcome != RefusedAll {
				return letter
			}
			return mailer.Refused{Case: d.matter(), Ground: items[0].ground.Ground, Article: items[0].ground.Source, Text: itemized(text, items), Appeal: d.appeal()}
		}
		return mailer.Refused{Case: d.matter(), Ground: ground.Ground, Article: ground.Source, Text: typed(text), Appeal: d.appeal()}
	}}
}

// itemized puts what was written about each item after the words about all.
func itemized(text string, items []exception) string {
	var b strings.Builder
	b.WriteString(text)
	for _, item := range items {
		b.WriteString("\n\n" + item.What + "\n" + item.Text)
	}
	return b.String()
}

// unprovedLetter refuses without a decision: nobody proved that the request is
// theirs.
func unprovedLetter(text string) composer {
	const ground = "id_not_verified"
	return composer{kind: LetterRefused, letter: func(d *draft) composable {
		article := d.regime.Law
		if known, ok := d.refusable(ground); ok {
			article = known.Source
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

func (d *draft) regulator() *mailer.Regulator {
	a := d.regime.AuthorityFor(d.after.Residence)
	return &mailer.Regulator{Name: a.NameIn(d.after.Language), URL: a.URL}
}

// knownRegulator is nil while the law is only assumed: nobody is sent to the
// authority of a country they may never have seen.
func (d *draft) knownRegulator() *mailer.Regulator {
	if d.after.Provisional {
		return nil
	}
	return d.regulator()
}
