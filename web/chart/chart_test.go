package chart_test

import (
	"encoding/xml"
	"html/template"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"dsr/web/chart"
)

// shapes parses a drawing and returns its elements with their attributes.
func shapes(t *testing.T, drawing template.HTML) []map[string]string {
	t.Helper()
	var list []map[string]string
	for d := xml.NewDecoder(strings.NewReader(string(drawing))); ; {
		token, err := d.Token()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatalf("%v in %s", err, drawing)
		}
		if e, ok := token.(xml.StartElement); ok {
			shape := map[string]string{"": e.Name.Local}
			for _, a := range e.Attr {
				shape[a.Name.Local] = a.Value
			}
			list = append(list, shape)
		}
	}
}

func percent(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var every = map[string]func() []template.HTML{
	"columns": func() []template.HTML {
		return []template.HTML{chart.Columns("Received <each> week", "31 Aug 3 & more", []chart.Column{
			{Label: "31 Aug", Over: "3", Parts: []chart.Part{{Value: 1, Fill: chart.Ink}, {Value: 2, Fill: chart.Dots}}}, {Parts: []chart.Part{{}}}, {Label: "14 Sep", Parts: []chart.Part{{Value: 1_000_000, Fill: chart.Grey}}, Dim: true},
		}, 220, true)}
	},
	"no columns": func() []template.HTML { return []template.HTML{chart.Columns("Received", "", nil, 128, false)} },
	"band": func() []template.HTML {
		return []template.HTML{chart.Band("Open", "Overdue 2.", []chart.Part{{Value: 2, Fill: chart.Late}, {Value: 0, Fill: chart.Soon}, {Value: 998, Fill: chart.Hatch}})}
	},
	"band of nothing": func() []template.HTML {
		return []template.HTML{chart.Band("Open", "None.", []chart.Part{{Fill: chart.Late}})}
	},
	"ranges": func() []template.HTML {
		axis, rows := chart.Ranges([]chart.Range{{Title: "Access", Median: 16, Mean: 17.2, P90: 26, Limit: 30}, {Title: "At once"}})
		return append(rows, axis)
	},
	"bars": func() []template.HTML {
		return chart.Bars([]chart.Bar{{Title: "CRM", Filled: 26, Outline: 72}, {Title: "None"}})
	},
	"meter": func() []template.HTML {
		return []template.HTML{chart.Meter("Answer", "kept 31 of 37", 83.8, 90, true), chart.Meter("Answer", "", 100, 0, false)}
	},
}

// TestDrawingsAreSoundAndSayWhatTheyShow: well formed, without styles, inside
// their frame, with a title unless they are hidden from the reading order.
func TestDrawingsAreSoundAndSayWhatTheyShow(t *testing.T) {
	for name, make := range every {
		for _, drawing := range make() {
			list := shapes(t, drawing)
			root := list[0]
			if root["aria-hidden"] != "true" && (root["role"] != "img" || list[1][""] != "title") {
				t.Errorf("%s has no title: %s", name, drawing)
			}
			for _, s := range list[1:] {
				if s["style"] != "" || s["id"] != "" {
					t.Errorf("%s: a shape has a style or an id: %v", name, s)
				}
				if s[""] == "rect" && (percent(t, s["x"]) < 0 || percent(t, s["x"])+percent(t, s["width"]) > 100.01 || percent(t, s["height"]) < 0) {
					t.Errorf("%s: a box lies outside: %v", name, s)
				}
			}
			if strings.Contains(string(drawing), "NaN") || strings.Contains(string(drawing), "Inf") {
				t.Errorf("%s: %s", name, drawing)
			}
		}
	}
}

func TestWordsAreEscaped(t *testing.T) {
	drawing := string(every["columns"]()[0])
	if strings.Contains(drawing, "<each>") || !strings.Contains(drawing, "&lt;each&gt;") || !strings.Contains(drawing, "3 &amp; more") {
		t.Error(drawing)
	}
}

func TestColumnsAreAsHighAsTheirNumbers(t *testing.T) {
	drawing := chart.Columns("Received", "", []chart.Column{
		{Parts: []chart.Part{{Value: 4, Fill: chart.Ink}, {Value: 6, Fill: chart.Grey}}}, {Parts: []chart.Part{{Value: 2, Fill: chart.Ink}}},
	}, 140, false)
	var heights []float64
	for _, s := range shapes(t, drawing) {
		if s[""] == "rect" {
			heights = append(heights, percent(t, s["height"]))
		}
	}
	if len(heights) != 3 || heights[0] != 40 || heights[1] != 60 || heights[2] != 20 {
		t.Errorf("heights are %v, want 40, 60 and 20 of 100 pixels", heights)
	}
}

func TestAPartOfABandIsAsWideAsItsShare(t *testing.T) {
	var widths []float64
	for _, s := range shapes(t, chart.Band("Open", "", []chart.Part{{Value: 1, Fill: chart.Late}, {Value: 3, Fill: chart.Grey}})) {
		if s[""] == "rect" {
			widths = append(widths, percent(t, s["width"]))
		}
	}
	if len(widths) != 2 || widths[0] != 24.75 || widths[1] != 74.75 {
		t.Errorf("widths are %v, want a quarter and three quarters, less the gap", widths)
	}
}

// TestAnAxisHasFewRoundFigures: at most six, all whole, the last not below the
// greatest value.
func TestAnAxisHasFewRoundFigures(t *testing.T) {
	figures := regexp.MustCompile(`>(\d+)</text>`)
	for _, most := range []int{0, 1, 2, 3, 5, 6, 9, 11, 26, 49, 50, 51, 99, 131, 1204, 99_999, 1_000_000} {
		drawing := chart.Columns("Received", "", []chart.Column{{Parts: []chart.Part{{Value: most}}}}, 220, true)
		found := figures.FindAllStringSubmatch(string(drawing), -1)
		last, err := strconv.Atoi(found[len(found)-1][1])
		if err != nil || len(found) < 2 || len(found) > 6 || last < most || most > 10 && last > 2*most {
			t.Errorf("up to %d the axis reads %v", most, found)
		}
	}
}
