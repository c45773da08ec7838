// Package estimate values a history by a model at an instant: historic margin, predicted
// value, and the day of break-even with the acquisition cost.
//
//	History, Rules, Model, instant ──Of──► Estimate ──Stored──► Valued
//
// A churn event replaces the model's P(alive). Equal inputs give bit-identical results.
package estimate
