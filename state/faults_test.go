package state

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// The answer to EXEC is lost after the transaction was written. The next try
// finds its own commit id and takes it for done.
func TestLostAnswerOfExecIsTakenForDone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, p *testbed.Pair) {
		w.shards = manyShards
		var deaf deafness
		claim := w.claim(w.openWith(clientOf(t, p, deaf.dial)), 0)
		const customers, rounds = 20, 6
		for i := range rounds {
			deaf.times.Store(int32(i % 3))
			result := w.commit(claim, w.batch(int64(i*customers), round(i, customers)...))
			if result.Applied != customers || result.Changes != customers {
				t.Errorf("round %d counts %d applied, %d changes; want %d each, once", i, result.Applied, result.Changes, customers)
			}
		}
		w.wantOrders(customers, rounds)
	})
}

// commitAll commits rounds one by one in the background. Where a killed server
// has lost its last writes, as it may with appendfsync everysec, it claims again
// and goes on from there, as a consumer does.
func (w *world) commitAll(l *Claim, customers, rounds int) (done chan error) {
	done = make(chan error, 1)
	go func() {
		defer close(done)
		for i := 0; i < rounds; i++ {
			_, err := l.Commit(soon(w.t), w.batch(int64(i*customers), round(i, customers)...))
			if errors.Is(err, ErrRolledBack) || errors.Is(err, ErrFenced) {
				if l, err = l.store.Claim(soon(w.t), l.source, Start{}, l.valuation); err == nil {
					i = int(l.Resume())/customers - 1
				}
			}
			if err != nil {
				done <- err
				return
			}
		}
	}()
	return done
}

func await(t *testing.T, done chan error) {
	t.Helper()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// filesHoldAll waits until the servers' files have what was written: while a sync is slow,
// everysec answers before it writes. A birth that is lost with the process that it was
// answered by is refused, which is not what the test is about.
func filesHoldAll(t *testing.T, p *testbed.Pair) {
	t.Helper()
	for _, addr := range p.RedisAddrs {
		client := redis.NewClient(&redis.Options{Addr: addr})
		testbed.Await(t, "the file of "+addr, func() bool {
			info := client.Info(t.Context(), "persistence").Val()
			return !strings.Contains(info, "aof_buffer_length:") || strings.Contains(info, "aof_buffer_length:0\r")
		})
		_ = client.Close()
	}
}

func TestRedisKilledAndRestartedUnderManyCommits(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, p *testbed.Pair) {
		w.shards = manyShards
		const customers, rounds = 12, 80
		claim := w.claim(w.open(), 0)
		filesHoldAll(t, p)
		done := w.commitAll(claim, customers, rounds)
		for range 3 {
			time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond) // any moment will do
			p.RedisDown(t)
			p.RedisUp(t)
		}
		await(t, done)
		w.wantOrders(customers, rounds)
		if claim.RetryingFor(time.Now()) != 0 {
			t.Error("the claim still says that it is retrying")
		}
	})
}

// ownRedis is a world on a server that the test may treat as it likes.
func ownRedis(t *testing.T, args ...string) (*world, *testbed.Redis) {
	r := testbed.StartRedis(t, args...)
	return newWorld(t, r.Client(t)), r
}

// Redis comes back with an older copy of its data. The claim notices, claims
// again, reads again from where Redis stands, and all is as if nothing had been.
func TestRedisRolledBack(t *testing.T) {
	const customers, rounds = 12, 6
	for _, c := range []struct {
		name   string
		before func(w *world) *Claim // what the copy holds
		want   error
		resume int64
	}{
		{"to earlier commits of this claim", func(w *world) *Claim {
			claim := w.claim(w.open(), 0)
			w.commit(claim, w.batch(0, round(0, customers)...))
			return claim
		}, ErrRolledBack, customers},
		{"to before this claim", func(w *world) *Claim {
			w.commit(w.claim(w.open(), 0), w.batch(0, round(0, customers)...))
			return nil
		}, ErrFenced, customers},
		{"to before its birth", func(*world) *Claim { return nil }, ErrFenced, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, r := ownRedis(t)
			claim := c.before(w)
			older := r.CopyAOF(t)
			if claim == nil {
				claim = w.claim(w.open(), 0)
			}
			for i := range rounds {
				w.commit(claim, w.batch(int64(i*customers), round(i, customers)...))
			}
			r.RestoreAOF(t, older)

			if err := claim.Check(soon(t)); !errors.Is(err, c.want) {
				t.Errorf("check: got %v, want %v", err, c.want)
			}
			_, err := claim.Commit(soon(t), w.batch(rounds*customers, round(rounds, customers)...))
			if !errors.Is(err, c.want) {
				t.Fatalf("commit: got %v, want %v", err, c.want)
			}
			claim = w.claim(claim.store, 0) // the same process, with its caches
			if claim.Resume() != c.resume {
				t.Fatalf("the next claim resumes at %d, want %d", claim.Resume(), c.resume)
			}
			for i := int(claim.Resume()) / customers; i < rounds; i++ {
				w.commit(claim, w.batch(int64(i*customers), round(i, customers)...))
			}
			w.wantOrders(customers, rounds)
		})
	}
}

