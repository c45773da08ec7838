package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestFileErrorsNameTheLine(t *testing.T) {
	for _, tc := range []struct {
		name, yaml string
		want       []string
	}{
		{"unknown key", "namespace: a\nkafka:\n  brokrs: [a:1]\n", []string{
			"clv.yaml:3:3: kafka.brokrs: unknown key; did you mean kafka.brokers?"}},
		{"unknown section", "kafak:\n  brokers: [a:1]\n", []string{
			"clv.yaml:1:1: kafak: unknown key; did you mean kafka?"}},
		{"unknown stage", "awake:\n  dorment: {silence_days: 90}\n", []string{
			"clv.yaml:2:3: awake.dorment: unknown key; did you mean awake.dormant?"}},
		{"key in the wrong section", "kafka:\n  batch_max_records: 5\n", []string{
			"clv.yaml:2:3: kafka.batch_max_records: unknown key; did you mean input.batch_max_records?"}},
		{"nothing near", "topics:\n  hologram: 5\n", []string{
			"clv.yaml:2:3: topics.hologram: unknown key; allowed here: partitions, replication_factor"}},
		{"dotted", "kafka.brokers: [a:1]\n", []string{
			"clv.yaml:1:1: kafka.brokers: keys are nested, not dotted; write brokers under kafka"}},
		{"dotted section", "kafka.tls: {}\n", []string{
			"clv.yaml:1:1: kafka.tls: keys are nested, not dotted; write tls under kafka"}},
		{"duplicate key", "state:\n  shards: 16\n\n  shards: 32\n", []string{
			"clv.yaml:4:3: state.shards: is given twice, first in line 2"}},
		{"duplicate section", "state: {shards: 16}\npolicy: {}\nstate: {shards: 32}\n", []string{
			"clv.yaml:3:1: state: is given twice, first in line 1"}},
		{"word for a number", "state:\n  shards: many\n", []string{
			`clv.yaml:2:11: state.shards: "many" is not allowed; give a whole number from 1 to 4096`}},
		{"out of range", "state:\n  shards: 70000\n", []string{
			`clv.yaml:2:11: state.shards: "70000" is not allowed; give a whole number from 1 to 4096`}},
		{"list for a number", "state:\n  shards: [1]\n", []string{
			"clv.yaml:2:11: state.shards: a list is not allowed; give a whole number from 1 to 4096"}},
		{"table for a word", "namespace:\n  a: b\n", []string{
			"clv.yaml:2:3: namespace: a table is not allowed; give 1 to 64 letters, digits, '_' or '-'"}},
		{"no value", "namespace:\nstate:\n", []string{
			"clv.yaml:1:11: namespace: there is no value; give 1 to 64 letters, digits, '_' or '-'"}},
		{"value for a section", "topics: 5\n", []string{
			"clv.yaml:1:9: topics: is not a table; give a table of settings: partitions, replication_factor"}},
		{"word for a list", "input:\n  topics: orders\n", []string{
			"clv.yaml:2:11: input.topics: is not a list; give a list of values, each a topic's name: 1 to 249 letters, digits, '.', '_' or '-'"}},
		{"empty list", "input:\n  topics: []\n", []string{
			"clv.yaml:2:11: input.topics: the list is empty; give at least one value"}},
		{"bad item", "input:\n  topics:\n    - orders\n    - or ders\n    - orders\n", []string{
			`clv.yaml:4:7: input.topics[2]: "or ders" is not allowed; give a topic's name: 1 to 249 letters, digits, '.', '_' or '-'`,
			`clv.yaml:5:7: input.topics[3]: "orders" is given twice`}},
		{"tag", "namespace: !env X\n", []string{
			"clv.yaml:1:12: namespace: a tag (!env) is not understood; give 1 to 64 letters, digits, '_' or '-'"}},
		{"closed set", "redis: {mode: clustr}\n", []string{
			`clv.yaml:1:15: redis.mode: "clustr" is not allowed; give auto, single, cluster or sentinel`}},
		{"duration without unit", "shutdown_timeout: 30\n", []string{
			`clv.yaml:1:19: shutdown_timeout: "30" is not allowed; give a duration with its unit, from 1s to 10m`}},
		{"size", "events: {max_event_bytes: 1GB}\n", []string{
			`clv.yaml:1:27: events.max_event_bytes: "1GB" is not allowed; give a size such as 64KiB, 4MiB or a number of bytes, from 4KiB to 64MiB`}},
		{"yes is not true", "telemetry: {pprof: yes}\n", []string{
			`clv.yaml:1:20: telemetry.pprof: "yes" is not allowed; give true or false`}},
		{"NaN", "policy: {relative: NaN}\n", []string{
			`clv.yaml:1:20: policy.relative: "NaN" is not allowed; give a number from 0 to 1`}},
		{"exponent in money", "events: {max_amount: 1e6}\n", []string{
			`clv.yaml:1:22: events.max_amount: "1e6" is not allowed; give an amount in major units from 1 to 1000000000000, such as 250000.00`}},
		{"zone of the machine", "business: {time_zone: Local}\n", []string{
			`clv.yaml:1:23: business.time_zone: "Local" is not allowed; give a time zone's IANA name, such as Europe/Berlin or UTC`}},
		{"currency", "business: {currency: EURO}\n", []string{
			`clv.yaml:1:22: business.currency: "EURO" is not allowed; give an ISO 4217 code in capitals, such as EUR`}},
		{"row", "business:\n  exchange_rates:\n    - currency: EUR\n      rates: 1\n    - {from: 2026-02-30, currency: JPY, rate: 0}\n    - currency: GBP\n", []string{
			"clv.yaml:4:7: business.exchange_rates[1].rates: unknown key; did you mean rate?",
			`clv.yaml:5:14: business.exchange_rates[2].from: "2026-02-30" is not allowed; give a date such as 2026-01-31, from 1900 to 2199`,
			`clv.yaml:5:47: business.exchange_rates[2].rate: "0" is not allowed; give a decimal above 0, such as 1.0835`,
			"clv.yaml:6:7: business.exchange_rates[3].rate: is missing; give a decimal above 0, such as 1.0835"}},
		{"rates contradict", "business:\n  currency: EUR\n  exchange_rates: [{currency: USD, rate: 1}, {currency: USD, rate: 2}]\n", []string{
			"clv.yaml:3:19: business.exchange_rates: make rates: USD has two rates from 0001-01-01: keep one"}},
		{"password", "kafka:\n  sasl:\n    password: hunter2\n", []string{
			"clv.yaml:3:5: kafka.sasl.password: a password is not allowed here; set kafka.sasl.password_file, or the variable CLVSTREAM_KAFKA_SASL_PASSWORD"}},
		{"rebuild", "input:\n  rebuild: true\n", []string{
			"clv.yaml:2:3: input.rebuild: is not allowed here; use the flag --rebuild"}},
		{"address with credentials", "redis:\n  addresses: [\"redis://u:hunter2@h:6379\"]\n", []string{
			"clv.yaml:2:15: redis.addresses[1]: a value with @ in it (not shown, it may hold a password) is not allowed; give host:port, such as node-1:9092 (no scheme, no credentials)"}},
		{"not a table at all", "- a\n- b\n", []string{
			"clv.yaml:1:1: is not a table; give a table of settings: " + strings.Join(childrenOf(""), ", ")}},
		{"several at once", "namespace: a b\nstate:\n  shards: 0\n  sharts: 1\n", []string{
			`clv.yaml:1:12: namespace: "a b" is not allowed; give 1 to 64 letters, digits, '_' or '-'`,
			`clv.yaml:3:11: state.shards: "0" is not allowed; give a whole number from 1 to 4096`,
			"clv.yaml:4:3: state.sharts: unknown key; did you mean state.shards?"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := load(t, tc.yaml, nil)
			wantError(t, err, tc.want...)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the message shows a password: %v", err)
			}
		})
	}
}

