package testbed

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestRedisKeepsDataThroughKillAndStop(t *testing.T) {
	t.Parallel()
	for program, start := range map[string]func(testing.TB, ...string) *Redis{"redis": StartRedis, "valkey": StartValkey} {
		t.Run(program, func(t *testing.T) {
			r := start(t)
			client := r.Client(t)
			mustSet(t, client, "k", "one")
			r.AwaitWritten(t)
			r.Restart(t)
			wantValue(t, r.Client(t), "k", "one")
			mustSet(t, r.Client(t), "k", "two")
			r.Stop(t)
			if r.Running() || r.PID() != 0 {
				t.Error("the server runs after Stop")
			}
			r.Start(t)
			wantValue(t, r.Client(t), "k", "two")
		})
	}
}

func TestRedisIsSetUpAsProductionShouldBe(t *testing.T) {
	t.Parallel()
	client := StartRedis(t, "--maxmemory", "123mb").Client(t)
	for name, want := range map[string]string{
		"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction",
		"auto-aof-rewrite-min-size": "4294967296", "maxmemory": "128974848", "save": "",
	} {
		if got := client.ConfigGet(soon(t), name).Val()[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestRedisPausedDoesNotAnswer(t *testing.T) {
	t.Parallel()
	r := StartRedis(t)
	client := r.Client(t)
	r.Pause()
	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := client.Ping(short).Err(); !errors.Is(err, context.DeadlineExceeded) && !os.IsTimeout(err) {
		t.Errorf("ping: got %v from a paused server", err)
	}
	r.Resume()
	if err := r.Client(t).Ping(soon(t)).Err(); err != nil {
		t.Errorf("ping after resume: %v", err)
	}
}

func TestRedisGoesBackInTime(t *testing.T) {
	t.Parallel()
	r := StartRedis(t)
	mustSet(t, r.Client(t), "k", "old")
	copied := r.CopyAOF(t)
	mustSet(t, r.Client(t), "k", "new")
	r.RestoreAOF(t, copied)
	wantValue(t, r.Client(t), "k", "old")
}

func TestRedisLosesATransactionAsAWhole(t *testing.T) {
	t.Parallel()
	r := StartRedis(t)
	client := r.Client(t)
	mustSet(t, client, "kept", "yes")
	_, err := client.TxPipelined(soon(t), func(tx redis.Pipeliner) error {
		tx.Set(soon(t), "first", "gone", 0)
		tx.Set(soon(t), "second", "gone", 0)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r.TruncateAOF(t, 1)
	for key, want := range map[string]string{"kept": "yes", "first": "", "second": ""} {
		wantValue(t, r.Client(t), key, want)
	}
}

func TestValkeyWaitsForTheAppendOnlyFileOfItsReplica(t *testing.T) {
	t.Parallel()
	primary := StartValkey(t)
	replica := primary.StartReplica(t)
	conn := primary.Client(t).Conn() // WAITAOF counts the writes of its own connection
	defer conn.Close()
	if err := conn.Set(soon(t), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	got, err := conn.Do(soon(t), "WAITAOF", 1, 1, 10_000).Int64Slice()
	if err != nil || len(got) != 2 || got[0] != 1 || got[1] != 1 {
		t.Errorf("WAITAOF 1 1: got %v, %v; want this server and one replica", got, err)
	}
	wantValue(t, replica.Client(t), "k", "v")
}

func TestServerThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	if _, err := lookProgram("redis-server", "redis"); err != nil {
		need(t, err)
	}
	r, err := newRedis("redis-server", t.TempDir(), []string{"--no-such-setting", "1"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.end()
	if err := r.start(); err == nil || !strings.Contains(err.Error(), "no-such-setting") {
		t.Errorf("start with a setting that does not exist: got %v", err)
	}
}
