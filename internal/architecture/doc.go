// Package architecture holds, by its tests alone, what the design says about
// who may know whom:
//
//	cmd ──► internal ──► stream ──► state ──► clv
//
// A package imports its own layer or one to the right, never one to the left;
// state does not know Kafka, stream does not know Redis, nothing that ships
// knows the test servers, and clv is pure: no clock, context, log, goroutine,
// JSON tag or I/O. What a customer and the base look like is computed without a
// store, a clock or a flag. Tests are free to reach up.
package architecture