func TestSyntaxErrorsNameTheLine(t *testing.T) {
	for yaml, want := range map[string]string{
		"a: b\nc:\n  d: 1\n\te: 2\n":           "clv.yaml:4: is not YAML: found a tab character that violates indentation",
		"a: b\nc:\n  d: 1\n e: 2\nf: 3\n":      "clv.yaml:4: is not YAML: did not find expected key",
		"a: b\nc: \"abc\nd: 3\ne: 4\n":         "clv.yaml:2: is not YAML: found unexpected end of stream",
		"a:\n  b: c: d\n":                      "clv.yaml:2: is not YAML: mapping values are not allowed in this context",
		"a: 1\nb: 2\nc: \x01\n":                "clv.yaml:3: is not YAML: control characters are not allowed",
		"a: 1\nb: *missing\nc: 2\n":            "clv.yaml:2: is not YAML: unknown anchor 'missing' referenced",
		"namespace: a\n---\nnamespace: b\n":    "clv.yaml:2: is not YAML: a second document begins; one is allowed",
		"namespace: a\nstate: {shards: 1}}\n":  "clv.yaml:2: is not YAML: did not find expected key",
		"@a: 1\n":                              "clv.yaml:1: is not YAML: found character that cannot start any token",
		"namespace: a\n---\nb: c: d\nstate:\n": "clv.yaml:3: is not YAML: mapping values are not allowed in this context",
	} {
		_, _, err := load(t, yaml, nil)
		wantError(t, err, want)
	}
}

