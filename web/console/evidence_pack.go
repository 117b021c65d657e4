package console

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/audit"
	"dsr/evidence"
	"dsr/requests"
	"dsr/web/site"
)

// evidencePage explains what an evidence pack holds and offers to make one.
type evidencePage struct {
	shell
	Ref, Right string
	Back       string
	Address    string
	Inside     []fact
	Kinds      []evidenceKind
	Reason     string
	MustSay    bool   // of this caller a reason is asked for
	WhyNot     string // why the caller can make none, or ""
	Key        string // the public key, in hexadecimal
	KeyID      string
	Problems   site.Problems
}

// evidenceKind is one of the two kinds of pack.
type evidenceKind struct {
	Value, Label, Hint string
	Chosen             bool
}

// evidenceRoutes are the addresses of this file.
func (s *Console) evidenceRoutes() []site.Route {
	const address = requestRoute + "/evidence"
	return []site.Route{site.Get(address, site.Staff, s.askEvidence), site.Post(address, site.Staff, s.makeEvidence)}
}

// askEvidence shows the page.
func (s *Console) askEvidence(c echo.Context) error {
	return s.showEvidence(c, http.StatusOK, url.Values{"personal": {"no"}}, nil)
}

func (s *Console) showEvidence(c echo.Context, status int, typed url.Values, faults site.Problems) error {
	caller := site.Caller(c)
	v, err := s.Office.Open(c.Request().Context(), caller, s.Now(), c.Param("reference"), false)
	if err != nil {
		return err
	}
	team, err := s.team(c)
	if err != nil {
		return err
	}
	public := s.Ring.CheckpointKey().Public().(ed25519.PublicKey)
	page := evidencePage{
		Ref: v.Reference, Right: team.right(v.Right), Back: requestAddress(v.Reference), Address: requestAddress(v.Reference) + "/evidence",
		Inside: insideEvidence(v), Reason: typed.Get("reason"), MustSay: caller.Role == access.Auditor, WhyNot: caller.WhyNot(access.Evidence, v.Policy),
		Key: fmt.Sprintf("%x", []byte(public)), KeyID: audit.KeyID(public), Problems: faults,
	}
	page.Kinds = []evidenceKind{
		{Value: "no", Label: "Without personal data", Hint: "Names, addresses, messages and the names of files are left out. For a regulator or a client who asks how, not who. Letters and answer stay, but for the person’s name, address and identifiers: look at them before you hand it on."},
		{Value: "yes", Label: "Whole", Hint: "With the person’s details, the messages and your team’s notes. Making it is like showing the details: it is recorded with your name."},
	}
	for i := range page.Kinds {
		page.Kinds[i].Chosen = page.Kinds[i].Value == typed.Get("personal")
	}
	if page.shell, err = s.shell(c, "Evidence pack "+v.Reference, ""); err != nil {
		return err
	}
	page.Here, page.Bad = v.Reference, len(faults) > 0
	return s.render(c, status, "evidence_pack", page)
}

// insideEvidence lists what a pack of this request would hold.
func insideEvidence(v *requests.View) []fact {
	return []fact{
		{Name: "To read", Text: "The whole story on one page, as HTML and as PDF. Both work without a network."},
		{Name: "Timeline", Text: counted(len(v.Timeline), "event") + ", each in the form its hash is made of"},
		{Name: "Clocks", Text: counted(len(v.Clocks), "clock") + ", with every step that leads to each date and its source"},
		{Name: "Letters", Text: counted(len(v.Letters), "letter") + " as sent, with Message-ID and what came of it; the secret in a link is left out"},
		{Name: "Decision", Text: "Item by item, with grounds; what was searched, by whom, and what came of it"},
		{Name: "Files", Text: counted(len(v.Files), "file") + ": size and SHA-256. What they hold is not in the pack"},
		{Name: "Rules", Text: "Policy and law in the text of the day of receipt"},
		{Name: "Proof", Text: "The audit chain with its signed checkpoints, and a signed list of all of it"},
	}
}

// makeEvidence makes the pack and hands it out as a download. It is written whole
// before its first byte leaves, so that nobody gets half a pack.
func (s *Console) makeEvidence(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	verb := requests.MakeEvidence{Personal: form.Get("personal") == "yes", Reason: site.Trimmed(form, "reason")}
	e, err := s.Office.Evidence(c.Request().Context(), site.Caller(c), s.Now(), c.Param("reference"), verb)
	var fields requests.FieldErrors
	if errors.As(err, &fields) {
		return s.showEvidence(c, http.StatusUnprocessableEntity, form, site.Problems{{Field: "reason", Sentence: fields["reason"]}})
	}
	if err != nil {
		return err
	}
	var pack bytes.Buffer
	if err := evidence.Write(&pack, e, s.Ring.CheckpointKey()); err != nil {
		return err
	}
	name := e.Reference + "-evidence.zip"
	if verb.Personal {
		name = e.Reference + "-evidence-personal.zip"
	}
	_, err = pack.WriteTo(site.Attach(c, name, "application/zip", int64(pack.Len())))
	return err
}
