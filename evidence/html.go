package evidence

import (
	"bytes"
	_ "embed"
	"html/template"
)

//go:embed page.html
var pageText string

// html is the paper as one page that loads nothing from elsewhere.
func (p paper) html() ([]byte, error) {
	t, err := template.New("page").Option("missingkey=error").Funcs(template.FuncMap{
		"inc":  func(i int) int { return i + 1 },
		"code": func(t table, i int) bool { return i < len(t.Code) && t.Code[i] },
		"link": func(t table, i int) string {
			if i < len(t.Links) {
				return t.Links[i]
			}
			return ""
		},
	}).Parse(pageText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, p)
	return b.Bytes(), err
}