// The end of the append-only file is lost, as after a power cut: some shards
// stand behind others.
func TestRedisLosesItsLastWrites(t *testing.T) {
	const customers, rounds = 12, 6
	w, r := ownRedis(t)
	store := w.open()
	claim := w.claim(store, 0)
	for i := range rounds {
		w.commit(claim, w.batch(int64(i*customers), round(i, customers)...))
	}
	r.TruncateAOF(t, 1)
	if err := claim.Check(soon(t)); !errors.Is(err, ErrRolledBack) {
		t.Errorf("check: got %v, want ErrRolledBack", err)
	}
	claim = w.claim(store, 0)
	if got := claim.Resume(); got != (rounds-1)*customers {
		t.Fatalf("the next claim resumes at %d, want at the last round", got)
	}
	w.commit(claim, w.batch((rounds-1)*customers, round(rounds-1, customers)...))
	w.wantOrders(customers, rounds)
}

func TestRedisOutOfMemoryIsWaitedFor(t *testing.T) {
	const customers, rounds = 12, 4
	w, r := ownRedis(t)
	claim, admin := w.claim(w.open(), 0), r.Client(t)
	limit := func(memory string) {
		t.Helper()
		if err := admin.ConfigSet(soon(t), "maxmemory", memory).Err(); err != nil {
			t.Fatal(err)
		}
	}
	limit("1kb") // less than the server takes with nothing in it
	done := w.commitAll(claim, customers, rounds)
	awaitRetry(t, claim)
	limit("0")
	await(t, done)
	w.wantOrders(customers, rounds)
}

// The server becomes a replica, as in a failover that the client has not seen
// yet, and then the primary again.
func TestReadOnlyReplicaIsWaitedFor(t *testing.T) {
	const customers, rounds = 12, 4
	w, r := ownRedis(t)
	other := r.StartReplica(t)
	claim := w.claim(w.open(), 0)
	w.commit(claim, w.batch(0, round(0, customers)...))

	admin := r.Client(t)
	replicate := func(server *redis.Client, of string) {
		t.Helper()
		host, port, _ := net.SplitHostPort(of)
		if of == "" {
			host, port = "NO", "ONE"
		}
		if err := server.Do(soon(t), "REPLICAOF", host, port).Err(); err != nil {
			t.Fatal(err)
		}
	}
	replicate(other.Client(t), "")
	replicate(admin, other.Addr)
	done := w.commitAll(claim, customers, rounds)
	awaitRetry(t, claim)
	replicate(admin, "")
	await(t, done)
	w.wantOrders(customers, rounds)
}

// A key of ours holds something else: no retry heals that, and none is made.
func TestKeyOfAnotherTypeIsDamage(t *testing.T) {
	for _, key := range []string{"customers", "src", "out"} {
		for _, cached := range []bool{false, true} {
			t.Run(fmt.Sprint(key, ", cached ", cached), func(t *testing.T) {
				w := embeddedWorld(t)
				w.shards = 1
				store := w.open()
				claim := w.claim(store, 0)
				if cached {
					w.commit(claim, w.batch(0, round(0, 3)...))
				}
				name := map[string]string{
					"customers": store.shards[0].keys.customers, "src": store.shards[0].keys.src, "out": store.shards[0].keys.out,
				}[key]
				if err := w.client.Del(soon(t), name).Err(); err != nil {
					t.Fatal(err)
				}
				if err := w.client.Set(soon(t), name, "not ours", 0).Err(); err != nil {
					t.Fatal(err)
				}
				if _, err := claim.Commit(soon(t), w.batch(3, round(1, 3)...)); Judge(err) != Damaged {
					t.Errorf("got %v, want that the state is damaged", err)
				}
			})
		}
	}
}

func TestStoredBytesThatAreNotOursAreDamage(t *testing.T) {
	w := embeddedWorld(t)
	store := w.open()
	claim := w.claim(store, 0)
	shard := Shard("c0", testShards)
	if err := w.client.HSet(soon(t), store.shards[shard].keys.customers, "c0", "\x08\x00\x00\x00\x00\x00\x00\x00not a customer").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := claim.Commit(soon(t), w.batch(0, orderOf("c0", 0))); !errors.Is(err, layout.ErrDamaged) {
		t.Errorf("commit: got %v, want that it is damaged", err)
	}
	if err := w.client.HSet(soon(t), store.shards[shard].keys.customers, "c0", "\x03 of long ago").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := claim.Commit(soon(t), w.batch(0, orderOf("c0", 0))); !errors.Is(err, layout.ErrOlder) || !strings.Contains(err.Error(), "layout version 3") {
		t.Errorf("commit: got %v, want the layout version", err)
	}
	if _, err := store.Customer(soon(t), "c0"); err == nil {
		t.Error("the customer is read")
	}
	if err := w.client.HSet(soon(t), store.shards[0].keys.src, markField(source(0)), "gibberish").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.open().Claim(soon(t), source(0), Start{}, w.valuation); err == nil {
		t.Error("a mark that is gibberish is claimed")
	}
}

