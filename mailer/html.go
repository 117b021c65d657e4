package mailer

import (
	"html"
	"strings"
)

// Mail programs know little CSS and none from afar, so each element carries
// its own style, and the style sheet in the head only turns colours for those
// that follow the reader's dark theme, and puts labels above their values on
// narrow screens. The classes: c canvas, s surface, k ink, m muted ink, l line,
// b brand, p the letter's padding, f label and v value of a fact. Outlook knows
// no largest width: it gets a table of 600 pixels around the letter.
const (
	pageHead = `<!DOCTYPE html>
<html lang="{tag}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{subject}</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width: 480px) {
  .p { padding: 20px 20px 32px !important; }
  .f { display: block !important; width: auto !important; padding: 8px 0 0 !important; }
  .v { display: block !important; border-top: 0 !important; padding: 0 0 8px !important; }
}
@media (prefers-color-scheme: dark) {
  .c { background: #0F1213 !important; }
  .s { background: #16191B !important; }
  .k { color: #E8ECED !important; }
  .m { color: #B3BCC0 !important; }
  .l { border-color: #3B4246 !important; }
  .b { background: {dark} !important; color: #14181A !important; }
}
</style>
</head>
<body class="c" style="margin:0;padding:0;background:#F6F7F6">
<table role="presentation" class="c" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#F6F7F6">
<tr><td align="center">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table role="presentation" class="s" width="600" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px;background:#FFFFFF">
<tr><td class="b" height="4" style="height:4px;line-height:4px;font-size:0;background:{colour}">&nbsp;</td></tr>
<tr><td align="{start}" class="k p" style="padding:28px 32px 40px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif;font-size:16px;line-height:24px;color:#14181A">
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>
<td class="b" width="28" height="28" align="center" style="width:28px;height:28px;border-radius:4px;background:{colour};color:#FFFFFF;font-size:15px;line-height:28px;font-weight:700">{initial}</td>
<td class="k" style="padding:0 10px;color:#14181A;font-weight:600">{name}</td>
</tr></table>
<h1 class="k" style="margin:24px 0 12px;font-size:24px;line-height:31px;font-weight:700;color:#14181A">{heading}</h1>
`
	pageFoot = `</td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr>
</table>
</body>
</html>
`
	button = `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 16px"><tr>
<td class="b" align="center" style="border-radius:4px;background:{colour}"><a href="{url}" class="b" style="display:inline-block;padding:12px 22px;border-radius:4px;background:{colour};color:#FFFFFF;font-weight:600;text-decoration:none">{label}</a></td>
</tr></table>
<p class="m" style="margin:0 0 20px;font-size:14px;line-height:20px;color:#465055">{bare}<br><a href="{url}" class="m" style="color:#465055;overflow-wrap:anywhere">{url}</a></p>
`
	factHead = `<table width="100%" cellpadding="0" cellspacing="0" border="0" class="l" style="margin:0 0 20px;border-collapse:collapse;border-bottom:1px solid #C6CCC9">
`
	factLabel = `<tr><th scope="row" width="150" align="{start}" valign="top" class="m l f" style="padding:10px 10px 10px 0;border-top:1px solid #C6CCC9;font-weight:400;color:#465055">{label}</th>
<td align="{start}" valign="top" class="k l v" style="padding:10px 0;border-top:1px solid #C6CCC9;overflow-wrap:anywhere;color:#14181A">`
	factNote  = `<span class="m" style="display:block;font-size:14px;line-height:20px;color:#465055">{note}</span>`
	paragraph = `<p class="k" style="margin:0 0 16px;overflow-wrap:anywhere;color:#14181A">`
	section   = `<h2 class="k" style="margin:24px 0 6px;font-size:18px;line-height:25px;font-weight:700;color:#14181A">`
	part      = `<h3 class="k" style="margin:16px 0 4px;font-size:16px;line-height:24px;font-weight:600;color:#14181A">`
	list      = `<ul class="k" style="margin:0 0 16px;padding:0 20px;color:#14181A">`
	item      = `<li style="margin:0 0 4px;overflow-wrap:anywhere">`
	quote     = `<blockquote class="k l" style="margin:0 0 16px;padding:2px 14px;border:0 solid #C6CCC9;border-{start}-width:3px;overflow-wrap:anywhere;color:#14181A">`
	address   = ` <a href="{url}" class="k" style="color:#14181A;overflow-wrap:anywhere">{url}</a>`
	footer    = `<p class="m l" style="margin:28px 0 0;padding:18px 0 0;border-top:1px solid #C6CCC9;font-size:14px;line-height:20px;overflow-wrap:anywhere;color:#465055">`
)

