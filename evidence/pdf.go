package evidence

import (
	"bytes"
	_ "embed"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

//go:embed fonts/DejaVuSans.ttf
var sans []byte

//go:embed fonts/DejaVuSans-Bold.ttf
var bold []byte

// Sizes of the print, in millimetres but for type, which is in points.
const (
	margin  = 18.0
	width   = 210 - 2*margin
	foot    = 20.0
	small   = 7.5
	body    = 8.5
	heading = 12.0
	leading = 1.42 // line to line, in sizes of the type
)

// press prints a paper.
type press struct {
	*fpdf.Fpdf
}

// pdf is the paper as a PDF that carries its own type.
func (p paper) pdf(at time.Time) ([]byte, error) {
	f := press{fpdf.New("P", "mm", "A4", "")}
	f.AddUTF8FontFromBytes("sans", "", sans)
	f.AddUTF8FontFromBytes("sans", "B", bold)
	f.SetCatalogSort(true)
	f.SetCreationDate(at.UTC())
	f.SetModificationDate(at.UTC())
	f.SetProducer("dsr", true)
	f.SetTitle("Evidence pack "+p.Reference, true)
	f.SetLang("en")
	f.SetMargins(margin, margin, margin)
	f.SetCellMargin(0)
	f.SetAutoPageBreak(false, foot)
	f.SetFooterFunc(func() { f.footer(p.Foot) })
	f.AddPage()
	f.title(p)
	for i := range p.Sections {
		f.section(i+1, &p.Sections[i])
	}
	var b bytes.Buffer
	err := f.Output(&b)
	return b.Bytes(), err
}

// face sets type and ink.
func (f press) face(style string, size float64, ink int) {
	f.SetFont("sans", style, size)
	f.SetTextColor(ink, ink+3, ink+4)
}

// The inks, as the grey of their red.
const (
	dark  = 20
	quiet = 85
	line  = 205
)

// lineHeight is the height of a line of the type in use.
func (f press) lineHeight() float64 {
	_, size := f.GetFontSize()
	return size * leading
}

// room begins a new page unless so much is left on this one.
func (f press) room(height float64) {
	if f.GetY()+height > 297-foot {
		f.AddPage()
	}
}

// rule draws a hairline over a width.
func (f press) rule(x, w float64) {
	f.SetDrawColor(line, line, line)
	f.SetLineWidth(0.2)
	f.Line(x, f.GetY(), x+w, f.GetY())
}

// write sets a text in a column, page by page, and ends below its last line.
func (f press) write(x, w float64, text string) {
	height := f.lineHeight()
	for _, l := range f.lines(text, w) {
		f.room(height)
		f.SetX(x)
		f.CellFormat(w, height, l, "", 2, "L", false, 0, "")
	}
}

// lines breaks a text into lines of a width.
func (f press) lines(text string, w float64) (lines []string) {
	for paragraph := range strings.SplitSeq(printable(text), "\n") {
		if paragraph == "" {
			lines = append(lines, "")
			continue
		}
		for _, l := range f.SplitText(paragraph, w) {
			lines = append(lines, f.broken(l, w)...)
		}
	}
	return lines
}

// broken cuts a line that has no place to break, such as a hash.
func (f press) broken(l string, w float64) (parts []string) {
	runes := []rune(l)
	for f.GetStringWidth(string(runes)) > w && len(runes) > 1 {
		n := len(runes)
		for n > 1 && f.GetStringWidth(string(runes[:n])) > w {
			n--
		}
		parts, runes = append(parts, string(runes[:n])), runes[n:]
	}
	return append(parts, string(runes))
}

// printable leaves out what the type has no place for: control characters and
// what lies beyond the first plane of Unicode. The page keeps them.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r < ' ':
			return -1
		case r > 0xFFFF:
			return '\uFFFD'
		}
		return r
	}, s)
}

func (f press) footer(text string) {
	f.SetY(297 - 13)
	f.face("", small, quiet)
	f.SetX(margin)
	f.CellFormat(width/2, 4, text, "", 0, "L", false, 0, "")
	f.CellFormat(width/2, 4, "Page "+strconv.Itoa(f.PageNo()), "", 0, "R", false, 0, "")
	f.SetY(margin)
}

func (f press) title(p paper) {
	f.SetDrawColor(dark, dark, dark)
	f.SetLineWidth(0.7)
	f.Line(margin, margin, margin+width, margin)
	f.SetY(margin + 5)
	f.face("", body, quiet)
	kind := "Without personal data"
	if p.Personal {
		kind = "Holds personal data"
	}
	f.CellFormat(width/2, 5, p.Controller+", evidence pack", "", 0, "L", false, 0, "")
	f.CellFormat(width/2, 5, kind, "", 1, "R", false, 0, "")
	f.Ln(1)
	f.face("B", 17, dark)
	f.write(margin, width, p.Right)
	f.face("B", body+1, dark)
	f.write(margin, width, p.Reference+"   "+p.Status)
	f.Ln(1.5)
	f.face("", body, quiet)
	f.write(margin, width, p.Lead)
}

func (f press) section(number int, s *section) {
	f.Ln(7)
	f.room(24)
	f.rule(margin, width)
	f.Ln(3)
	f.face("B", heading, dark)
	f.write(margin, width, strconv.Itoa(number)+"  "+s.Title)
	f.Bookmark(s.Title, 0, -1)
	if s.Lead != "" {
		f.Ln(0.5)
		f.face("", body, quiet)
		f.write(margin, width, s.Lead)
	}
	f.Ln(2)
	for _, fact := range s.Facts {
		f.fact(fact)
	}
	for i := range s.Clocks {
		f.clock(&s.Clocks[i])
	}
	for i := range s.Tables {
		f.table(&s.Tables[i])
	}
	for _, d := range s.Days {
		f.day(d)
	}
}

