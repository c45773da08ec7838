package state

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
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
		err = s.barriers.check(ctx, node, want.holds)
		if err == nil {
			err = waitOn(ctx, node, key, want)
		}
		if err != nil {
			return fmt.Errorf("wait for durability %s: %w", want.Kind, err)
		}
	}
	return nil
}

// CheckBarrier says, at a start, on which server the barrier does not hold and what has to
// be set there. In a cluster it asks replicas as well: each may be a master next.
func (s *Store) CheckBarrier(ctx context.Context, want Durability) error {
	check := func(ctx context.Context, node *redis.Client) error { return CheckBarrierOn(ctx, node, want) }
	switch c := s.client.(type) {
	case *redis.Client:
		return check(ctx, c)
	case *redis.ClusterClient:
		return errors.Join(c.ForEachMaster(ctx, check), c.ForEachSlave(ctx, check))
	}
	return nil
}

// CheckBarrierOn is CheckBarrier of one server.
func CheckBarrierOn(ctx context.Context, node *redis.Client, want Durability) error {
	if want.Kind == DurabilityNone || want.Kind == "" {
		return nil
	}
	return (&servers{}).check(ctx, node, want.holds)
}

// Versions of Redis: the first that knows WAITAOF, and the first that is known to answer
// it after the sync under appendfsync everysec. Valkey answers before it.
const (
	waitsFromMajor, waitsFromMinor = 7, 2
	syncsFromMajor                 = 8
)

// holds answers nil if the server answers the barrier's command after what it stands for.
// Replicas answer for their own files.
func (d Durability) holds(ctx context.Context, node *redis.Client, info map[string]string) error {
	if d.Kind == DurabilityReplicas {
		if err := d.holdOnReplicas(ctx, node, info); err != nil {
			return err
		}
	}
	return d.holdsHere(ctx, node, info)
}

// holdOnReplicas asks the replicas that a master names. One that does not answer, as its
// address may be known to the master alone, is passed over.
func (d Durability) holdOnReplicas(ctx context.Context, master *redis.Client, info map[string]string) error {
	for i := 0; ; i++ {
		replica, known := info["slave"+strconv.Itoa(i)]
		if !known {
			return nil
		}
		said := map[string]string{}
		for field := range strings.SplitSeq(replica, ",") {
			name, value, _ := strings.Cut(field, "=")
			said[name] = value
		}
		options := *master.Options()
		options.Addr, options.Dialer = net.JoinHostPort(said["ip"], said["port"]), nil
		if err := d.holdsOnReplica(ctx, &options); err != nil {
			return err
		}
	}
}

func (d Durability) holdsOnReplica(ctx context.Context, options *redis.Options) error {
	ctx, cancel := context.WithTimeout(ctx, replicaTimeout)
	defer cancel()
	replica := redis.NewClient(options)
	defer replica.Close()
	err := (&servers{}).check(ctx, replica, d.holdsHere)
	if err != nil && !errors.Is(err, ErrNoBarrier) {
		slog.WarnContext(ctx, "this replica could not be asked for appendfsync: the barrier may pass before it has synced", "replica", options.Addr, "error", err)
		return nil
	}
	return err
}

// holdsHere is holds of the server alone.
func (d Durability) holdsHere(ctx context.Context, node *redis.Client, info map[string]string) error {
	redisVersion, valkey := info["redis_version"], info["valkey_version"]
	if d.Kind == DurabilityWait || valkey == "" && !atLeast(redisVersion, waitsFromMajor, waitsFromMinor) || info["aof_enabled"] != "1" {
		return nil // or the command itself will say what is missing
	}
	found, err := node.ConfigGet(ctx, appendSync).Result()
	if unlessRefused(err) != nil {
		return fmt.Errorf("ask %s for appendfsync: %w", node.Options().Addr, err)
	}
	const instead = "set appendfsync always there, or publisher.barrier to none or wait"
	switch sync := found[appendSync]; {
	case sync == "always", sync == "everysec" && valkey == "" && atLeast(redisVersion, syncsFromMajor, 0):
		return nil
	case sync == "everysec":
		return fmt.Errorf("%w: on %s appendfsync is everysec, under which this server may answer WAITAOF before it has synced anything: %s", ErrNoBarrier, node.Options().Addr, instead)
	case sync == "no":
		return fmt.Errorf("%w: on %s appendfsync is no, under which WAITAOF is not answered before the next rewrite of the file: %s", ErrNoBarrier, node.Options().Addr, instead)
	default:
		return fmt.Errorf("%w: %s does not tell appendfsync: let the Redis user call CONFIG GET, or set publisher.barrier to none or wait", ErrNoBarrier, node.Options().Addr)
	}
}

// ErrNoBarrier says that a server would not make durable what the barrier waits for.
var ErrNoBarrier = errors.New("the durability barrier does not hold")

// atLeast compares a version; one that cannot be read is of before.
func atLeast(version string, major, minor int) bool {
	var m, n int
	if _, err := fmt.Sscanf(version, "%d.%d", &m, &n); err != nil {
		return false
	}
	return m > major || m == major && n >= minor
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
