// Package figures answers questions about the whole customer base and its groups: one
// value for each question, which is printed as text, JSON or CSV.
//
//	                                 ┌─► Stats     totals and histograms
//	clv.Statistics ─┐                ├─► Trend     month by month
//	currency, tiers ├─► Base ─┬──────┼─► Cohorts   who bought again       ─► JSON (field tags)
//	day, horizon   ─┘         │      ├─► Top       share of the best      ─► Sheet (CSV)
//	                          │      └─► Segments  groups side by side    ─► text (by the caller)
//	                          └─► GroupsOf: one of the first four for each group of a trait
//
//	config.TierBorder, borders of a cut ──► Tiers
//
// All functions are pure: they use no store, clock or flag. Money is an Amount, which is
// written as a string in major units. docs/statistics.md defines each figure. It refuses
// an unknown trait, and borders that were cut for other tiers.
package figures
