// Package coverage tests the intervals of explain, backtest and model diff: whether they
// hold the truth as often as they say, in made-up shops whose truth is known.
//
//	story, seed ──► shop ──► fit ──► intervals ──┐
//	           └──► true parameters ──► truth ───┴─► how often one holds the other
//
// It has tests alone.
package coverage
