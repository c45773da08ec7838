package integration

import (
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/testbed"
)

// The master is lost and the sentinels make its replica the master, while orders
// keep coming. What the replica had not heard of is computed again from the log.
func TestSurvivesFailoverBySentinel(t *testing.T) {
	t.Run("the master dies, and a sentinel with it", func(t *testing.T) {
		t.Parallel()
		survivesFailover(t, testbed.RedisGuard{},
			func(s *testbed.RedisSentinel) { s.Nodes[0].Kill(); s.Sentinels[0].Kill() },
			func(s *testbed.RedisSentinel) { s.Nodes[0].Start(t) })
	})
	// It goes on as a master when it wakes up, until the sentinels tell it otherwise.
	t.Run("the master freezes, behind TLS and passwords", func(t *testing.T) {
		t.Parallel()
		survivesFailover(t, testbed.RedisGuard{Password: "s3cret", Authority: testbed.NewAuthority(t)},
			func(s *testbed.RedisSentinel) { s.Nodes[0].Pause() },
			func(s *testbed.RedisSentinel) { s.Nodes[0].Resume() })
	})
}

func survivesFailover(t *testing.T, guard testbed.RedisGuard, lose, comeBack func(*testbed.RedisSentinel)) {
	sentinel := testbed.StartRedisSentinel(t, guard)
	pair := *testbed.EmbeddedPair(t) // its Kafka: this is about Redis
	pair.RedisAddrs, pair.Redis = sentinel.Addrs(), sentinel.Nodes
	d := deploy(t, &pair, append(sentinelSettings(t, guard), oneTopic(t))...)
	if guard.Password != "" {
		d.asUser(t, "shop", guard.Password, sentinel)
	}
	consumer, publisher := d.consume(t), d.publish(t)
	feed := d.feed(t, d.records(traffic(t, newSeed(t), 6000)))
	works := d.working(t)
	works()

	began := time.Now()
	lose(sentinel)
	sentinel.AwaitFailover(t, sentinel.Nodes[0])
	failedOver := time.Now()
	works()
	t.Logf("failed over after %s, at work again %s later", failedOver.Sub(began).Round(time.Millisecond), time.Since(failedOver).Round(time.Millisecond))

	comeBack(sentinel)
	sentinel.AwaitReplica(t, sentinel.Nodes[0])
	works()
	consumer.ready(t)
	publisher.ready(t)
	feed.end(t)
	t.Log(d.settled(t))
}

// asUser goes on as a user with the rights that docs/deployment.md lists.
func (d *deployment) asUser(t *testing.T, name, password string, sentinel *testbed.RedisSentinel) {
	t.Helper()
	for _, node := range sentinel.Nodes {
		grantRedis(t, node, name, password, d.config.Namespace)
	}
	for _, node := range sentinel.Sentinels {
		setUser(t, node, name, password, "&*", "+@connection", "-@dangerous", "+subscribe",
			"+sentinel|get-master-addr-by-name", "+sentinel|sentinels", "+sentinel|replicas")
	}
	d.settings = append(d.settings, "redis.username="+name, "redis.sentinel_username="+name)
	d.config = d.load(t)
	d.redis = must(assembly.Redis(d.config))(t)
	t.Cleanup(func() { _ = d.redis.Close() })
}

// What is asked of the master is asked of its replica as well, which may be the
// master next. A replica that is away keeps nobody from starting.
func TestChecksReplicasBehindSentinels(t *testing.T) {
	t.Parallel()
	guard := testbed.RedisGuard{Password: "s3cret", Authority: testbed.NewAuthority(t)}
	sentinel := testbed.StartRedisSentinel(t, guard)
	pair := *testbed.EmbeddedPair(t)
	pair.RedisAddrs, pair.Redis = sentinel.Addrs(), sentinel.Nodes
	d := deploy(t, &pair, sentinelSettings(t, guard)...)
	for role, node := range map[string]*testbed.Redis{"master": sentinel.Nodes[0], "replica": sentinel.Nodes[1]} {
		for _, setting := range []struct{ name, wrong, right string }{{"maxmemory-policy", "allkeys-lru", "noeviction"}, {"appendonly", "no", "yes"}} {
			configure(t, node, setting.name, setting.wrong)
			_, err := assembly.Store(t.Context(), d.config, d.redis)
			if err == nil || !strings.Contains(err.Error(), "set "+setting.name+" "+setting.right) {
				t.Errorf("%s with %s %s: %v", role, setting.name, setting.wrong, err)
			}
			if role == "replica" && err != nil && !strings.Contains(err.Error(), node.Addr) {
				t.Errorf("which of the servers it is, is not in: %v", err)
			}
			configure(t, node, setting.name, setting.right)
		}
	}
	replica := sentinel.Nodes[1]
	replica.Kill()
	d.store(t)
	if warning := replica.Addr + ": this replica could not be checked"; !strings.Contains(journal.String(), warning) {
		t.Errorf("no warning %q", warning)
	}
}

func configure(t *testing.T, node *testbed.Redis, name, value string) {
	t.Helper()
	if err := node.Client(t).ConfigSet(t.Context(), name, value).Err(); err != nil {
		t.Fatal(err)
	}
}

// sentinelSettings are what the programs need to find and reach a guarded master.
func sentinelSettings(t *testing.T, guard testbed.RedisGuard) []string {
	t.Helper()
	settings := append(redisSettings(t, guard), "redis.master_name="+testbed.SentinelMaster)
	if guard.Password != "" {
		settings = append(settings, "redis.sentinel_password_file="+secretFile(t, guard.Password))
	}
	return settings
}

// redisSettings are what they need to pass a guard.
func redisSettings(t *testing.T, guard testbed.RedisGuard) []string {
	t.Helper()
	var settings []string
	if guard.Password != "" {
		settings = append(settings, "redis.password_file="+secretFile(t, guard.Password))
	}
	if guard.Authority != nil {
		pair := guard.Authority.Issue(t, "clvstream")
		settings = append(settings, "redis.tls.enabled=true", "redis.tls.ca_file="+guard.Authority.File,
			"redis.tls.cert_file="+pair.CertFile, "redis.tls.key_file="+pair.KeyFile)
	}
	return settings
}
