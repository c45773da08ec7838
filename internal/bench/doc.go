// Package bench measures a deployment: how fast it works off a backlog, what that costs
// each process, and how long an order takes at a steady rate.
//
//	workload ──► Load ──► input topics
//	CatchUp:  publisher, consumers start ──► backlog to its end ──► changes readable ──► Run
//	Steady:   orders at a rate, each with the time it was due ──► changes read ──► Latency
//	Run, Run, Run ──► Report (medians) ──► Markdown, JSON
//
// The programs run as child processes, as they are shipped and with their defaults; the
// servers are somebody else's. `clvstream bench` gives it a user's own servers, and
// internal/endtoend fresh ones, in turn with a peer.
//
// It refuses a namespace that holds customers already, unless a run continues another.
package bench
