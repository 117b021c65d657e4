package words

import (
	"regexp"
	"strings"
)

// gdpr is an article of the GDPR as the law files cite it, with its paragraph and
// point: "GDPR Art. 17(3)(b)".
var gdpr = regexp.MustCompile(`^GDPR Art\. (\d+)(?:\((\d+)\)(?:\(([a-z])\))?)?$`)

// Cite writes the citation of a law as the language does. Only the GDPR has a
// name and a way to cite it in every language of the Union, "Art. 17 Abs. 3
// Buchst. b DSGVO"; any other citation stays as it is. Several are parted by
// semicolons.
func (p Printer) Cite(citation string) string {
	parts := strings.Split(citation, "; ")
	for i, part := range parts {
		m := gdpr.FindStringSubmatch(part)
		switch {
		case m == nil:
		case m[3] != "":
			parts[i] = p.T("letters.cite.gdpr.point", "article", m[1], "paragraph", m[2], "point", m[3])
		case m[2] != "":
			parts[i] = p.T("letters.cite.gdpr.paragraph", "article", m[1], "paragraph", m[2])
		default:
			parts[i] = p.T("letters.cite.gdpr.article", "article", m[1])
		}
	}
	return strings.Join(parts, "; ")
}
