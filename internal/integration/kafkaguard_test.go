package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Every way past a guarded Kafka, through both clients, with no more rights than
// the documentation asks for.
func TestPassesGuardedKafka(t *testing.T) {
	t.Parallel()
	g := guardKafka(t)
	for _, way := range []struct{ name, protocol, mechanism string }{
		{"PLAIN", testbed.SASLPlaintext, "plain"},
		{"SCRAM-SHA-256", testbed.SASLPlaintext, "scram-sha-256"},
		{"SCRAM-SHA-512", testbed.SASLPlaintext, "scram-sha-512"},
		{"PLAIN under TLS", testbed.SASLSSL, "plain"},
		{"SCRAM-SHA-256 under TLS", testbed.SASLSSL, "scram-sha-256"},
		{"SCRAM-SHA-512 under TLS", testbed.SASLSSL, "scram-sha-512"},
		{"a certificate", testbed.SSL, "none"},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, g.pair, g.settings(t, way.protocol, way.mechanism)...)
			d.grant(t, g.guard.User)
			d.consume(t)
			d.publish(t)
			d.produce(t, d.records(traffic(t, newSeed(t), 20))...)
			if report := d.settled(t); report.Changes == 0 {
				t.Error("nothing was published")
			}
		})
	}
	t.Run("topics are made", g.makesTopics)
	t.Run("refusals", g.refuses)
}

// guardedKafka is a guarded broker, and a store that is not.
type guardedKafka struct {
	guard testbed.KafkaGuard
	pair  *testbed.Pair
}

func guardKafka(t *testing.T) *guardedKafka {
	t.Helper()
	g := &guardedKafka{guard: testbed.KafkaGuard{User: "shop", Authority: testbed.NewAuthority(t)}}
	pair := *testbed.EmbeddedPair(t)
	pair.Kafka = testbed.StartKafka(t, testbed.KafkaOptions{Guard: &g.guard})
	pair.Brokers = pair.Kafka.Addrs()
	g.pair = &pair
	return g
}

// settings are what the programs need to pass on a listener.
func (g *guardedKafka) settings(t *testing.T, protocol, mechanism string) []string {
	t.Helper()
	settings := []string{"kafka.brokers=" + strings.Join(g.pair.Kafka.AddrsOf(protocol), ",")}
	if mechanism != "none" {
		settings = append(settings, "kafka.sasl.mechanism="+mechanism, "kafka.sasl.username="+g.guard.User,
			"kafka.sasl.password_file="+secretFile(t, g.guard.Password(strings.ToUpper(mechanism))))
	}
	if protocol != testbed.SASLPlaintext {
		settings = append(settings, "kafka.tls.enabled=true", "kafka.tls.ca_file="+g.guard.Authority.File)
	}
	if protocol == testbed.SSL {
		own := g.guard.Authority.Issue(t, g.guard.User)
		settings = append(settings, "kafka.tls.cert_file="+own.CertFile, "kafka.tls.key_file="+own.KeyFile)
	}
	return settings
}

// grant gives a user the rights that docs/deployment.md lists for the programs.
func (d *deployment) grant(t *testing.T, user string) {
	t.Helper()
	namespace := d.config.Namespace
	d.allow(t, user, kadm.NewACLs().Topics(d.config.Input.Topics...).ResourcePatternType(kadm.ACLPatternLiteral).
		Operations(kadm.OpRead, kadm.OpDescribe))
	d.allow(t, user, kadm.NewACLs().Topics(namespace+".").ResourcePatternType(kadm.ACLPatternPrefixed).
		Operations(kadm.OpRead, kadm.OpWrite, kadm.OpDescribe, kadm.OpDescribeConfigs))
	d.allow(t, user, kadm.NewACLs().Groups(namespace+"-").ResourcePatternType(kadm.ACLPatternPrefixed).
		Operations(kadm.OpRead))
	d.allow(t, user, kadm.NewACLs().TransactionalIDs(namespace+".progress-lane-").ResourcePatternType(kadm.ACLPatternPrefixed).
		Operations(kadm.OpWrite, kadm.OpDescribe))
}

// allow gives rights and waits until the broker goes by them.
func (d *deployment) allow(t *testing.T, user string, rights *kadm.ACLBuilder) {
	t.Helper()
	rights = rights.Allow("User:" + user).AllowHosts()
	for _, result := range must(d.admin.CreateACLs(t.Context(), rights))(t) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
	}
	eventually(t, "the rights of "+user, func() bool {
		found, err := d.admin.DescribeACLs(t.Context(), rights)
		return err == nil && !slices.ContainsFunc(found, func(result kadm.DescribeACLsResult) bool {
			return result.Err != nil || len(result.Described) == 0
		})
	})
}

