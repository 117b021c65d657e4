package console

import (
	"errors"
	"fmt"
	"net/http"
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
		Waits: line.Outcome == intake.Unsorted, MayNot: site.Caller(c).WhyNot(access.TakeUp, line.Policy), Typed: typed, Problems: faults,
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
	var from []string
	for _, a := range m.From {
		from = append(from, strings.TrimSpace(a.Name+" <"+a.Email+">"))
	}
	facts := []fact{{Name: "From", Text: strings.Join(from, ", ")}}
	if len(from) == 0 {
		facts[0].Text = "nobody: the message names no sender"
	}
	facts = append(facts, fact{Name: "Received", Text: stamp(line.ReceivedAt) + ", by " + strings.ToUpper(line.Door)})
	if m.Why != "" {
		facts = append(facts, fact{Name: "Why it is taken for that", Text: m.Why})
	}
	return append(facts, fact{Name: "Checks of the mail server", Text: hintText(m.Hints)})
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

// sortMail says what becomes of a message that waits.
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
	if form.Get("do") == "join" && reference == "" {
		return s.showMessage(c, http.StatusUnprocessableEntity, "", site.Problems{{Field: "reference", Sentence: "Write the reference of the request it belongs to, like MOX-8H2D-5K"}})
	}
	if form.Get("do") == "drop" {
		reference = ""
	}
	err = s.Office.SortMail(c.Request().Context(), site.Caller(c), s.Now(), id, reference)
	var faults requests.FieldErrors
	switch {
	case errors.As(err, &faults):
		return s.showMessage(c, http.StatusUnprocessableEntity, reference, site.Problems{{Field: "reference", Sentence: faults["reference"]}})
	case errors.Is(err, intake.ErrSettled):
		s.say(c, "Somebody else sorted this message in the meantime.")
	case errors.Is(err, requests.ErrNoMail):
		return requests.ErrNotFound
	case err != nil:
		return err
	case reference == "":
		s.say(c, "Noted: it is no request. The message is kept for a while.")
	default:
		s.say(c, "The message joined "+reference+".")
	}
	return site.SeeOther(c, mailPath+"?only=unsorted")
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
