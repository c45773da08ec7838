package endtoend

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/bench"
	"github.com/clvstream/clvstream/internal/bench/gauge"
	"github.com/clvstream/clvstream/internal/subprocess"
	"github.com/clvstream/clvstream/stream/cluster"
)

// peerDir is where Maven has built the peer.
const peerDir = "../../bench/peers/kafka-streams/target"

// peer is one run of the Kafka Streams application.
type peer struct {
	id, out string // its application id; the topic of its changes
	dir     string
	process *subprocess.Process
}

// catchUp starts the application with an empty state, measures it until the input is
// processed and its changes can be read by read_committed, and checks these.
func catchUp(t *testing.T, s *servers, in input) bench.Run {
	t.Helper()
	run := bench.Run{Events: in.events, Customers: in.customers, CoreSpeed: gauge.CoreSpeed()}
	p := s.startPeer(t, in.topics[0])
	defer p.process.Kill()
	p.await(t, "READY")
	meter := bench.Meter{bench.ApplicationProcess: {p.process.PID}, bench.KafkaProcess: s.kafkaPIDs()}
	before := meter.Read()
	need(t, os.WriteFile(p.path("go"), nil, 0o600))
	began := p.await(t, "FIRST")
	s.awaitGroup(t, p, in.topics[0])
	need(t, bench.AwaitReadable(s.ctx, s.admin, p.out))
	run.Finish(time.Since(time.UnixMilli(began)))
	run.Processes = meter.Read().Since(before, in.events)
	if err := p.process.Stop(); err != nil && err.Error() != stoppedByTerm {
		t.Fatalf("stop the peer: %v", err)
	}
	run.Changes = s.checkPeer(t, p.out, int64(in.events))
	s.deleteTopics(t, p.id)
	return run
}

// stoppedByTerm is the status of a Java program that was asked to end.
const stoppedByTerm = "exit status 143"

func (s *servers) startPeer(t *testing.T, in string) *peer {
	t.Helper()
	p := &peer{id: s.unique("peer"), dir: t.TempDir()}
	p.out = p.id + ".changes"
	s.createTopic(t, p.out)
	argv := []string{
		"java", "-Xms2g", "-Xmx2g", "-XX:+UseParallelGC", "-XX:+UseTransparentHugePages",
		"-Djava.io.tmpdir=" + p.dir, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
		"-cp", filepath.Join(absolute(t, peerDir), "peer-kstreams-1.jar") + ":" + filepath.Join(absolute(t, peerDir), "lib", "*"), "peer.App",
		"bootstrap=" + strings.Join(s.brokers, ","), "id=" + p.id, "in=" + in, "out=" + p.out, "state=" + p.path("state"), "go=" + p.path("go"),
		"json=hand", "partitions=" + strconv.Itoa(s.partitions),
	}
	var err error
	p.process, err = subprocess.Start(argv, nil, p.dir, p.path("log"))
	need(t, err)
	t.Cleanup(p.process.Kill)
	return p
}

func (p *peer) path(name string) string { return filepath.Join(p.dir, name) }

// await waits for a line of the log that begins with a word, and returns the instant
// behind it, milliseconds.
func (p *peer) await(t *testing.T, word string) int64 {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		log, err := os.ReadFile(p.path("log"))
		need(t, err)
		for line := range strings.Lines(string(log)) {
			if text, found := strings.CutPrefix(strings.TrimSpace(line), word+" "); found {
				at, err := strconv.ParseInt(text, 10, 64)
				need(t, err)
				return at
			}
		}
		if time.Now().After(end) || !p.process.Running() {
			t.Fatalf("the peer does not say %s:\n%s", word, log)
		}
	}
}

// awaitGroup waits until the peer's committed offsets are the ends of its input.
func (s *servers) awaitGroup(t *testing.T, p *peer, in string) {
	t.Helper()
	ends, err := s.admin.ListEndOffsets(s.ctx, in)
	need(t, errors.Join(err, ends.Error()))
	for ; ; time.Sleep(25 * time.Millisecond) {
		committed, err := s.admin.FetchOffsets(s.ctx, p.id)
		need(t, err)
		left := int64(0)
		ends.Each(func(end kadm.ListedOffset) {
			at, _ := committed.Lookup(in, end.Partition)
			left += end.Offset - max(0, at.At)
		})
		if left == 0 {
			return
		}
		if !p.process.Running() {
			log, _ := os.ReadFile(p.path("log"))
			t.Fatalf("the peer ended with %d records left:\n%s", left, log)
		}
	}
}

// checkPeer counts the peer's changes, whose versions must follow each other.
func (s *servers) checkPeer(t *testing.T, topic string, want int64) int64 {
	t.Helper()
	versions, wrong := map[string]int{}, 0
	changes, err := bench.Count(s.ctx, cluster.Access{Brokers: s.brokers}, topic, func(r *kgo.Record) {
		if versions[string(r.Key)]++; versionOf(r.Value) != versions[string(r.Key)] {
			wrong++
		}
	})
	need(t, err)
	if changes != want || wrong > 0 {
		t.Errorf("the peer published %d changes, %d with a wrong version; want %d", changes, wrong, want)
	}
	return changes
}

// versionOf is the number behind "version" in a change of the peer's; 0 without one.
func versionOf(change []byte) (version int) {
	_, text, _ := strings.Cut(string(change), `"version":`)
	_, _ = fmt.Sscanf(text, "%d", &version)
	return version
}
