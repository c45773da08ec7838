package process

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/logging"
	"github.com/clvstream/clvstream/internal/testbed"
)

// The marks stand where customers' data and secrets stand. None may be seen in
// what a program says about itself.
const (
	customerMark = "CustomerMark4711"
	secretMark   = "SecretMark0815"
)

// spoiltEvents are events that carry the mark wherever a field allows it, most
// of them refused.
func spoiltEvents() []*kgo.Record {
	var records []*kgo.Record
	for _, format := range []string{
		`{"type":"order.placed","event_id":"%[1]s-e","order_id":"%[1]s-o","customer_id":"%[1]s","occurred_at":"2024-01-02T00:00:00Z","amount":"10.50","currency":"USD","channel":"%[1]s"}`,
		`{"type":"%[1]s","event_id":"%[1]s-f","customer_id":"%[1]s"}`,
		`{"type":"order.placed","event_id":"%[1]s-g","order_id":"o","customer_id":"%[1]s","occurred_at":"%[1]s","amount":"10.50","currency":"USD"}`,
		`{"type":"order.placed","event_id":"%[1]s-h","order_id":"o","customer_id":"%[1]s","occurred_at":"2024-01-02T00:00:00Z","amount":"%[1]s","currency":"USD"}`,
		`{"type":"order.placed","event_id":"%[1]s-i","order_id":"o","customer_id":"%[1]s","occurred_at":"2024-01-02T00:00:00Z","amount":"10.50","currency":"%[1]s"}`,
		`{"%[1]s":`,
	} {
		records = append(records, &kgo.Record{
			Key:     []byte(customerMark),
			Value:   fmt.Appendf(nil, format, customerMark),
			Headers: []kgo.RecordHeader{{Key: customerMark, Value: []byte(customerMark)}},
		})
	}
	return records
}

func TestLogsHoldNoCustomersData(t *testing.T) {
	d := deploy(t, testbed.EmbeddedPair(t))
	level := []string{"--log-level", "debug"}
	consumer := start(t, Consumer, nil, d.flags(Consumer, level...)...)
	publisher := start(t, Publisher, nil, d.flags(Publisher, level...)...)
	consumer.ready(t)
	publisher.ready(t)
	events := spoiltEvents()
	d.produce(t, events...)
	d.records(t, d.namespace+".deadletter", len(events)-1)
	d.pair.RedisDown(t) // trouble has the most to say
	d.produce(t, events...)
	consumer.says(t, "commit is retried")
	d.pair.RedisUp(t)
	d.records(t, d.namespace+".deadletter", 2*(len(events)-1))
	for name, c := range map[string]*child{"consumer": consumer, "publisher": publisher} {
		_, metrics := get(t, c.url(t, "/metrics"))
		c.terminate(t)
		if status := c.status(t); status != cli.StatusDone {
			t.Errorf("%s: status %d", name, status)
		}
		if said := c.log.String() + c.out.String() + metrics; strings.Contains(said, customerMark) {
			t.Errorf("%s says what a customer sent:\n%s", name, said)
		}
		for line := range strings.Lines(c.log.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%s: not a line of JSON: %s", name, line)
			}
		}
	}
}

// TestLogsHoldNoSecrets lets servers turn the credentials down, which is final.
func TestLogsHoldNoSecrets(t *testing.T) {
	store := miniredis.RunT(t)
	store.RequireAuth("another")
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", "user", "another"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.SASLAuthenticate}, TopLevel: true, Err: kerr.SaslAuthenticationFailed, Count: -1})
	pair := testbed.EmbeddedPair(t)
	for _, tc := range []struct {
		name, variable string
		pair           *testbed.Pair
		flags          []string
		want           string
	}{
		{"Redis", "CLVSTREAM_REDIS_PASSWORD", &testbed.Pair{Brokers: pair.Brokers, RedisAddrs: []string{store.Addr()}}, nil, "WRONGPASS"},
		{"Kafka", "CLVSTREAM_KAFKA_SASL_PASSWORD", &testbed.Pair{Brokers: broker.ListenAddrs(), RedisAddrs: pair.RedisAddrs},
			[]string{"--set", "kafka.sasl.mechanism=plain", "--set", "kafka.sasl.username=user"}, "SASL_AUTHENTICATION_FAILED"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := &deployment{pair: tc.pair, namespace: "clv", topic: "orders"}
			cfg := d.config(t, Consumer, []string{tc.variable + "=" + secretMark}, append(tc.flags, "--log-level", "debug")...)
			var log lines
			before := slog.Default()
			t.Cleanup(func() { slog.SetDefault(before) })
			logging.Install(&log, cfg.Telemetry)
			err := ends(t, &Process{Program: Consumer, Config: cfg, ConnectTimeout: time.Minute})
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "tried for") {
				t.Errorf("error: %v", err)
			}
			if said := fmt.Sprint(log.String(), err); strings.Contains(said, secretMark) {
				t.Errorf("a secret is shown:\n%s", said)
			}
		})
	}
}
