package console

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/audit"
	"dsr/requests"
	"dsr/web/site"
)

// vaultPage shows the keys by their ids, and the checkpoints.
type vaultPage struct {
	shell
	Keys        []keyLine
	Erased      int
	Behind      int // requests that an older key still wraps
	Checkpoints []checkpointLine
	Newest      string // the mark of the newest, whole
	Verified    *verdictView
}

// keyLine is one key of the ring.
type keyLine struct {
	ID, Made, Role                  string
	Requests, Mails, Agents, People int
	Foreign                         bool
}

// checkpointLine is one checkpoint.
type checkpointLine struct {
	Number    int64
	When      string
	Grown     int64
	Covers    int64
	KeyID     string
	ShortMark string
}

// verdictView is what a verification found.
type verdictView struct {
	Good     bool
	Heading  string
	Text     string
	Findings []string
}

// vaultKeys shows the page.
func (s *Console) vaultKeys(c echo.Context) error { return s.showVault(c, nil) }

func (s *Console) showVault(c echo.Context, verdict *verdictView) (err error) {
	page := vaultPage{Verified: verdict}
	ctx, caller := c.Request().Context(), site.Caller(c)
	uses, erased, err := s.Office.KeyUses(ctx, caller)
	if err != nil {
		return err
	}
	checkpoints, err := s.Office.Checkpoints(ctx, caller)
	if err != nil {
		return err
	}
	if page.shell, err = s.shell(c, "Keys and checkpoints", ""); err != nil {
		return err
	}
	page.Erased = erased
	for _, u := range uses {
		page.Keys = append(page.Keys, keyLine{ID: u.ID, Made: u.Made, Role: keyRole(u), Requests: u.Requests, Mails: u.Mails, Agents: u.Agents, People: u.People, Foreign: u.Foreign})
		if !u.Last {
			page.Behind += u.Requests + u.Mails + u.Agents + u.People
		}
	}
	if len(checkpoints) > 0 {
		page.Newest = checkpoints[0].Anchor.String()
	}
	for _, p := range checkpoints {
		page.Checkpoints = append(page.Checkpoints, checkpointLine{
			Number: p.Number, When: stamp(p.At), Grown: p.Grown, Covers: p.Covers, KeyID: p.KeyID,
			ShortMark: shortHash(p.Anchor.Digest.String()),
		})
	}
	return s.render(c, http.StatusOK, "settings_keys", page)
}

// keyRole says what a key is for.
func keyRole(u requests.KeyUse) string {
	var roles []string
	if u.Foreign {
		roles = append(roles, "not in the key file of this process: put the right file back")
	}
	if u.First {
		roles = append(roles, "root of the index, the links and the checkpoints")
	}
	if u.Last {
		roles = append(roles, "wraps new data keys")
	}
	if len(roles) == 0 {
		return "opens what it wrapped"
	}
	return sentence(strings.Join(roles, "; "))
}

// verifyTrail verifies the newest part of the audit trail and shows what came of
// it. It changes nothing, so the page is shown at once.
func (s *Console) verifyTrail(c echo.Context) error {
	if err := allowed(c, access.ReadAudit, ""); err != nil {
		return err
	}
	if _, err := site.Posted(c); err != nil {
		return err
	}
	summary, found, err := s.Office.VerifyNewest(c.Request().Context(), site.Caller(c))
	if err != nil {
		return err
	}
	return s.showVault(c, verdictOf(summary, found))
}

// verdictOf words a verification.
func verdictOf(sum audit.Summary, found []audit.Finding) *verdictView {
	v := &verdictView{Good: len(found) == 0, Heading: "Everything agrees"}
	v.Text = fmt.Sprintf("%s under %s, held against the key %s; %s not under a checkpoint yet.",
		manyOf(int(sum.Entries), "entry", "entries"), manyOf(int(sum.Checkpoints), "checkpoint", "checkpoints"), sum.KeyID, manyOf(int(sum.Uncovered), "entry", "entries"))
	if !v.Good {
		v.Heading = "The audit trail was changed"
		v.Text += " Keep a copy of the database as it is, then run dsr audit verify, which looks at all of it."
	}
	for _, f := range found {
		v.Findings = append(v.Findings, f.String())
	}
	return v
}
