package mailbox

import (
	"regexp"
	"strings"
)

// verdict finds "spf=pass" and the like at the beginning of a clause.
var verdict = regexp.MustCompile(`^(spf|dkim|dmarc)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)`)

// receiver finds who checked, in Received-SPF (RFC 7208, 9.1).
var receiver = regexp.MustCompile(`(?:^|[\s;])receiver=\s*"?([^\s;"]{1,255})`)

// hints reads the results that the receiving server noted. Only the topmost field
// counts: those below it may have come with the message, written by its sender.
func hints(h header) Hints {
	if noted := h.all("authentication-results"); len(noted) > 0 {
		return authenticationResults(noted[0])
	}
	noted := h.get("received-spf")
	word, _, _ := strings.Cut(noted, " ")
	found := Hints{SPF: result(strings.ToLower(strings.TrimRight(word, ";:(")))}
	if by := receiver.FindStringSubmatch(withoutComments(noted)); found.SPF != "" && by != nil {
		found.By = shorten(by[1])
	}
	return found
}

// authenticationResults reads one such field (RFC 8601, 2.2). Of several
// signatures one that passed is enough.
func authenticationResults(value string) Hints {
	var found Hints
	for i, clause := range splitOutside(withoutComments(value), ';') {
		clause = strings.ToLower(strings.TrimSpace(clause))
		m := verdict.FindStringSubmatch(clause)
		switch {
		case m == nil && i == 0:
			// The server's name, and perhaps the version of the form. Some leave it out.
			found.By = shorten(strings.Trim(firstWord(clause), `"`))
		case m == nil:
		case m[1] == "spf" && found.SPF == "":
			found.SPF = result(m[2])
		case m[1] == "dmarc" && found.DMARC == "":
			found.DMARC = result(m[2])
		case m[1] == "dkim" && (found.DKIM == "" || m[2] == "pass"):
			found.DKIM = result(m[2])
		}
	}
	return found
}

func firstWord(s string) string {
	words := strings.Fields(s)
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// result returns a result that the standards name, else "".
func result(word string) string {
	switch word {
	case "pass", "fail", "none", "neutral", "softfail", "policy", "temperror", "permerror", "hardfail", "bestguesspass":
		return word
	}
	return ""
}

// withoutComments takes the comments out of a field, those inside others too.
func withoutComments(value string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\':
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
			b.WriteByte(c)
		case c == '(' && !quoted:
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return b.String()
}
