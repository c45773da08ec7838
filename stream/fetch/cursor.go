package fetch

import (
	"errors"
	"fmt"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
	"slices"
)

// Batch is what was read of one partition in one go. Its records are there until the
// next is taken.
type Batch struct {
	// Partition is where the records come from.
	Partition cluster.Partition
	// Records are committed records at or beyond the asked offset, in offset
	// order. There may be none, when all that stood there were transaction
	// markers, aborted records or gaps.
	Records []event.Record
	// NextOffset is where to go on: beyond the last record and all that was
	// passed over after it.
	NextOffset int64
	// LogStartOffset, LastStableOffset and HighWatermark are the bounds of the
	// partition when the broker answered.
	LogStartOffset, LastStableOffset, HighWatermark int64
}

// AtEnd says whether the broker had no committed record beyond this batch when it
// answered.
func (b *Batch) AtEnd() bool { return b.NextOffset >= b.LastStableOffset }

// cursor walks what one answer brought for one partition: batch by batch, and
// record by record within the open one. It belongs to the goroutine of the partition's task.
type cursor struct {
	limits  cursorLimits
	bounds  cluster.Bounds
	aborted abortedFilter
	next    int64 // beyond all that was handed out or passed over; what comes before is not wanted
	raw     []byte
	records int // left, at most
	open    batchHeader
	body    []byte // of the open batch, from its next record on
	left    int    // records in it
	opened  []byte // what was decompressed for it; nil: body stands in raw
	memory  *memory
}

// cursorLimits keep one Batch small whatever the log holds.
type cursorLimits struct {
	records      int // most records in a Batch
	payloadBytes int // no further Kafka batch is opened beyond so many bytes of keys and values
	decompressor *decompressor
}

func newCursor(found scan, asked int64, aborted []abortedTransaction, bounds cluster.Bounds, limits cursorLimits, memory *memory) *cursor {
	return &cursor{
		limits: limits, bounds: bounds, aborted: newAbortedFilter(aborted), memory: memory,
		next: asked, raw: found.whole, records: found.records, open: batchHeader{lastOffset: -1},
	}
}

func (c *cursor) done() bool { return len(c.raw) == 0 && c.left == 0 }

// take reads on until the limits are met or the answer is used up. A fault that
// stands behind sound records is left for the next call.
func (c *cursor) take(partition cluster.Partition) (Batch, error) {
	began := c.next
	c.memory.begin(c.limits.payloadBytes)
	batch := Batch{
		Partition: partition, Records: slices.Grow(c.memory.records, min(c.records, c.limits.records)),
		LogStartOffset: c.bounds.LogStartOffset, LastStableOffset: c.bounds.LastStableOffset, HighWatermark: c.bounds.HighWatermark,
	}
	err := c.fill(&batch)
	c.memory.records = batch.Records
	if c.left == 0 {
		c.shut()
	}
	if err != nil && c.next > began {
		err = nil
	}
	batch.NextOffset = c.next
	return batch, err
}

func (c *cursor) fill(batch *Batch) error {
	payloadBytes := 0
	for {
		for c.left > 0 {
			if len(batch.Records) == c.limits.records {
				return nil
			}
			var record event.Record
			rest, err := nextRecord(c.body, c.open, &record, &c.memory.headers)
			if err == nil && (c.left == 1) != (len(rest) == 0) {
				err = fmt.Errorf("%w: the batch at offset %d does not end where its last record does", errCorrupt, c.open.baseOffset)
			}
			if err != nil {
				return err
			}
			c.body, c.left, c.records = rest, c.left-1, c.records-1
			if record.Offset < c.next {
				continue
			}
			c.next = record.Offset + 1
			batch.Records = append(batch.Records, record)
			payloadBytes += len(record.Key) + len(record.Value)
		}
		c.next = max(c.next, c.open.lastOffset+1)
		if len(c.raw) == 0 || payloadBytes >= c.limits.payloadBytes {
			return nil
		}
		if err := c.openBatch(); err != nil {
			return err
		}
	}
}

// openBatch checks the next batch and makes its records ready to read, or steps
// over it when it has none for us.
func (c *cursor) openBatch() error {
	header, whole, err := parseBatchHeader(c.raw)
	if err == nil && !whole {
		err = errors.New("an incomplete batch was not cut off") // scanBatches leaves none
	}
	if err != nil {
		return err
	}
	raw := c.raw[:header.sizeBytes]
	if err := checkSum(raw); err != nil {
		return err
	}
	c.shut()
	body, left := raw[batchRecordsAt:], header.records
	if c.aborted.drops(header, body) || header.lastOffset < c.next {
		body, left = nil, 0
	} else if codec := header.compression(); codec != codecNone {
		if body, err = c.limits.decompressor.open(c.memory.space(), body, codec); err != nil {
			return err
		}
		c.opened = body
	}
	if left > len(body)/recordLeastBytes {
		return fmt.Errorf("%w: the batch at offset %d counts %d records in %d bytes", errCorrupt, header.baseOffset, left, len(body))
	}
	c.raw, c.open, c.body, c.left = c.raw[header.sizeBytes:], header, body, left
	return nil
}

// shut releases the decompressed bytes of a batch that is used up. Returned records point
// into them until the next Batch is taken.
func (c *cursor) shut() {
	if c.opened != nil {
		c.memory.opened = append(c.memory.opened, c.opened)
		c.opened = nil
	}
}
