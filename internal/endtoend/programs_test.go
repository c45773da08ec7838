package endtoend

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
)

// programs is the directory of the consumer and the publisher as they are shipped.
type programs string

// run starts both, each in a process of its own, with a system's settings, until they
// are stopped.
func (p programs) run(b *testing.B, s *system) (stop func()) {
	var flags []string
	for _, setting := range s.settings() {
		flags = append(flags, "--set", setting)
	}
	start := func(name string) func() {
		return testbed.StartProgram(b, append([]string{filepath.Join(string(p), name)}, flags...)...)
	}
	stopConsumer, stopPublisher := start("consumer"), start("publisher")
	return func() {
		stopConsumer()
		stopPublisher()
	}
}

// settings are what differs from the defaults in a firing system.
func (s *system) settings() []string {
	return []string{
		"namespace=" + s.cfg.Namespace,
		"kafka.brokers=" + strings.Join(s.cfg.Kafka.Brokers, ","),
		"redis.addresses=" + strings.Join(s.cfg.Redis.Addresses, ","),
		"redis.checks=" + string(s.cfg.Redis.Checks),
		"input.topics=" + strings.Join(s.cfg.Input.Topics, ","),
		"input.group=" + s.cfg.Input.Group,
		"publisher.group=" + s.cfg.Publisher.Group,
		"publisher.compression=" + string(s.cfg.Publisher.Compression),
		"awake.mode=" + string(s.cfg.Awake.Mode),
		"awake.cooling.silence_quantile=0", "awake.dormant.silence_quantile=0", "awake.lost.silence_days=1",
		"telemetry.consumer_listen=127.0.0.1:0", "telemetry.publisher_listen=127.0.0.1:0", "telemetry.log_format=json",
	}
}
