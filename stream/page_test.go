package stream

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A record that a page has given out stays as it is when more is written.
func TestPageKeepsWhatItGave(t *testing.T) {
	var p page
	for range 3 {
		first := p.record(kgo.Record{Key: p.text("first"), Headers: p.head(kgo.RecordHeader{Key: "a", Value: p.text("1")})})
		for range 1000 {
			p.record(kgo.Record{Key: p.text("other"), Headers: p.head(kgo.RecordHeader{Key: "b", Value: p.text("2")})})
		}
		if header := first.Headers[0]; string(first.Key) != "first" || header.Key != "a" || string(header.Value) != "1" || len(first.Headers) != 1 {
			t.Fatalf("got %s, %v", first.Key, first.Headers)
		}
		p.clear()
	}
}
