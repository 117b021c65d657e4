package mailbox

import (
	"bytes"
	"regexp"
	"strings"
)

// part is one part of a message, with the parts inside it.
type part struct {
	header header
	kind   string            // media type as declared, lower case: "text/plain"
	params map[string]string // of the media type
	apart  bool              // declared to be an attachment (RFC 2183)
	name   string            // file name, "" where there is none
	body   []byte            // as transferred
	inside []*part
	first  bool // the first leaf of the message: its words, whatever it is called
}

// mediaType is the form of a media type that can be believed.
var mediaType = regexp.MustCompile(`^[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}$`)

// boundaryLine is a line that can only be a boundary.
var boundaryLine = regexp.MustCompile(`(?m)^--([0-9A-Za-z'()+_,./:=?-][ 0-9A-Za-z'()+_,./:=?-]{4,69})[ \t]*\r?$`)

// open reads a part and those inside it. Depth and number are bounded.
func (r *reading) open(h header, body []byte, depth int) *part {
	p := &part{header: h, body: body}
	p.kind, p.params = r.structured(h.get("content-type"))
	switch {
	case p.kind == "" || p.kind == "text":
		p.kind = "text/plain"
	case !mediaType.MatchString(p.kind):
		p.kind = "application/octet-stream"
	}
	disposition, params := r.structured(h.get("content-disposition"))
	p.apart = disposition == "attachment"
	if p.name = params["filename"]; p.name == "" {
		p.name = p.params["name"]
	}
	if p.name != "" {
		p.name = r.fileName(p.name)
	}
	if strings.HasPrefix(p.kind, "multipart/") {
		r.divide(p, depth)
	}
	return p
}

// divide opens the parts of a multipart (RFC 2046, 5.1).
func (r *reading) divide(p *part, depth int) {
	if depth >= maxDepth {
		r.fault(faultDeep)
		return
	}
	pieces := r.pieces(p)
	if pieces == nil { // no part is set apart: all of it is what was written
		p.kind = "text/plain"
		return
	}
	for _, piece := range pieces {
		if r.parts++; r.parts > maxParts {
			r.fault(faultMany)
			return
		}
		h, body := r.fields(piece)
		if p.kind == "multipart/digest" && !h.has("content-type") {
			h = append(h, field{"content-type", "message/rfc822"})
		}
		p.inside = append(p.inside, r.open(h, body, depth+1))
	}
}

// pieces divides the body of a multipart at its boundary, or at the first line
// that looks like one where the boundary it names is not there.
func (r *reading) pieces(p *part) [][]byte {
	if boundary := p.params["boundary"]; boundary != "" {
		if pieces := r.split(p.body, boundary); pieces != nil {
			return pieces
		}
	}
	r.fault(faultBoundary)
	if found := boundaryLine.FindSubmatch(p.body[:min(len(p.body), maxField)]); found != nil {
		return r.split(p.body, string(found[1]))
	}
	return nil
}

// split divides a body at the lines that begin with a boundary, nil where there
// are none. What stands before the first and after the last is for no reader.
func (r *reading) split(body []byte, boundary string) [][]byte {
	var pieces [][]byte
	marker := []byte("--" + boundary)
	start, from := -1, 0
	for len(pieces) <= maxParts {
		at := bytes.Index(body[from:], marker)
		if at < 0 {
			break
		}
		at += from
		from = at + len(marker)
		if at > 0 && body[at-1] != '\n' {
			continue
		}
		rest, next := cutLine(body[from:])
		last := bytes.HasPrefix(rest, []byte("--"))
		if len(bytes.Trim(rest, " \t\r-")) > 0 {
			continue // the beginning of a longer boundary
		}
		if start >= 0 {
			pieces = append(pieces, endOfPart(body[start:at]))
		}
		if last {
			return pieces
		}
		start = len(body) - len(next)
		from = start
	}
	if start >= 0 && len(pieces) <= maxParts {
		r.fault(faultUnclosed)
		pieces = append(pieces, body[start:])
	}
	return pieces
}

// endOfPart takes off the line end that belongs to the boundary after it.
func endOfPart(piece []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(piece, []byte("\n")), []byte("\r"))
}

// content decodes a part's transfer encoding (RFC 2045, 6). It is a copy: who
// changes it does not change the original.
func (r *reading) content(p *part) []byte {
	encoding, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(p.header.get("content-transfer-encoding"))), ";")
	var decoded []byte
	whole := true
	switch strings.Trim(encoding, ` "`) {
	case "base64":
		if decoded, whole = lenientBase64(p.body); !whole {
			r.fault(faultBase64)
		}
	case "quoted-printable":
		if decoded, whole = lenientQuoted(p.body); !whole {
			r.fault(faultQuoted)
		}
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit":
		decoded = bytes.Clone(p.body)
	default:
		decoded = bytes.Clone(p.body)
		r.fault(faultEncoding)
	}
	return decoded
}

// find returns the first part of one of the kinds, nil where there is none.
func (p *part) find(kinds ...string) *part {
	for _, kind := range kinds {
		if p.kind == kind {
			return p
		}
	}
	for _, inner := range p.inside {
		if found := inner.find(kinds...); found != nil {
			return found
		}
	}
	return nil
}
