package deadletter

import (
	"bytes"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
)

// A dead letter is the original, byte for byte, with null apart from empty.
func TestLetterIsTheOriginal(t *testing.T) {
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, d := range []layout.DeadLetter{
		{Key: []byte("k"), Value: []byte{0, 0xff, '\n'}},
		{Value: []byte("v"), KeyNull: true},
		{Key: []byte("k"), ValueNull: true},
		{Key: []byte{}, Value: []byte{}},
		{KeyNull: true, ValueNull: true, Headers: []layout.Header{{Key: "a", Value: []byte("1")}, {Key: "a"}, {Key: "a", Value: []byte{}}, {Key: "clv-reason", Value: []byte("theirs")}}},
	} {
		d.Reason, d.Detail, d.TimestampMillis = history.BadID, "event_id is empty", 1_700_000_000_123
		record := Record("clv.deadletter", layout.Source{Topic: "orders", Partition: 3}, &layout.Item{Offset: 99, TraceParent: trace, DeadLetter: &d}, 1<<20)
		if record.Topic != "clv.deadletter" || !bytes.Equal(record.Key, d.Key) || !bytes.Equal(record.Value, d.Value) ||
			(record.Key == nil) != d.KeyNull || (record.Value == nil) != d.ValueNull {
			t.Errorf("%+v becomes key %q, value %q on %s", d, record.Key, record.Value, record.Topic)
		}
		for name, want := range map[string]string{
			HeaderReason: "bad_id", HeaderDetail: "event_id is empty", HeaderTopic: "orders", HeaderPartition: "3",
			HeaderOffset: "99", HeaderTimestamp: "1700000000123", HeaderTruncated: "", "traceparent": trace,
		} {
			if got := headerOf(record, name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		theirs := record.Headers[len(record.Headers)-len(d.Headers):]
		for i, h := range d.Headers {
			if theirs[i].Key != OriginalPrefix+h.Key || !bytes.Equal(theirs[i].Value, h.Value) || (theirs[i].Value == nil) != (h.Value == nil) {
				t.Errorf("header %d is %s: %q", i, theirs[i].Key, theirs[i].Value)
			}
		}
	}
}

func headerOf(record *kgo.Record, key string) string {
	for _, h := range record.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}
