package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// canvas is an SVG drawing under construction. Coordinates are in its own units,
// which are pixels at the page's full width.
type canvas struct {
	id            string
	width, height float64
	b             strings.Builder
	broken        bool // a coordinate was not finite
}

type point struct{ x, y float64 }

// newCanvas begins a drawing. The title and the description are what a screen
// reader says of it.
func newCanvas(id, title, description string, width, height float64) *canvas {
	c := &canvas{id: id, width: width, height: height}
	fmt.Fprintf(&c.b, `<svg viewBox="0 0 %s %s" role="img" aria-labelledby="%s-title %[3]s-desc" xmlns="http://www.w3.org/2000/svg">`,
		c.n(width), c.n(height), id)
	fmt.Fprintf(&c.b, `<title id="%s-title">%s</title><desc id="%[1]s-desc">%s</desc>`, id, html.EscapeString(title), html.EscapeString(description))
	return c
}

// n writes a coordinate to a hundredth of a pixel.
func (c *canvas) n(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		c.broken = true
		return "0"
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&c.b, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`, class, c.n(x1), c.n(y1), c.n(x2), c.n(y2))
}

// rect draws a box, with a tip that browsers show under the pointer. A fill of
// "" is the class's.
func (c *canvas) rect(class, fill string, x, y, width, height float64, tip string) {
	style := ""
	if fill != "" {
		style = fmt.Sprintf(` fill="%s"`, fill)
	}
	fmt.Fprintf(&c.b, `<rect class="%s"%s x="%s" y="%s" width="%s" height="%s"`, class, style, c.n(x), c.n(y), c.n(width), c.n(height))
	c.closing("rect", tip)
}

func (c *canvas) dot(class string, at point, radius float64, tip string) {
	fmt.Fprintf(&c.b, `<circle class="%s" cx="%s" cy="%s" r="%s"`, class, c.n(at.x), c.n(at.y), c.n(radius))
	c.closing("circle", tip)
}

func (c *canvas) closing(element, tip string) {
	if tip == "" {
		c.b.WriteString("/>")
		return
	}
	fmt.Fprintf(&c.b, `><title>%s</title></%s>`, html.EscapeString(tip), element)
}

// path draws a line through points.
func (c *canvas) path(class string, points []point) {
	if len(points) == 0 {
		return
	}
	fmt.Fprintf(&c.b, `<path class="%s" d="`, class)
	for i, p := range points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		c.b.WriteString(command + c.n(p.x) + " " + c.n(p.y))
	}
	c.b.WriteString(`"/>`)
}

// text anchors: where the text stands relative to its point.
const (
	start  = "start"
	middle = "middle"
	end    = "end"
)

func (c *canvas) text(class, anchor string, x, y float64, text string) {
	fmt.Fprintf(&c.b, `<text class="%s" text-anchor="%s" x="%s" y="%s">%s</text>`, class, anchor, c.n(x), c.n(y), html.EscapeString(text))
}

// textIn writes text in a colour of its own.
func (c *canvas) textIn(class, anchor, fill string, x, y float64, text string) {
	fmt.Fprintf(&c.b, `<text class="%s" text-anchor="%s" fill="%s" x="%s" y="%s">%s</text>`, class, anchor, fill, c.n(x), c.n(y), html.EscapeString(text))
}

// upright writes text that reads from the bottom to the top.
func (c *canvas) upright(class string, x, y float64, text string) {
	fmt.Fprintf(&c.b, `<text class="%s" text-anchor="middle" transform="translate(%s %s) rotate(-90)">%s</text>`, class, c.n(x), c.n(y), html.EscapeString(text))
}

// hatching defines the pattern that distinguishes the model's bars from the data's, and
// is the fill that uses it.
func (c *canvas) hatching() string {
	fmt.Fprintf(&c.b, `<defs><pattern id="%s-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">`+
		`<rect class="hatch-ground" width="6" height="6"/><line class="hatch-line" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>`, c.id)
	return "url(#" + c.id + "-hatch)"
}

// end is the finished drawing; it refuses one with a coordinate that is not
// finite.
func (c *canvas) end() (template.HTML, error) {
	if c.broken {
		return "", fmt.Errorf("draw %s: a coordinate is not finite", c.id)
	}
	c.b.WriteString("</svg>")
	return template.HTML(c.b.String()), nil // every text in it was escaped
}
