package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/clvstream/clvstream/internal/calibrate"
)

// Whatever the data, the page is whole: no request to anywhere, no script, no
// number that is none, nothing drawn beyond its edges, and every figure with its
// title, description and table.
func TestPagesAreWhole(t *testing.T) {
	two := []string{"customer,time,amount", "a,2024-01-01,10.00", "b,2024-01-02,5.00", "a,2024-01-03,7.00"}
	for name, data := range map[string]struct {
		from         calibrate.Source
		split, until string
		figures      int
	}{
		"CDNOW":               {cdnow(t), "1997-09-30", "1998-06-30", 9},
		"CDNOW, none held":    {cdnow(t), "", "", 7},
		"CDNOW, early days":   {cdnow(t), "1997-01-03", "1997-01-05", 6},
		"two customers":       {csv(t, two...), "", "", 5},
		"a day held out":      {csv(t, two...), "2024-01-02", "2024-01-03", 6},
		"one order":           {csv(t, two[:2]...), "", "", 4},
		"free":                {csv(t, two[0], "a,2024-01-01,0", "a,2024-03-01,0", "b,2024-03-01,0"), "", "", 6},
		"dear":                {csv(t, two[0], "a,2024-01-01,900000000", "a,2024-03-01,800000000"), "", "", 7},
		"out of order":        {csv(t, two[0], "a,2024-03-01,5", "a,2024-01-01,5", "b,2024-02-01,5", "a,2024-02-01,5"), "2024-02-10", "2024-03-10", 9},
		"a century":           {csv(t, two[0], "a,1970-01-01,5", "b,1990-01-01,5", "a,2024-01-01,5"), "2000-01-01", "2024-01-01", 8},
		"hostile ids":         {csv(t, two[0], `"<script>alert(1)</script>&amp;",2024-01-01,5`, `"<script>alert(1)</script>&amp;",2024-02-01,5`), "", "", 7},
		"an id without end":   {csv(t, two[0], strings.Repeat("ж", 100)+",2024-01-01,5"), "", "", 4},
		"bought every day":    {csv(t, everyDay(two[0])...), "2024-10-01", "2024-12-01", 9},
		"half of it held out": {cdnow(t), "1997-02-01", "1998-06-30", 9},
	} {
		for model, file := range models(t) {
			if model != "mbgnbd" && name != "CDNOW" && name != "two customers" {
				continue // the data are what makes the difference
			}
			t.Run(name+", "+model, func(t *testing.T) {
				figures := data.figures
				if model == "nbd" {
					figures-- // nobody leaves
				}
				check(t, written(t, input(t, file, data.from, data.split, data.until)), figures)
			})
		}
	}
}

func everyDay(header string) []string {
	lines := []string{header}
	for at := day("2024-01-01"); at < day("2024-12-01"); at++ {
		lines = append(lines, "a,"+at.String()+",5")
	}
	return lines
}

// check parses the page and follows every rule that it must keep.
func check(t *testing.T, page string, figures int) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	p := pageCheck{T: t, ids: map[string]bool{}}
	p.collect(root)
	p.walk(root)
	if p.figures != figures {
		t.Errorf("%d figures, want %d", p.figures, figures)
	}
	for _, bad := range []string{"NaN", "Inf", "%!", "<no value>", "ZgotmplZ"} {
		if strings.Contains(page, bad) {
			t.Errorf("%s in the page", bad)
		}
	}
	for drawing := range strings.SplitSeq(page, "<svg") {
		if body, _, found := strings.Cut(drawing, "</svg>"); found {
			wellFormed(t, "<svg"+body+"</svg>")
		}
	}
}

// wellFormed holds a drawing to XML, which is stricter than HTML.
func wellFormed(t *testing.T, drawing string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(drawing))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in %.200s", err, drawing)
		}
	}
}

type pageCheck struct {
	*testing.T
	ids           map[string]bool
	width, height float64 // of the drawing under way
	figures       int
}

func attributes(n *html.Node) map[string]string {
	all := map[string]string{}
	for _, a := range n.Attr {
		all[a.Key] = a.Val
	}
	return all
}

func (p *pageCheck) collect(n *html.Node) {
	if id := attributes(n)["id"]; id != "" {
		if p.ids[id] {
			p.Errorf("the id %s is given twice", id)
		}
		p.ids[id] = true
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.collect(c)
	}
}

func (p *pageCheck) walk(n *html.Node) {
	if n.Type == html.ElementNode {
		p.element(n, attributes(n))
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.walk(c)
	}
}

