// Package statistics is the figures of the customer base and of its groups, updated by
// exact differences.
//
//	Contribution before, after ──Replace──► Statistics ──► Figures of the base and of each Group
//	                                        (cells)         Sums, Trends, Retention, Histogram, BreakEven
//
// Statistics of two halves of a base add up to those of the whole, and equal those of a
// scan of all customers. Quantiles are exact to the bin of the histogram, and come with
// their error.
package statistics
