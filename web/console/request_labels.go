package console

import (
	"errors"
	"fmt"
	"slices"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
)

// requestRoutes are the addresses of a request's labels, of the page on which a
// new request is keyed in, and of the rules for a second person.
func (s *Console) requestRoutes() []site.Route {
	return []site.Route{
		site.Post(requestRoute+"/labels", site.Staff, s.changeLabel),
		site.Get(newAddress, site.Staff, s.askNew),
		site.Post(newAddress, site.Staff, s.takeNew),
		site.Get("/console/settings/approval", site.Staff, s.approval),
		site.Post("/console/settings/approval", site.Staff, s.setApproval),
	}
}

// changeLabel puts a label on a request or takes one off.
func (s *Console) changeLabel(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	var verb requests.Verb = requests.AddLabel{Label: form.Get("label")}
	if label := form.Get("remove"); label != "" {
		verb = requests.RemoveLabel{Label: label}
	}
	r, err := s.Office.Do(c.Request().Context(), site.Caller(c), s.Now(), c.Param("reference"), 0, verb)
	var mend requests.FieldErrors
	if errors.As(err, &mend) { // a form of one line: its fault is said on the page it stands on
		s.say(c, "The label was not added. "+mend["label"])
		return site.SeeOther(c, requestAddress(c.Param("reference")))
	}
	if err != nil {
		return err
	}
	return site.SeeOther(c, requestAddress(r.Reference))
}

// suggestedLabels lists labels of the policy that the request does not have.
func (s *Console) suggestedLabels(c echo.Context, v *requests.View) ([]string, error) {
	used, err := s.Office.LabelsInUse(c.Request().Context(), site.Caller(c), v.Policy)
	return slices.DeleteFunc(used, func(label string) bool { return slices.Contains(v.Facts.Labels, label) }), err
}

// lawChosen reports whether a person chose the law, and not the residence.
func lawChosen(v *requests.View) bool {
	chosen := false
	for i := range v.Timeline {
		if law := v.Timeline[i].Change.Law; law != nil {
			chosen = law.Chosen || chosen && v.Timeline[i].Act == requests.ActCorrect
		}
	}
	return chosen
}

// textOfTeam is text for the acts by which the team corrects and approves.
func (t teller) textOfTeam(e *requests.Event) string {
	c := &e.Change
	switch e.Act {
	case requests.ActPropose:
		text := "proposed a decision: " + lower(requests.OutcomeName(c.Proposed.Outcome))
		if len(c.Proposed.Items) > 0 {
			text += ", " + itemCounts(c.Proposed.Items)
		}
		return text + ". Nothing was sent; a second person is asked to approve"
	case requests.ActApprove:
		if c.Outcome == requests.NotUs || c.Outcome == requests.Unproved {
			return "approved the dismissal that " + t.actor(c.Decider).Who + " proposed: " + lower(requests.OutcomeName(c.Outcome))
		}
		return "approved what " + t.actor(c.Decider).Who + " decided, and the answer was sent: " + decided(c)
	case requests.ActSendBack:
		return "sent the proposed decision back"
	case requests.ActCorrect:
		return "corrected the receipt to " + c.Receipt.In(t.place.Zone).Format("Mon 2 Jan 2006, 15:04")
	case requests.ActLabel:
		return "added the label “" + c.Label + "”"
	case requests.ActUnlabel:
		return "took the label “" + c.Label + "” off"
	}
	return ""
}

// completed says what the requester added: the words of it stand sealed beside.
func (t teller) completed(c *requests.Change) string {
	if c.Law == nil {
		return "added what was missing about them"
	}
	return fmt.Sprintf("said where they live: %s. Law: %s", t.residence(c.Law.Residence), t.law(c.Law.Regime))
}

// scoped says which law and right a request has from then on.
func (t teller) scoped(c *requests.Change) string {
	text := fmt.Sprintf("set the residence: %s. Law: %s", t.residence(c.Law.Residence), t.law(c.Law.Regime))
	if c.Law.Chosen {
		text += ", chosen by a person"
	}
	if c.Right != "" {
		text += ". Right: " + t.right(c.Right)
	}
	return text
}
