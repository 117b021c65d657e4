package mailbox

import (
	"sort"
	"strconv"
	"strings"
)

// structured reads a field like "text/plain; charset=utf-8; name*0*=…": its first
// word in lower case, and its parameters with names in lower case, decoded (RFC
// 2045, 5.1; RFC 2231). It reads on where a parameter is malformed; of two with
// one name it takes the first.
func (r *reading) structured(value string) (string, map[string]string) {
	pieces := splitOutside(r.bare(value), ';')
	params, sections := map[string]string{}, map[string][]section{}
	for _, piece := range pieces[1:] {
		name, text, found := strings.Cut(piece, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !found || name == "" || len(params)+len(sections) > 50 {
			continue
		}
		text = unquote(strings.TrimSpace(text))
		base, rest, extended := strings.Cut(name, "*")
		if extended {
			sections[base] = append(sections[base], newSection(rest, text))
		} else if _, twice := params[base]; !twice {
			params[base] = r.words(text)
		}
	}
	for base, list := range sections {
		params[base] = r.joined(list)
	}
	first := strings.ToLower(strings.TrimSpace(pieces[0]))
	if i := strings.IndexAny(first, " \t("); i >= 0 {
		first = first[:i]
	}
	return first, params
}

// section is one piece of a parameter that RFC 2231 lets be divided: name*0,
// name*1*, or name* for a single encoded one.
type section struct {
	number  int
	encoded bool
	text    string
}

func newSection(rest, text string) section {
	digits, encoded := strings.CutSuffix(rest, "*")
	if rest == "" {
		encoded = true // name*=
	}
	number, err := strconv.Atoi(digits)
	if err != nil {
		number = 0
	}
	return section{number: number, encoded: encoded, text: text}
}

// joined puts the sections of a parameter together and decodes them. The first
// encoded one names the charset: charset'language'text.
func (r *reading) joined(list []section) string {
	sort.SliceStable(list, func(i, j int) bool { return list[i].number < list[j].number })
	var data []byte
	charset := ""
	for i, s := range list {
		text := s.text
		if s.encoded && i == 0 {
			if parts := strings.SplitN(text, "'", 3); len(parts) == 3 {
				charset, text = parts[0], parts[2]
			}
		}
		if s.encoded {
			data = append(data, percent(text)...)
		} else {
			data = append(data, text...)
		}
	}
	return r.decodeWord(data, charset)
}

// percent decodes %XX and leaves what is no code.
func percent(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, ok := hex(s[i+1])
			low, ok2 := hex(s[i+2])
			if ok && ok2 {
				out = append(out, high<<4|low)
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

// unquote takes the quotes from a quoted string. A backslash stays where it does
// not stand before a quote or another: Windows paths come so.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' {
		return s
	}
	s = strings.TrimSuffix(s[1:], `"`)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s)
}
