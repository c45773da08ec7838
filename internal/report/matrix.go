package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

// matrix is what a model says over frequency and recency, of customers of one
// age. Rows run from a purchase today down to none since the first.
type matrix struct {
	ageDays     int
	frequencies []int // columns
	recencyDays []int // rows
}

// matrixRows is how many steps of silence are shown.
const matrixRows = 11

// newMatrix is of the oldest customers, up to the most frequent.
func (s *subject) newMatrix() matrix {
	m := matrix{ageDays: max(matrixRows-1, s.totals.oldestDays), frequencies: columns(s.totals.mostOrders)}
	for row := range matrixRows {
		m.recencyDays = append(m.recencyDays, int(math.Round(float64(m.ageDays)*float64(matrixRows-1-row)/(matrixRows-1))))
	}
	return m
}

// columns are up to twelve frequencies from 0 to the highest: each at first,
// then in equal ratios.
func columns(highest int) []int {
	const most, each = 12, 5
	all := []int{}
	if highest < most {
		for x := range max(highest, each) + 1 {
			all = append(all, x)
		}
		return all
	}
	for x := range each {
		all = append(all, x)
	}
	last := float64(each - 1)
	for i := 1; i <= most-each; i++ {
		x := int(math.Round(last * math.Pow(float64(highest)/last, float64(i)/(most-each))))
		all = append(all, max(x, all[len(all)-1]+1))
	}
	return all
}

// holds says whether there are customers of a cell: t_x is 0 just where x is.
func (m *matrix) holds(row, column int) bool {
	return (m.frequencies[column] == 0) == (m.recencyDays[row] == 0)
}

// predict is what the live path says of a customer of a cell.
func (s *subject) predictCell(m *matrix, row, column int) model.Prediction {
	x := m.frequencies[column]
	return s.model.Predict(history.Facts{Orders: x + 1, PurchaseDays: x + 1, Frequency: x, RecencyDays: m.recencyDays[row], AgeDays: m.ageDays})
}

func (s *subject) aliveMatrix() (figure, error) {
	f := figure{
		ID: "alive", Title: "P(alive) by frequency and silence",
		Lead: "P(alive) falls down each column as the silence grows: early for frequent buyers, late for rare buyers, " +
			"for whom a long silence is normal. Customers who bought once (x = 0) have been silent since, so they are in the last row only.",
	}
	return s.drawMatrix(f, "P(alive) in %", func(p model.Prediction) float64 { return p.PAlive },
		func(v float64) string { return strconv.Itoa(int(math.Round(100 * v))) },
		func(v, _ float64) float64 { return v })
}

func (s *subject) ordersMatrix() (figure, error) {
	f := figure{
		ID:    "orders",
		Title: fmt.Sprintf("Purchase days expected in the next %s days", plain(s.File.HorizonDays)),
		Lead: "The best customers are at the top right: frequent and recent. Those at the bottom right were frequent, too, but have been silent for so long " +
			"that less is expected of them than of an occasional customer. Shades follow the square root, so that small expectations differ visibly.",
	}
	if !s.entry.Attrition {
		f.Lead = s.entry.Title + " has no dropout, so only the number of purchases and the age count, and silence does not. Shades follow the square root."
	}
	return s.drawMatrix(f, "expected purchase days", func(p model.Prediction) float64 { return p.PAlive * p.OrdersIfAlive },
		short, func(v, highest float64) float64 { return math.Sqrt(v / highest) })
}

// short fits a cell.
func short(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < .005:
		return "<.01"
	case v < 1:
		return strconv.FormatFloat(v, 'f', 2, 64)[1:]
	case v < 9.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
}

// drawMatrix shades each cell by a quantity and writes it there.
func (s *subject) drawMatrix(f figure, unit string, of func(model.Prediction) float64, shown func(float64) string, share func(v, highest float64) float64) (figure, error) {
	m := s.newMatrix()
	highest := 1e-12
	for row := range m.recencyDays {
		for column := range m.frequencies {
			if m.holds(row, column) {
				highest = math.Max(highest, of(s.predictCell(&m, row, column)))
			}
		}
	}
	if share(1, 2) == 1 { // a probability: the shades are those of 0 to 1
		highest = 1
	}
	f.Head = []string{fmt.Sprintf("silence, %ss", s.unit()), fmt.Sprintf("t_x, %ss", s.unit())}
	for _, x := range m.frequencies {
		f.Head = append(f.Head, fmt.Sprintf("x = %d", x))
	}
	c := newCanvas(f.ID, f.Title, f.Lead, width, 460)
	grid := frame{canvas: c, left: 74, top: 64, right: width - 74, bottom: 404}
	cellWidth, cellHeight := (grid.right-grid.left)/float64(len(m.frequencies)), (grid.bottom-grid.top)/matrixRows
	for row, recencyDays := range m.recencyDays {
		y := grid.top + float64(row)*cellHeight
		recency, silence := s.in(calendar.Day(recencyDays)), s.in(calendar.Day(m.ageDays-recencyDays))
		grid.text("tick", end, grid.left-8, y+cellHeight/2+4, tenths(silence))
		grid.text("tick", start, grid.right+8, y+cellHeight/2+4, tenths(recency))
		cells := []string{tenths(silence), tenths(recency)}
		for column, x := range m.frequencies {
			if !m.holds(row, column) {
				cells = append(cells, "")
				continue
			}
			v := of(s.predictCell(&m, row, column))
			fill, ink := shade(share(v, highest))
			left := grid.left + float64(column)*cellWidth
			tip := fmt.Sprintf("x = %d, silent for %s %ss: %s %s", x, tenths(silence), s.unit(), shown(v), unit)
			grid.rect("cell", fill, left, y, cellWidth, cellHeight, tip)
			grid.textIn("cell-text", middle, ink, left+cellWidth/2, y+cellHeight/2+4.5, shown(v))
			cells = append(cells, precise(v))
		}
		f.Rows = append(f.Rows, cells)
	}
	for column, x := range m.frequencies {
		grid.text("tick", middle, grid.left+(float64(column)+.5)*cellWidth, grid.bottom+18, strconv.Itoa(x))
	}
	grid.xTitle("x, repeat purchase days")
	grid.upright("axis-title", 16, (grid.top+grid.bottom)/2, fmt.Sprintf("%ss since the last purchase", s.unit()))
	grid.upright("axis-title", width-10, (grid.top+grid.bottom)/2, fmt.Sprintf("t_x, %ss from the first to the last", s.unit()))
	grid.text("legend", start, grid.left, 20, fmt.Sprintf("Customers who first bought %s %ss ago: %s", tenths(s.in(calendar.Day(m.ageDays))), s.unit(), unit))
	grid.shades(highest, shown, share)
	var err error
	f.SVG, err = c.end()
	return f, err
}

// shades is the legend of a sequential palette.
func (f *frame) shades(highest float64, shown func(float64) string, share func(v, highest float64) float64) {
	const steps, boxWidth = 5, 46.0
	x := f.left
	for i := range steps {
		v := highest * float64(i) / (steps - 1)
		fill, ink := shade(share(v, highest))
		f.rect("cell", fill, x, 32, boxWidth, 20, "")
		f.textIn("cell-text", middle, ink, x+boxWidth/2, 46.5, shown(v))
		x += boxWidth
	}
}

// tenths is a length of time.
func tenths(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// precise is a figure of a table.
func precise(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
