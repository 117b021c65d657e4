package console

import (
	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/deadlines"
	"dsr/requests"
	"dsr/web/site"
)

// queueRows words the rows and marks the one opened last.
func (s *Console) queueRows(c echo.Context, v voice, rows []requests.Row) ([]queueRow, error) {
	last := ""
	if cookie, err := c.Cookie(lastCookie); err == nil {
		last = cookie.Value
	}
	list := make([]queueRow, len(rows))
	for i, r := range rows {
		row, err := s.queueRow(v, site.Caller(c), r)
		if err != nil {
			return nil, err
		}
		row.Last, row.Peeked = r.Reference == last, r.Reference == c.QueryParam("peek")
		row.PeekHref = peekAddress(c, r.Reference)
		list[i] = row
	}
	return list, nil
}

// wideStep is how many characters of a step fit into its cell in any case.
const wideStep = 24

// queueRow words one request of the list.
func (s *Console) queueRow(v voice, caller access.Caller, r requests.Row) (queueRow, error) {
	place, err := s.Book.Place(r.Ruling.Zone, r.Ruling.Calendar)
	if err != nil {
		return queueRow{}, err
	}
	now, next := s.Now(), r.Next()
	row := queueRow{
		Ref: r.Reference, Href: requestAddress(r.Reference), Due: dueOf(r.Request, place, now),
		Person: r.Email, Right: v.right(r.Right), Place: v.place(r.Residence), Law: r.Ruling.RegimeName,
		Phase: requests.PhaseName(r.Phase), Step: next.What, Whose: whose(next, r.AssigneeID, caller.ID),
		Event: lastEvent(r.LastAct, r.Channel), When: ago(r.LastAt, now, place.Zone), Unread: r.Unread,
		Received: shortDay(deadlines.DateOf(r.ReceivedAt, place.Zone), now, place), Labels: r.Facts.Labels, Controller: s.policyName(r.Policy),
	}
	if len(row.Step) > wideStep {
		row.StepTitle = row.Step
	}
	if r.Phase != requests.Aside {
		row.Mini = stripFor(r.Request, place, now).Mini()
	}
	if r.AppealOf != 0 {
		row.Right = "Appeal: " + lower(row.Right)
		if r.LastAct == requests.ActReceive {
			row.Event = "Appeal received"
		}
	}
	if r.Provisional {
		row.Law += ", assumed"
	}
	if r.AssigneeID != 0 {
		name := v.person(r.AssigneeID)
		row.Assignee = actorView{Who: name, Initials: initials(name), Mine: r.AssigneeID == caller.ID}
	}
	return row, nil
}

// whose says whose move it is, "you" where the team's move is the caller's.
func whose(next requests.Step, assignee, caller int64) string {
	if next.Whose == "privacy team" && assignee == caller {
		return "you"
	}
	return next.Whose
}
