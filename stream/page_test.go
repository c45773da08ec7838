package stream

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A record that a page has given out stays as it is when more is written.
func TestPageKeepsWhatItGave(t *testing.T) {
	var p page
	other := strings.Repeat("other", 100)
	for range 3 {
		p.begin()
		first := p.record(kgo.Record{Key: p.text("first"), Headers: p.head(kgo.RecordHeader{Key: "a", Value: p.text("1")})})
		for range 10_000 {
			p.begin()
			p.record(kgo.Record{Key: p.text(other), Headers: p.head(kgo.RecordHeader{Key: "b", Value: p.text("2")})})
		}
		if header := first.Headers[0]; string(first.Key) != "first" || header.Key != "a" || string(header.Value) != "1" || len(first.Headers) != 1 {
			t.Fatalf("got %s, %v", first.Key, first.Headers)
		}
		p.clear()
	}
}

// A page that was large once becomes small again, and one that is used alike allocates nothing.
func TestPageGivesBackWhatIsNotUsed(t *testing.T) {
	var p page
	value := strings.Repeat("v", 1000)
	fill := func(records int) {
		for range records {
			p.begin()
			p.record(kgo.Record{Value: p.text(value), Headers: p.head(kgo.RecordHeader{}, kgo.RecordHeader{})})
		}
		p.clear()
	}
	fill(20_000)
	if allocated := testing.AllocsPerRun(5, func() { fill(20_000) }); allocated > 0 {
		t.Errorf("a page like the one before allocates %v times", allocated)
	}
	for range 20 {
		fill(1)
	}
	if kept := len(p.bytes.sheets) + len(p.headers.sheets) + len(p.records.sheets); kept > 3 {
		t.Errorf("after small pages it keeps %d sheets", kept)
	}
}
