// Package upgrade tests that programs of the version before and programs of this one
// work side by side on the same state, as they do in the middle of an upgrade and of
// its rollback:
//
//	VERSION_BEFORE ──► git archive ──► go build ──► consumer, publisher ─┐
//	                                                                     ├──► Kafka, Redis ──► verify
//	this version ────────────────────► go build ──► consumer, publisher ─┘       ▲
//	                                                                           shop
//
// VERSION_BEFORE names the commit of this repository that counts as the version
// before: the one that the deployed programs are of. A release moves it there. What
// the programs of both versions may store is what that one reads: see package layout.
//
// It holds no code of its own, and no tests of what one version does alone.
package upgrade