func (p *pageCheck) element(n *html.Node, attr map[string]string) {
	for id := range strings.FieldsSeq(attr["aria-labelledby"]) {
		if !p.ids[id] {
			p.Errorf("%s is labelled by %s, which is nowhere", n.Data, id)
		}
	}
	for _, link := range []string{"href", "src"} {
		if to, ok := attr[link]; ok && to != "data:," && !(strings.HasPrefix(to, "#") && p.ids[to[1:]]) {
			p.Errorf("%s goes to %q", n.Data, to)
		}
	}
	switch n.Data {
	case "script", "img", "iframe", "object", "image", "use":
		p.Errorf("there is a %s", n.Data)
	case "svg":
		p.drawing(n, attr)
	case "section":
		if attr["class"] == "figure" {
			p.figures++
			if len(find(n, "svg")) == 0 || len(find(n, "tbody")) != 1 || text(find(n, "tbody")[0]) == "" {
				p.Errorf("the figure %s lacks its drawing or its numbers", attr["id"])
			}
		}
	case "table":
		p.table(n)
	}
	p.coordinates(n, attr)
}

// drawing begins with what a screen reader says of it.
func (p *pageCheck) drawing(n *html.Node, attr map[string]string) {
	if attr["role"] != "img" || n.FirstChild == nil || n.FirstChild.Data != "title" || text(n.FirstChild) == "" ||
		n.FirstChild.NextSibling.Data != "desc" || text(n.FirstChild.NextSibling) == "" {
		p.Error("a drawing has no role, title or description")
	}
	box := numbers(p.T, attr["viewBox"])
	p.width, p.height = box[2], box[3]
}

// table has as many cells in each row as heads.
func (p *pageCheck) table(n *html.Node) {
	rows := find(n, "tr")
	for _, row := range rows {
		if cells, heads := len(find(row, "td", "th")), len(find(rows[0], "td", "th")); cells != heads {
			p.Errorf("a row of %d cells in a table of %d columns: %s", cells, heads, text(row))
		}
	}
}

var number = regexp.MustCompile(`-?[0-9.]+(?:e[-+]?[0-9]+)?|NaN|[-+]?Inf`)

func numbers(t *testing.T, text string) (all []float64) {
	t.Helper()
	for _, found := range number.FindAllString(text, -1) {
		v, err := strconv.ParseFloat(found, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%q in %q is no number", found, text)
		}
		all = append(all, v)
	}
	return all
}

// coordinates are within the drawing, also those of text at its likely width.
func (p *pageCheck) coordinates(n *html.Node, attr map[string]string) {
	if n.Namespace != "svg" || p.width == 0 || n.Parent.Data == "pattern" {
		return
	}
	inside := func(what, text string, most float64) float64 {
		v := numbers(p.T, text)[0]
		if v < -.01 || v > most+.01 {
			p.Errorf("%s: %s = %v is outside of 0 to %v", n.Data, what, v, most)
		}
		return v
	}
	var x, y float64
	for key, text := range attr {
		switch key {
		case "x", "x1", "x2", "cx":
			x = inside(key, text, p.width)
		case "y", "y1", "y2", "cy":
			y = inside(key, text, p.height)
		case "d":
			for i, v := range numbers(p.T, text) {
				inside("path", strconv.FormatFloat(v, 'f', -1, 64), []float64{p.width, p.height}[i%2])
			}
		}
	}
	switch n.Data {
	case "rect":
		inside("right edge", strconv.FormatFloat(x+numbers(p.T, attr["width"])[0], 'f', -1, 64), p.width)
		inside("bottom edge", strconv.FormatFloat(y+numbers(p.T, attr["height"])[0], 'f', -1, 64), p.height)
	case "text":
		if attr["transform"] == "" {
			p.textFits(n, attr["text-anchor"], x)
		}
	}
}

// letterWidth is about that of the fonts at 13 pixels.
const letterWidth = 6.6

func (p *pageCheck) textFits(n *html.Node, anchor string, x float64) {
	length := letterWidth * float64(len([]rune(text(n))))
	left := map[string]float64{start: x, middle: x - length/2, end: x - length}[anchor]
	if left < 0 || left+length > p.width {
		p.Errorf("%q at %v, anchored at its %s, is cut off", text(n), x, anchor)
	}
}

func find(n *html.Node, names ...string) (found []*html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		for _, name := range names {
			if c.Type == html.ElementNode && c.Data == name {
				found = append(found, c)
			}
		}
		found = append(found, find(c, names...)...)
	}
	return found
}

func text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(text(c))
	}
	return b.String()
}
