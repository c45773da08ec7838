package fetch

import (
	"fmt"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
	"testing"
)

// Answers of many sizes, read in parts, are made in one memory: no record shows another's
// bytes, and no more memory is kept than the largest of them took.
func TestBatchesAreMadeInTheMemoryOfTheLast(t *testing.T) {
	const largest = 40
	limits := testLimits(t, 7)
	var used memory
	var last []event.Record
	for round := range 200 {
		raw, next := []byte(nil), int64(0)
		for i := range 3 + round%3 {
			b := testBatch{base: next, attributes: codecSnappy}
			if i%4 == 3 {
				b.attributes = codecNone
			}
			for range 1 + (round*7+i*5)%largest {
				b.offsets = append(b.offsets, next)
				next++
			}
			raw = append(raw, b.bytes()...)
		}
		found, err := scanBatches(raw, 0)
		if err != nil {
			t.Fatal(err)
		}
		read := int64(0)
		for c := newCursor(found, 0, nil, cluster.Bounds{}, limits, &used); !c.done(); {
			batch, err := c.take(cluster.Partition{})
			if err != nil {
				t.Fatal(err)
			}
			for i := range last {
				if &last[i] != &batch.Records[:cap(batch.Records)][i] {
					t.Fatal("the records are not where the last ones were")
				}
			}
			for _, record := range batch.Records {
				if record.Offset != read || string(record.Value) != fmt.Sprint(read) {
					t.Fatalf("round %d: record %d has offset %d and value %q", round, read, record.Offset, record.Value)
				}
				read++
			}
			last = batch.Records
		}
		if read != next {
			t.Fatalf("round %d: %d of %d records", round, read, next)
		}
	}
	if kept := len(used.spare) + len(used.opened); kept > 8 {
		t.Errorf("%d decompressed batches are kept", kept)
	}
}

// What a batch leaves to the next is bounded, and holds nothing of the answer it was
// read from.
func TestMemoryLetsGo(t *testing.T) {
	m := memory{
		records: []event.Record{{Value: []byte("an answer")}},
		headers: []event.Header{{Value: []byte("likewise")}},
		spare:   [][]byte{make([]byte, 0, 60)},
		opened:  [][]byte{make([]byte, 30), make([]byte, 30)},
	}
	m.begin(100)
	if len(m.spare) != 2 {
		t.Errorf("%d buffers are kept; want 2: 60 and 30 of 100 bytes", len(m.spare))
	}
	if m.records[:1][0].Value != nil || m.headers[:1][0].Value != nil {
		t.Error("an answer stays in memory for the sake of records that are gone")
	}
}