// label is how wide the names of facts are.
const label = 42.0

func (f press) fact(v fact) {
	f.room(10)
	f.rule(margin, width)
	f.Ln(1.6)
	top := f.GetY()
	f.face("", body, quiet)
	f.write(margin, label-4, v.Label)
	below, page := f.GetY(), f.PageNo()
	f.SetY(top)
	f.face("", body, dark)
	f.write(margin+label, width-label, v.Value)
	if v.Note != "" {
		f.face("", small, quiet)
		f.write(margin+label, width-label, v.Note)
	}
	if f.PageNo() == page {
		f.SetY(max(below, f.GetY()))
	}
	f.Ln(1.6)
}

// mark draws a promise's diamond or a law's square.
func (f press) mark(promise bool, x, y float64) {
	f.SetDrawColor(dark, dark, dark)
	f.SetFillColor(dark, dark, dark)
	if promise {
		f.Polygon([]fpdf.PointType{{X: x + 2, Y: y}, {X: x + 4, Y: y + 2}, {X: x + 2, Y: y + 4}, {X: x, Y: y + 2}}, "F")
		return
	}
	f.SetLineWidth(0.3)
	f.Rect(x+0.3, y, 3.4, 4, "D")
	f.face("B", 7, dark)
	f.Text(x+1.15, y+2.9, "§")
}

func (f press) clock(c *clock) {
	f.Ln(3)
	f.room(34)
	f.mark(c.Promise, margin, f.GetY()+0.5)
	f.face("B", body+1, dark)
	name := c.Name
	if c.Governs {
		name += "  (governs)"
	}
	f.write(margin+7, width-7, name)
	f.face("B", body, dark)
	f.write(margin+7, width-7, c.Due)
	f.face("", body, quiet)
	f.write(margin+7, width-7, c.State)
	f.Ln(1.5)
	for i, s := range c.Steps {
		f.step(i+1, s)
	}
	f.rule(margin+7, width-7)
	f.Ln(1.4)
	f.face("", small, quiet)
	f.write(margin+7, width-7, c.Rules)
	f.Ln(1)
}

func (f press) step(number int, s step) {
	const text, result = 34.0, 30.0
	f.face("", body, dark)
	f.room(float64(len(f.lines(s.Text, width-text-result))+len(f.lines(s.Source, width-text-result)))*f.lineHeight() + 3)
	f.rule(margin+7, width-7)
	f.Ln(1.4)
	top := f.GetY()
	f.face("", body, quiet)
	f.write(margin+7, 6, strconv.Itoa(number))
	f.SetY(top)
	f.face("B", body, dark)
	f.write(margin+13, text-15, s.Heading)
	left := f.GetY()
	f.SetY(top)
	f.SetX(margin + width - result)
	f.CellFormat(result, f.lineHeight(), s.Result, "", 0, "R", false, 0, "")
	f.SetY(top)
	f.face("", body, dark)
	f.write(margin+text, width-text-result-2, s.Text)
	if s.Source != "" {
		f.face("", small, quiet)
		f.write(margin+text, width-text-result-2, s.Source)
	}
	f.SetY(max(left, f.GetY()) + 1.4)
}

func (f press) table(t *table) {
	if t.Title != "" {
		f.Ln(2)
		f.room(16)
		f.face("B", body+0.5, dark)
		f.write(margin, width, t.Title)
	}
	if len(t.Rows) == 0 {
		f.face("", body, quiet)
		f.write(margin, width, t.Empty)
		return
	}
	f.room(16)
	f.row(t, t.Head, func(int) { f.face("", small, quiet) })
	for _, row := range t.Rows {
		f.row(t, row, func(i int) {
			f.face("", body, dark)
			if i < len(t.Code) && t.Code[i] {
				f.face("", small-0.5, dark)
			}
		})
	}
}

// row sets the cells of a row line by line, so that one longer than a page goes
// on over the next.
func (f press) row(t *table, cells []string, face func(column int)) {
	const gap = 3.0
	columns, most := make([][]string, len(cells)), 0
	for i, cell := range cells {
		face(i)
		columns[i] = f.lines(cell, width*t.Widths[i]/100-gap)
		most = max(most, len(columns[i]))
	}
	face(0)
	height := f.lineHeight()
	f.room(min(float64(most), 5)*height + 3)
	f.Ln(1.2)
	for n := range most {
		f.room(height)
		x, y := margin, f.GetY()
		for i := range cells {
			if n < len(columns[i]) {
				face(i)
				f.SetXY(x, y)
				f.CellFormat(width*t.Widths[i]/100-gap, height, columns[i][n], "", 0, "L", false, 0, "")
			}
			x += width * t.Widths[i] / 100
		}
		f.SetY(y + height)
	}
	f.Ln(1.2)
	f.rule(margin, width)
}

func (f press) day(d day) {
	f.Ln(2)
	f.room(14)
	f.face("B", body, dark)
	f.write(margin, width, d.Name)
	f.Ln(0.6)
	for _, h := range d.Events {
		f.face("", body, quiet)
		f.room(f.lineHeight())
		top, page := f.GetY(), f.PageNo()
		f.write(margin, 12, h.Clock)
		if f.PageNo() == page {
			f.SetY(top)
		}
		f.face("", body, dark)
		f.write(margin+14, width-14, h.Text)
		if h.Words != "" {
			f.face("", body, quiet)
			f.write(margin+18, width-18, h.Words)
		}
		f.Ln(0.8)
	}
}
