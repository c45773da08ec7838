package main

import (
	"io"
	"strings"

	"github.com/clvstream/clvstream/internal/terminal"
)

// barCells is the width of the longest bar: with it a row fits 140 columns.
const barCells = 20

// eighths fill a cell of a terminal from the left.
var eighths = [...]string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}

// bar draws a share of the given number of cells, to an eighth of a cell.
func bar(share float64, cells int) string {
	if !(share > 0) {
		return ""
	}
	filled := int(min(share, 1)*float64(8*cells) + 0.5)
	return strings.Repeat("█", filled/8) + eighths[filled%8]
}

// heights fill a cell of a terminal from below.
var heights = []rune("▁▂▃▄▅▆▇█")

// column is a share of the height of a cell.
func column(share float64) string {
	return string(heights[min(int(share*float64(len(heights))), len(heights)-1)])
}

// tableWithBars writes a table and, with charts, a bar for each value beside its row.
// A full bar stands for most, or for the greatest value if that is greater. Bars are the
// first to go where the terminal is too narrow.
func tableWithBars(out io.Writer, charts bool, header []string, rows [][]string, values []float64, most float64, fits ...terminal.Fit) error {
	if charts {
		header = append(header, "")
		for _, v := range values {
			most = max(most, v)
		}
		for i, v := range values {
			rows[i] = append(rows[i], bar(v/most, barCells))
		}
		fits = append(fits, spare(""))
	}
	return table(out, header, rows, fits...)
}
