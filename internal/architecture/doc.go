// Package architecture only has tests. They check the design's rules about which
// package may import which:
//
//	cmd ──► internal ──► stream ──► state ──► clv
//
// A package imports its own layer or one to the right, never one to the left. state
// does not import a Kafka client, stream no Redis client, and no program the test
// servers. clv is pure: no clock, context, log, goroutine, JSON tag or I/O. The views of
// a customer and of the base use no store, clock or flag. Tests may import any layer.
package architecture
