package state

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// limited is a client of a user whom a right may be taken from and given back.
func limited(t *testing.T, server *testbed.Redis, rights ...any) (client *redis.Client, grant func(right string)) {
	t.Helper()
	admin := server.Client(t)
	set := func(rules ...any) {
		t.Helper()
		if err := admin.Do(soon(t), append([]any{"ACL", "SETUSER", "limited"}, rules...)...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	set(append([]any{"reset", "on", ">secret", "~*", "+@all"}, rights...)...)
	client = redis.NewClient(&redis.Options{Addr: server.Addr, Username: "limited", Password: "secret", MaxRetries: -1})
	t.Cleanup(func() { client.Close() })
	return client, func(right string) { t.Helper(); set(right) }
}

// A user who may not run transactions is refused at the door.
func TestOpenWantsTransactions(t *testing.T) {
	server := testbed.StartRedis(t)
	for _, right := range []string{"watch", "multi", "exec", "discard", "unwatch"} {
		client, _ := limited(t, server, "-"+right)
		_, err := Open(t.Context(), client, Options{Namespace: "n", Shards: 1})
		if err == nil || !strings.Contains(err.Error(), strings.ToUpper(right)) {
			t.Errorf("Open answers %v, want an error that names %s", err, right)
		}
		if keys, err := server.Client(t).Keys(t.Context(), "*").Result(); err != nil || len(keys) > 0 {
			t.Errorf("it left %v behind, %v", keys, err)
		}
	}
}

// A right that a transaction needs is taken away while a consumer commits. Nothing
// is written from then on, not even in part; the commit waits and says why; and it
// goes on when the right is given back.
func TestCommitsWaitForARight(t *testing.T) {
	const customers, rounds = 12, 60
	for _, right := range []string{"multi", "exec", "watch", "xadd", "discard"} {
		t.Run(right, func(t *testing.T) {
			said := record(t)
			server := testbed.StartRedis(t)
			client, grant := limited(t, server)
			w := newWorld(t, client)
			w.shards = manyShards
			s := w.open()
			claim := w.claim(s, 0)
			done := w.commitAll(claim, customers, rounds)
			for {
				applied, err := s.Applied(soon(t))
				if err != nil {
					t.Fatal(err)
				}
				if applied[Shard("c0", w.shards)][claim.source] > 3*customers {
					break
				}
			}
			grant("-" + right)
			if right != "discard" { // which nothing but giving up needs
				awaitRetry(t, claim)
				before := contents(t, server)
				time.Sleep(200 * time.Millisecond) // some tries
				if !maps.Equal(before, contents(t, server)) {
					t.Errorf("something was written without %s", right)
				}
				w.client = server.Client(t)
				w.wantStatistics()
				if text := said(); !strings.Contains(text, "cause=noperm") && !strings.Contains(text, "cause=execabort") || !strings.Contains(text, "'"+right+"'") {
					t.Errorf("it does not say that %s is missing: %s", right, text)
				}
			}
			grant("+" + right)
			await(t, done)
			w.wantOrders(customers, rounds)
		})
	}
}

// contents are all keys of a server. A hash is not as the server would save it: reading
// alone changes the order of its fields.
func contents(t *testing.T, server *testbed.Redis) map[string]string {
	t.Helper()
	admin := server.Client(t)
	found := map[string]string{}
	for _, key := range admin.Keys(soon(t), "*").Val() {
		if admin.Type(soon(t), key).Val() == "hash" {
			found[key] = fmt.Sprint(admin.HGetAll(soon(t), key).Val())
		} else {
			found[key] = admin.Dump(soon(t), key).Val()
		}
	}
	return found
}

// record keeps what is logged while the test runs.
func record(t *testing.T) (said func() string) {
	t.Helper()
	var mu sync.Mutex
	var text strings.Builder
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(lockedWriter{&mu, &text}, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return text.String()
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	to *strings.Builder
}

func (w lockedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(b)
}

// What a newer program wrote is waited for, in the hope that this one is replaced.
func TestCommitsWaitForANewerProgram(t *testing.T) {
	said := record(t)
	w := embeddedWorld(t)
	s := w.open()
	claim := w.storeCustomers(s, 10)
	s.options.Model = func([]byte) (model.Model, error) { return nil, fmt.Errorf("model file: %w", layout.ErrNewer) }
	w.push(s, "x2")
	w.activate(s, "x2", fromMicros, 0, false)
	ctx, cancel := context.WithCancel(soon(t))
	done := make(chan error, 1)
	go func() {
		_, err := claim.Commit(ctx, w.batch(10, round(1, 10)...))
		done <- err
	}()
	awaitRetry(t, claim)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it waited until it was told to end", err)
	}
	if text := said(); !strings.Contains(text, "cause=newer") || !strings.Contains(text, "finish the upgrade") || strings.Contains(text, "push it again") {
		t.Errorf("it says %s", text)
	}
}
