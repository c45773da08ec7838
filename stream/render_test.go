package stream

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
)

func dollars(t *testing.T) *renderer {
	t.Helper()
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	return &renderer{topics: cluster.OutputTopicsOf("clv"), source: []byte("/clvstream/clv"), change: change.NewRenderer(usd)}
}

func TestChangeHeadersAreACloudEvent(t *testing.T) {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	source := layout.Source{Topic: "orders", Partition: 7}
	headers := dollars(t).changeHeaders(source, &layout.Item{Offset: 1234, TraceParent: parent, Change: changetest.Sample()}, []byte(changetest.Sample().CustomerID))
	want := map[string]string{
		"ce_specversion": "1.0", "ce_type": "io.clvstream.clv.changed.v1", "ce_source": "/clvstream/clv", "ce_id": "orders/7/1234",
		"ce_time": "2024-03-01T12:00:00.25Z", "ce_subject": "c-42", "content-type": "application/json", "traceparent": parent,
	}
	for _, h := range headers {
		if want[h.Key] != string(h.Value) {
			t.Errorf("%s is %q, want %q", h.Key, h.Value, want[h.Key])
		}
		delete(want, h.Key)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	without := dollars(t).changeHeaders(source, &layout.Item{Change: changetest.Sample()}, []byte(changetest.Sample().CustomerID))
	if outlet.Header(&kgo.Record{Headers: without}, "traceparent") != "" {
		t.Error("a trace is made up")
	}
}
