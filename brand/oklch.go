package brand

import (
	"fmt"
	"math"
)

// rgb is a colour in sRGB, each part from 0 to 1.
type rgb [3]float64

// lch is a colour in OKLCH: lightness 0 to 1, chroma, hue in radians.
type lch struct{ light, chroma, hue float64 }

// String writes #RRGGBB.
func (c rgb) String() string {
	part := func(v float64) int { return int(math.Round(min(1, max(0, v)) * 255)) }
	return fmt.Sprintf("#%02X%02X%02X", part(c[0]), part(c[1]), part(c[2]))
}

// linear undoes the transfer curve of sRGB (IEC 61966-2-1).
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// toByte applies the transfer curve and rounds to 8 bits, so that what is
// measured is what the style sheet says.
func toByte(v float64) float64 {
	v = min(1, max(0, v))
	if v <= 0.0031308 {
		v *= 12.92
	} else {
		v = 1.055*math.Pow(v, 1/2.4) - 0.055
	}
	return math.Round(v*255) / 255
}

// contrast is the ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b rgb) float64 {
	x, y := luminance(a)+0.05, luminance(b)+0.05
	return max(x, y) / min(x, y)
}

func luminance(c rgb) float64 {
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// toLCH uses the matrices of Björn Ottosson's definition of OKLab.
func toLCH(c rgb) lch {
	r, g, b := linear(c[0]), linear(c[1]), linear(c[2])
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	light := 0.2104542553*l + 0.7936177850*m - 0.0040720468*s
	x := 1.9779984951*l - 2.4285922050*m + 0.4505937099*s
	y := 0.0259040371*l + 0.7827717662*m - 0.8086757660*s
	return lch{light, math.Hypot(x, y), math.Atan2(y, x)}
}

// rgb lowers the chroma until a screen can show the colour; lightness and hue
// stay.
func (c lch) rgb() rgb {
	const step, tolerance = 0.002, 0.001
	for {
		lin := c.linear()
		inside := true
		for _, v := range lin {
			inside = inside && v >= -tolerance && v <= 1+tolerance
		}
		if inside || c.chroma == 0 {
			return rgb{toByte(lin[0]), toByte(lin[1]), toByte(lin[2])}
		}
		c.chroma = max(0, c.chroma-step)
	}
}

// linear gives the parts before the transfer curve; they may lie outside 0 to 1.
func (c lch) linear() [3]float64 {
	x, y := c.chroma*math.Cos(c.hue), c.chroma*math.Sin(c.hue)
	cube := func(v float64) float64 { return v * v * v }
	l := cube(c.light + 0.3963377774*x + 0.2158037573*y)
	m := cube(c.light - 0.1055613458*x - 0.0638541728*y)
	s := cube(c.light - 0.0894841775*x - 1.2914855480*y)
	return [3]float64{
		4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s,
	}
}
