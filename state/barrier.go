package state

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Durability says how safe an outbox entry must be in Redis before it is
// published. Stronger ones close the window in which a change is published that
// Redis then forgets; the state converges either way.
type Durability struct {
	Kind     DurabilityKind
	Replicas int           // that must have it, for WaitAOFReplicas and Wait
	Timeout  time.Duration // of one wait
}

// DurabilityKind names a barrier.
type DurabilityKind string

// The barriers, weakest first.
const (
	DurabilityNone     DurabilityKind = "none"             // what appendfsync gives
	DurabilityWait     DurabilityKind = "wait"             // WAIT: replicas have it in memory
	DurabilityLocal    DurabilityKind = "waitaof-local"    // WAITAOF 1 0: the server's file is synced
	DurabilityReplicas DurabilityKind = "waitaof-replicas" // WAITAOF 1 n: replicas' files too
)

// Barrier waits until everything that the shards' servers held before the call
// is as durable as asked. It writes a key of its own and waits on that same
// connection: WAIT and WAITAOF speak of their own connection's writes only, and
// a server makes writes durable in order.
func (s *Store) Barrier(ctx context.Context, shards []int, want Durability) error {
	if want.Kind == DurabilityNone || want.Kind == "" {
		return nil
	}
	seen := map[*redis.Client]bool{}
	for _, shard := range shards {
		key := s.shards[shard].keys.barrier
		node, err := s.node(ctx, key)
		if err != nil {
			return err
		}
		if seen[node] {
			continue
		}
		seen[node] = true
		if err := waitOn(ctx, node, key, want); err != nil {
			return fmt.Errorf("wait for durability %s: %w", want.Kind, err)
		}
	}
	return nil
}

func waitOn(ctx context.Context, node *redis.Client, key string, want Durability) error {
	conn := node.Conn()
	defer func() { _ = conn.Close() }()
	if err := conn.Set(ctx, key, time.Now().UnixMilli(), 0).Err(); err != nil {
		return err
	}
	if want.Kind == DurabilityWait {
		replicas, err := conn.Wait(ctx, want.Replicas, want.Timeout).Result()
		if err == nil && replicas < int64(want.Replicas) {
			err = fmt.Errorf("%d of %d replicas have it after %s", replicas, want.Replicas, want.Timeout)
		}
		return err
	}
	replicas := 0
	if want.Kind == DurabilityReplicas {
		replicas = want.Replicas
	}
	synced, err := conn.WaitAOF(ctx, 1, replicas, want.Timeout).Result()
	switch {
	case err != nil:
		return fmt.Errorf("WAITAOF (Redis 7.2 or Valkey is needed, with appendonly yes): %w", err)
	case len(synced) != 2 || synced[0] < 1 || synced[1] < int64(replicas):
		return fmt.Errorf("synced locally and on replicas: %v after %s, want 1 and %d", synced, want.Timeout, replicas)
	}
	return nil
}