// Keys move to another master while commits go on.
func TestClusterMovesTheSlot(t *testing.T) {
	const customers, rounds = 12, 60
	cluster := testbed.StartRedisCluster(t)
	w := newWorld(t, cluster.Client(t))
	w.shards = 1
	store := w.open()
	claim := w.claim(store, 0)
	done := w.commitAll(claim, customers, rounds)
	for move := range 2 {
		moveSlot(t, cluster, store.shards[0].keys, cluster.Nodes[move])
	}
	await(t, done)
	w.wantOrders(customers, rounds)
}

// A client knows the layout of a cluster as of a moment: a slot that has moved since is no
// missing permission.
func TestOpenMeetsAMovedSlot(t *testing.T) {
	cluster := testbed.StartRedisCluster(t)
	w := newWorld(t, cluster.Client(t))
	w.shards = 1
	store := w.open()
	w.claim(store, 0) // the slot holds a key
	keys := store.shards[0].keys
	for _, node := range cluster.Nodes {
		moveSlot(t, cluster, keys, node)
		if _, err := Open(soon(t), w.client, Options{Namespace: w.namespace, Shards: 1, Fingerprint: "test", Model: readModel}); err != nil {
			t.Fatal(err)
		}
	}
}

// moveSlot moves a shard's keys to another master, or nothing if they are there.
func moveSlot(t *testing.T, cluster *testbed.RedisCluster, k keys, to *testbed.Redis) {
	t.Helper()
	slot, err := cluster.Client(t).ClusterKeySlot(soon(t), k.src).Result()
	if err != nil {
		t.Fatal(err)
	}
	ids, clients := map[*testbed.Redis]string{}, map[*testbed.Redis]*redis.Client{}
	var from *testbed.Redis
	for _, node := range cluster.Nodes {
		clients[node] = node.Client(t)
		if ids[node], err = clients[node].Do(soon(t), "CLUSTER", "MYID").Text(); err != nil {
			t.Fatal(err)
		}
		if clients[node].Exists(soon(t), k.src).Val() == 1 {
			from = node
		}
	}
	if from == nil || from == to {
		return
	}
	do := func(node *testbed.Redis, args ...any) {
		t.Helper()
		if err := clients[node].Do(soon(t), args...).Err(); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
	}
	do(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", ids[from])
	do(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", ids[to])
	host, port, _ := net.SplitHostPort(to.Addr)
	for left := []string{""}; len(left) > 0; {
		if left, err = clients[from].ClusterGetKeysInSlot(soon(t), int(slot), 1).Result(); err != nil {
			t.Fatal(err)
		}
		for _, key := range left {
			do(from, "MIGRATE", host, port, key, 0, 10_000)
		}
	}
	for _, node := range []*testbed.Redis{to, from} {
		do(node, "CLUSTER", "SETSLOT", slot, "NODE", ids[to])
	}
}

// The label of a failed try is Redis's own word, from a closed list.
func TestRetryCause(t *testing.T) {
	full := testbed.StartRedis(t, "--maxmemory", "1")
	w := newWorld(t, full.Client(t))
	_, refused := w.client.Set(soon(t), "k", "v", 0).Result()
	for _, c := range []struct {
		err  error
		want string
	}{
		{refused, "oom"},
		{fmt.Errorf("write shard 3: %w", refused), "oom"},
		{fmt.Errorf("shard 3: %w", errOutboxFull), "outbox_full"},
		{fmt.Errorf("shard 3: %w", layout.ErrNewer), "newer"},
		{net.ErrClosed, "unreachable"},
		{w.client.Do(soon(t), "NONSENSE").Err(), "other"},
	} {
		if verdict, got := judge(c.err); got != c.want || !verdict.Waits() {
			t.Errorf("%v: got %q, want %q", c.err, got, c.want)
		}
	}
}

// A refused write names what Redis said of the command, not only that EXEC was
// discarded.
func TestRefusedTransactionSaysWhy(t *testing.T) {
	w, r := ownRedis(t)
	claim := w.claim(w.open(), 0)
	if err := r.Client(t).ConfigSet(soon(t), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	c := &chain{claim: claim, batch: w.batch(0, orderOf("c0", 0)), commit: "test"}
	c.result.DeadLetters = map[history.RefusalReason]int{}
	defer c.release()
	shard := c.batch.Work[0].Shard
	claim.grouped[shard] = []int{0}
	err := c.step(soon(t), []int{shard})
	if _, cause := judge(err); err == nil || cause != "oom" {
		t.Errorf("got %v, want Redis's OOM", err)
	}
}
