package testbed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
	skipShort(t)
	c, err := newRedisCluster(t.TempDir(), args)
	need(t, err)
	for _, node := range c.Nodes {
		node.endWith(t)
	}
	need(t, c.create())
	return c
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

func (c *RedisCluster) servers() []*Server {
	servers := make([]*Server, len(c.Nodes))
	for i, node := range c.Nodes {
		servers[i] = node.Server
	}
	return servers
}

// Client is a cluster client, closed with the test.
func (c *RedisCluster) Client(t testing.TB) *redis.ClusterClient {
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs(), ContextTimeoutEnabled: true})
	t.Cleanup(func() { client.Close() })
	return client
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

func newRedisCluster(dir string, args []string) (*RedisCluster, error) {
	if _, err := lookProgram("redis-server", "redis"); err != nil {
		return nil, err
	}
	c := &RedisCluster{}
	for i := range clusterMasters {
		bus, err := reservePort()
		if err != nil {
			return nil, err
		}
		node, err := newClusterNode(filepath.Join(dir, strconv.Itoa(i)), bus, args)
		if err != nil {
			return nil, err
		}
		c.Nodes = append(c.Nodes, node)
	}
	return c, nil
}

func newClusterNode(dir string, bus *port, args []string) (*Redis, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("prepare cluster node: %w", err)
	}
	node, err := newRedis("redis-server", dir, append([]string{
		"--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus.number), "--cluster-node-timeout", "2000",
	}, args...))
	if err != nil {
		return nil, err
	}
	node.ports = append(node.ports, bus)
	return node, nil
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
