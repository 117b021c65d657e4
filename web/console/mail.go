package console

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/intake"
	"dsr/mailbox"
	"dsr/requests"
	"dsr/web/site"
)

// mailPath is where the pages of what came by mail begin.
const mailPath = "/console/mail"

// mailsShown is how many messages a page of the list holds.
const mailsShown = 50

// mailListPage lists what came by mail.
type mailListPage struct {
	shell
	Filters []mailFilter
	Lines   []mailLine
	Older   string // address of the next page, or ""
}

// mailFilter is one of the ways to see the list.
type mailFilter struct {
	Label, Href string
	Current     bool
}

// mailLine is one message of the list.
type mailLine struct {
	Href, Subject, From    string
	Policy, At             string
	State, Class, Icon     string
	Reference, RequestHref string
	Note                   string
}

// mailOnePage shows one message as it was read.
type mailOnePage struct {
	shell
	Line     mailLine
	Facts    []fact
	Text     string
	Quoted   string
	Files    []string
	Faults   []string
	Waits    bool // staff have to say what it is
	Undo     bool // it became nothing by itself or by hand, and staff may say otherwise
	Drop     bool // that it is no request was not said yet
	MayNot   string
	Address  string
	Typed    string
	Problems site.Problems
}

// mailRoutes are the addresses of this file.
func (s *Console) mailRoutes() []site.Route {
	return []site.Route{
		site.Get(mailPath, site.Staff, s.mailList),
		site.Get(mailPath+"/:mail", site.Staff, s.openMail),
		site.Post(mailPath+"/:mail", site.Staff, s.sortMail),
		site.Get(mailPath+"/:mail/original", site.Staff, s.mailOriginal),
	}
}

// mailOutcomes are the filters of the list, by their word in the address.
func mailOutcomes() []struct {
	word, label string
	outcomes    []intake.Outcome
} {
	return []struct {
		word, label string
		outcomes    []intake.Outcome
	}{
		{"", "All", []intake.Outcome{intake.Waiting, intake.Reply, intake.Request, intake.Bounce, intake.Noted, intake.Unsorted, intake.Dropped}},
		{"unsorted", "To sort", []intake.Outcome{intake.Unsorted}},
		{"requests", "New requests", []intake.Outcome{intake.Request}},
		{"replies", "Replies", []intake.Outcome{intake.Reply}},
		{"automatic", "Automatic", []intake.Outcome{intake.Noted, intake.Bounce}},
		{"dropped", "No request", []intake.Outcome{intake.Dropped}},
		{"repeats", "Came again", []intake.Outcome{intake.Repeated}},
	}
}

// mailList shows the list.
func (s *Console) mailList(c echo.Context) (err error) {
	var page mailListPage
	filter := intake.Filter{Limit: mailsShown + 1}
	only := c.QueryParam("only")
	for _, o := range mailOutcomes() {
		href := mailPath
		if o.word != "" {
			href += "?only=" + o.word
		}
		page.Filters = append(page.Filters, mailFilter{Label: o.label, Href: href, Current: o.word == only})
		if o.word == only {
			filter.Outcomes = o.outcomes
		}
	}
	if filter.Outcomes == nil {
		return requests.ErrNotFound
	}
	filter.Before, _ = strconv.ParseInt(c.QueryParam("before"), 10, 64) // nonsense: the first page
	list, err := s.Office.Mails(c.Request().Context(), site.Caller(c), filter)
	if err != nil {
		return err
	}
	if len(list) > mailsShown {
		list = list[:mailsShown]
		page.Older = fmt.Sprintf("%s?only=%s&before=%d", mailPath, only, list[mailsShown-1].ID)
	}
	for i := range list {
		page.Lines = append(page.Lines, s.mailLine(&list[i]))
	}
	if page.shell, err = s.shell(c, "Mail", ""); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "mail_list", page)
}

