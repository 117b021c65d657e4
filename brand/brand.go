// Package brand turns the one colour of a controller into the few colours its
// pages use, light and dark, so that every text stays readable whatever colour
// a policy pack names.
//
// Hue and chroma are the controller's; lightness is ours. The package works in
// OKLCH (Ottosson 2020), where equal steps of lightness look equal, and measures
// with the contrast ratio of WCAG 2.2. It knows no policy pack and never colours
// focus, errors or warnings.
package brand

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrColour is wrapped by every error of Clamp.
var ErrColour = errors.New("brand colour")

// Ratios that the clamped colour reaches: text size links on white need 4.5 : 1
// and keep a reserve for tinted grounds; on the dark surface the same colour
// fills buttons and needs more.
const (
	onWhite = 5.2
	onDark  = 7.0
)

var (
	white       = rgb{1, 1, 1}
	darkSurface = rgb{0x16 / 255.0, 0x19 / 255.0, 0x1B / 255.0}
)

// Shades are the colours of one theme, written #RRGGBB.
type Shades struct {
	Brand string // links, buttons, bars
	Deep  string // the same under the pointer
	Tint  string // ground of ticked rows and of the confirmation
	On    string // text on Brand
}

// Palette is what a page needs of one brand colour.
type Palette struct{ Light, Dark Shades }

// Clamp reads #RRGGBB or #RGB and returns its palette. Only the lightness moves,
// and chroma where the screen cannot show it: until the colour has 5.2 : 1 on
// white in the light theme and 7 : 1 on the dark surface in the dark one. A
// colour that has them already is kept to the digit.
func Clamp(colour string) (Palette, error) {
	c, err := parse(colour)
	if err != nil {
		return Palette{}, err
	}
	own := toLCH(c)
	light, dark := clamp(c, own, white, onWhite, -1), clamp(c, own, darkSurface, onDark, +1)
	return Palette{
		Light: Shades{
			Brand: light.String(),
			Deep:  shift(light, -0.07).String(),
			Tint:  lch{0.966, min(own.chroma, 0.018), own.hue}.rgb().String(),
			On:    white.String(),
		},
		Dark: Shades{
			Brand: dark.String(),
			Deep:  shift(dark, +0.07).String(),
			Tint:  lch{0.265, min(own.chroma, 0.05), own.hue}.rgb().String(),
			On:    lch{0.17, min(own.chroma, 0.03), own.hue}.rgb().String(),
		},
	}, nil
}

// clamp moves the lightness by small steps in one direction until the ratio is
// reached.
func clamp(c rgb, own lch, ground rgb, ratio float64, direction float64) rgb {
	const step = 0.005
	for contrast(c, ground) < ratio && own.light >= 0 && own.light <= 1 {
		own.light += direction * step
		c = own.rgb()
	}
	return c
}

func shift(c rgb, by float64) rgb {
	l := toLCH(c)
	l.light = min(1, max(0, l.light+by))
	return l.rgb()
}

// CSS writes the style sheet of a palette: the custom properties --brand,
// --brand-deep, --brand-tint and --on-brand, each for both themes.
func CSS(p Palette) string {
	var b strings.Builder
	b.WriteString("@layer tokens {\n  :root {\n")
	for _, v := range []struct{ name, light, dark string }{
		{"brand", p.Light.Brand, p.Dark.Brand},
		{"brand-deep", p.Light.Deep, p.Dark.Deep},
		{"brand-tint", p.Light.Tint, p.Dark.Tint},
		{"on-brand", p.Light.On, p.Dark.On},
	} {
		fmt.Fprintf(&b, "    --%s: light-dark(%s, %s);\n", v.name, v.light, v.dark)
	}
	b.WriteString("  }\n}\n")
	return b.String()
}

func parse(colour string) (rgb, error) {
	digits, found := strings.CutPrefix(colour, "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if !found || len(digits) != 6 || err != nil {
		return rgb{}, fmt.Errorf("%w %q is not written as # and six hexadecimal digits, like #6C4DF6", ErrColour, colour)
	}
	return rgb{float64(n>>16) / 255, float64(n>>8&0xFF) / 255, float64(n&0xFF) / 255}, nil
}
