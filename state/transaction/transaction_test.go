package transaction_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/testbed"
	. "github.com/clvstream/clvstream/state/transaction"
)

func TestMain(m *testing.M) { testbed.Main(m) }

func eachServer(t *testing.T, test func(*testing.T, *redis.Client)) {
	t.Run("miniredis", func(t *testing.T) {
		client := redis.NewClient(&redis.Options{Addr: testbed.EmbeddedPair(t).RedisAddrs[0], MaxRetries: -1})
		defer client.Close()
		test(t, client)
	})
	t.Run("redis", func(t *testing.T) { test(t, testbed.StartRedis(t).Client(t)) })
}

// user is a client with one connection and the rights that are given.
func user(t *testing.T, server *testbed.Redis, rights ...any) *redis.Client {
	t.Helper()
	grant(t, server, append([]any{"reset", "on", ">secret", "~*", "+@all"}, rights...)...)
	client := redis.NewClient(&redis.Options{Addr: server.Addr, Username: "limited", Password: "secret", MaxRetries: -1, PoolSize: 1})
	t.Cleanup(func() { client.Close() })
	return client
}

func grant(t *testing.T, server *testbed.Redis, rights ...any) {
	t.Helper()
	if err := server.Client(t).Do(t.Context(), append([]any{"ACL", "SETUSER", "limited"}, rights...)...).Err(); err != nil {
		t.Fatal(err)
	}
}

// reading reads a key, and gives what was read.
func reading(ctx context.Context, key string) (Reads, func() string) {
	var read *redis.StringCmd
	return func(pipe redis.Pipeliner) { read = pipe.Get(ctx, key) }, func() string { return read.Val() }
}

func set(key, value string) [][]any { return [][]any{{"SET", key, value}} }

// clean checks that the pool's one connection serves others: it queues nothing.
func clean(t *testing.T, client *redis.Client) {
	t.Helper()
	if answer, err := client.Ping(t.Context()).Result(); err != nil || answer != "PONG" {
		t.Errorf("the connection went back to the pool and answers %q, %v", answer, err)
	}
}

func TestTransactionsFollowOneAnother(t *testing.T) {
	eachServer(t, func(t *testing.T, client *redis.Client) {
		a, b := testbed.Unique(t)+"a", testbed.Unique(t)+"b"
		conn := Connect(client, nil)
		defer conn.Release()
		first, readA := reading(t.Context(), a)
		next, readB := reading(t.Context(), b)
		if err := conn.Begin(t.Context(), a, first); err != nil || readA() != "" {
			t.Fatal(err, readA())
		}
		begun, err := conn.CommitAndBegin(t.Context(), set(a, "1"), b, next)
		if !begun || err != nil || client.Get(t.Context(), a).Val() != "1" {
			t.Fatalf("begun %t, %v, written %q", begun, err, client.Get(t.Context(), a).Val())
		}
		client.Set(t.Context(), b, "2", 0) // another writer
		if err := conn.Commit(t.Context(), set(b, "3")); !errors.Is(err, ErrBeaten) {
			t.Errorf("got %v, want ErrBeaten", err)
		}
		// What is begun again is read again, and is beaten by what comes after that only.
		for range 2 {
			if err := conn.Begin(t.Context(), b, next); err != nil || readB() != "2" {
				t.Fatal(err, readB())
			}
		}
		if err := conn.Commit(t.Context(), set(b, "4")); err != nil || client.Get(t.Context(), b).Val() != "4" {
			t.Errorf("got %v, written %q", err, client.Get(t.Context(), b).Val())
		}
	})
}

func TestReadsInSeveralSteps(t *testing.T) {
	eachServer(t, func(t *testing.T, client *redis.Client) {
		key := testbed.Unique(t)
		for _, beaten := range []bool{false, true} {
			conn := Connect(client, nil)
			first, _ := reading(t.Context(), key)
			if err := conn.Watch(t.Context(), key, first); err != nil {
				t.Fatal(err)
			}
			if beaten {
				client.Set(t.Context(), key, "other", 0)
			}
			var second, third *redis.StringCmd
			if err := conn.Read(t.Context(), func(pipe redis.Pipeliner) { second = pipe.Get(t.Context(), key) }); err != nil {
				t.Fatal(err)
			}
			if err := conn.Ready(t.Context(), func(pipe redis.Pipeliner) { third = pipe.Get(t.Context(), key) }); err != nil {
				t.Fatal(err)
			}
			err := conn.Commit(t.Context(), set(key, "mine"))
			if errors.Is(err, ErrBeaten) != beaten || second.Val() != third.Val() {
				t.Errorf("beaten %t: got %v", beaten, err)
			}
			conn.Release()
		}
	})
}

// A connection is freed of what it holds, or is not used again.
func TestReleaseFreesTheConnection(t *testing.T) {
	server := testbed.StartRedis(t)
	for name, rights := range map[string][]any{"may": nil, "may not DISCARD": {"-discard"}, "may not UNWATCH": {"-unwatch"}} {
		t.Run(name, func(t *testing.T) {
			client := user(t, server, rights...)
			for _, begin := range []func(*Conn, context.Context, string, Reads) error{(*Conn).Begin, (*Conn).Watch} {
				conn := Connect(client, nil)
				reads, _ := reading(t.Context(), "k")
				if err := begin(conn, t.Context(), "k", reads); err != nil {
					t.Fatal(err)
				}
				conn.Release()
				clean(t, client)
				server.Client(t).Set(t.Context(), "k", "another writer", 0)
				if _, err := client.TxPipelined(t.Context(), func(pipe redis.Pipeliner) error { return pipe.Get(t.Context(), "k").Err() }); err != nil {
					t.Errorf("the connection went back to the pool and watches: %v", err)
				}
			}
		})
	}
}

// A user who loses a right that a transaction needs writes nothing, hears why, and
// goes on when it is given back.
func TestNothingIsWrittenWithoutARight(t *testing.T) {
	server := testbed.StartRedis(t)
	for _, right := range []string{"watch", "multi", "set", "exec"} {
		for _, begunBefore := range []bool{false, true} {
			client := user(t, server)
			conn := Connect(client, nil)
			reads, _ := reading(t.Context(), "k")
			try := func() error {
				if err := conn.Begin(t.Context(), "k", reads); err != nil {
					return err
				}
				if begunBefore {
					grant(t, server, "-"+right)
				}
				return conn.Commit(t.Context(), [][]any{{"SET", "k", "v"}, {"SET", "l", "w"}})
			}
			if !begunBefore {
				grant(t, server, "-"+right)
			}
			err := try()
			harmless := begunBefore && (right == "watch" || right == "multi") // was not needed any more
			if harmless != (err == nil) || !harmless && !strings.Contains(err.Error(), "'"+right+"'") {
				t.Errorf("-%s, begun before %t: got %v", right, begunBefore, err)
			}
			if left := server.Client(t).Keys(t.Context(), "*").Val(); !harmless && len(left) > 0 {
				t.Errorf("-%s, begun before %t: written were %q", right, begunBefore, left)
			}
			begunBefore = false
			grant(t, server, "+"+right)
			if err := try(); err != nil {
				t.Errorf("+%s: got %v", right, err)
			}
			conn.Release()
			clean(t, client)
			server.Client(t).FlushAll(t.Context())
		}
	}
}
