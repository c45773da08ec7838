// Package estimate values a history by a model at an instant: what a customer has
// earned, what the model expects of them, and since when they have earned what they
// cost.
//
//	History, Rules, Model, instant ──Of──► Estimate ──Stored──► Valued
//
// What is known of churn replaces the model's P(alive). Equal inputs give equal bits.
package estimate
