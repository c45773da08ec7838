// Package fitting is one fit of a model and its report, as `clvstream fit` shows it.
//
//	calibrate.Population ──► Job.Run: choose ──► fit, or NBD ──► spend ──┐
//	survivors of a cohort ─► Contracts ──────────► fit sbg ──────────────┴─► Report ──► text │ JSON
//	                                                                                └──► model file
//
// It reads no source and writes no file. It refuses what can not be fitted, with the
// errors of calibrate and fit; calibrate.DataError tells those that the data alone are to
// blame for.
package fitting