// mailLine words one message.
func (s *Console) mailLine(m *requests.MailLine) mailLine {
	line := mailLine{
		Href: fmt.Sprintf("%s/%d", mailPath, m.ID), Subject: m.Subject, From: m.From, Policy: s.policyName(m.Policy), At: stamp(m.ReceivedAt),
		Reference: m.Reference,
	}
	if line.Subject == "" {
		line.Subject = "No subject"
	}
	if line.From == "" {
		line.From = "No sender"
	}
	if m.SameAs != 0 { // nothing more is kept of it
		line.Href, line.Subject, line.From = fmt.Sprintf("%s/%d", mailPath, m.SameAs), fmt.Sprintf("The same as message %d", m.SameAs), "By "+strings.ToUpper(m.Door)
	}
	if m.Reference != "" {
		line.RequestHref = requestAddress(m.Reference)
	}
	if !m.Whole {
		line.Note = "Too large: only its head was taken, the whole is in the mailbox"
	}
	line.State, line.Icon, line.Class = mailState(m)
	return line
}

// mailState says what became of a message.
func mailState(m *requests.MailLine) (text, icon, class string) {
	switch m.Outcome {
	case intake.Waiting:
		return "Being read", "soon", ""
	case intake.Reply:
		return "Reply", "msg", ""
	case intake.Request:
		return "New request", "plus", "ok"
	case intake.Bounce:
		return "A letter came back", "warn", "late"
	case intake.Unsorted:
		return "To sort", "soon", "soon"
	case intake.Dropped:
		return "No request", "close", ""
	case intake.Repeated:
		return "Came again", "info", ""
	}
	switch m.Kind {
	case mailbox.AutoReply:
		return "Automatic reply", "info", ""
	case mailbox.Loop:
		return "Our own letter, come back", "info", ""
	case mailbox.Bounce:
		return "Report of a mail server", "info", ""
	case mailbox.List:
		return "Newsletter or list", "info", ""
	}
	return "Noted", "info", ""
}

// openMail shows one message. That it was opened is recorded.
func (s *Console) openMail(c echo.Context) error { return s.showMessage(c, http.StatusOK, "", nil) }

func (s *Console) showMessage(c echo.Context, status int, typed string, faults site.Problems) error {
	line, message, _, err := s.openedMail(c)
	if err != nil {
		return err
	}
	page := mailOnePage{
		Line: s.mailLine(line), Facts: mailFacts(line, message), Text: message.Text, Quoted: message.Quoted, Faults: message.Faults,
		Waits: line.Outcome == intake.Unsorted, Undo: line.Outcome == intake.Noted || line.Outcome == intake.Dropped, Drop: line.Outcome != intake.Dropped, MayNot: site.Caller(c).WhyNot(access.TakeUp, line.Policy), Typed: typed, Problems: faults,
	}
	for _, fault := range line.Faults { // those of the sorting are not the message's own
		if !slices.Contains(page.Faults, fault) {
			page.Faults = append(page.Faults, fault)
		}
	}
	page.Address = page.Line.Href
	for _, a := range message.Attachments {
		page.Files = append(page.Files, fmt.Sprintf("%s, %s", a.Name, bytesText(int64(len(a.Content)))))
	}
	if page.shell, err = s.shell(c, page.Line.State, ""); err != nil {
		return err
	}
	page.Bad = len(faults) > 0
	return s.render(c, status, "mail_one", page)
}

// openedMail opens the message in the address.
func (s *Console) openedMail(c echo.Context) (*requests.MailLine, *mailbox.Message, []byte, error) {
	id, err := strconv.ParseInt(c.Param("mail"), 10, 64)
	if err != nil {
		return nil, nil, nil, requests.ErrNotFound
	}
	line, message, raw, err := s.Office.OpenMail(c.Request().Context(), site.Caller(c), s.Now(), id)
	if errors.Is(err, requests.ErrNoMail) {
		err = requests.ErrNotFound
	}
	return line, message, raw, err
}

