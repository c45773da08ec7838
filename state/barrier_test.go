package state

import (
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/testbed"
)

const patience = 20 * time.Second // of a wait that is to succeed

func TestBarrierOnValkeyWithAReplica(t *testing.T) {
	primary := testbed.StartValkey(t, "--appendfsync", "always")
	replica := primary.StartReplica(t, "--appendfsync", "always")
	w := newWorld(t, primary.Client(t))
	store := w.open()
	w.commit(w.claim(store, 0), w.batch(0, round(0, 20)...))
	for _, want := range []Durability{
		{},
		{Kind: DurabilityNone},
		{Kind: DurabilityLocal, Timeout: patience},
		{Kind: DurabilityWait, Replicas: 1, Timeout: patience},
		{Kind: DurabilityReplicas, Replicas: 1, Timeout: patience},
	} {
		if err := store.Barrier(soon(t), []int{0, 1, 2, 3}, want); err != nil {
			t.Errorf("%+v: %v", want, err)
		}
	}
	// The data is where the barrier says, not on its way there.
	copied := replica.Client(t).HLen(soon(t), store.shards[Shard("c0", testShards)].keys.customers).Val()
	if copied == 0 {
		t.Error("the replica has no customer")
	}

	replica.Pause()
	for _, want := range []Durability{
		{Kind: DurabilityWait, Replicas: 1, Timeout: 50 * time.Millisecond},
		{Kind: DurabilityReplicas, Replicas: 1, Timeout: 50 * time.Millisecond},
		{Kind: DurabilityWait, Replicas: 2, Timeout: 50 * time.Millisecond},
	} {
		if err := store.Barrier(soon(t), []int{0}, want); err == nil || !strings.Contains(err.Error(), string(want.Kind)) {
			t.Errorf("%+v without its replica: got %v", want, err)
		}
	}
	if err := store.Barrier(soon(t), []int{0}, Durability{Kind: DurabilityLocal, Timeout: patience}); err != nil {
		t.Errorf("locally: %v", err)
	}
	replica.Resume()
	if err := store.Barrier(soon(t), []int{0}, Durability{Kind: DurabilityReplicas, Replicas: 1, Timeout: patience}); err != nil {
		t.Errorf("after the replica came back: %v", err)
	}
}

func TestBarrierSaysWhatTheServerLacks(t *testing.T) {
	w, _ := ownRedis(t) // Redis 7.0
	err := w.open().Barrier(soon(t), []int{0}, Durability{Kind: DurabilityLocal, Timeout: time.Second})
	if err == nil || !strings.Contains(err.Error(), "7.2") {
		t.Errorf("got %v, want the version that is needed", err)
	}
	off := testbed.StartValkey(t, "--appendonly", "no")
	err = newWorld(t, off.Client(t)).open().Barrier(soon(t), []int{0}, Durability{Kind: DurabilityLocal, Timeout: time.Second})
	if err == nil || !strings.Contains(err.Error(), "appendonly") {
		t.Errorf("without a file: got %v, want the setting", err)
	}
}

// In a cluster every master that holds one of the shards is waited for, once.
func TestBarrierReachesEveryMaster(t *testing.T) {
	cluster := testbed.StartRedisCluster(t)
	w := newWorld(t, cluster.Client(t))
	w.shards = 64
	store := w.open()
	all := make([]int, w.shards)
	for i := range all {
		all[i] = i
	}
	if err := store.Barrier(soon(t), all, Durability{Kind: DurabilityWait, Timeout: time.Second}); err != nil {
		t.Fatal(err)
	}
	for i, node := range cluster.Nodes {
		if keys := node.Client(t).Keys(soon(t), "*:barrier").Val(); len(keys) != 1 {
			t.Errorf("node %d was written to under %v, want one key", i, keys)
		}
	}
}
