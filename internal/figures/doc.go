// Package figures says what a base of customers comes to, and each group of them:
// one value for each question, from which text, JSON and CSV are written.
//
//	                                 ┌─► Stats     totals and histograms
//	clv.Statistics ─┐                ├─► Trend     month by month
//	currency, tiers ├─► Base ─┬──────┼─► Cohorts   who bought again       ─► JSON (field tags)
//	day, horizon   ─┘         │      ├─► Top       what the best hold     ─► Sheet (CSV)
//	                          │      └─► Segments  groups side by side    ─► text (by the caller)
//	                          └─► GroupsOf: one of the first four for each group of a trait
//
//	config.TierBorder, borders of a cut ──► Tiers
//
// Everything is a pure function: it reads no store and no clock, and knows no flag.
// Money is an Amount, a string of major units wherever it is written; what
// docs/statistics.md says of each figure holds here. It refuses a trait that does
// not exist, and borders that were cut for other tiers.
package figures
