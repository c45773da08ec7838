package report

import "html/template"

// figure is a picture, what it says, and the numbers behind it.
type figure struct {
	ID    string
	Title string
	Lead  string // what to see in it
	SVG   template.HTML
	Head  []string
	Rows  [][]string
}

// width of all drawings: a page's text column.
const width = 760

// series is how one of several things that are compared is drawn: a class that
// sets line style and colour, a marker shape, and its name.
type series struct{ class, name string }

var (
	actual  = series{"actual", "what happened"}
	modeled = series{"model", "the model"}
)

// fewest is the least that an axis of counts reaches to, so that its steps are
// whole.
const fewest = 5

// legend names the series in a row above the data, each with its line and, where
// they have them, markers.
func (f *frame) legend(marked bool, all ...series) {
	x := f.left
	for _, s := range all {
		f.line(s.class, x, 18, x+30, 18)
		if marked {
			f.marker(s, point{x + 15, 18}, "")
		}
		f.text("legend", start, x+37, 22, s.name)
		x += 62 + 7*float64(len([]rune(s.name)))
	}
}

// barLegend does the same for bars.
func (f *frame) barLegend(hatch string) {
	f.rect("bar-actual", "", f.left, 10, 22, 13, "")
	f.text("legend", start, f.left+29, 21, actual.name)
	f.rect("bar-model", hatch, f.left+150, 10, 22, 13, "")
	f.text("legend", start, f.left+179, 21, modeled.name)
}

// marker distinguishes series by shape: the model has squares, others dots.
func (f *frame) marker(s series, at point, tip string) {
	const size = 4
	switch s.class {
	case "model":
		f.rect("marker-model", "", at.x-size, at.y-size, 2*size, 2*size, tip)
	case "actual":
		f.dot("marker-actual", at, size, tip)
	}
}

// curve draws a series through values, with markers where they are few.
func (f *frame) curve(s series, xs, ys []float64, tip func(i int) string) {
	points := make([]point, len(xs))
	for i := range xs {
		points[i] = point{f.x.at(xs[i]), f.y.at(ys[i])}
	}
	f.path(s.class, points)
	if tip == nil {
		return
	}
	for i, p := range points {
		f.marker(s, p, tip(i))
	}
}
