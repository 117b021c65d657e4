package console

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/drafts"
	"dsr/people"
	"dsr/requests"
)

// A form that was left open overnight is sent when its session has ended. What
// was typed is sealed for a day under a secret that only the page with the way
// back knows, and stands in the form again after the sign-in.

const (
	// keptUnder parts kept forms from the drafts of policies.
	keptUnder = "console"
	keptQuery = "kept"
	// keptBytes is the most of a form that is kept.
	keptBytes = 12*requests.MaxDetails + 16<<10
)

// keptForm is a form as it was posted, without its files.
type keptForm struct {
	Address string     `json:"address"`
	Values  url.Values `json:"values"`
}

// keepTyped keeps what was posted to an act without a session, and returns the
// way back through the sign-in; "" where there is nothing to keep.
func (s *Console) keepTyped(c echo.Context) string {
	address := c.Request().URL.Path
	if c.Request().Method != http.MethodPost || !isForm(c) {
		return ""
	}
	if err := s.Allow(c, "kept", s.Network(c), people.Limit{Count: 60, Per: time.Hour}); err != nil {
		return ""
	}
	values, err := typedValues(c.Request())
	if err != nil || len(values) == 0 {
		return ""
	}
	data, err := json.Marshal(keptForm{address, values})
	if err != nil {
		return ""
	}
	secret, err := drafts.Open(s.DB, s.Ring).Begin(c.Request().Context(), s.Now(), keptUnder, data)
	if err != nil {
		s.Log.Error("a form was not kept", "error", err)
		return ""
	}
	return "/console/signin?next=" + url.QueryEscape(address+"?"+keptQuery+"="+secret)
}

// isForm reports whether the address is one whose page can show its form again:
// an act of a request, or a new one.
func isForm(c echo.Context) bool {
	slug, ofRequest := strings.CutPrefix(c.Path(), requestRoute+"/")
	return c.Path() == newAddress || ofRequest && slices.ContainsFunc(staffActs(), func(a staffAct) bool { return a.slug == slug })
}

// typedValues reads the texts of a posted form and leaves its files out: a
// browser sends those last.
func typedValues(r *http.Request) (url.Values, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil {
		return nil, err
	}
	body := io.LimitReader(r.Body, keptBytes)
	if kind == echo.MIMEApplicationForm {
		data, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		return url.ParseQuery(string(data))
	}
	values := url.Values{}
	for reader := multipart.NewReader(body, params["boundary"]); ; {
		part, err := reader.NextPart()
		if err != nil || part.FileName() != "" || len(values) > 400 {
			return values, nil
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return values, nil
		}
		values.Add(part.FormName(), string(text))
	}
}

// takenUp is what a form begins with: nothing, or what was typed before the
// session ended.
func (s *Console) takenUp(c echo.Context) input {
	typed := input{Values: url.Values{}}
	secret := c.QueryParam(keptQuery)
	if secret == "" {
		return typed
	}
	draft, err := drafts.Open(s.DB, s.Ring).Read(c.Request().Context(), s.Now(), keptUnder, secret)
	var form keptForm
	if err != nil || json.Unmarshal(draft.Answers, &form) != nil || form.Address != c.Request().URL.Path {
		return typed
	}
	typed.Values, typed.kept = form.Values, true
	for _, button := range []string{"preview", "add", "switch", "shown", "seen"} {
		typed.Del(button)
	}
	return typed
}
