// Package refit fits the model anew when its time has come, and brings it into
// force if it is better than the one that is.
//
//	customers in Redis ──► all of them      ──────────────────────────► fit ──► push, activate
//	                  └──► as they were some ──► fit ──► holdout errors ──┘ better by the margin?
//	                       days ago              in force ──► errors ─┘     else: say why not
//
// It runs on a schedule, in whichever publisher has the first lane. What it came to is
// logged and kept in the registry, for `clvstream model list`.
//
// It refuses what can not be compared (a model of contracts, a history that is no
// longer than the holdout) and what should not be used (a fit that did not
// converge, orders without a spend model). The model in force may have been fitted
// to days of the holdout; that is in its favour, so a change is rather made too
// seldom.
package refit