func TestVariableAndFlagErrorsNameThePlace(t *testing.T) {
	for _, tc := range []struct {
		name      string
		env, args []string
		want      []string
	}{
		{"unknown variable", []string{"CLVSTREAM_KAFKA_BROKER=secret-host:1"}, nil, []string{
			"env CLVSTREAM_KAFKA_BROKER: unknown variable; did you mean CLVSTREAM_KAFKA_BROKERS?"}},
		{"far from any", []string{"CLVSTREAM_Q=1"}, nil, []string{
			"env CLVSTREAM_Q: unknown variable; a setting's variable is CLVSTREAM_ and its key in capitals, with _ for each dot"}},
		{"bad value", []string{"CLVSTREAM_STATE_SHARDS="}, nil, []string{
			"env CLVSTREAM_STATE_SHARDS: state.shards: an empty value is not allowed; give a whole number from 1 to 4096"}},
		{"bad item", []string{"CLVSTREAM_KAFKA_BROKERS=a:1,,b"}, nil, []string{
			"env CLVSTREAM_KAFKA_BROKERS: kafka.brokers[2]: an empty value is not allowed; give host:port, such as node-1:9092 (no scheme, no credentials)",
			`env CLVSTREAM_KAFKA_BROKERS: kafka.brokers[3]: "b" is not allowed; give host:port, such as node-1:9092 (no scheme, no credentials)`}},
		{"bad row", []string{"CLVSTREAM_BUSINESS_EXCHANGE_RATES=[{\"currency\":\"EUR\",\n\"rate\":\"x\"}]"}, nil, []string{
			`env CLVSTREAM_BUSINESS_EXCHANGE_RATES:2:8: business.exchange_rates[1].rate: "x" is not allowed; give a decimal above 0, such as 1.0835`}},
		{"not YAML", []string{"CLVSTREAM_BUSINESS_EXCHANGE_RATES=[{"}, nil, []string{
			"env CLVSTREAM_BUSINESS_EXCHANGE_RATES:1: business.exchange_rates: is not YAML: did not find expected node content"}},
		{"rebuild", []string{"CLVSTREAM_INPUT_REBUILD=true"}, nil, []string{
			"env CLVSTREAM_INPUT_REBUILD: input.rebuild: is not allowed here; use the flag --rebuild"}},
		{"flag", nil, []string{"--brokers", "kafka"}, []string{
			`flag --brokers: kafka.brokers[1]: "kafka" is not allowed; give host:port, such as node-1:9092 (no scheme, no credentials)`}},
		{"set without value", nil, []string{"--set", "namespace"}, []string{
			`flag --set: "namespace" is not allowed; give key=value, such as namespace=clv`}},
		{"set unknown", nil, []string{"--set", "kafka.brokrs=a:1", "--set", "kafka=a", "--set", "Q=1"}, []string{
			"flag --set kafka.brokrs: unknown key; did you mean kafka.brokers?",
			"flag --set kafka: is a section; name a setting in it: brokers, client_id, session_timeout, tls, sasl",
			"flag --set Q: unknown key; `clvstream config` lists them all"}},
		{"set and flag", nil, []string{"--set", "namespace=a", "--namespace", "b"}, []string{
			"flag --set namespace: is given twice, also by --namespace"}},
		{"name over model file", []string{"CLVSTREAM_MODEL_FILE=m.yaml"}, []string{"--set", "model.name=historic"}, []string{
			"flag --set model.name: model.name: is not used, because env CLVSTREAM_MODEL_FILE sets model.file; set model.file to empty here, or remove this"}},
		{"set password", nil, []string{"--set", "redis.password=hunter2"}, []string{
			"flag --set redis.password: redis.password: a password is not allowed here; set redis.password_file, or the variable CLVSTREAM_REDIS_PASSWORD"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := load(t, "", tc.env, tc.args...)
			wantError(t, err, tc.want...)
		})
	}
}

