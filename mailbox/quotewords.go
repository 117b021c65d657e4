package mailbox

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// wrote finds the word by which mail programs of eight languages say who wrote
// what follows.
var wrote = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:wrote|writes|schrieb|schreibt|a écrit|escribió|escribio|escreveu|schreef|geschreven|ha scritto|scrisse|napisał\(a\)|napisał|napisała|pisze|napisana przez)(?:$|[^\p{L}])`)

// wroteLast finds that word at the end, as where a line's beginning was cut off.
var wroteLast = regexp.MustCompile(`(?i)(?:wrote|a écrit|escribió|escreveu|geschreven|ha scritto|napisał\(a\))\s*:$`)

// dated finds a day, timed an hour, addressed an address.
var (
	dated     = regexp.MustCompile(`(?:^|[^\d])(?:\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})(?:$|[^\d])`)
	timed     = regexp.MustCompile(`\d{1,2}[:.h]\d{2}`)
	addressed = regexp.MustCompile(`[<(\[][^\s<>()@]+@[^\s<>()@]+[>)\]]`)
)

// begins finds how such lines begin: a word, in Polish the day of the week, and
// soon after it a date.
var begins = regexp.MustCompile(`(?i)^\s*(?:on|am|le|el|em|no dia|a|op|il|il giorno|dnia|w dniu|pon|wt|śr|czw|pt|sob|niedz)[.,]*\s.{0,25}?(?:\d{4}|\d{1,2}[./-]\d{1,2}|\d\.? \p{L})`)

// mostOfAnnouncement is how long "On … wrote:" can be, in characters.
const mostOfAnnouncement = 400

// announces reports whether a text says that somebody wrote what is marked below
// it. Where a program of another language says so, address, day and hour do.
func announces(text string) bool {
	text = strings.TrimSpace(text)
	if !strings.HasSuffix(text, ":") || utf8.RuneCountInString(text) > mostOfAnnouncement {
		return false
	}
	address := addressed.MatchString(text)
	date := dated.MatchString(text)
	return wrote.MatchString(text) && date || address && wroteLast.MatchString(text) || address && date && timed.MatchString(text)
}

// announcesUnmarked reports whether a text says so beyond doubt although nothing
// below it is marked: no person writes the date, the hour and the address.
func announcesUnmarked(text string) bool {
	text = strings.TrimSpace(text)
	return utf8.RuneCountInString(text) <= mostOfAnnouncement && wrote.MatchString(text) &&
		dated.MatchString(text) && timed.MatchString(text) && addressed.MatchString(text)
}

// divider finds the lines that programs draw above what they answer.
var divider = regexp.MustCompile(`(?i)^\s*(?:-{2,}|_{2,})\s*(?:original message|original appointment|ursprüngliche nachricht|originalnachricht|message d['’]origine|message original|mensaje original|mensagem original|oorspronkelijk bericht|messaggio originale|wiadomość oryginalna|oryginalna wiadomość|wiadomość pierwotna)\s*:?\s*(?:-{2,}|_{2,})\s*$`)

// role is what a line of a header block tells.
type role int

const (
	roleNone role = iota
	roleFrom
	roleSent
	roleTo
	roleSubject
	roles
)

// labels gives the words of eight languages before the lines of a header block.
var labels = map[string]role{
	"from": roleFrom, "von": roleFrom, "de": roleFrom, "van": roleFrom, "da": roleFrom, "od": roleFrom,
	"sent": roleSent, "date": roleSent, "gesendet": roleSent, "datum": roleSent, "envoyé": roleSent, "envoyé le": roleSent,
	"enviado": roleSent, "enviado el": roleSent, "fecha": roleSent, "enviada": roleSent, "enviada em": roleSent, "enviado em": roleSent,
	"data": roleSent, "verzonden": roleSent, "inviato": roleSent, "wysłano": roleSent, "wysłane": roleSent,
	"to": roleTo, "cc": roleTo, "an": roleTo, "à": roleTo, "para": roleTo, "pour": roleTo, "aan": roleTo, "a": roleTo, "do": roleTo, "dw": roleTo, "kopie": roleTo,
	"subject": roleSubject, "sujet": roleSubject, "betreff": roleSubject, "objet": roleSubject, "asunto": roleSubject, "assunto": roleSubject,
	"onderwerp": roleSubject, "oggetto": roleSubject, "temat": roleSubject,
}

// roleOf returns what a line of a header block tells. Some programs write the
// label between asterisks.
func roleOf(line string) role {
	label, value, found := strings.Cut(line, ":")
	if !found || len(label) > 40 || strings.Trim(value, " *") == "" && !strings.Contains(label, "*") {
		return roleNone
	}
	return labels[strings.ToLower(strings.Trim(label, " *\t\u00a0"))]
}
