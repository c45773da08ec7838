package testbed

import "testing"

func TestSentinelsMakeTheReplicaMaster(t *testing.T) {
	t.Parallel()
	for name, guard := range map[string]RedisGuard{
		"open":    {},
		"guarded": {Password: "secret", Authority: NewAuthority(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := StartRedisSentinel(t, guard)
			master, replica := s.Nodes[0], s.Nodes[1]
			mustSet(t, master.Client(t), "k", "kept")
			if err := master.Client(t).Wait(soon(t), 1, 0).Err(); err != nil {
				t.Fatal(err)
			}
			master.Kill()
			if got := s.AwaitFailover(t, master); got != replica {
				t.Fatalf("the new master is %s, want the replica %s", got.Addr, replica.Addr)
			}
			wantValue(t, replica.Client(t), "k", "kept")
			mustSet(t, replica.Client(t), "k", "written")
		})
	}
}