func TestServiceLinksAreNotOurs(t *testing.T) {
	links := []string{"CLVSTREAM_SERVICE_HOST=10.0.0.1", "CLVSTREAM_SERVICE_PORT=9464", "CLVSTREAM_PUBLISHER_SERVICE_PORT_METRICS=9465",
		"CLVSTREAM_CONSUMER_PORT=tcp://10.0.0.1:9464", "CLVSTREAM_PORT_9464_TCP=tcp://10.0.0.1:9464", "CLVSTREAM_PORT_9464_TCP_ADDR=10.0.0.1"}
	if _, _, err := Load(Options{Env: links}); err != nil {
		t.Error(err)
	}
	for _, s := range settings {
		if serviceLink.MatchString(s.env()) {
			t.Errorf("%s would be taken for a link of Kubernetes", s.env())
		}
	}
}

func TestRules(t *testing.T) {
	for _, tc := range []struct{ name, yaml, want string }{
		{"TLS off", "kafka:\n  tls:\n    ca_file: ca.pem\n",
			"clv.yaml:3:14: kafka.tls.ca_file: has no effect while kafka.tls.enabled is not set; set that to true or, if intended, to false"},
		{"TLS off on purpose", "kafka:\n  tls:\n    enabled: false\n    ca_file: ca.pem\n", ""},
		{"certificate without key", "redis:\n  tls:\n    enabled: false\n    cert_file: c.pem\n",
			"clv.yaml:4:16: redis.tls.cert_file: redis.tls.cert_file and redis.tls.key_file depend on each other; give both or neither"},
		{"SASL without password", "kafka:\n  sasl:\n    mechanism: plain\n    username: u\n",
			"clv.yaml:3:16: kafka.sasl.mechanism: plain needs kafka.sasl.username and a password: kafka.sasl.password_file, or the variable CLVSTREAM_KAFKA_SASL_PASSWORD"},
		{"user without mechanism", "kafka:\n  sasl:\n    username: u\n",
			"clv.yaml:3:15: kafka.sasl.username: has no effect while kafka.sasl.mechanism is not set; give none, plain, scram-sha-256 or scram-sha-512"},
		{"several for single", "redis:\n  mode: single\n  addresses: [a:1, b:1]\n",
			"clv.yaml:2:9: redis.mode: single needs one address, but 2 are given; set redis.mode to cluster or sentinel"},
		{"sentinel without master", "redis:\n  mode: sentinel\n",
			"clv.yaml:2:9: redis.mode: sentinel needs redis.master_name, as in the sentinels' own configuration"},
		{"master without sentinel", "redis:\n  mode: cluster\n  master_name: m\n",
			"clv.yaml:2:9: redis.mode: redis.master_name is for sentinel, not for cluster; remove it"},
		{"database of a cluster", "redis:\n  addresses: [a:1, b:1]\n  database: 1\n",
			"clv.yaml:3:13: redis.database: a cluster has only database 0"},
		{"sentinel's user without sentinel", "redis:\n  sentinel_username: u\n",
			"clv.yaml:2:22: redis.sentinel_username: is for sentinel, but redis.mode is single; set redis.master_name, or remove this"},
		{"own topic as input", "input:\n  topics: [clv.changes]\n",
			"clv.yaml:2:11: input.topics: clv.changes is a topic that clvstream writes; it cannot be an input"},
		{"one group for both", "publisher:\n  group: clv-consumer\n",
			`clv.yaml:2:10: publisher.group: input.group and publisher.group are both "clv-consumer"; they must differ, because their members read different topics`},
		{"a file beside a name", "model:\n  file: m.yaml\n  name: historic\n", ""},
		{"lanes without shards", "state:\n  shards: 1\n",
			"clv.yaml:2:11: state.shards: publisher.lanes is 2 and state.shards 1: some lanes would have no shard; give at most state.shards"},
		{"linger beyond timeout", "publisher:\n  transaction_linger: 5s\n  transaction_timeout: 5s\n",
			"clv.yaml:2:23: publisher.transaction_linger: publisher.transaction_linger must be shorter than publisher.transaction_timeout"},
		{"rate for the currency itself", "business:\n  exchange_rates: [{currency: USD, rate: 1}]\n",
			`clv.yaml:2:19: business.exchange_rates: make rates: "USD" needs no rate or is no currency: name another currency than the business's USD`},
		{"margin twice", "business:\n  channel_margins: [{channel: a, rate: 0.1}, {channel: a, rate: 0.2}]\n",
			`clv.yaml:2:20: business.channel_margins: make margins: channel "a" has two rates from 0001-01-01: keep one`},
		{"cents of a yen", "business: {currency: JPY}\npolicy:\n  absolute: 0.50\n",
			`clv.yaml:3:13: policy.absolute: read "0.50" as an amount of JPY: more digits after the point than the currency's minor unit has`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := load(t, tc.yaml, nil)
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, tc.want)
		})
	}
}

