package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/agents"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// listFiles are the types a list may seem to be: what is none is told by what
// it is.
func listFiles() []string {
	return []string{"text/plain", "application/octet-stream", "application/zip", "application/pdf", "image/jpeg", "image/png"}
}

type agentListsPage struct {
	agentFrame
	Problems site.Problems
	Notice   string
	Hint     string // which files are taken
	Columns  []columnLine
	Rights   []columnLine
	Lists    []listLine
}

// columnLine explains one column, or one value of a column.
type columnLine struct{ Name, Text string }

// listLine is a list that was sent before.
type listLine struct{ Heading, Name, State, Href string }

// lists explains how to send requests for many, and shows the lists sent so far.
func (s *public) lists(c echo.Context) error { return s.showLists(c, http.StatusOK, nil) }

func (s *public) showLists(c echo.Context, status int, faults site.Problems) error {
	f, err := s.agentBehind(c)
	if err != nil {
		return err
	}
	page := agentListsPage{agentFrame: f, Problems: faults}
	page.Title, page.Bad = page.T("agents.lists.heading"), len(faults) > 0
	page.Hint = page.T("agents.lists.file.hint", "megabytes", requests.MaxTable>>20, "most", requests.MaxTableRows)
	for _, column := range []string{requests.ColumnEmail, requests.ColumnName, requests.ColumnRight, requests.ColumnResidence, requests.ColumnDetails, requests.ColumnOwn} {
		page.Columns = append(page.Columns, columnLine{column, page.T("agents.column." + column)})
	}
	for _, right := range policies.Rights() {
		page.Rights = append(page.Rights, columnLine{string(right), page.T("agents.right." + string(right))})
	}
	tables, err := s.Office.Tables(c.Request().Context(), site.Caller(c))
	if err != nil {
		return err
	}
	for _, t := range tables {
		page.Lists = append(page.Lists, listLine{
			Heading: page.T("agents.list.of", "date", page.day(t.CreatedAt)), Name: t.Name, State: page.listState(&t), Href: "/agent/lists/" + strconv.FormatInt(t.ID, 10),
		})
	}
	return s.render(c, status, "agent/lists", page)
}

// listState says in a line how a list stands.
func (f agentFrame) listState(t *agents.Batch) string {
	switch bad := t.Count[agents.RowBad]; {
	case t.Running():
		return f.N("agents.list.running", t.Rows, "done", t.Done())
	case bad > 0:
		return f.N("agents.list.bad", bad)
	}
	return f.N("agents.list.received", t.Count[agents.RowReceived])
}

// sendList takes a list in. The same file again leads to the same list.
func (s *public) sendList(c echo.Context) error {
	up, err := site.PostedKinds(c, listFiles())
	if err != nil {
		return err
	}
	f, err := s.agentBehind(c)
	if err != nil {
		return err
	}
	if list := f.mendList(up); len(list) > 0 {
		return s.showLists(c, http.StatusUnprocessableEntity, list)
	}
	id, err := s.keepList(c, &f, up)
	if err != nil {
		return s.listRefused(c, &f, err)
	}
	return site.SeeOther(c, "/agent/lists/"+strconv.FormatInt(id, 10))
}

// listRefused says why a list was not taken in, and what to do.
func (s *public) listRefused(c echo.Context, f *agentFrame, err error) error {
	var fault *requests.TableFault
	switch {
	case errors.As(err, &fault):
		return s.showLists(c, http.StatusUnprocessableEntity, site.Problems{{Field: "file", Sentence: f.tableFault(fault)}})
	case errors.Is(err, requests.ErrNoTables):
		return site.SeeOther(c, "/agent/lists") // it says what they can do instead
	case tooMany(err):
		return s.showLists(c, http.StatusUnprocessableEntity, site.Problems{{Field: "file", Sentence: f.T("agents.mend.list.wait")}})
	}
	return err
}

func (s *public) keepList(c echo.Context, f *agentFrame, up *site.Upload) (int64, error) {
	if err := s.Allow(c, "agent table", strconv.FormatInt(f.agent.ID, 10), tableLimit()); err != nil {
		return 0, err
	}
	id, _, err := s.Office.SendTable(context.WithoutCancel(c.Request().Context()), site.Caller(c), s.Now(), requests.Table{
		Name: up.Files[0].Name, Content: up.Files[0].Content, Language: f.Language().Tag,
	})
	return id, err
}

// mendList says what is wrong with the post before the list is read.
func (f agentFrame) mendList(up *site.Upload) site.Problems {
	why := ""
	switch {
	case len(up.Faults) > 0:
		why = up.Faults[0].Why
	case len(up.Files) == 0:
		why = "none"
	case len(up.Files) > 1:
		why = "many"
	default:
		return nil
	}
	return site.Problems{{Field: "file", Sentence: f.T("agents.mend.list."+why, "megabytes", requests.MaxTable>>20)}}
}

// tableFault says why a file cannot be read, and what to do.
func (f agentFrame) tableFault(fault *requests.TableFault) string {
	return f.T("agents.mend.list."+fault.Code, "megabytes", requests.MaxTable>>20, "line", fault.Line, "columns", fault.Names, "rows", fault.Rows, "most", requests.MaxTableRows)
}

type agentListPage struct {
	agentFrame
	File       string
	Lead       string
	Running    bool
	Rows, Done int
	Counts     []countLine
	Unused     string
	Bad        []badLine
	More       string
	Own        string // address of the page
}

// countLine says how many rows became what.
type countLine struct{ Icon, Text string }

// badLine is a row to mend.
type badLine struct {
	Heading string
	Faults  []string
}