// The topics job makes what is missing with the rights that are listed for it.
func (g *guardedKafka) makesTopics(t *testing.T) {
	t.Parallel()
	d := deploy(t, g.pair, g.settings(t, testbed.SASLSSL, "scram-sha-512")...)
	fresh := d.config.Namespace + "-fresh"
	d.allow(t, g.guard.User, kadm.NewACLs().Topics(fresh).ResourcePatternType(kadm.ACLPatternPrefixed).
		Operations(kadm.OpCreate, kadm.OpDescribe, kadm.OpDescribeConfigs))
	client := must(cluster.Connect(t.Context(), d.kafka))(t)
	defer client.Close()
	specs := assembly.TopicSpecs(d.load(t, "--set", "namespace="+fresh, "--set", "input.topics="+fresh+"-orders"))
	for _, topic := range must(cluster.CreateTopics(t.Context(), kadm.NewClient(client), specs))(t) {
		if !topic.Created || len(topic.Problems) > 0 {
			t.Errorf("%s: created %v, %q", topic.Spec.Name, topic.Created, topic.Problems)
		}
	}
}

// Who is not let in is told why, and what to do, at once or with the first try.
func (g *guardedKafka) refuses(t *testing.T) {
	stranger := testbed.NewAuthority(t)
	foreign := stranger.Issue(t, g.guard.User)
	wrong := "kafka.sasl.password_file=" + secretFile(t, "wrong")
	credentials := []string{"refuse the credentials", "check the SASL mechanism, user and password"}
	for _, row := range []struct {
		name, protocol, mechanism string
		but                       []string
		stays                     bool
		want                      []string
	}{
		{"wrong password, PLAIN", testbed.SASLPlaintext, "plain", []string{wrong}, true, credentials},
		{"wrong password, SCRAM-SHA-256", testbed.SASLPlaintext, "scram-sha-256", []string{wrong}, true, credentials},
		{"wrong password, SCRAM-SHA-512 under TLS", testbed.SASLSSL, "scram-sha-512", []string{wrong}, true, credentials},
		{"unknown user", testbed.SASLPlaintext, "scram-sha-512", []string{"kafka.sasl.username=nobody"}, true, credentials},
		{"a password where none is asked for", testbed.SASLPlaintext, "plain", []string{"kafka.brokers=" + g.pair.Brokers[0]}, true, credentials},
		{"no password", testbed.SASLPlaintext, "none", nil, false, []string{"is SASL missing?", "SASL settings"}},
		{"untrusted server", testbed.SASLSSL, "plain", []string{"kafka.tls.ca_file=" + stranger.File}, true,
			[]string{"unknown authority", "check kafka.tls.ca_file and kafka.tls.server_name"}},
		{"another server", testbed.SASLSSL, "plain", []string{"kafka.tls.server_name=elsewhere"}, true,
			[]string{"not elsewhere", "kafka.tls.server_name"}},
		{"no certificate", testbed.SSL, "none", []string{"kafka.tls.cert_file=", "kafka.tls.key_file="}, true,
			[]string{"does not accept our certificate", "check kafka.tls.cert_file and kafka.tls.key_file"}},
		{"untrusted certificate", testbed.SSL, "none", []string{"kafka.tls.cert_file=" + foreign.CertFile, "kafka.tls.key_file=" + foreign.KeyFile}, true,
			[]string{"does not accept our certificate", "check kafka.tls.cert_file and kafka.tls.key_file"}},
		{"plaintext where TLS is spoken", testbed.SASLSSL, "plain", []string{"kafka.tls.enabled=false"}, false, []string{"tls endpoint", "TLS and SASL settings"}},
		{"TLS where plaintext is spoken", testbed.SASLSSL, "plain", []string{"kafka.brokers=" + g.pair.Brokers[0]}, false, []string{"is TLS misconfigured", "TLS and SASL settings"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := &deployment{pair: g.pair, settings: slices.Concat(
				[]string{"redis.addresses=" + g.pair.RedisAddrs[0], "redis.checks=off", "telemetry.consumer_listen=127.0.0.1:0"},
				g.settings(t, row.protocol, row.mechanism), row.but)}
			d.refused(t, row.stays, row.want...)
		})
	}
}
