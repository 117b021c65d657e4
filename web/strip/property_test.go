package strip_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dsr/web/strip"
)

const hostile = `</title><script>alert("1")</script>&'"><b style=x onload=y>` + "\x00é‮"

// instants draws any instant between the years 1 and 9999, most often one near
// the others, sometimes none.
func instants() *rapid.Generator[time.Time] {
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) time.Time {
			return now.Add(time.Duration(rapid.Int64Range(-200*86400, 200*86400).Draw(t, "seconds")) * time.Second)
		}),
		rapid.Custom(func(t *rapid.T) time.Time {
			return time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "unix"), rapid.Int64Range(0, 999999999).Draw(t, "ns"))
		}),
		rapid.Just(time.Time{}),
	)
}

func holds() *rapid.Generator[strip.Hold] {
	return rapid.Custom(func(t *rapid.T) strip.Hold {
		return strip.Hold{From: instants().Draw(t, "from"), To: instants().Draw(t, "to"), Label: hostile, Note: hostile}
	})
}

func clocks() *rapid.Generator[*strip.Clock] {
	return rapid.Custom(func(t *rapid.T) *strip.Clock {
		if rapid.IntRange(0, 4).Draw(t, "none") == 0 {
			return nil
		}
		flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
		return &strip.Clock{
			Basis: hostile, What: hostile, Reason: hostile, FirstNote: hostile,
			Start: instants().Draw(t, "start"), Due: instants().Draw(t, "due"), Met: instants().Draw(t, "met"),
			FirstDue: instants().Draw(t, "first"), RolledFrom: instants().Draw(t, "rolled"),
			Hours: flag("hours"), Governs: flag("governs"), Provisional: flag("provisional"),
			Holds: rapid.SliceOfN(holds(), 0, 4).Draw(t, "holds"),
		}
	})
}

func strips() *rapid.Generator[strip.Strip] {
	return rapid.Custom(func(t *rapid.T) strip.Strip {
		zones := []*time.Location{nil, london, mustZone("Pacific/Apia"), mustZone("America/Sao_Paulo")}
		return strip.Strip{
			Now: instants().Draw(t, "now"), Received: instants().Draw(t, "received"), ReceivedNote: hostile,
			Zone: rapid.SampledFrom(zones).Draw(t, "zone"), Promise: clocks().Draw(t, "promise"), Law: clocks().Draw(t, "law"),
			Stations: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) strip.Station {
				return strip.Station{At: instants().Draw(t, "at"), Label: hostile, Note: hostile, Met: rapid.Bool().Draw(t, "met")}
			}), 0, 2).Draw(t, "stations"),
		}
	})
}

func TestAnyInstantsDrawSoundPictures(t *testing.T) {
	words := english()
	words.Today = hostile
	rapid.Check(t, func(t *rapid.T) {
		s := strips().Draw(t, "strip")
		calendar := strip.Calendar{Zone: s.Zone, Now: s.Now, Received: s.Received}
		if s.Law != nil {
			calendar.Law, calendar.Held = s.Law.Due, s.Law.Holds
		}
		for name, drawn := range map[string]template.HTML{
			"large": s.Large(), "mini": s.Mini(), "requester": s.Requester(words), "ruler": strip.Ruler(s.Now, s.Zone),
			"rows": strip.Key(s.Rows()), "key": strip.Key(s.RequesterRows(words)), "calendar": calendar.Months(),
		} {
			if err := sound(drawn); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, drawn)
			}
		}
	})
}

// sound tells whether a drawing is well-formed, names every picture, stays
// within 0 to 100 per cent and holds only elements and attributes that the
// package writes.
func sound(drawn template.HTML) error {
	for _, word := range []string{"NaN", "Inf", "<script", "e+"} {
		if strings.Contains(string(drawn), word) {
			return fmt.Errorf("%q in the drawing", word)
		}
	}
	// U+0000 is escaped by html/template to U+FFFD and therefore legal here.
	d := xml.NewDecoder(strings.NewReader(string(drawn)))
	named := true
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !named && start.Name.Local != "title" {
			return fmt.Errorf("a picture begins with <%s> and not with its title", start.Name.Local)
		}
		if named, err = element(start); err != nil {
			return err
		}
	}
}

func element(e xml.StartElement) (named bool, err error) {
	named = true
	x, width := 0.0, 0.0
	for _, a := range e.Attr {
		if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
			return named, fmt.Errorf("<%s> carries %s", e.Name.Local, a.Name.Local)
		}
		named = named && a.Name.Local != "role"
		share, found := strings.CutSuffix(a.Value, "%")
		if !found {
			continue
		}
		v, err := strconv.ParseFloat(share, 64)
		if err != nil || v < 0 || v > 100 {
			return named, fmt.Errorf("<%s> has %s=%q", e.Name.Local, a.Name.Local, a.Value)
		}
		switch a.Name.Local {
		case "x":
			x = v
		case "width":
			width = v
		}
	}
	if x+width > 100.11 { // both are rounded to a tenth
		return named, fmt.Errorf("<%s> reaches to %v%%", e.Name.Local, x+width)
	}
	return named, nil
}

// Two short dates under the requester's bar never touch, on the narrowest
// drawing and whatever days they are.
func TestShortDatesUnderTheBarDoNotTouch(t *testing.T) {
	const narrowest, advance = 230.0, 6.2 // pixels; of a digit or letter of 12 px
	asked := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	short := func(at time.Time) string { return at.Format("02. Jan.") }
	words := strip.Words{Today: "Heute", Short: short, Day: short, Hour: short, NotCounted: func(int) string { return "" }}
	texts := regexp.MustCompile(`<text[^>]* x="([\d.]+)%" y="71"(?: text-anchor="(\w+)")?>([^<]*)<`)
	both := 0
	for promise := 2; promise <= 90; promise++ {
		for law := 2; law <= 90; law++ {
			s := strip.Strip{Received: asked, Now: asked, Zone: time.UTC,
				Promise: &strip.Clock{Due: asked.AddDate(0, 0, promise)}, Law: &strip.Clock{Due: asked.AddDate(0, 0, law)}}
			var ends [][2]float64
			for _, m := range texts.FindAllStringSubmatch(string(s.Requester(words)), -1) {
				x, err := strconv.ParseFloat(m[1], 64)
				if err != nil {
					t.Fatal(err)
				}
				from, width := x/100*narrowest, advance*float64(len(m[3]))
				switch m[2] {
				case "middle":
					from -= width / 2
				case "end":
					from -= width
				}
				ends = append(ends, [2]float64{from, from + width})
			}
			if len(ends) == 2 {
				both++
				if ends[0][0] < ends[1][1] && ends[1][0] < ends[0][1] {
					t.Fatalf("promise after %d days, law after %d: the dates stand at %v", promise, law, ends)
				}
			}
		}
	}
	if both < 1000 {
		t.Errorf("only %d drawings have both dates", both)
	}
}
