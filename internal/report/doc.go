// Package report shows how well a model fits the orders: one HTML page with the charts
// that analysts expect, for screens (light and dark) and paper.
//
//	orders ──► Survey ──► first and last day, a sample of customers ──► histories
//	       └─► calibrate.Summarise ──► fit.Holdout ──► totals, scores ──► figures ──► page
//	model file ───────────────────────────────────────────┘             (SVG, table)
//
// The page is one file with its styles and drawings. It loads nothing and runs no
// script. Every figure has a title, a description and a table of its numbers, and
// distinguishes its series by line, marker and pattern as well as by colour.
//
// Predictions come from clv and clv/fit; the package itself computes only sums and
// shares. It refuses contract models, where churn is observed and these charts do not
// apply, and a drawing with a number that is not finite.
package report
