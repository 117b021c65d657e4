package requests

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on a table that an agent sends.
const (
	MaxTable     = 5 << 20 // bytes
	MaxTableRows = 2000
)

// The columns of a table, by the names that stand in files we write.
const (
	ColumnEmail     = "email"
	ColumnName      = "name"
	ColumnRight     = "right"
	ColumnResidence = "residence" // a code or a name; or in two columns:
	ColumnCountry   = "country"
	ColumnState     = "state"
	ColumnDetails   = "details"
	ColumnOwn       = "your_reference"
	ColumnMend      = "what_to_mend" // written by us, not read
)

// TableColumns lists the columns in the order of the files we write.
func TableColumns() []string {
	return []string{ColumnEmail, ColumnName, ColumnRight, ColumnResidence, ColumnCountry, ColumnState, ColumnDetails, ColumnOwn}
}

// columnNames are what else people call the columns.
var columnNames = map[string]string{
	"e_mail": ColumnEmail, "mail": ColumnEmail, "email_address": ColumnEmail, "e_mail_address": ColumnEmail,
	"full_name": ColumnName, "person": ColumnName,
	"rights": ColumnRight, "request": ColumnRight, "request_type": ColumnRight, "type": ColumnRight,
	"residence_code": ColumnResidence, "place": ColumnResidence, "country_or_state": ColumnResidence, "country_state": ColumnResidence,
	"country_code": ColumnCountry, "state_code": ColumnState, "province": ColumnState, "region": ColumnState,
	"detail": ColumnDetails, "message": ColumnDetails, "comment": ColumnDetails, "comments": ColumnDetails,
	"reference": ColumnOwn, "own_reference": ColumnOwn, "ref": ColumnOwn, "your_ref": ColumnOwn, "case": ColumnOwn,
}

// TableFault says why a file cannot be read as a table at all. Nothing of it
// was taken in. Its code leads to a sentence in the agent's language.
type TableFault struct {
	Code  string // large, utf16, encoding, control, sheet, empty, header, twice, rows, quote
	Line  int    // of the file, where one is at fault
	Names string // of columns, where they are at fault
	Rows  int    // how many there are, where they are too many
}

// Error names the fault by its code: the file may hold anything.
func (f *TableFault) Error() string { return "the table cannot be read: " + f.Code }

// Unwrap makes errors.Is(err, ErrInvalid) true.
func (f *TableFault) Unwrap() error { return ErrInvalid }

// table is a file that could be read: its rows by column.
type table struct {
	rows   []tableRow
	unused []string // headings nobody here knows
}

type tableRow struct {
	n     int // as a spreadsheet counts: the header is row 1
	cells map[string]string
	extra int // how many filled cells stand beyond the header
}

// readTable reads a file of values parted by commas, semicolons or tabs (RFC
// 4180), in UTF-8 with or without a byte order mark, whose first row names the
// columns in any order. The errors are *TableFault.
func readTable(content []byte) (*table, error) {
	text, err := tableText(content)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = separator(text), -1, false
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, &TableFault{Code: "empty"}
	}
	if err != nil {
		return nil, quoteFault(err)
	}
	t := new(table)
	columns, err := t.columns(header)
	if err != nil {
		return nil, err
	}
	filled, err := t.fill(r, text, columns)
	switch {
	case err != nil:
		return nil, quoteFault(err)
	case filled == 0:
		return nil, &TableFault{Code: "empty"}
	case filled > MaxTableRows:
		return nil, &TableFault{Code: "rows", Rows: filled}
	}
	return t, nil
}

// fill reads the rows below the header and counts those that say something. It
// keeps no more than a table may have.
func (t *table) fill(r *csv.Reader, text []byte, columns []string) (filled int, err error) {
	for n, at := 1, r.InputOffset(); ; at = r.InputOffset() {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return filled, nil
		}
		if err != nil {
			return 0, err
		}
		n += 1 + blankLines(text[at:])
		row, says := rowOf(columns, cells)
		if !says {
			continue
		}
		if filled++; filled <= MaxTableRows {
			row.n = n
			t.rows = append(t.rows, row)
		}
	}
}