// renderHTML writes a letter that check has let through. It is written by hand
// and not by html/template because every intake waits for one: this takes a
// twentieth of the time. What makes that safe: all words and addresses go
// through fill, which escapes them, and check has let through colours of six
// hexadecimal digits and addresses of the web only.
func renderHTML(l Letter) string {
	h := &htmlWriter{start: l.Start(), colour: l.Brand.Colour}
	h.Grow(10_000)
	h.fill(pageHead, "tag", l.Language.Tag, "direction", l.Language.Direction, "subject", l.Subject,
		"dark", l.Brand.DarkColour, "initial", l.Brand.Initial, "name", l.Brand.Name, "heading", l.Heading)
	for _, b := range l.Blocks {
		h.block(b)
	}
	h.WriteString(footer)
	h.lines(l.Footer)
	h.WriteString("</p>\n")
	h.WriteString(pageFoot)
	return h.String()
}

// htmlWriter writes one letter. What is the same for all its blocks, the side
// where lines begin and the brand's colour, every pattern can name.
type htmlWriter struct {
	strings.Builder
	start, colour string
}

// fill writes a pattern with the escaped values under {name}. Braces that hold
// no name stay as they are.
func (h *htmlWriter) fill(pattern string, pairs ...string) {
	for {
		before, rest, found := strings.Cut(pattern, "{")
		h.WriteString(before)
		if !found {
			return
		}
		name, after, _ := strings.Cut(rest, "}")
		value, known := h.value(name, pairs)
		if !known {
			h.WriteByte('{')
			pattern = rest
			continue
		}
		h.WriteString(html.EscapeString(value))
		pattern = after
	}
}

func (h *htmlWriter) value(name string, pairs []string) (string, bool) {
	switch name {
	case "start":
		return h.start, true
	case "colour":
		return h.colour, true
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == name {
			return pairs[i+1], true
		}
	}
	return "", false
}

// block writes one block. Which one it is, check has made sure of.
func (h *htmlWriter) block(b Block) {
	switch {
	case !b.Heading.empty():
		h.runs(section, "</h2>\n", b.Heading)
	case !b.Item.empty():
		h.runs(part, "</h3>\n", b.Item)
	case len(b.Facts) > 0:
		h.facts(b.Facts)
	case len(b.List) > 0:
		h.WriteString(list)
		for _, r := range b.List {
			h.runs(item, "</li>", r)
		}
		h.WriteString("</ul>\n")
	case !b.Quote.empty():
		h.runs(quote, "</blockquote>\n", b.Quote)
	case b.Action != nil:
		h.fill(button, "url", b.Action.URL, "label", b.Action.Label, "bare", b.Action.Bare)
	default:
		h.runs(paragraph, "</p>\n", b.Paragraph...)
	}
}

// runs writes words with the addresses that follow them.
func (h *htmlWriter) runs(open, end string, runs ...Run) {
	h.fill(open)
	for i, r := range runs {
		if i > 0 {
			h.WriteByte(' ')
		}
		h.lines(r.Lines())
		if r.Link != "" {
			h.fill(address, "url", r.Link)
		}
	}
	h.WriteString(end)
}

// lines keeps the line breaks a person typed.
func (h *htmlWriter) lines(lines []string) {
	for i, line := range lines {
		if i > 0 {
			h.WriteString("<br>")
		}
		h.WriteString(html.EscapeString(line))
	}
}

// facts writes a table with row headings, for those who hear it read out.
func (h *htmlWriter) facts(rows []Fact) {
	h.WriteString(factHead)
	for _, f := range rows {
		h.fill(factLabel, "label", f.Label)
		if f.Strong {
			h.runs("<strong>", "</strong>", f.Value)
		} else {
			h.runs("", "", f.Value)
		}
		if f.Note != "" {
			h.fill(factNote, "note", f.Note)
		}
		h.WriteString("</td></tr>\n")
	}
	h.WriteString("</table>\n")
}
