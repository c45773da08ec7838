// Package due fires due times: the instants at which time alone changes a customer's
// stage, tier or announced value.
//
//	inputs' event times ─► stream time ─┐
//	                                    ├─► Lane ─► state.Firer, one transaction per shard ─► outbox
//	shards' due indexes ─► earliest ────┘   (earliest shard first, within a window
//	                                         that all shards catch up on together)
//
//	another model in force ─► Lane.Revalue ─► state.Rollout ─► due indexes
//
// A publisher has one Firing, which its lanes share: the rate limit, and the signal that
// one of them has fired. The result does not depend on which publisher fires a shard, so
// firing needs no fence: if two lanes fire the same shard, one finds nothing due. Each
// customer is valued as of the due time, not as of now; the clock only limits up to when
// due times may fire.
//
// A lane fires nothing until its published progress is known. Otherwise a Redis that was
// restored from an older copy would fire due times whose changes are already published.
package due