func TestReportIsBoundedAndReachable(t *testing.T) {
	var yaml strings.Builder
	for i := range 5 * maxProblems {
		fmt.Fprintf(&yaml, "unknown%d: 1\n", i)
	}
	_, _, err := load(t, yaml.String(), nil)
	var one Problem
	if !errors.As(err, &one) || one.Source.Line != 1 || one.Key != "unknown0" {
		t.Errorf("first problem is %+v", one)
	}
	if lines := strings.Count(err.Error(), "\n"); lines != maxProblems {
		t.Errorf("%d problems, want %d", lines, maxProblems)
	}
}

func TestAliasesAreFollowed(t *testing.T) {
	c, _, err := load(t, "input:\n  topics: &t [a, b]\nkafka:\n  client_id: &id x\nredis: {username: *id}\nbusiness:\n  channel_margins:\n    - &row {channel: w, from: 2026-01-01, rate: 0.2}\n", nil)
	if err != nil || c.Redis.Username != "x" {
		t.Errorf("got %q, %v", c.Redis.Username, err)
	}
	bomb := "business:\n  exchange_rates:\n    - &a {x: 1" + strings.Repeat(", y: 1", 1000) + "}\n" + strings.Repeat("    - *a\n", 10_000)
	if _, _, err := load(t, bomb, nil); err == nil {
		t.Error("rows of unknown keys were accepted")
	}
}
