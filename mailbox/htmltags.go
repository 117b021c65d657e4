package mailbox

import (
	"regexp"
	"strings"
	"unicode"
)

// hiding finds styles that keep words from being shown, in a style without blanks.
var hiding = regexp.MustCompile(`display:none|visibility:hidden|mso-hide:all|(?:^|;)(?:font-size|max-height|opacity):0+(?:\.0+)?(?:px|pt|em|rem|%)?(?:;|!|$)`)

// quoteClass finds the names by which mail programs mark a quoting blockquote.
var quoteClass = regexp.MustCompile(`(?i)(?:gmail|protonmail|tutanota|yahoo)_quote|\b(?:mail)?cite\b`)

// signatureClass finds the names of what holds the "--" before a signature.
var signatureClass = regexp.MustCompile(`(?i)gmail_signature_prefix|moz-signature`)

// void reports elements that have no end.
func void(name string) bool {
	switch name {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr":
		return true
	}
	return false
}

// silent reports elements whose words are not for the reader.
func silent(name string) bool {
	switch name {
	case "script", "style", "head", "title", "template", "noscript", "noframes", "noembed", "iframe", "object", "applet",
		"svg", "math", "audio", "video", "canvas", "map", "select", "datalist":
		return true
	}
	return false
}

// lines counts the line ends around an element: two leave an empty line.
func lines(name string) int {
	switch name {
	case "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "p", "pre", "table", "ul", "ol":
		return 2
	case "address", "article", "aside", "body", "br", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt",
		"fieldset", "figcaption", "figure", "footer", "form", "header", "html", "legend", "li", "main", "menu", "nav",
		"option", "section", "summary", "tbody", "tfoot", "thead", "tr":
		return 1
	}
	return 0
}

// endsBefore reports whether an open element ends where the next begins without
// being closed (HTML standard, optional tags).
func endsBefore(open, next string) bool {
	switch open {
	case "head":
		return !ofHead(next)
	case "p":
		return lines(next) > 0 && next != "br" && next != "option"
	case "li", "a", "option":
		return next == open
	case "dt", "dd":
		return next == "dt" || next == "dd"
	case "td", "th":
		return next == "td" || next == "th" || next == "tr" || next == "tbody"
	case "tr":
		return next == "tr" || next == "tbody" || next == "tfoot" || next == "thead"
	}
	return false
}

// ofHead reports elements that stand in a head.
func ofHead(name string) bool {
	switch name {
	case "base", "link", "meta", "noscript", "object", "script", "style", "template", "title":
		return true
	}
	return false
}

// encloses reports elements out of which nothing inside is closed by what begins.
func encloses(name string) bool {
	switch name {
	case "table", "div", "ul", "ol", "menu", "dl", "blockquote", "td", "th", "section", "article", "body", "html", "button":
		return true
	}
	return silent(name)
}

// hides reports whether a style keeps words from being shown.
func hides(style string) bool {
	if style == "" {
		return false
	}
	tight := strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return unicode.ToLower(c)
	}, style)
	return hiding.MatchString(tight)
}

// quotes reports whether an element holds what the sender did not write. Not
// every blockquote does: some programs indent with it.
func quotes(name string, a map[string]string) bool {
	if name == "blockquote" {
		return strings.EqualFold(a["type"], "cite") || quoteClass.MatchString(a["class"])
	}
	return name == "div" && (a["name"] == "quote" || strings.Contains(a["class"], "yahoo_quoted"))
}

// webAddress returns the address of a link to the web, without hidden
// characters, and "" for any other.
func webAddress(name, href string) string {
	if name != "a" {
		return ""
	}
	href = strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || unicode.IsControl(c) || invisible(c) {
			return -1
		}
		return c
	}, href)
	if lower := strings.ToLower(href[:min(len(href), 8)]); !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
		return ""
	}
	return truncate(href, mostOfURL)
}

// bareURL reduces an address to what people write of it.
func bareURL(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
	return strings.TrimSuffix(strings.TrimPrefix(s, "www."), "/")
}
