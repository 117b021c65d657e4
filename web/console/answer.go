package console

import "dsr/requests"

// decisionView is how a request ended, or how it was answered.
type decisionView struct {
	// Ground and Article say why nothing, or not all, was given. Where items were
	// decided one by one each has its own.
	Outcome, Ground, Article string
	Text                     string
	Told                     string // who else was told of a deletion or correction
	Evidence                 string // what it rests on; the requester does not read it
	By, At                   string
	Items                    []itemView
	Files                    []fileView
	Fetch                    string // until when the files can be fetched, and whether they were
	Again                    string // until when the requester can ask for another look
}

// itemView is what was decided about one kind of information;
// Text is what the requester reads about it.
type itemView struct{ What, Icon, Decision, Ground, Article, Text string }

// decisionOf is the decision, dismissal or withdrawal on the timeline, or nil.
func decisionOf(t teller, v *requests.View) *decisionView {
	for i := range v.Timeline {
		e := &v.Timeline[i]
		if e.Act != requests.ActDecide && e.Act != requests.ActApprove && e.Act != requests.ActDismiss && e.Act != requests.ActWithdraw {
			continue // a request that was set aside is not decided
		}
		d := &decisionView{Outcome: requests.OutcomeName(e.Change.Outcome), Text: e.Text, Evidence: e.Evidence, By: t.actor(e.Actor).Who, At: e.At.In(t.place.Zone).Format("Mon 2 Jan 2006, 15:04")}
		if e.Act == requests.ActApprove {
			d.By = t.actor(e.Change.Decider).Who + ", approved by " + d.By
		}
		if e.Act == requests.ActDecide || v.Answer != nil {
			d.answer(t, v, e)
		}
		for _, f := range v.Files {
			if f.Answer {
				d.Files = append(d.Files, fileOf(v, f))
			}
		}
		return d
	}
	return nil
}

// answer adds what the requester got: item by item, or on which ground not.
func (d *decisionView) answer(t teller, v *requests.View, e *requests.Event) {
	if v.Answer != nil {
		for _, item := range v.Answer.Items {
			d.Items = append(d.Items, itemViewOf(v, item))
		}
		d.Told = v.Answer.Told
	}
	if e.Change.Ground != "" && len(d.Items) == 0 {
		d.Ground, d.Article = groundName(e.Change.Ground), articleOf(v, e.Change.Ground)
	}
	if till := v.Facts.FilesTill; !till.IsZero() {
		d.Fetch = "Can be fetched until "
		if till.Before(v.Now) {
			d.Fetch = "Could be fetched until "
		}
		d.Fetch += v.FilesUntil(t.place.Zone).Time().Format("Mon 2 Jan 2006")
		if at := v.Facts.Collected; at.IsZero() {
			d.Fetch += ". Not fetched yet"
		} else {
			d.Fetch += ". First fetched " + at.In(t.place.Zone).Format("2 Jan, 15:04")
		}
		if till.Before(v.Now) {
			d.Fetch += ". The requester can make them ready again on their page"
		}
	}
	switch {
	case v.Appeal && v.AppealUntil != 0:
		d.Again = "The requester can ask for another look until " + fullDay(v.AppealUntil)
	case v.Appeal:
		d.Again = "The requester can ask for another look at any time"
	}
}

// articleOf is what the law says about a ground for the request's right.
func articleOf(v *requests.View, ground string) string {
	for _, g := range v.Version.Grounds(v.Right) {
		if g.Ground == ground {
			return g.Source
		}
	}
	return ""
}
