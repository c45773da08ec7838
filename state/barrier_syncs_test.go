package state

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/testbed"
)

// Each barrier that passes has had the file synced. Under appendfsync everysec Valkey
// answers before: there the barrier is refused, and so is no.
func TestABarrierThatPassesHasSynced(t *testing.T) {
	const barriers = 12
	want := Durability{Kind: DurabilityLocal, Timeout: patience}
	server := testbed.StartValkey(t, "--appendfsync", "always")
	w := newWorld(t, server.Client(t))
	store := w.open()
	if err := store.CheckBarrier(soon(t), want); err != nil {
		t.Error(err)
	}
	syncs := server.CountSyncs(t, func() {
		for range barriers {
			if err := store.Barrier(soon(t), []int{0}, want); err != nil {
				t.Error(err)
			}
		}
	})
	if syncs < barriers {
		t.Errorf("%d barriers passed with %d syncs", barriers, syncs)
	}
	for _, setting := range []string{"everysec", "no"} {
		server := testbed.StartValkey(t, "--appendfsync", setting)
		w := newWorld(t, server.Client(t))
		for _, kind := range []DurabilityKind{DurabilityLocal, DurabilityReplicas} {
			want := Durability{Kind: kind, Replicas: 1, Timeout: patience}
			for what, err := range map[string]error{"start": w.open().CheckBarrier(soon(t), want), "barrier": w.open().Barrier(soon(t), []int{0}, want)} {
				if !errors.Is(err, ErrNoBarrier) || !strings.Contains(err.Error(), "set appendfsync always") || !strings.Contains(err.Error(), server.Addr) {
					t.Errorf("%s, %s under %s: got %v", what, kind, setting, err)
				}
			}
		}
		for _, kind := range []DurabilityKind{"", DurabilityNone, DurabilityWait} {
			if err := w.open().CheckBarrier(soon(t), Durability{Kind: kind, Replicas: 1, Timeout: patience}); err != nil {
				t.Errorf("%s under %s: %v", kind, setting, err)
			}
		}
	}
}

// Why it is refused: this is what Valkey does. Should it wait one day, this test says so.
func TestValkeyAnswersBeforeItHasSynced(t *testing.T) {
	const barriers = 12
	server := testbed.StartValkey(t, "--appendfsync", "everysec")
	client := server.Client(t)
	began := time.Now()
	syncs := server.CountSyncs(t, func() {
		began = time.Now()
		for range barriers {
			if err := waitOn(soon(t), client, "k", Durability{Kind: DurabilityLocal, Timeout: patience}); err != nil {
				t.Error(err)
			}
		}
	})
	if took := time.Since(began); syncs >= barriers || took > barriers/2*time.Second {
		t.Errorf("%d barriers took %s and had %d syncs: Valkey waits now, allow it", barriers, took, syncs)
	}
}

// A replica answers for its own file.
func TestReplicasAnswerForTheirFiles(t *testing.T) {
	primary := testbed.StartValkey(t, "--appendfsync", "always")
	replica := primary.StartReplica(t, "--appendfsync", "everysec")
	store := newWorld(t, primary.Client(t)).open()
	want := Durability{Kind: DurabilityReplicas, Replicas: 1, Timeout: patience}
	if err := store.CheckBarrier(soon(t), want); !errors.Is(err, ErrNoBarrier) || !strings.Contains(err.Error(), replica.Addr) {
		t.Errorf("got %v, want that %s is named", err, replica.Addr)
	}
	want.Kind = DurabilityLocal
	if err := store.CheckBarrier(soon(t), want); err != nil {
		t.Errorf("locally: %v", err)
	}
}

func TestWhereTheBarrierHolds(t *testing.T) {
	server := testbed.StartRedis(t) // appendfsync everysec
	for name, c := range map[string]struct {
		info map[string]string
		want bool
	}{
		"Redis that waits":       {map[string]string{"redis_version": "8.0.6"}, true},
		"Redis of times to come": {map[string]string{"redis_version": "10.2.0"}, true},
		"Redis nobody measured":  {map[string]string{"redis_version": "7.4.1"}, false},
		"Redis without WAITAOF":  {map[string]string{"redis_version": "7.0.15"}, true}, // which it says itself
		"Valkey":                 {map[string]string{"redis_version": "7.2.4", "valkey_version": "9.1.2"}, false},
		"something else":         {map[string]string{}, true},
	} {
		c.info["aof_enabled"] = "1"
		err := Durability{Kind: DurabilityLocal}.holds(soon(t), server.Client(t), c.info)
		if (err == nil) != c.want {
			t.Errorf("%s: got %v", name, err)
		}
	}
	client, _ := limited(t, testbed.StartValkey(t, "--appendfsync", "always"), "-config")
	if err := CheckBarrierOn(soon(t), client, Durability{Kind: DurabilityLocal}); !errors.Is(err, ErrNoBarrier) || !strings.Contains(err.Error(), "CONFIG GET") {
		t.Errorf("a server that hides its settings: got %v", err)
	}
}
