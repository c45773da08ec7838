package process

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/testbed"
)

// otlpCollector takes what is exported over OTLP.
type otlpCollector struct {
	url string

	mu     sync.Mutex
	traces []*collector.ExportTraceServiceRequest
	paths  map[string]bool
}

func collect(t *testing.T) *otlpCollector {
	t.Helper()
	c := &otlpCollector{paths: map[string]bool{}}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read export: %v", err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.paths[r.URL.Path] = true
		if r.URL.Path != "/v1/traces" {
			return
		}
		var request collector.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &request); err != nil {
			t.Errorf("decode export: %v", err)
		}
		c.traces = append(c.traces, &request)
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// span is what the test wants of an exported span.
type span struct {
	service, name, attributes string
	links                     []string // trace ids, as bytes
}

func (c *otlpCollector) spans() []span {
	c.mu.Lock()
	defer c.mu.Unlock()
	var spans []span
	for _, request := range c.traces {
		for _, resource := range request.ResourceSpans {
			var service string
			for _, a := range resource.Resource.Attributes {
				if a.Key == "service.name" {
					service = a.Value.GetStringValue()
				}
			}
			for _, scope := range resource.ScopeSpans {
				for _, exported := range scope.Spans {
					s := span{service: service, name: exported.Name}
					for _, a := range exported.Attributes {
						s.attributes += a.String() + " "
					}
					for _, l := range exported.Links {
						s.links = append(s.links, string(l.TraceId))
					}
					spans = append(spans, s)
				}
			}
		}
	}
	return spans
}

// TestTraceGoesFromOrderToChange exports to a collector that an endpoint alone
// names, and finds the order's trace in the batch's span and on the change.
func TestTraceGoesFromOrderToChange(t *testing.T) {
	const traceparent = "00-0102030405060708090a0b0c0d0e0f10-1112131415161718-01"
	const traceID = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
	d := deploy(t, testbed.EmbeddedPair(t))
	otlp := collect(t)
	env := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + otlp.url}
	consumer := start(t, Consumer, env, d.flags(Consumer)...)
	publisher := start(t, Publisher, env, d.flags(Publisher)...)
	consumer.ready(t)
	traced := order(1, customerMark)
	traced.Headers = []kgo.RecordHeader{{Key: "traceparent", Value: []byte(traceparent)}}
	d.produce(t, traced)
	change := d.records(t, d.namespace+".changes", 1)[0]
	if got := header(change, "traceparent"); got != traceparent {
		t.Errorf("traceparent of the change is %q, want that of its order", got)
	}
	for _, c := range []*child{consumer, publisher} { // what is left is exported at the end
		c.terminate(t)
		if status := c.status(t); status != cli.StatusDone {
			t.Errorf("status %d", status)
		}
	}
	linked := false
	for _, s := range otlp.spans() {
		if strings.Contains(s.name+s.attributes, customerMark) {
			t.Errorf("a span says what a customer sent: %v", s)
		}
		if s.name == "process "+d.topic && s.service == "clvstream-consumer" {
			linked = linked || len(s.links) == 1 && s.links[0] == traceID
		}
	}
	if !linked {
		t.Errorf("no span links to the order's trace: %v", otlp.spans())
	}
	if !otlp.paths["/v1/metrics"] {
		t.Error("no metrics were exported")
	}
}

// TestCollectorThatIsAwayHoldsNothingUp stops programs whose last export fails.
func TestCollectorThatIsAwayHoldsNothingUp(t *testing.T) {
	d := deploy(t, testbed.EmbeddedPair(t))
	server := httptest.NewServer(nil)
	server.Close()
	c := start(t, Consumer, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + server.URL}, d.flags(Consumer, "--set", "shutdown_timeout=4s")...)
	c.ready(t)
	d.produce(t, order(1, "c"))
	c.terminate(t)
	if status := c.status(t); status != cli.StatusDone {
		t.Errorf("status %d", status)
	}
	c.says(t, "closing failed")
}
