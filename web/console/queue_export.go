package console

import (
	"encoding/csv"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/deadlines"
	"dsr/requests"
	"dsr/web/site"
)

// exportList writes a list as CSV, row by row. Addresses stay masked: whoever
// needs one shows it on the request's page, where that is recorded.
func (s *Console) exportList(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	v, err := s.team(c)
	if err != nil {
		return err
	}
	now := s.Now()
	var w *csv.Writer
	begin := func() {
		h := c.Response().Header()
		h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
		h.Set(echo.HeaderContentDisposition, `attachment; filename="requests-`+now.UTC().Format(time.DateOnly)+`.csv"`)
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		c.Response().WriteHeader(http.StatusOK)
		w = csv.NewWriter(c.Response())
		w.Write(exportHead())
	}
	err = s.Office.Export(c.Request().Context(), site.Caller(c), now, requests.ParseFilter(form.Get("q")), func(r requests.Row) error {
		if w == nil {
			begin()
		}
		cells, err := s.exportRow(v, r, now)
		if err != nil {
			return err
		}
		return w.Write(cells)
	})
	if err != nil && w == nil {
		return err
	}
	if w == nil {
		begin() // a list without requests is a table without rows
	}
	if w.Flush(); err == nil {
		err = w.Error()
	}
	if err != nil { // nobody shall take half a table for a whole one
		s.Log.Error("an export broke off", "id", c.Response().Header().Get(echo.HeaderXRequestID), "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// exportHead names the columns.
func exportHead() []string {
	return []string{"Reference", "Controller", "Right", "Residence", "Law", "Phase", "Outcome", "Received (UTC)", "Due date", "Due by", "Clock", "Closed (UTC)",
		"Assignee", "Requester", "Agent", "Labels", "Last event", "Last event at (UTC)"}
}

// exportRow writes a request as cells.
func (s *Console) exportRow(v voice, r requests.Row, now time.Time) ([]string, error) {
	place, err := s.Book.Place(r.Ruling.Zone, r.Ruling.Calendar)
	if err != nil {
		return nil, err
	}
	var due, by, state string
	if clock := r.Governing(); clock != nil {
		due, by, state = clock.Due.Date.String(), subject(clock), strings.ReplaceAll(string(clock.State(now)), "_", " ")
		if clock.Due.Before.IsZero() {
			due = deadlines.DateOf(clock.Due.At, place.Zone).String() + " " + clock.Due.At.In(place.Zone).Format("15:04 MST")
		}
	}
	assignee, agent := "", "no"
	if r.AssigneeID != 0 {
		assignee = v.person(r.AssigneeID)
	}
	if r.AgentID != 0 {
		agent = "yes"
	}
	cells := []string{r.Reference, s.policyName(r.Policy), v.right(r.Right), v.place(r.Residence), r.Ruling.RegimeName, requests.PhaseName(r.Phase), requests.OutcomeName(r.Outcome),
		instant(r.ReceivedAt), due, by, state, instant(r.ClosedAt.Time), assignee, r.Email, agent, strings.Join(r.Facts.Labels, ", "), lastEvent(r.LastAct, r.Channel), instant(r.LastAt)}
	for i := range cells {
		cells[i] = requests.GuardCell(cells[i])
	}
	return cells, nil
}

// instant writes a moment as tables sort it; none is empty.
func instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04")
}
