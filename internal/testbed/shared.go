package testbed

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// lent are the servers that a test binary starts once, because a broker takes
// seconds to come up, and lends to its tests one after the other or together.
var lent struct {
	mu       sync.Mutex
	hasMain  bool // Main runs the tests, and will end what is here
	kafka    *Kafka
	redis    *Redis
	cluster  *RedisCluster
	dirs     []string
	failures map[string]error // what could not be started, so that it is tried once
}

// Main is the TestMain of a package that uses the shared pairs:
//
//	func TestMain(m *testing.M) { testbed.Main(m) }
//
// It ends the shared servers and removes their data when the tests are done.
func Main(m *testing.M) {
	lent.mu.Lock()
	lent.hasMain = true
	lent.mu.Unlock()
	code := m.Run()
	endShared()
	os.Exit(code)
}

var uniqueCount atomic.Int64

// Unique is a name for this test alone within its test binary, good as a
// namespace, a topic, a group id or a Redis key prefix.
func Unique(t testing.TB) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return '-'
		}
	}, t.Name())
	if len(name) > 40 {
		name = name[:40]
	}
	return fmt.Sprintf("t%d-%s", uniqueCount.Add(1), name)
}

// sharedPair lends a pair of real servers, starting what is not running.
func sharedPair(t testing.TB, name string) *Pair {
	t.Helper()
	skipShort(t)
	lent.mu.Lock()
	defer lent.mu.Unlock()
	if !lent.hasMain {
		t.Fatal("use a shared pair: its package needs func TestMain(m *testing.M) { testbed.Main(m) }")
	}
	err := lent.failures[name]
	if err == nil {
		err = startShared(name)
	}
	if err != nil {
		if lent.failures == nil {
			lent.failures = make(map[string]error)
		}
		lent.failures[name] = err
		need(t, err)
	}
	return lendPair(name)
}

// startShared makes the servers of a pair run and answer.
func startShared(name string) error {
	if err := startSharedKafka(); err != nil {
		return err
	}
	if name == clusterName {
		return startSharedCluster()
	}
	return startSharedRedis()
}

func startSharedKafka() error {
	if lent.kafka == nil {
		dir, err := sharedDir("kafka")
		if err != nil {
			return err
		}
		if lent.kafka, err = newKafka(dir, KafkaOptions{}); err != nil {
			return err
		}
	}
	return startAll(lent.kafka.Nodes)
}

func startSharedRedis() error {
	if lent.redis == nil {
		if _, err := lookProgram("redis-server", "redis"); err != nil {
			return err
		}
		dir, err := sharedDir("redis")
		if err != nil {
			return err
		}
		if lent.redis, err = newRedis("redis-server", dir, nil); err != nil {
			return err
		}
	}
	return lent.redis.start()
}

func startSharedCluster() error {
	if lent.cluster != nil {
		return startAll(lent.cluster.servers())
	}
	dir, err := sharedDir("rediscluster")
	if err != nil {
		return err
	}
	if lent.cluster, err = newRedisCluster(dir, RedisGuard{}, nil); err != nil {
		return err
	}
	return lent.cluster.create()
}

func lendPair(name string) *Pair {
	kafka := lent.kafka
	p := &Pair{Name: name, Brokers: kafka.Addrs(), Kafka: kafka}
	p.kafkaDown, p.kafkaUp = kafka.Kill, func() error { return startAll(kafka.Nodes) }
	if name == clusterName {
		cluster := lent.cluster
		p.Cluster, p.RedisAddrs, p.Redis = true, cluster.Addrs(), cluster.Nodes
		p.redisDown, p.redisUp = cluster.Kill, func() error { return startAll(cluster.servers()) }
		return p
	}
	store := lent.redis
	p.RedisAddrs, p.Redis = []string{store.Addr}, []*Redis{store}
	p.redisDown, p.redisUp = store.Kill, store.start
	return p
}

// sharedDir is a directory that endShared removes.
func sharedDir(name string) (string, error) {
	dir, err := os.MkdirTemp("", "clvstream-"+name+"-")
	if err != nil {
		return "", fmt.Errorf("start shared %s: %w", name, err)
	}
	lent.dirs = append(lent.dirs, dir)
	return dir, nil
}

func endShared() {
	lent.mu.Lock()
	defer lent.mu.Unlock()
	if lent.kafka != nil {
		for _, node := range lent.kafka.Nodes {
			node.end()
		}
	}
	if lent.redis != nil {
		lent.redis.end()
	}
	if lent.cluster != nil {
		for _, node := range lent.cluster.Nodes {
			node.end()
		}
	}
	for _, dir := range lent.dirs {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintf(os.Stderr, "remove the data of shared servers: %v\n", err)
		}
	}
}
