package testbed

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// SentinelMaster is the name under which the sentinels know the master.
const SentinelMaster = "main"

const (
	sentinelCount = 3 // the fewest of which one may be missing
	// masterDownAfter is short for the sake of tests, and long enough that a busy
	// machine is not taken for a dead master.
	masterDownAfter = time.Second
	failoverTimeout = 4 * time.Second // within which a failed election is held again
)

// hurry makes sentinels find each other, and a former master, in a second instead
// of ten, and forgive a busy machine what looks like a clock that jumped.
var hurry = []any{"SENTINEL", "DEBUG", "publish-period", 200, "info-period", 500, "tilt-trigger", 20_000}

// RedisSentinel is a master, a replica of it, and three sentinels that make the
// replica the master when the master is gone.
type RedisSentinel struct {
	Nodes     []*Redis // the first is the master at the start
	Sentinels []*Redis // they answer what sentinels answer
}

// StartRedisSentinel starts a deployment for this test, and returns when all
// know each other. The guard is on the servers and on the sentinels.
func StartRedisSentinel(t testing.TB, guard RedisGuard) *RedisSentinel {
	t.Helper()
	master := StartGuardedRedis(t, guard)
	s := &RedisSentinel{Nodes: []*Redis{master, master.StartReplica(t)}}
	for _, node := range s.Nodes {
		node.ready = node.pings // their roles change
	}
	for range sentinelCount {
		sentinel, err := newSentinel(t.TempDir(), master)
		need(t, err)
		sentinel.endWith(t)
		s.Sentinels = append(s.Sentinels, sentinel)
	}
	if err := startAll(servers(s.Sentinels)); err != nil {
		t.Fatal(err)
	}
	return s
}

// Addrs are the sentinels' addresses.
func (s *RedisSentinel) Addrs() []string {
	addrs := make([]string, len(s.Sentinels))
	for i, sentinel := range s.Sentinels {
		addrs[i] = sentinel.Addr
	}
	return addrs
}

// AwaitFailover returns the new master when every sentinel that runs names it
// and it takes writes.
func (s *RedisSentinel) AwaitFailover(t testing.TB, from *Redis) *Redis {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	for {
		for _, node := range s.Nodes {
			if node != from && s.agree(ctx, node) && node.isMaster(ctx) {
				return node
			}
		}
		if ctx.Err() != nil {
			t.Fatalf("await failover from %s: it did not happen within %v", from.Addr, readyTimeout)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// AwaitReplica returns when the sentinels have made a former master a replica and
// it has caught up.
func (s *RedisSentinel) AwaitReplica(t testing.TB, node *Redis) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	for node.linkedToPrimary(ctx) != nil {
		if ctx.Err() != nil {
			t.Fatalf("await replica %s: it has not become one within %v", node.Addr, readyTimeout)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// agree says whether the sentinels that run name node as the master.
func (s *RedisSentinel) agree(ctx context.Context, node *Redis) bool {
	return !slices.ContainsFunc(s.Sentinels, func(sentinel *Redis) bool {
		return sentinel.Running() && sentinel.masterBySentinel(ctx) != node.Addr
	})
}

// masterBySentinel is the master's address by what a sentinel says, if it does.
func (r *Redis) masterBySentinel(ctx context.Context) string {
	client := redis.NewSentinelClient(r.clientOptions())
	defer func() { _ = client.Close() }() // only asked
	addr, _ := client.GetMasterAddrByName(ctx, SentinelMaster).Result()
	return strings.Join(addr, ":")
}

func (r *Redis) isMaster(ctx context.Context) bool {
	client := r.client()
	defer client.Close()
	role, err := client.Do(ctx, "ROLE").Slice()
	return err == nil && len(role) > 0 && role[0] == "master"
}

// newSentinel prepares a sentinel that watches a master, without starting it.
func newSentinel(dir string, master *Redis) (*Redis, error) {
	at, err := reservePort()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "sentinel.conf") // which it writes to as well
	text, err := sentinelConfig(dir, at, master)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("prepare sentinel: %w", err)
	}
	r := &Redis{program: master.program, guard: master.guard, tls: master.tls, Server: &Server{
		Addr: at.addr(), Dir: dir, name: "sentinel", argv: []string{master.program, config, "--sentinel"}, ports: []*port{at},
	}}
	r.ready = r.seesSentinels
	return r, nil
}

func sentinelConfig(dir string, at *port, master *Redis) (string, error) {
	var b strings.Builder
	say := func(words ...string) { fmt.Fprintln(&b, strings.Join(words, " ")) }
	say("bind 127.0.0.1")
	say("port", strconv.Itoa(at.number))
	say("dir", dir)
	settings, err := master.guard.tlsSettings(at)
	if err != nil {
		return "", err
	}
	for _, setting := range settings {
		say(setting[:]...)
	}
	say("sentinel monitor", SentinelMaster, "127.0.0.1", strconv.Itoa(master.ports[0].number), strconv.Itoa(sentinelCount/2+1))
	say("sentinel down-after-milliseconds", SentinelMaster, strconv.FormatInt(masterDownAfter.Milliseconds(), 10))
	say("sentinel failover-timeout", SentinelMaster, strconv.FormatInt(failoverTimeout.Milliseconds(), 10))
	if password := master.guard.Password; password != "" {
		say("requirepass", password)
		say("sentinel auth-pass", SentinelMaster, password)
	}
	return b.String(), nil
}

// seesSentinels asks a sentinel whether it knows the replica and all the others.
func (r *Redis) seesSentinels(ctx context.Context) error {
	client := redis.NewSentinelClient(r.clientOptions())
	defer func() { _ = client.Close() }() // only asked
	if err := client.Process(ctx, redis.NewCmd(ctx, hurry...)); err != nil {
		return err
	}
	known, err := client.Master(ctx, SentinelMaster).Result()
	if err != nil {
		return err
	}
	if known["flags"] != "master" || known["num-slaves"] != "1" || known["num-other-sentinels"] != strconv.Itoa(sentinelCount-1) {
		return fmt.Errorf("ask sentinel: master is %q, %s replicas and %s other sentinels are known",
			known["flags"], known["num-slaves"], known["num-other-sentinels"])
	}
	return nil
}

func servers(nodes []*Redis) []*Server {
	servers := make([]*Server, len(nodes))
	for i, node := range nodes {
		servers[i] = node.Server
	}
	return servers
}
