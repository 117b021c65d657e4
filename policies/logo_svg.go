package policies

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// svgSpace is the namespace of SVG, without which a browser draws nothing.
const svgSpace = "http://www.w3.org/2000/svg"

// errNoSVG is what is wrong with any other file.
var errNoSVG = errors.New("the file is no SVG picture, which is one svg element around all others")

// drawing lists the SVG elements that only draw. What is not in it could run
// code, hold a page or fetch something, or is an editor's own note.
const drawing = "svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan " +
	"linearGradient radialGradient stop clipPath mask pattern style filter feBlend feColorMatrix feComponentTransfer " +
	"feComposite feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset"

// checkSVG reads a picture as a browser would and refuses what is more than
// lines and colours: the file is served to people under the controller's name.
func checkSVG(content []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(content))
	var text strings.Builder // whole, as a comment inside a style sheet joins what it parts
	for depth, roots := 0, 0; ; {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF) && roots == 1:
			return checkStyle(text.String())
		case errors.Is(err, io.EOF):
			return errNoSVG
		case err != nil:
			return fmt.Errorf("%w: %w", errNoSVG, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth == 1 {
				roots++
			}
			err = checkElement(t, depth == 1)
		case xml.EndElement:
			depth--
		case xml.CharData:
			text.Write(t)
		case xml.Directive:
			err = errors.New("a DOCTYPE or an entity is not allowed in a logo")
		case xml.ProcInst:
			if t.Target != "xml" {
				err = fmt.Errorf("the instruction <?%s is not allowed in a logo", t.Target)
			}
		}
		if err != nil {
			return err
		}
	}
}

// checkElement looks at one element and its attributes. The first is svg, and
// no other is: a drawing inside a drawing has its own rules for links.
func checkElement(t xml.StartElement, root bool) error {
	switch {
	case t.Name.Space != svgSpace:
		return fmt.Errorf("the element %s is not one of SVG (%s): save the logo as plain SVG", t.Name.Local, svgSpace)
	case root != (t.Name.Local == "svg"):
		return errNoSVG
	case !slices.Contains(strings.Fields(drawing), t.Name.Local):
		return fmt.Errorf("the element %s is not allowed in a logo: it may draw, and nothing else", t.Name.Local)
	}
	for _, attr := range t.Attr {
		if err := checkAttribute(attr); err != nil {
			return err
		}
	}
	return nil
}

// checkAttribute looks at one attribute. Most hold lengths and colours; the
// others are code, links, or style sheets of one line.
func checkAttribute(attr xml.Attr) error {
	name, value := strings.ToLower(attr.Name.Local), strings.TrimSpace(attr.Value)
	switch {
	case attr.Name.Space == "xmlns" || attr.Name.Space == "" && name == "xmlns":
		return nil
	case strings.HasPrefix(name, "on"):
		return fmt.Errorf("the attribute %s runs code, which is not allowed in a logo", name)
	case name == "href" && !strings.HasPrefix(value, "#"):
		return errors.New("a logo may refer to its own parts only (href=\"#…\")")
	case name == "src" || name == "base":
		return fmt.Errorf("the attribute %s fetches something, which is not allowed in a logo", name)
	}
	return checkStyle(value)
}

// fetching are the marks in a style by which a browser would load something.
// A backslash could spell any of them differently.
var fetching = []string{`\`, "@import", "@font-face", "image(", "image-set(", "src(", "javascript:", "expression("}

// checkStyle allows url(#part) and nothing that leads out of the file.
func checkStyle(text string) error {
	text = strings.ToLower(text)
	for _, mark := range fetching {
		if strings.Contains(text, mark) {
			return fmt.Errorf("a logo fetches nothing, so %q is not allowed in it", mark)
		}
	}
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "url(")
		if !found {
			return nil
		}
		if !strings.HasPrefix(strings.TrimLeft(after, " \t\r\n'\""), "#") {
			return errors.New("a logo may refer to its own parts only (url(#…))")
		}
		rest = after
	}
}
