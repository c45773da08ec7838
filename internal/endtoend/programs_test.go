package endtoend

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// programs are the consumer and the publisher as they are shipped.
type programs struct{ directory string }

func build(b *testing.B) programs {
	dir := b.TempDir()
	command := exec.Command("go", "build", "-o", dir, "./cmd/consumer", "./cmd/publisher")
	command.Dir = filepath.Join("..", "..")
	if out, err := command.CombinedOutput(); err != nil {
		b.Fatalf("build the programs: %v\n%s", err, out)
	}
	return programs{dir}
}

// run starts both, each in a process of its own, with a system's settings, until they
// are stopped.
func (p programs) run(b *testing.B, s *system) (stop func()) {
	var flags []string
	for _, setting := range s.settings() {
		flags = append(flags, "--set", setting)
	}
	var stops []func()
	for _, name := range []string{"consumer", "publisher"} {
		var log bytes.Buffer
		command := exec.Command(filepath.Join(p.directory, name), flags...)
		command.Env, command.Dir = []string{}, p.directory
		command.Stdout, command.Stderr = &log, &log
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- command.Wait() }()
		kill := func() {
			_ = command.Process.Kill() // one that has ended stays as it is
		}
		b.Cleanup(kill)
		stops = append(stops, func() {
			_ = command.Process.Signal(syscall.SIGTERM)
			if err := <-ended; err != nil {
				b.Errorf("%s: %v\n%s", name, err, log.String())
			}
		})
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
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
		"awake.mode=" + string(s.cfg.Awake.Mode),
		"awake.cooling.silence_quantile=0", "awake.dormant.silence_quantile=0", "awake.lost.silence_days=1",
		"telemetry.consumer_listen=127.0.0.1:0", "telemetry.publisher_listen=127.0.0.1:0", "telemetry.log_format=json",
	}
}
