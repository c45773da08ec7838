package state_test

import (
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
)

// A user who may not run transactions is refused at the door.
func TestOpenWantsTransactions(t *testing.T) {
	server := testbed.StartRedis(t)
	admin := server.Client(t)
	if err := admin.Do(t.Context(), "ACL", "SETUSER", "limited", "on", ">secret", "~*", "+@all", "-multi").Err(); err != nil {
		t.Fatal(err)
	}
	limited := redis.NewClient(&redis.Options{Addr: server.Addr, Username: "limited", Password: "secret", MaxRetries: -1})
	t.Cleanup(func() { _ = limited.Close() })
	_, err := state.Open(t.Context(), limited, state.Options{Namespace: "n", Shards: 1})
	if err == nil || !strings.Contains(err.Error(), "MULTI") {
		t.Errorf("Open answers %v, want an error that names MULTI", err)
	}
	if keys, err := admin.Keys(t.Context(), "*").Result(); err != nil || len(keys) > 0 {
		t.Errorf("it left %v behind, %v", keys, err)
	}
}
