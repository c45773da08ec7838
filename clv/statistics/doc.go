// Package statistics is figures of the customer base and of the groups in it, kept
// by exact differences.
//
//	Contribution before, after ──Replace──► Statistics ──► Figures of everybody and of each Group
//	                                        (cells)         Sums, Trends, Retention, Histogram, BreakEven
//
// Statistics of two halves of a base add up to those of the whole, and equal those
// that a scan of all customers gives. Quantiles are exact to the bin; the error is
// stated beside them.
package statistics
