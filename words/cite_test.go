package words_test

import (
	"strings"
	"testing"
)

// The GDPR is cited as each language does, any other law as its file says.
func TestALawIsCitedAsTheLanguageDoes(t *testing.T) {
	c := load(t)
	for _, w := range []struct{ language, citation, want string }{
		{"en", "GDPR Art. 17(3)(b)", "GDPR Art. 17(3)(b)"},
		{"de", "GDPR Art. 17(3)(b)", "Art. 17 Abs. 3 Buchst. b DSGVO"},
		{"de", "GDPR Art. 16", "Art. 16 DSGVO"},
		{"fr", "GDPR Art. 12(6)", "article 12, paragraphe 6, du RGPD"},
		{"es", "GDPR Art. 17(3)(b)", "artículo 17, apartado 3, letra b), del RGPD"},
		{"it", "GDPR Art. 20(4)", "art. 20, par. 4, GDPR"},
		{"nl", "GDPR Art. 17(3)(e)", "artikel 17, lid 3, onder e), AVG"},
		{"pl", "GDPR Art. 4(1); GDPR Art. 15(1)", "art. 4 ust. 1 RODO; art. 15 ust. 1 RODO"},
		{"pt-PT", "GDPR Art. 17(3)(b)", "artigo 17.º, n.º 3, alínea b), do RGPD"},
		{"de", "UK GDPR Art. 17(3)(b)", "UK GDPR Art. 17(3)(b)"},
		{"de", "GDPR Art. 5 and others", "GDPR Art. 5 and others"},
		{"fr", "", ""},
	} {
		if got := strings.ReplaceAll(c.In(w.language).Cite(w.citation), "\u00a0", " "); got != w.want {
			t.Errorf("%s: %q is cited as %q, want %q", w.language, w.citation, got, w.want)
		}
	}
}
