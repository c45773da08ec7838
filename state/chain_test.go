package state

import (
	"errors"
	"fmt"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
)

// inOtherShards are orders of customers of so many shards, one each.
func (w *world) inOtherShards(shards int) (orders []history.Event) {
	met := map[int]bool{}
	for i := 0; len(orders) < shards; i++ {
		customer := fmt.Sprintf("c%d", i)
		if shard := Shard(customer, w.shards); !met[shard] {
			met[shard] = true
			orders = append(orders, orderOf(customer, 0))
		}
	}
	return orders
}

// What no retry heals in one shard ends the wait for what may pass in another, which is
// committed by another chain.
func TestDamageOfOneShardEndsTheWaitForAnother(t *testing.T) {
	w := embeddedWorld(t)
	w.outboxCap = 1
	s := w.open()
	claim := w.claim(s, 0)
	orders := w.inOtherShards(2)
	w.commit(claim, w.batch(0, orders[0])) // the outbox is full now
	damaged := s.shards[Shard(orders[1].CustomerID, w.shards)]
	if err := w.client.HSet(soon(t), damaged.keys.src, markField(claim.source), "no mark").Err(); err != nil {
		t.Fatal(err)
	}
	next := orderOf(orders[0].CustomerID, 1)
	if _, err := claim.Commit(soon(t), w.batch(1, next, orders[1])); !errors.Is(err, layout.ErrDamaged) {
		t.Errorf("got %v, want %v", err, layout.ErrDamaged)
	}
	if !s.beside.TryAcquire(chainsBeside) {
		t.Error("chains that have ended are counted still")
	}
}

// However many claims commit at once, each has a chain, and together they have a bounded
// number more.
func TestChainsAreBounded(t *testing.T) {
	w := embeddedWorld(t)
	s := w.open()
	var chains int
	const claims = 2 * chainsBeside
	for partition := range int32(claims) {
		chains += len(w.claim(s, partition).begin(&Batch{}, w.shards))
	}
	if chains != claims+chainsBeside {
		t.Errorf("%d claims have %d chains, want %d beside the first of each", claims, chains, chainsBeside)
	}
	claim := w.claim(s, claims)
	if result := w.commit(claim, w.batch(0, w.inOtherShards(w.shards)...)); result.Applied != w.shards {
		t.Errorf("by one chain, %d orders were applied; want %d", result.Applied, w.shards)
	}
}
