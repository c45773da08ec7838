package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
)

// The whole path with a Redis that speaks TLS alone, asks for a certificate, and
// gives our user no more rights than the documentation asks for.
func TestPassesGuardedRedis(t *testing.T) {
	t.Parallel()
	guard := testbed.RedisGuard{Password: "of the default user", Authority: testbed.NewAuthority(t)}
	for name, start := range map[string]func(*testing.T) []*testbed.Redis{
		"server":  func(t *testing.T) []*testbed.Redis { return []*testbed.Redis{testbed.StartGuardedRedis(t, guard)} },
		"cluster": func(t *testing.T) []*testbed.Redis { return testbed.StartGuardedRedisCluster(t, guard).Nodes },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pair := *testbed.EmbeddedPair(t)
			pair.Redis, pair.RedisAddrs = start(t), nil
			for _, node := range pair.Redis {
				pair.RedisAddrs = append(pair.RedisAddrs, node.Addr)
			}
			d := deploy(t, &pair, append(redisSettings(t, testbed.RedisGuard{Password: "s3cret", Authority: guard.Authority}), "redis.username=shop")...)
			for _, node := range pair.Redis {
				grantRedis(t, node, "shop", "s3cret", d.config.Namespace)
			}
			d.consume(t)
			d.publish(t)
			d.produce(t, d.records(traffic(t, newSeed(t), 30))...)
			if report := d.settled(t); report.Changes == 0 {
				t.Error("nothing was published")
			}
		})
	}
}

// grantRedis makes a user with the rights that docs/deployment.md lists.
func grantRedis(t *testing.T, node *testbed.Redis, user, password, namespace string) {
	t.Helper()
	setUser(t, node, user, password, "~"+namespace+":*", "+@read", "+@write", "+@transaction", "+@connection", "-@dangerous",
		"+time", "+info", "+config|get", "+bgrewriteaof", "+cluster|slots", "+cluster|info")
}

func setUser(t *testing.T, node *testbed.Redis, user, password string, rights ...any) {
	t.Helper()
	command := append([]any{"ACL", "SETUSER", user, "on", ">" + password}, rights...)
	if err := node.Client(t).Do(t.Context(), command...).Err(); err != nil {
		t.Fatal(err)
	}
}

// Who is not let in is told why, and what to do, at once or with the first try.
func TestGuardedRedisRefuses(t *testing.T) {
	guard := testbed.RedisGuard{Password: "s3cret", Authority: testbed.NewAuthority(t)}
	stranger := testbed.NewAuthority(t)
	foreign := stranger.Issue(t, "clvstream")
	guarded, open := testbed.StartRedisSentinel(t, guard), testbed.StartRedisSentinel(t, testbed.RedisGuard{})
	pair := testbed.EmbeddedPair(t)
	base := []string{"kafka.brokers=" + strings.Join(pair.Brokers, ","), "telemetry.consumer_listen=127.0.0.1:0"}
	server := slices.Concat(base, redisSettings(t, guard), []string{"redis.addresses=" + guarded.Nodes[0].Addr})
	sentinels := slices.Concat(base, sentinelSettings(t, guard), []string{"redis.addresses=" + strings.Join(guarded.Addrs(), ",")})
	openServer := append(base, "redis.addresses="+open.Nodes[0].Addr)
	openSentinels := append(base, "redis.addresses="+open.Addrs()[0])
	wrong := secretFile(t, "wrong")
	password := []string{"WRONGPASS", "check redis.username and redis.password_file"}
	for _, row := range []struct {
		name  string
		to    []string
		but   []string
		stays bool
		want  []string
	}{
		{"wrong password", server, []string{"redis.password_file=" + wrong}, true, password},
		{"no password", server, []string{"redis.password_file="}, true, []string{"NOAUTH", "set redis.username and redis.password_file"}},
		{"untrusted server", server, []string{"redis.tls.ca_file=" + stranger.File}, true,
			[]string{"unknown authority", "check redis.tls.ca_file and redis.tls.server_name"}},
		{"no certificate", server, []string{"redis.tls.cert_file=", "redis.tls.key_file="}, true,
			[]string{"does not accept our certificate", "check redis.tls.cert_file and redis.tls.key_file"}},
		{"untrusted certificate", server, []string{"redis.tls.cert_file=" + foreign.CertFile, "redis.tls.key_file=" + foreign.KeyFile}, true,
			[]string{"does not accept our certificate", "check redis.tls.cert_file and redis.tls.key_file"}},
		{"plaintext where TLS is spoken", server, []string{"redis.tls.enabled=false"}, false, []string{"check that it runs", "TLS"}},
		{"TLS where plaintext is spoken", openServer, []string{"redis.tls.enabled=true"}, false, []string{"check that it runs", "TLS"}},
		{"no such database", openServer, []string{"redis.database=1000"}, true, []string{"check redis.database"}},
		{"not a cluster", openServer, []string{"redis.mode=cluster"}, true, []string{"not a node of a cluster", "check redis.mode"}},

		{"wrong password at the sentinels", sentinels, []string{"redis.sentinel_password_file=" + wrong}, true, append(password, "redis.sentinel_*")},
		{"no password at the sentinels", sentinels, []string{"redis.sentinel_password_file="}, true, []string{"NOAUTH", "redis.sentinel_*"}},
		{"wrong password behind sentinels", sentinels, []string{"redis.password_file=" + wrong}, true, password},
		{"untrusted sentinels", sentinels, []string{"redis.tls.ca_file=" + stranger.File}, true, []string{"unknown authority", "check redis.tls.ca_file"}},
		{"unknown master", openSentinels, []string{"redis.master_name=other"}, true, []string{"know no master", "check redis.master_name"}},
		{"servers taken for sentinels", openServer, []string{"redis.master_name=main"}, true, []string{"not a sentinel", "check redis.addresses"}},
		{"sentinels taken for a server", openSentinels, nil, true, []string{"a sentinel", "set redis.master_name"}},
		{"sentinels taken for a cluster", openSentinels, []string{"redis.mode=cluster"}, true, []string{"not a node of a cluster", "redis.master_name"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := &deployment{pair: pair, settings: slices.Concat(row.to, row.but)}
			d.refused(t, row.stays, row.want...)
		})
	}
}
