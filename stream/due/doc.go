// Package due fires due times: the instants at which customers' values matter again
// although nothing happened.
//
//	inputs' event times ─► stream time ─┐
//	                                    ├─► Lane ─► state.Firer, a transaction a shard ─► outbox
//	shards' due indexes ─► earliest ────┘   (earliest shard first, within a window
//	                                         that all shards catch up on together)
//
//	another model in force ─► Lane.Revalue ─► state.Rollout ─► due indexes
//
// A publisher has one Firing, which its lanes share: the rate, and the signal that one
// of them has fired. Which publisher fires a shard does not matter to what is fired,
// so a lane needs no fence for it: of two that meet at a shard, one finds its work
// done. Each customer is valued as of the due time and not as of now; the clock only
// bounds how far due times may fire.
//
// A lane fires nothing until it is known what it has published: a Redis that was
// restored from an older copy would fire again what is published already.
package due
