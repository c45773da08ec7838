package receivers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/stream"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
)

// cloudEvent is what an SDK has of a record.
type cloudEvent struct {
	SpecVersion     string         `json:"specversion"`
	Type            string         `json:"type"`
	Source          string         `json:"source"`
	ID              string         `json:"id"`
	TimeMillis      int64          `json:"time_millis"`
	Subject         string         `json:"subject"`
	DataContentType string         `json:"datacontenttype"`
	Data            map[string]any `json:"data"`
	TraceParent     string         `json:"traceparent"`
}

const (
	traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	// tracedCustomer has what an encoding of headers would change.
	tracedCustomer = `Zoë "100%" / c+1`
	source         = "/clvstream/receivers"
)

// CloudEvents SDKs of two languages read what a publisher publishes to Apache Kafka, and
// nothing of a transaction that was aborted.
func TestCloudEventsSDKsReadChanges(t *testing.T) {
	receivers := testbed.FindReceivers(t)
	o := outlet.New(t, testbed.RealPair(t))
	newOtherProducer(t, o).abort(t)
	o.Orders(t, 20)
	o.Traced(t, tracedCustomer, traceparent)
	publish(t, o, "none")
	o.WantPublished(t)
	brokers := strings.Join(o.Pair.Brokers, ",")
	for _, topic := range []string{o.Topics.Changes, o.Topics.Current} {
		want := announced(t, o, topic)
		for name, arguments := range map[string][]string{
			"python": {"python", "-I", program(t, "cloudevents.py")},
			"node":   {"node", program(t, "cloudevents.cjs")},
		} {
			t.Run(topic+"/"+name, func(t *testing.T) {
				t.Parallel()
				arguments := append(arguments[1:], brokers, topic, strconv.Itoa(len(want)))
				got := decoded[[]cloudEvent](t, receivers.Run(t, name, arguments...))
				if len(got) != len(want) {
					t.Fatalf("%s has %d events, published are %d", name, len(got), len(want))
				}
				slices.SortFunc(got, byID)
				for i := range want {
					if !reflect.DeepEqual(got[i], want[i]) {
						t.Errorf("%s has\n%+v\npublished is\n%+v", name, got[i], want[i])
					}
				}
			})
		}
	}
}

func byID(a, b cloudEvent) int { return cmp.Compare(a.ID, b.ID) }

// publish runs a publisher until all that waits is published.
func publish(t *testing.T, o *outlet.Outlet, compression string, more ...func(*stream.PublisherConfig)) {
	t.Helper()
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	config := stream.PublisherConfig{
		Kafka: cluster.Access{Brokers: o.Pair.Brokers, ClientID: "test"}, Topics: o.Topics, Group: o.Topics.Changes,
		Store: o.Store, Currency: usd, Source: source, Compression: compression, TransactionTimeout: 5 * time.Second,
	}
	for _, change := range more {
		change(&config)
	}
	publisher, err := stream.NewPublisher(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- publisher.Run(ctx) }()
	testbed.Await(t, "the outboxes to be empty", func() bool { return o.Depth(t, []int{0, 1, 2, 3}) == 0 })
	stop()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// announced are the events of a topic, by the record alone and without an SDK.
func announced(t *testing.T, o *outlet.Outlet, topic string) []cloudEvent {
	t.Helper()
	var events []cloudEvent
	for _, record := range o.Committed(t, topic) {
		var data map[string]any
		if err := json.Unmarshal(record.Value, &data); err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339Nano, data["as_of"].(string))
		if err != nil {
			t.Fatal(err)
		}
		event := cloudEvent{
			SpecVersion: "1.0", Type: change.EventType, Source: source, ID: outlet.Header(record, "ce_id"),
			TimeMillis: at.UnixMilli(), Subject: string(record.Key), DataContentType: "application/json", Data: data,
		}
		if event.Subject == tracedCustomer {
			event.TraceParent = traceparent
		}
		events = append(events, event)
	}
	if len(events) != int(o.Offset) {
		t.Fatalf("%d changes are on %s, of %d", len(events), topic, o.Offset)
	}
	slices.SortFunc(events, byID)
	return events
}