// mailFacts are what is known about a message beside its words.
func mailFacts(line *requests.MailLine, m *mailbox.Message) []fact {
	facts := []fact{{Name: "From", Text: addressesText(m.From)}}
	if len(m.From) == 0 {
		facts[0].Text = "nobody: the message names no sender"
	}
	if answers := addressesText(m.ReplyTo); answers != "" && answers != facts[0].Text {
		facts = append(facts, fact{Name: "Asks for answers to", Text: answers})
	}
	if m.Forwarded != nil && m.Forwarded.From != "" {
		facts = append(facts, fact{Name: "Handed on, written by", Text: m.Forwarded.From})
	}
	facts = append(facts, fact{Name: "Received", Text: stamp(line.ReceivedAt) + ", by " + strings.ToUpper(line.Door)})
	if m.Why != "" {
		facts = append(facts, fact{Name: "Why it is taken for that", Text: m.Why})
	}
	return append(facts, fact{Name: "Checks of the mail server", Text: hintText(m.Hints)})
}

// addressesText lists addresses with their names.
func addressesText(list []mailbox.Address) string {
	var parts []string
	for _, a := range list {
		parts = append(parts, strings.TrimSpace(a.Name+" <"+a.Email+">"))
	}
	return strings.Join(parts, ", ")
}

// hintText words what the receiving server noted. It is never proof of who
// somebody is.
func hintText(h mailbox.Hints) string {
	var parts []string
	for _, r := range [][2]string{{"SPF", h.SPF}, {"DKIM", h.DKIM}, {"DMARC", h.DMARC}} {
		if r[1] != "" {
			parts = append(parts, r[0]+" "+r[1])
		}
	}
	if len(parts) == 0 {
		return "The mail server noted none. Whoever it says it is from may not have written it."
	}
	return strings.Join(parts, ", ") + ". A hint, no proof of who wrote it."
}

// sortMail says what becomes of a message that waits, or that became nothing.
func (s *Console) sortMail(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(c.Param("mail"), 10, 64)
	if err != nil {
		return requests.ErrNotFound
	}
	reference := strings.ToUpper(site.Trimmed(form, "reference"))
	switch form.Get("do") {
	case "admit":
		return s.admitMail(c, id, reference)
	case "drop":
		reference = ""
	default:
		if reference == "" {
			return s.showMessage(c, http.StatusUnprocessableEntity, "", site.Problems{{Field: "reference", Sentence: "Write the reference of the request it belongs to, like MOX-8H2D-5K"}})
		}
	}
	err = s.Office.SortMail(c.Request().Context(), site.Caller(c), s.Now(), id, reference)
	done := "The message joined " + reference + "."
	if reference == "" {
		done = "Noted: it is no request. The message is kept for a while."
	}
	return s.sortedMail(c, err, reference, done, mailPath+"?only=unsorted")
}

// admitMail makes a request of a message, because somebody says that it is one.
func (s *Console) admitMail(c echo.Context, id int64, typed string) error {
	r, err := s.Office.AdmitMail(c.Request().Context(), site.Caller(c), s.Now(), id)
	if err != nil {
		return s.sortedMail(c, err, typed, "", mailPath+"?only=unsorted")
	}
	return s.sortedMail(c, nil, "", "It is a request now, received when the message was. Confirm what it asks for.", requestAddress(r.Reference))
}

// sortedMail answers a form that said what a message is.
func (s *Console) sortedMail(c echo.Context, err error, typed, done, next string) error {
	var faults requests.FieldErrors
	switch {
	case errors.As(err, &faults):
		var problems site.Problems
		for _, field := range []string{"reference", requests.FieldAdmit} {
			if sentence := faults[field]; sentence != "" {
				problems = append(problems, site.Problem{Field: field, Sentence: sentence})
			}
		}
		return s.showMessage(c, http.StatusUnprocessableEntity, typed, problems)
	case errors.Is(err, intake.ErrSettled):
		s.say(c, "Somebody else sorted this message in the meantime.")
	case errors.Is(err, requests.ErrNoMail):
		return requests.ErrNotFound
	case err != nil:
		return err
	default:
		s.say(c, done)
	}
	return site.SeeOther(c, next)
}

// mailOriginal hands the message out byte for byte.
func (s *Console) mailOriginal(c echo.Context) error {
	line, _, raw, err := s.openedMail(c)
	if err != nil {
		return err
	}
	w := site.Attach(c, fmt.Sprintf("message-%d.eml", line.ID), "message/rfc822", int64(len(raw)))
	_, err = w.Write(raw)
	return err
}