// badShown is how many rows to mend a page lists; the file holds all.
const badShown = 50

// list shows how a list fares, and what has to be mended in it.
func (s *public) list(c echo.Context) error {
	f, t, err := s.listOf(c, badShown)
	if err != nil {
		return err
	}
	page := agentListPage{agentFrame: f, File: t.Name, Running: t.Running(), Rows: t.Rows, Done: t.Done(), Own: "/agent/lists/" + c.Param("list")}
	page.Title = page.T("agents.list.of", "date", page.day(t.CreatedAt))
	if page.Running {
		page.Lead = page.N("agents.list.running", t.Rows, "done", t.Done())
		c.Response().Header().Set("Refresh", "5")
	}
	page.count(&t.Batch)
	if len(t.Unused) > 0 {
		page.Unused = page.T("agents.list.unused", "columns", page.List(t.Unused))
	}
	for _, bad := range t.Bad {
		page.Bad = append(page.Bad, page.badRow(&bad))
	}
	if t.More > 0 {
		page.More = page.N("agents.list.more", t.More)
	}
	return s.render(c, http.StatusOK, "agent/list", page)
}

// count says how many rows became what.
func (p *agentListPage) count(t *agents.Batch) {
	for _, c := range []countLine{{"done", agents.RowReceived}, {"held", agents.RowAgain}, {"warn", agents.RowBad}, {"close", agents.RowCleared}} {
		if n := t.Count[c.Text]; n > 0 {
			p.Counts = append(p.Counts, countLine{c.Icon, p.N("agents.list."+c.Text, n)})
		}
	}
}

// listOf opens the list of an address.
func (s *public) listOf(c echo.Context, most int) (agentFrame, *requests.AgentTable, error) {
	f, err := s.agentBehind(c)
	if err != nil {
		return f, nil, err
	}
	id, err := site.Number(c, "list")
	if err != nil {
		return f, nil, err
	}
	t, err := s.Office.Table(c.Request().Context(), site.Caller(c), id, most)
	return f, t, err
}

// badRow words what has to be mended in a row.
func (f agentFrame) badRow(b *requests.BadRow) badLine {
	line := badLine{Heading: f.T("agents.row.number", "n", b.N)}
	for _, fault := range b.Faults {
		line.Faults = append(line.Faults, f.rowFault(fault))
	}
	return line
}

// rowFault says what is wrong with a cell and what to write instead.
func (f agentFrame) rowFault(fault requests.RowFault) string {
	hint, code := fault.Hint, fault.Code
	switch {
	case code == "not_given":
		return f.T("agents.row.not_given", "right", quoted(f.Printer, f.T("agents.right."+fault.Value)), "name", f.House.Name, "place", placeName(f.Printer, fault.Hint))
	case hint == "" && (code == "right" || code == "residence" || code == "state"):
		code += "_unlike"
	case code == "residence" && strings.Contains(hint, ", "):
		code = "residence_several"
	}
	return f.T("agents.row."+code, "column", fault.Column, "value", quoted(f.Printer, fault.Value), "hint", hint)
}

// mendFile is the rows to mend as a file: what was written, and what to mend. It
// can be mended and sent as it is.
func (s *public) mendFile(c echo.Context) error {
	f, t, err := s.listOf(c, requests.MaxTableRows)
	if err != nil {
		return err
	}
	used := []string{requests.ColumnEmail, requests.ColumnRight}
	for _, column := range requests.TableColumns() {
		if slices.ContainsFunc(t.Bad, func(b requests.BadRow) bool { return b.Cells[column] != "" }) && !slices.Contains(used, column) {
			used = append(used, column)
		}
	}
	if !slices.Contains(used, requests.ColumnCountry) && !slices.Contains(used, requests.ColumnResidence) {
		used = append(used, requests.ColumnResidence)
	}
	rows := [][]string{append(slices.Clone(used), requests.ColumnMend)}
	for _, b := range t.Bad {
		row := make([]string, 0, len(used)+1)
		for _, column := range used {
			row = append(row, requests.GuardCell(b.Cells[column]))
		}
		rows = append(rows, append(row, requests.GuardCell(strings.Join(f.badRow(&b).Faults, " "))))
	}
	return sendCSV(c, "to-mend.csv", rows)
}

// exampleFile is a list to fill in.
func (s *public) exampleFile(c echo.Context) error {
	return sendCSV(c, "example.csv", [][]string{
		{requests.ColumnEmail, requests.ColumnName, requests.ColumnRight, requests.ColumnResidence, requests.ColumnDetails, requests.ColumnOwn},
		{"dana@example.org", "Dana Whitlock", "access", "US-CA", "", "A-1001"},
		{"efe@example.org", "Efe Okonjo", "deletion", "DE", "", "A-1002"},
	})
}

// sendCSV serves rows as a file that spreadsheets open rightly: with a byte
// order mark, since without one they guess the encoding.
func sendCSV(c echo.Context, name string, rows [][]string) error {
	b := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(b)
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	_, err := site.Attach(c, name, "text/csv; charset=utf-8", int64(b.Len())).Write(b.Bytes())
	return err
}

// clearList takes the rows to mend away.
func (s *public) clearList(c echo.Context) error {
	if _, err := site.Posted(c); err != nil {
		return err
	}
	if _, err := s.agentBehind(c); err != nil {
		return err
	}
	id, err := site.Number(c, "list")
	if err != nil {
		return err
	}
	if err := s.Office.ClearTable(context.WithoutCancel(c.Request().Context()), site.Caller(c), id); err != nil {
		return err
	}
	return site.SeeOther(c, "/agent/lists/"+c.Param("list"))
}
