package brand_test

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"dsr/brand"
)

func TestClampKeepsWhatIsReadableAndMovesOnlyLightness(t *testing.T) {
	for _, c := range []struct{ colour, light, dark string }{
		{"#6C4DF6", "#6C4DF6", "#9D98FF"},
		{"#2563EB", "#2461E9", "#74A3FE"},
		{"#10B981", "#007B54", "#15BB83"},
		{"#FF7A1A", "#B14F00", "#FE812F"},
		{"#22D3EE", "#047787", "#22D3EE"},
		{"#fff", "#6C6C6C", "#FFFFFF"},
		{"#000000", "#000000", "#A3A3A3"},
	} {
		p, err := brand.Clamp(c.colour)
		if err != nil {
			t.Fatalf("Clamp(%s): %v", c.colour, err)
		}
		if p.Light.Brand != c.light || p.Dark.Brand != c.dark {
			t.Errorf("Clamp(%s) = %s in light and %s in dark, want %s and %s", c.colour, p.Light.Brand, p.Dark.Brand, c.light, c.dark)
		}
	}
}

func TestAnyColourEndsReadable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		colour := fmt.Sprintf("#%06x", rapid.Uint32Range(0, 0xFFFFFF).Draw(t, "colour"))
		p, err := brand.Clamp(colour)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			what, a, b string
			least      float64
		}{
			{"link on white", p.Light.Brand, "#FFFFFF", 5.2},
			{"hovered link on white", p.Light.Deep, "#FFFFFF", 5.2},
			{"link on the light tint", p.Light.Brand, p.Light.Tint, 4.5},
			{"text on the light button", p.Light.On, p.Light.Brand, 5.2},
			{"grey text on the light tint", "#465055", p.Light.Tint, 4.5},
			{"link on the dark surface", p.Dark.Brand, "#16191B", 7},
			{"hovered link on the dark surface", p.Dark.Deep, "#16191B", 7},
			{"link on the dark tint", p.Dark.Brand, p.Dark.Tint, 4.5},
			{"text on the dark button", p.Dark.On, p.Dark.Brand, 7},
			{"grey text on the dark tint", "#B3BCC0", p.Dark.Tint, 4.5},
		} {
			if got := ratio(t, c.a, c.b); got < c.least {
				t.Errorf("%s: %s, %s on %s, has %.2f : 1, want %.1f", colour, c.what, c.a, c.b, got, c.least)
			}
		}
	})
}

func TestWhatIsNoColourIsSaid(t *testing.T) {
	for _, colour := range []string{"", "#", "6C4DF6", "#6C4DF", "#6C4DF6A", "#6C4DG6", "purple", "#+1+1+1", "#é12"} {
		_, err := brand.Clamp(colour)
		if !errors.Is(err, brand.ErrColour) || !strings.Contains(err.Error(), "six hexadecimal digits") {
			t.Errorf("Clamp(%q) error = %v", colour, err)
		}
	}
}

func TestStyleSheetNamesBothThemes(t *testing.T) {
	p, err := brand.Clamp("#6C4DF6")
	if err != nil {
		t.Fatal(err)
	}
	css := brand.CSS(p)
	for _, want := range []string{
		"--brand: light-dark(#6C4DF6, #9D98FF);",
		"--brand-deep: light-dark(",
		"--brand-tint: light-dark(",
		"--on-brand: light-dark(#FFFFFF, ",
	} {
		if !strings.Contains(css, want) {
			t.Errorf("no %q in\n%s", want, css)
		}
	}
	if !regexp.MustCompile(`^[-@:;#(){},\w\s]+$`).MatchString(css) {
		t.Errorf("unexpected characters in\n%s", css)
	}
}

// ratio is WCAG's contrast ratio, written here a second time so that the
// package does not check itself.
func ratio(t *rapid.T, a, b string) float64 {
	luminance := func(hex string) float64 {
		var sum float64
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			v := float64(n) / 255
			if v <= 0.04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			sum += weight * v
		}
		return sum + 0.05
	}
	x, y := luminance(a), luminance(b)
	return math.Max(x, y) / math.Min(x, y)
}
