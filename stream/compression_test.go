package stream

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/internal/testbed"
)

// What is published is compressed as configured, and read as ever.
func TestPublishedIsCompressed(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		var whole int64
		for as, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} { // in Kafka's order
			o := newHarness(t, pair)
			o.Orders(t, 2000)
			o.drain(t, o.publisher(t, func(c *PublisherConfig) { c.Compression = name }))
			o.WantPublished(t)
			records := o.Committed(t, o.Topics.Changes)
			for _, r := range records {
				if got := r.Attrs.CompressionType(); int(got) != as {
					t.Fatalf("%s: a change is compressed as %d, want %d", name, got, as)
				}
			}
			switch stored := o.stored(t, o.Topics.Changes); {
			case name == "none":
				whole = stored
			case stored > whole/5:
				t.Errorf("%s leaves %d of %d bytes", name, stored, whole)
			}
		}
	})
}

// stored is what a topic takes on disk, on all brokers.
func (o *harness) stored(t *testing.T, topic string) (bytes int64) {
	t.Helper()
	dirs, err := o.Pair.Admin(t).DescribeAllLogDirs(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	dirs.Each(func(dir kadm.DescribedLogDir) {
		for _, partition := range dir.Topics[topic] {
			bytes += partition.Size
		}
	})
	return bytes
}

func TestPublisherRefusesUnknownCompression(t *testing.T) {
	_, err := NewPublisher(t.Context(), PublisherConfig{Compression: "rar"})
	if err == nil || !strings.Contains(err.Error(), "rar") || !strings.Contains(err.Error(), "zstd") {
		t.Errorf("got %v", err)
	}
}
