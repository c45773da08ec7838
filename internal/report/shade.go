package report

import (
	"fmt"
	"math"
)

// oklab is a colour whose distances are those that people see (Ottosson 2020,
// "A perceptual color space for image processing").
type oklab struct{ l, a, b float64 }

// The ends of the sequential palette: dark blue and light yellow. Lightness
// alone orders it, so it reads in grey and without colour vision; equal steps in
// value are equal steps to the eye.
var (
	shadeLow  = oklab{l: .28, a: -.005, b: -.10}
	shadeHigh = oklab{l: .95, a: -.02, b: .11}
)

// shade is the colour of a share in [0, 1], and the colour of text upon it.
func shade(share float64) (fill, ink string) {
	share = math.Min(1, math.Max(0, share))
	mix := func(low, high float64) float64 { return low + share*(high-low) }
	c := oklab{mix(shadeLow.l, shadeHigh.l), mix(shadeLow.a, shadeHigh.a), mix(shadeLow.b, shadeHigh.b)}
	ink = "#ffffff"
	if c.l > .566 { // from where black stands out more than white
		ink = "#000000"
	}
	return c.hex(), ink
}

// hex is the colour in sRGB.
func (c oklab) hex() string {
	cube := func(v float64) float64 { return v * v * v }
	l := cube(c.l + 0.3963377774*c.a + 0.2158037573*c.b)
	m := cube(c.l - 0.1055613458*c.a - 0.0638541728*c.b)
	s := cube(c.l - 0.0894841775*c.a - 1.2914855480*c.b)
	channel := func(linear float64) int {
		linear = math.Min(1, math.Max(0, linear))
		if linear <= 0.0031308 {
			return int(math.Round(255 * 12.92 * linear))
		}
		return int(math.Round(255 * (1.055*math.Pow(linear, 1/2.4) - 0.055)))
	}
	return fmt.Sprintf("#%02x%02x%02x",
		channel(4.0767416621*l-3.3077115913*m+0.2309699292*s),
		channel(-1.2684380046*l+2.6097574011*m-0.3413193965*s),
		channel(-0.0041960863*l-0.7034186147*m+1.7076147010*s))
}
