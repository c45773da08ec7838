package state

import (
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
)

func TestRequirements(t *testing.T) {
	for _, c := range []struct {
		name     string
		args     []string
		wrong    []string // what the error names
		warnings []string
	}{
		{"as it should be", nil, nil, nil},
		{"evicts", []string{"--maxmemory-policy", "allkeys-lru"}, []string{"allkeys-lru", "set maxmemory-policy noeviction"}, nil},
		{"no file", []string{"--appendonly", "no"}, []string{"set appendonly yes"}, nil},
		{"both", []string{"--appendonly", "no", "--maxmemory-policy", "volatile-ttl"}, []string{"volatile-ttl", "appendonly"}, nil},
		{"rewrites often", []string{"--auto-aof-rewrite-min-size", "64mb"}, nil, []string{"auto-aof-rewrite-min-size is 64 MB"}},
		{"never syncs", []string{"--appendfsync", "no"}, nil, []string{"appendfsync"}},
	} {
		for program, start := range map[string]func(testing.TB, ...string) *testbed.Redis{"redis": testbed.StartRedis, "valkey": testbed.StartValkey} {
			t.Run(c.name+", "+program, func(t *testing.T) {
				warnings, err := CheckRequirements(soon(t), start(t, c.args...).Client(t))
				wantNamed(t, err, c.wrong)
				wantWarnings(t, warnings, c.warnings)
			})
		}
	}
}

func wantNamed(t *testing.T, err error, names []string) {
	t.Helper()
	if (err != nil) != (len(names) > 0) {
		t.Fatalf("got error %v, want it to name %q", err, names)
	}
	for _, name := range names {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %q: %v", name, err)
		}
	}
}

func wantWarnings(t *testing.T, warnings, names []string) {
	t.Helper()
	if len(warnings) != len(names) {
		t.Fatalf("warnings are %q, want %d", warnings, len(names))
	}
	for i, name := range names {
		if !strings.Contains(warnings[i], name) {
			t.Errorf("warning %q does not name %q", warnings[i], name)
		}
	}
}

// A managed Redis hides CONFIG, or both CONFIG and INFO.
func TestRequirementsWhereTheServerHidesThem(t *testing.T) {
	for _, c := range []struct {
		name     string
		args     []string
		hidden   []string
		wrong    []string
		warnings []string
	}{
		{"CONFIG, and all is well", nil, []string{"-config"}, nil, nil},
		{"CONFIG, and it evicts", []string{"--maxmemory-policy", "allkeys-lfu", "--appendonly", "no"}, []string{"-config"}, []string{"allkeys-lfu", "appendonly"}, nil},
		{"both", []string{"--maxmemory-policy", "allkeys-lfu"}, []string{"-config", "-info"}, nil,
			[]string{"maxmemory-policy could not be checked", "appendonly could not be checked"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := testbed.StartRedis(t, c.args...).Client(t)
			acl := []any{"ACL", "SETUSER", "default"}
			for _, command := range c.hidden {
				acl = append(acl, command)
			}
			if err := client.Do(soon(t), acl...).Err(); err != nil {
				t.Fatal(err)
			}
			warnings, err := CheckRequirements(soon(t), client)
			wantNamed(t, err, c.wrong)
			wantWarnings(t, warnings, c.warnings)
		})
	}
}

func TestRequirementsOfTheInProcessStore(t *testing.T) {
	warnings, err := CheckRequirements(soon(t), embeddedWorld(t).client)
	wantNamed(t, err, nil)
	wantWarnings(t, warnings, []string{"maxmemory-policy could not be checked", "appendonly could not be checked"})
}

func TestRequirementsOfAServerThatIsAway(t *testing.T) {
	r := testbed.StartRedis(t)
	client := r.Client(t)
	r.Kill()
	if _, err := CheckRequirements(soon(t), client); err == nil {
		t.Error("a server that is not there passes")
	}
}

func TestRequirementsOfACluster(t *testing.T) {
	cluster := testbed.StartRedisCluster(t)
	client := cluster.Client(t)
	warnings, err := CheckRequirements(soon(t), client)
	wantNamed(t, err, nil)
	wantWarnings(t, warnings, nil)

	one := cluster.Nodes[1]
	if err := one.Client(t).ConfigSet(soon(t), "maxmemory-policy", "allkeys-random").Err(); err != nil {
		t.Fatal(err)
	}
	if err := one.Client(t).ConfigSet(soon(t), "appendfsync", "no").Err(); err != nil {
		t.Fatal(err)
	}
	warnings, err = CheckRequirements(soon(t), client)
	wantNamed(t, err, []string{one.Addr, "allkeys-random"})
	wantWarnings(t, warnings, []string{one.Addr + ": appendfsync"})

	if err := one.Client(t).ConfigSet(soon(t), "maxmemory-policy", "noeviction").Err(); err != nil {
		t.Fatal(err)
	}
	if err := one.Client(t).Do(soon(t), "CLUSTER", "DELSLOTS", 6000).Err(); err != nil {
		t.Fatal(err)
	}
	_, err = CheckRequirements(soon(t), client)
	wantNamed(t, err, []string{one.Addr, "16383 of 16384 cluster slots"})
}

// A replica may be the master next. That one is away keeps nobody from starting.
func TestRequirementsOfReplicas(t *testing.T) {
	t.Parallel()
	cluster := testbed.StartRedisCluster(t)
	replica := cluster.StartReplica(t, cluster.Nodes[2], "--maxmemory-policy", "allkeys-lru")
	client := cluster.Client(t)
	_, err := CheckRequirements(soon(t), client)
	wantNamed(t, err, []string{replica.Addr, "allkeys-lru"})
	replica.Kill()
	warnings, err := CheckRequirements(soon(t), client)
	wantNamed(t, err, nil)
	wantWarnings(t, warnings, []string{replica.Addr + ": this replica could not be checked"})
}

func TestRequirementsOfASentinel(t *testing.T) {
	t.Parallel()
	sentinel := testbed.StartRedisSentinel(t, testbed.RedisGuard{}).Sentinels[0]
	_, err := CheckRequirements(soon(t), sentinel.Client(t))
	wantNamed(t, err, []string{"redis.master_name"})
}
