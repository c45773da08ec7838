package state

import (
	"strings"
	"testing"
)

// A connection goes back to the pool without a WATCH on it: EXEC has ended it, or
// UNWATCH does. Where EXEC has, the round trip is saved.
func TestConnectionsGoBackUnwatched(t *testing.T) {
	w, r := ownRedis(t)
	lane := w.claim(w.open(), 0)
	b := w.batch(0, orderOf("c0", 0), orderOf("c1", 0), orderOf("c2", 0))
	w.commit(lane, b)
	unwatched := func() bool {
		stats, err := r.Client(t).Info(soon(t), "commandstats").Result()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(stats, "cmdstat_unwatch:")
	}
	if unwatched() {
		t.Error("a commit that went well asked for UNWATCH")
	}
	c := &chain{lane: lane, batch: b, commit: "test"}
	v, err := c.watch(soon(t), lane.store.shards[b.Work[0].Shard])
	if err != nil {
		t.Fatal(err)
	}
	v.shard.mu.Unlock()
	c.release()
	if !unwatched() {
		t.Error("a connection went back with a WATCH on it")
	}
}
