// Package upgrade tests that programs of the previous version and of this one work side
// by side on the same state, as during an upgrade or its rollback:
//
//	VERSION_BEFORE ──► git archive ──► go build ──► consumer, publisher ─┐
//	                                                                     ├──► Kafka, Redis ──► verify
//	this version ────────────────────► go build ──► consumer, publisher ─┘       ▲
//	                                                                           shop
//
// VERSION_BEFORE names the commit of this repository that counts as the previous
// version, the one in production. Each release updates it. Programs of both versions may
// only store what the previous version can read: see package layout.
//
// The package only has tests, and none of a single version.
package upgrade
