package state

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/testbed"
)

// rightsOf sets the rights of a user who may do everything otherwise.
func rightsOf(t *testing.T, server *testbed.Redis, rights ...any) {
	t.Helper()
	all := append([]any{"ACL", "SETUSER", "limited", "reset", "on", ">secret", "~*", "&*", "+@all"}, rights...)
	if err := server.Client(t).Do(soon(t), all...).Err(); err != nil {
		t.Fatal(err)
	}
}

// MULTI alone is refused once two processes with two partitions each are at work. After
// it is granted again no order is lost and no version repeated.
func TestMultiIsRefusedToSeveralProcesses(t *testing.T) {
	const customers, perPartition = 30, 12
	server := testbed.StartRedis(t)
	process := func() *redis.Client { client, _ := limited(t, server); return client }
	w := newWorld(t, process())
	w.shards = 2
	var claims []*Claim
	for range 2 {
		store := w.openWith(process())
		for range 2 {
			claims = append(claims, w.claim(store, int32(len(claims))))
		}
	}
	rightsOf(t, server, "-multi")
	done := make(chan error, len(claims))
	for at, claim := range claims {
		go func() {
			for i := range perPartition {
				if _, err := claim.Commit(soon(t), w.batch(int64(i*customers), round(at*perPartition+i, customers)...)); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for _, claim := range claims {
		awaitRetry(t, claim)
	}
	if left := server.Client(t).Keys(soon(t), "*:customers").Val(); len(left) > 0 {
		t.Errorf("without MULTI, %q were written", left)
	}
	rightsOf(t, server)
	for range claims {
		await(t, done)
	}
	w.wantSums(customers, len(claims)*perPartition)
}

// wantSums is wantOrders where orders came over several partitions, in any order.
func (w *world) wantSums(customers, rounds int) {
	w.t.Helper()
	s := w.open()
	for c := range customers {
		stored, err := s.Customer(soon(w.t), fmt.Sprint("c", c))
		if err != nil || stored == nil {
			w.t.Fatal(stored, err)
		}
		if f := stored.History.Facts(&w.valuation.Rules, stored.History.LatestMicros); f.Orders != rounds || stored.Version != uint64(rounds) {
			w.t.Errorf("c%d has %d orders and version %d, want %d", c, f.Orders, stored.Version, rounds)
		}
	}
	w.wantVersions(customers, rounds)
	w.wantStatistics()
	w.wantCounts()
}

// Every writer of a shard waits, and none writes a part: those that fire due times, make
// customers due, and bring models into force as well.
func TestMultiIsRefusedToEveryWriter(t *testing.T) {
	server := testbed.StartRedis(t)
	client, _ := limited(t, server)
	w := newWorld(t, client)
	w.shards = 1
	s := w.open()
	claim := w.claim(s, 0)
	w.commit(claim, w.batch(0, round(0, 40)...))
	w.push(s, "x2")
	w.push(s, "x3")
	w.activate(s, "x2", (day0+1)*microsPerDay, 0, false)
	until := int64(day0+10) * microsPerDay
	firer, rollout := s.NewFirer(w.configured), s.NewRollout([]int{0}, w.configured)
	defer rollout.Close()
	step := func(ctx context.Context) error { _, err := rollout.Step(ctx); return err }
	fire := func(ctx context.Context) error { _, err := firer.Fire(ctx, 0, until, 7, nil); return err }
	activate := func(ctx context.Context) error { _, _, err := s.Activate(ctx, "x3", until, 0, false); return err }
	for _, c := range []struct {
		writer string
		write  func(context.Context) error
	}{{"rollout", step}, {"firing", fire}, {"activation", activate}} {
		for _, right := range []string{"multi", "exec"} {
			rightsOf(t, server, "-"+right)
			before := contents(t, server)
			for range 3 {
				if err := c.write(soon(t)); err == nil || Judge(err) != Passes || !strings.Contains(err.Error(), "'"+right+"'") {
					t.Errorf("%s without %s: got %v", c.writer, right, err)
				}
			}
			if !maps.Equal(before, contents(t, server)) {
				t.Errorf("%s without %s wrote something", c.writer, right)
			}
			rightsOf(t, server)
		}
		if err := c.write(soon(t)); err != nil {
			t.Errorf("%s: %v", c.writer, err)
		}
	}
	w.rollOut(s)
	w.fire(firer, until)
	w.wantStatistics()
	w.wantCounts()
}

// A replica lacks MULTI, and a failover makes it the master.
func TestMultiIsRefusedByThePromotedReplica(t *testing.T) {
	const customers, rounds = 12, 60
	s := testbed.StartRedisSentinel(t, testbed.RedisGuard{})
	master, replica := s.Nodes[0], s.Nodes[1]
	rightsOf(t, master)
	rightsOf(t, replica, "-multi")
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: testbed.SentinelMaster, SentinelAddrs: s.Addrs(), Username: "limited", Password: "secret",
		MaxRetries: -1, ContextTimeoutEnabled: true, DialTimeout: time.Second,
	})
	t.Cleanup(func() { client.Close() })
	w := newWorld(t, client)
	w.shards = manyShards
	claim := w.claim(w.open(), 0)
	if _, err := CheckReplica(soon(t), redis.NewClient(&redis.Options{Addr: replica.Addr, Username: "limited", Password: "secret"})); err == nil || !strings.Contains(err.Error(), "MULTI is refused") {
		t.Errorf("the replica's check answers %v", err)
	}
	w.commit(claim, w.batch(0, round(0, customers)...))
	if err := master.Client(t).Wait(soon(t), 1, testbed.Patience).Err(); err != nil {
		t.Fatal(err)
	}
	done := w.commitAll(claim, customers, rounds)
	awaitTip(t, master, w)
	master.Kill()
	promoted := s.AwaitFailover(t, master)
	before := contents(t, promoted)
	time.Sleep(300 * time.Millisecond) // some tries
	if !maps.Equal(before, contents(t, promoted)) {
		t.Error("something was written without MULTI")
	}
	rightsOf(t, promoted)
	await(t, done)
	w.wantOrders(customers, rounds)
	w.wantCounts()
}

// A user who may touch the keys of one namespace alone passes.
func TestRequirementsOfAUserOfOneNamespace(t *testing.T) {
	for _, start := range []func(testing.TB, ...string) *testbed.Redis{testbed.StartRedis, testbed.StartValkey} {
		client, _ := limited(t, start(t), "resetkeys", "~clv:*")
		if _, err := CheckReplica(soon(t), client); err != nil {
			t.Error(err)
		}
	}
}

// awaitTip returns when a second batch was committed.
func awaitTip(t *testing.T, server *testbed.Redis, w *world) {
	t.Helper()
	client := server.Client(t)
	key := shardKeys(w.namespace, Shard("c0", w.shards)).src
	testbed.Await(t, "commits", func() bool { return client.HGet(soon(t), key, tipField).Val() > "3" })
}

// One node of a cluster lacks MULTI: from the start, or later.
func TestMultiIsRefusedByOneNode(t *testing.T) {
	const customers, rounds = 30, 40
	cluster := testbed.StartRedisCluster(t)
	for _, node := range cluster.Nodes {
		rightsOf(t, node)
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{cluster.Nodes[0].Addr}, Username: "limited", Password: "secret", MaxRetries: -1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { client.Close() })
	w := newWorld(t, client)
	w.shards = 16
	for _, node := range cluster.Nodes {
		rightsOf(t, node, "-multi")
		_, err := Open(soon(t), client, Options{Namespace: w.namespace, Shards: w.shards})
		if err == nil || !strings.Contains(err.Error(), node.Addr) || !strings.Contains(err.Error(), "MULTI") {
			t.Errorf("opening without MULTI on %s: got %v", node.Addr, err)
		}
		if _, err := CheckRequirements(soon(t), client); err == nil || !strings.Contains(err.Error(), node.Addr) {
			t.Errorf("the requirements without MULTI on %s: got %v", node.Addr, err)
		}
		rightsOf(t, node)
	}
	claim := w.claim(w.open(), 0)
	w.commit(claim, w.batch(0, round(0, customers)...))
	one := cluster.Nodes[1]
	rightsOf(t, one, "-multi")
	before := contents(t, one)
	done := w.commitAll(claim, customers, rounds)
	awaitRetry(t, claim)
	time.Sleep(200 * time.Millisecond) // some tries
	if !maps.Equal(before, contents(t, one)) {
		t.Error("something was written without MULTI")
	}
	if err := claim.Check(soon(t)); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the claim is lost: %v", err)
	}
	rightsOf(t, one)
	await(t, done)
	w.wantOrders(customers, rounds)
	w.wantCounts()
}
