package state

import (
	"context"
	"maps"
	"net"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/testbed"
)

var commandCalls = regexp.MustCompile(`(?m)^cmdstat_(watch|unwatch|multi|exec|discard|hmget|hset|xlen):calls=(\d+)`)

// calls counts the commands of transactions that a server has served since it was
// asked last.
func calls(t *testing.T, r *testbed.Redis) map[string]int {
	t.Helper()
	client := r.Client(t)
	stats, err := client.Info(soon(t), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, found := range commandCalls.FindAllStringSubmatch(stats, -1) {
		counts[found[1]], _ = strconv.Atoi(found[2])
	}
	if err := client.ConfigResetStat(soon(t)).Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}

func wantCalls(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: the server was sent %v, want %v", what, got, want)
	}
}

// A commit sends one WATCH, MULTI and EXEC a shard, and connections go back to the
// pool with nothing left to end. Where more has to be read the transaction is
// begun again.
func TestCommandsOfACommit(t *testing.T) {
	w, r := ownRedis(t)
	w.shards = 1
	s := w.open()
	claim := w.claim(s, 0)
	w.commit(claim, w.batch(0, orderOf("c0", 0)))
	w.commit(claim, w.batch(1, orderOf("c0", 1))) // by now all statistics are known
	calls(t, r)

	w.commit(claim, w.batch(2, orderOf("c0", 2), orderOf("c0", 3)))
	wantCalls(t, "all is cached", calls(t, r), map[string]int{"watch": 1, "hmget": 1, "xlen": 1, "multi": 1, "hset": 3, "exec": 1})

	w.commit(claim, w.batch(4, orderOf("c1", 2)))
	wantCalls(t, "a customer is not", calls(t, r), map[string]int{"watch": 1, "hmget": 2, "xlen": 1, "multi": 1, "hset": 4, "exec": 1})

	other := w.claim(w.open(), 1)
	w.commit(other, w.batch(0, orderOf("c0", 4)))
	calls(t, r)
	w.commit(claim, w.batch(5, orderOf("c0", 5)))
	wantCalls(t, "another process came in between", calls(t, r), // the journal, customers, then statistics
		map[string]int{"watch": 4, "hmget": 7, "xlen": 4, "multi": 4, "discard": 3, "hset": 3, "exec": 1})

	c := &chain{claim: claim, batch: w.batch(5, orderOf("c0", 5)), commit: "test"}
	if o, err := c.take(soon(t), s.shards[0]); err != nil {
		t.Fatal(err)
	} else if applied, err := c.prepare(soon(t), o); applied != nil || err != nil {
		t.Fatal(applied, err)
	}
	s.shards[0].mu.Unlock()
	c.release()
	wantCalls(t, "all is applied", calls(t, r), map[string]int{"watch": 1, "hmget": 1, "xlen": 1, "multi": 1, "discard": 1})
}

// The shards that follow one another on a connection cost one round trip each, and
// the first one more.
func TestTheLockCostsNoRoundTrip(t *testing.T) {
	server := testbed.StartRedis(t)
	var writes atomic.Int64
	client := redis.NewClient(&redis.Options{
		Addr: server.Addr, MaxRetries: -1, PoolSize: 1,
		Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return &countingConn{conn, &writes}, err
		},
	})
	t.Cleanup(func() { client.Close() })
	w := newWorld(t, client)
	w.shards = 6
	s := w.open()
	if !s.beside.TryAcquire(chainsBeside) {
		t.Fatal("chains are in use")
	}
	claim := w.claim(s, 0)
	for i := range 3 { // statistics are asked for in the first two
		b := w.batch(int64(i*w.shards), w.inOtherShards(w.shards)...)
		for j := range b.Work {
			*b.Work[j].Event = orderOf(b.Work[j].Event.CustomerID, i)
		}
		writes.Store(0)
		w.commit(claim, b)
	}
	if got := writes.Load(); got != int64(w.shards)+1 {
		t.Errorf("a commit of %d shards took %d writes, want one more", w.shards, got)
	}
}

type countingConn struct {
	net.Conn
	writes *atomic.Int64
}

func (c *countingConn) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}
