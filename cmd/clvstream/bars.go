package main

import "strings"

// eighths fill a cell of a terminal from the left.
var eighths = [...]string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}

// bar is a share of so many cells, drawn to an eighth of one.
func bar(share float64, cells int) string {
	if !(share > 0) {
		return ""
	}
	filled := int(min(share, 1)*float64(8*cells) + 0.5)
	return strings.Repeat("█", filled/8) + eighths[filled%8]
}
