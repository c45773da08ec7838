// Package report draws how a fitted model and the data it is used on go
// together: one HTML page with the pictures that analysts expect, for the screen,
// in the dark, and on paper.
//
//	orders ──► Survey ──► first and last day, a sample of customers ──► histories
//	       └─► calibrate.Summarise ──► fit.Holdout ──► totals, scores ──► figures ──► page
//	model file ───────────────────────────────────────────┘             (SVG, table)
//
// The page is one file: styles and drawings are in it, it asks for nothing from
// anywhere, and runs no script. Every figure has its numbers in a table, a title
// and a description, and tells its series apart by line, marker and pattern as
// well as by colour.
//
// What the models say comes from clv and clv/fit; nothing is computed here but
// sums and shares. It refuses models of contracts, which see customers leave and
// have none of these pictures, and a drawing with a number that is not finite.
package report
