package testbed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
)

const (
	clusterSlots   = 16384 // the number of hash slots of a Redis Cluster
	clusterMasters = 3     // the fewest that make a cluster that votes
)

// RedisCluster is a Redis Cluster of three masters without replicas: a node
// that is down takes its slots with it until it is back.
type RedisCluster struct {
	Nodes []*Redis // in slot order; each can be killed, paused, restarted
}

// StartRedisCluster starts a cluster for this test; every slot is covered when
// it returns. Arguments are added to each node's command line.
func StartRedisCluster(t testing.TB, args ...string) *RedisCluster {
	t.Helper()
	return StartGuardedRedisCluster(t, RedisGuard{}, args...)
}

// StartGuardedRedisCluster is StartRedisCluster with a guard on each node.
func StartGuardedRedisCluster(t testing.TB, guard RedisGuard, args ...string) *RedisCluster {
	t.Helper()
	skipShort(t)
	c, err := newRedisCluster(t.TempDir(), guard, args)
	need(t, err)
	for _, node := range c.Nodes {
		node.endWith(t)
	}
	need(t, knowsTLS(c.create()))
	return c
}

// StartReplica adds a replica of one of the masters and returns when it has caught
// up and every master knows it.
func (c *RedisCluster) StartReplica(t testing.TB, master *Redis, args ...string) *Redis {
	t.Helper()
	replica, err := newClusterNode(t.TempDir(), master.guard, args)
	need(t, err)
	replica.endWith(t)
	replica.Start(t)
	if err := replica.Client(t).Do(t.Context(), "CLUSTER", "MEET", "127.0.0.1", master.ports[0].number, master.ports[1].number).Err(); err != nil {
		t.Fatalf("start replica: %v", err)
	}
	replica.ready = func(ctx context.Context) error { return replica.follow(ctx, master) }
	need(t, replica.awaitReady())
	replica.ready = func(ctx context.Context) error {
		return errors.Join(replica.linkedToPrimary(ctx), c.knowsReplica(ctx, replica))
	}
	need(t, replica.awaitReady())
	return replica
}

// Addrs are the nodes' addresses.
func (c *RedisCluster) Addrs() []string {
	addrs := make([]string, len(c.Nodes))
	for i, node := range c.Nodes {
		addrs[i] = node.Addr
	}
	return addrs
}

// Start starts the nodes that are not running and returns when each sees the
// whole cluster. Starting a single node waits for that too: where several are
// down, start them here.
func (c *RedisCluster) Start(t testing.TB) {
	t.Helper()
	if err := startAll(c.servers()); err != nil {
		t.Fatal(err)
	}
}

// Kill ends every node at once.
func (c *RedisCluster) Kill() {
	for _, node := range c.Nodes {
		node.Kill()
	}
}

func (c *RedisCluster) servers() []*Server { return servers(c.Nodes) }

// Client is a cluster client, closed with the test.
func (c *RedisCluster) Client(t testing.TB) *redis.ClusterClient {
	client := c.client(c.Addrs()...)
	t.Cleanup(func() { client.Close() })
	return client
}

func (c *RedisCluster) client(addrs ...string) *redis.ClusterClient {
	first := c.Nodes[0]
	return redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: addrs, Password: first.guard.Password, TLSConfig: first.tls, ContextTimeoutEnabled: true,
	})
}

// Node is the master that holds the slot of key.
func (c *RedisCluster) Node(t testing.TB, key string) *Redis {
	t.Helper()
	slot, err := c.Client(t).ClusterKeySlot(context.Background(), key).Result()
	if err != nil {
		t.Fatalf("find node of %q: %v", key, err)
	}
	for i, node := range c.Nodes {
		if _, last := slotRange(i); slot <= int64(last) {
			return node
		}
	}
	t.Fatalf("find node of %q: slot %d is beyond the last", key, slot)
	return nil
}

func newRedisCluster(dir string, guard RedisGuard, args []string) (*RedisCluster, error) {
	if _, err := lookProgram("redis-server", "redis"); err != nil {
		return nil, err
	}
	c := &RedisCluster{}
	for i := range clusterMasters {
		node, err := newClusterNode(filepath.Join(dir, strconv.Itoa(i)), guard, args)
		if err != nil {
			return nil, err
		}
		c.Nodes = append(c.Nodes, node)
	}
	return c, nil
}

func newClusterNode(dir string, guard RedisGuard, args []string) (*Redis, error) {
	bus, err := reservePort()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("prepare cluster node: %w", err)
	}
	node, err := newRedis("redis-server", dir, append([]string{
		"--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus.number), "--cluster-node-timeout", "2000",
		"--repl-ping-replica-period", "1", // a replica is not listed until it has heard something
	}, args...))
	if err != nil {
		return nil, err
	}
	node.ports = append(node.ports, bus)
	return node, node.guardWith(guard)
}

// create starts the nodes, shares the slots out among them and introduces them
// to each other. From then on a node is ready when it sees the whole cluster.
func (c *RedisCluster) create() error {
	if err := startAll(c.servers()); err != nil {
		return err
	}
	for i, node := range c.Nodes {
		if err := node.join(i, c.Nodes[0]); err != nil {
			return fmt.Errorf("create Redis Cluster: node %d: %w", i, err)
		}
	}
	for _, node := range c.Nodes {
		node.ready = node.seesCluster
		if err := node.awaitReady(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Redis) join(i int, seed *Redis) error {
	client := r.client()
	defer client.Close()
	ctx := context.Background()
	first, last := slotRange(i)
	seedPort, seedBus := seed.ports[0].number, seed.ports[1].number
	return errors.Join(
		client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(), // distinct, or the nodes have to settle a collision first
		client.ClusterAddSlotsRange(ctx, first, last).Err(),
		client.Do(ctx, "CLUSTER", "MEET", "127.0.0.1", seedPort, seedBus).Err(), // the seed meets itself, which changes nothing
	)
}

func (c *RedisCluster) knowsReplica(ctx context.Context, replica *Redis) error {
	for _, node := range c.Nodes {
		var known atomic.Bool
		client := c.client(node.Addr)
		err := client.ForEachSlave(ctx, func(_ context.Context, found *redis.Client) error {
			if found.Options().Addr == replica.Addr {
				known.Store(true)
			}
			return nil
		})
		client.Close()
		if err != nil || !known.Load() {
			return errors.Join(err, fmt.Errorf("look for replica: %s does not know %s yet", node.Addr, replica.Addr))
		}
	}
	return nil
}

// follow makes a node a replica, as soon as it knows of the master.
func (r *Redis) follow(ctx context.Context, master *Redis) error {
	known := master.client()
	defer known.Close()
	id, err := known.ClusterMyID(ctx).Result()
	if err != nil {
		return err
	}
	client := r.client()
	defer client.Close()
	return client.ClusterReplicate(ctx, id).Err()
}

func slotRange(i int) (first, last int) {
	return i * clusterSlots / clusterMasters, (i+1)*clusterSlots/clusterMasters - 1
}

func (r *Redis) seesCluster(ctx context.Context) error {
	client := r.client()
	defer client.Close()
	info, err := client.ClusterInfo(ctx).Result()
	if err != nil {
		return err
	}
	if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_size:"+strconv.Itoa(clusterMasters)) {
		return fmt.Errorf("read cluster info: the node does not see the whole cluster yet: %s", info)
	}
	return nil
}
