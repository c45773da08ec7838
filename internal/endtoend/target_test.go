package endtoend

import (
	_ "embed"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/bench"
	"github.com/clvstream/clvstream/internal/testbed"
)

// currency is the one of the orders.
const currency = "EUR"

// modelFile values customers as the peer does; settingsFile turns on what is off by default.
var (
	//go:embed testdata/model.yaml
	modelFile []byte
	//go:embed testdata/settings.yaml
	settingsFile []byte
)

// target is a build on the servers, in a namespace of its own.
func (c *comparison) target(t *testing.T, b build, store *testbed.Redis, in input) bench.Target {
	t.Helper()
	target := c.targetAt(t, b, store.Addr, in)
	target.Servers = bench.Meter{bench.KafkaProcess: c.kafkaPIDs(), bench.RedisProcess: {store.PID()}}
	return target
}

func (c *comparison) targetAt(t *testing.T, b build, redisAddress string, in input) bench.Target {
	t.Helper()
	dir := t.TempDir()
	modelPath, settingsPath := filepath.Join(dir, "model.yaml"), filepath.Join(dir, "settings.yaml")
	need(t, os.WriteFile(modelPath, modelFile, 0o600))
	need(t, os.WriteFile(settingsPath, settingsFile, 0o600))
	set := map[string]string{
		"namespace":                  c.unique("bench"),
		"kafka.brokers":              strings.Join(c.brokers, ","),
		"redis.addresses":            redisAddress,
		"input.topics":               strings.Join(in.topics, ","),
		"topics.partitions":          strconv.Itoa(c.servers.partitions),
		"model.file":                 modelPath,
		"telemetry.consumer_listen":  "127.0.0.1:0",
		"telemetry.publisher_listen": "127.0.0.1:0",
	}
	maps.Copy(set, c.settings)
	return bench.Target{Name: b.name, Programs: b.programs, File: settingsPath, Set: set, Consumers: c.consumers}
}

// describe says which servers a report is of, and how they are set up.
func (c *comparison) describe() []string {
	return []string{
		fmt.Sprintf("Apache Kafka %s, one broker, %s", testbed.KafkaVersion, strings.Join(brokerFlags, " ")),
		"redis-server --appendonly yes --appendfsync everysec --auto-aof-rewrite-min-size 4gb",
	}
}