// tableText says of bytes that are no text what they are, and takes the byte
// order mark off those that are.
func tableText(content []byte) ([]byte, error) {
	switch {
	case len(content) > MaxTable:
		return nil, &TableFault{Code: "large"}
	case bytes.HasPrefix(content, []byte{0xFF, 0xFE}), bytes.HasPrefix(content, []byte{0xFE, 0xFF}):
		return nil, &TableFault{Code: "utf16"}
	case bytes.HasPrefix(content, []byte("PK\x03\x04")), bytes.HasPrefix(content, []byte{0xD0, 0xCF, 0x11, 0xE0}), bytes.HasPrefix(content, []byte("%PDF")):
		return nil, &TableFault{Code: "sheet"}
	}
	text := bytes.TrimPrefix(content, []byte("\ufeff"))
	line := 1
	for rest := text; len(rest) > 0; {
		c, size := utf8.DecodeRune(rest)
		switch {
		case c == utf8.RuneError && size == 1:
			return nil, &TableFault{Code: "encoding", Line: line}
		case c == '\n':
			line++
		case unicode.IsControl(c) && c != '\r' && c != '\t':
			return nil, &TableFault{Code: "control", Line: line}
		}
		rest = rest[size:]
	}
	return text, nil
}

// quoteFault says where a quotation mark stands wrong.
func quoteFault(err error) error {
	fault := &TableFault{Code: "quote"}
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		fault.Line = parse.StartLine
	}
	return fault
}

// separator is what parts the names in the first line: the sign that stands
// there most often, outside of quotation marks.
func separator(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	count, quoted := map[rune]int{}, false
	for _, c := range string(line) {
		if c == '"' {
			quoted = !quoted
		} else if !quoted {
			count[c]++
		}
	}
	best := ','
	for _, c := range []rune{';', '\t'} {
		if count[c] > count[best] {
			best = c
		}
	}
	return best
}

// blankLines counts the empty lines at the start of a text, which the reader
// passes over and a spreadsheet counts.
func blankLines(text []byte) (n int) {
	for {
		rest, found := bytes.CutPrefix(text, []byte("\n"))
		if !found {
			rest, found = bytes.CutPrefix(text, []byte("\r\n"))
		}
		if !found {
			return n
		}
		text, n = rest, n+1
	}
}

// columns finds out which column each cell of a row belongs to.
func (t *table) columns(header []string) ([]string, error) {
	const most = 100
	header = header[:min(most, len(header))]
	columns := make([]string, len(header))
	for i, given := range header {
		name := plainName(given)
		if known := columnNames[name]; known != "" {
			name = known
		}
		switch {
		case slices.Contains(TableColumns(), name) && slices.Contains(columns, name):
			return nil, &TableFault{Code: "twice", Names: name}
		case slices.Contains(TableColumns(), name):
			columns[i] = name
		case name != "" && name != ColumnMend:
			t.unused = append(t.unused, cutRunes(strings.TrimSpace(given), 40))
		}
	}
	var missing []string
	for _, name := range []string{ColumnEmail, ColumnRight, ColumnResidence} {
		if !slices.Contains(columns, name) && !(name == ColumnResidence && slices.Contains(columns, ColumnCountry)) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, &TableFault{Code: "header", Names: strings.Join(missing, ", ")}
	}
	return columns, nil
}

// plainName writes a heading or a value as names are compared: in lower case,
// with underscores for what parts its words.
func plainName(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(c rune) bool {
		return unicode.IsSpace(c) || c == '-' || c == '_' || c == '/' || c == '’' || c == '\''
	})
	return strings.Join(words, "_")
}

// rowOf sorts the cells of a row by column. A row without any is no row.
func rowOf(columns, cells []string) (tableRow, bool) {
	row, filled := tableRow{cells: map[string]string{}}, false
	for i, cell := range cells {
		cell = strings.TrimSpace(unguarded(cell))
		switch {
		case cell == "":
			continue
		case i >= len(columns):
			row.extra++
		case columns[i] != "":
			row.cells[columns[i]] = cell
		default:
			continue // nobody knows this column; alone it makes no row
		}
		filled = true
	}
	return row, filled
}

// risky are the first characters by which spreadsheets take a cell for a
// formula.
const risky = "=+-@\t\r\n"

// GuardCell makes a cell of a file we write safe to open: one that a spreadsheet
// would take for a formula gets an apostrophe before it (CWE-1236).
func GuardCell(s string) string {
	if s != "" && strings.ContainsRune(risky, rune(s[0])) {
		return "'" + s
	}
	return s
}

// unguarded takes the apostrophe of GuardCell off again.
func unguarded(s string) string {
	if rest, found := strings.CutPrefix(s, "'"); found && rest != "" && strings.ContainsRune(risky, rune(rest[0])) {
		return rest
	}
	return s
}

// cutRunes shortens a text to a number of characters.
func cutRunes(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return s
}
