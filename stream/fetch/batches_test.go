package fetch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/klauspost/compress/snappy"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// testBatch describes a batch of the log; bytes writes it as a broker stores it.
type testBatch struct {
	base       int64
	offsets    []int64 // of its records
	last       int64   // last offset, 0 for that of the last record
	producer   int64
	attributes int16
	key        []byte // of each record; values are offsets
	millis     int64
}

const (
	transactional = 1 << 4
	control       = 1 << 5
)

var abortKey, commitKey = []byte{0, 0, 0, 0}, []byte{0, 0, 0, 1}

func (b testBatch) bytes() []byte {
	var records []byte
	for _, offset := range b.offsets {
		record := kmsg.Record{OffsetDelta: int32(offset - b.base), Key: b.key, Value: fmt.Append(nil, offset)}
		body := record.AppendTo(nil)[1:] // its length, unset, is one byte
		records = append(binary.AppendVarint(records, int64(len(body))), body...)
	}
	if b.attributes&7 == codecSnappy {
		records = snappy.Encode(nil, records)
	}
	last := b.last
	if last == 0 && len(b.offsets) > 0 {
		last = b.offsets[len(b.offsets)-1]
	}
	batch := kmsg.RecordBatch{
		FirstOffset: b.base, Length: int32(49 + len(records)), Magic: 2, Attributes: b.attributes,
		LastOffsetDelta: int32(last - b.base), FirstTimestamp: b.millis, MaxTimestamp: b.millis + 1000,
		ProducerID: b.producer, NumRecords: int32(len(b.offsets)), Records: records,
	}
	return sealed(batch.AppendTo(nil))
}

// sealed puts the right checksum into a batch.
func sealed(batch []byte) []byte {
	binary.BigEndian.PutUint32(batch[17:], crc32.Checksum(batch[21:], crc32.MakeTable(crc32.Castagnoli)))
	return batch
}

func changed(batch []byte, at int, bytes ...byte) []byte {
	batch = slices.Clone(batch)
	copy(batch[at:], bytes)
	return batch
}

func testLimits(tb testing.TB, records int) cursorLimits {
	tb.Helper()
	decompressor, err := newDecompressor(1 << 20)
	if err != nil {
		tb.Fatal(err)
	}
	return cursorLimits{records: records, payloadBytes: 1 << 20, decompressor: decompressor}
}

// readLog scans and takes everything, as settle and Take do.
func readLog(tb testing.TB, raw []byte, asked int64, aborted []abortedTransaction, records int) (offsets []int64, next int64, err error) {
	tb.Helper()
	found, err := scanBatches(raw, asked)
	if err != nil {
		return nil, asked, err
	}
	c := newCursor(found, asked, slices.Clone(aborted), cluster.Bounds{}, testLimits(tb, records), new(memory))
	for !c.done() {
		batch, err := c.take(cluster.Partition{})
		if err != nil {
			return offsets, batch.NextOffset, err
		}
		if len(batch.Records) > records {
			tb.Fatalf("%d records in a batch of at most %d", len(batch.Records), records)
		}
		for _, record := range batch.Records {
			if want := fmt.Sprint(record.Offset); string(record.Value) != want {
				tb.Fatalf("record at offset %s has value %q", want, record.Value)
			}
			offsets = append(offsets, record.Offset)
		}
		next = batch.NextOffset
	}
	if found.nextOffset > asked && next != found.nextOffset {
		tb.Fatalf("taken up to %d, but the headers say %d", next, found.nextOffset)
	}
	return offsets, next, nil
}

func TestCursorReadsTheLog(t *testing.T) {
	full := testBatch{base: 4, offsets: []int64{4, 5, 6}}
	for _, test := range []struct {
		name    string
		log     []testBatch
		asked   int64
		aborted []abortedTransaction
		want    []int64
		next    int64
	}{
		{"from the start of a batch", []testBatch{full}, 4, nil, []int64{4, 5, 6}, 7},
		{"from inside a batch", []testBatch{full}, 6, nil, []int64{6}, 7},
		{"compaction took records between", []testBatch{{base: 4, offsets: []int64{5, 9}}, {base: 20, offsets: []int64{22}}}, 4, nil, []int64{5, 9, 22}, 23},
		{"compaction took the last records", []testBatch{{base: 4, offsets: []int64{5}, last: 30}}, 4, nil, []int64{5}, 31},
		{"compaction took all that was asked for", []testBatch{{base: 4, offsets: []int64{5}, last: 30}}, 6, nil, nil, 31},
		{"compaction left an empty batch", []testBatch{{base: 4, last: 30}}, 4, nil, nil, 31},
		{"a marker alone", []testBatch{{base: 4, offsets: []int64{4}, attributes: transactional | control, key: commitKey}}, 4, nil, nil, 5},
		{"two producers, one aborts", []testBatch{
			{base: 0, offsets: []int64{0}, producer: 1, attributes: transactional},
			{base: 1, offsets: []int64{1}, producer: 2, attributes: transactional},
			{base: 2, offsets: []int64{2}, producer: 1, attributes: transactional},
			{base: 3, offsets: []int64{3}, producer: 1, attributes: transactional | control, key: abortKey},
			{base: 4, offsets: []int64{4}, producer: 1, attributes: transactional},
			{base: 5, offsets: []int64{5}, producer: 2, attributes: transactional | control, key: commitKey},
			{base: 6, offsets: []int64{6}, producer: 1, attributes: transactional | control, key: commitKey},
		}, 0, []abortedTransaction{{1, 0}}, []int64{1, 4}, 7},
		{"one producer, committed then aborted twice", []testBatch{
			{base: 0, offsets: []int64{0}, producer: 1, attributes: transactional},
			{base: 1, offsets: []int64{1}, producer: 1, attributes: transactional | control, key: commitKey},
			{base: 2, offsets: []int64{2}, producer: 1, attributes: transactional},
			{base: 3, offsets: []int64{3}, producer: 1, attributes: transactional | control, key: abortKey},
			{base: 4, offsets: []int64{4}, producer: 1, attributes: transactional},
			{base: 5, offsets: []int64{5}, producer: 1, attributes: transactional | control, key: abortKey},
		}, 0, []abortedTransaction{{1, 4}, {1, 2}}, []int64{0}, 6},
		{"aborted before the asked offset, abort marker behind it", []testBatch{
			{base: 8, offsets: []int64{8, 9}, producer: 1, attributes: transactional},
			{base: 10, offsets: []int64{10}, producer: 1, attributes: transactional | control, key: abortKey},
			{base: 11, offsets: []int64{11}, producer: 1},
		}, 9, []abortedTransaction{{1, 3}}, []int64{11}, 12},
		{"the same producer writes without a transaction", []testBatch{{base: 0, offsets: []int64{0}, producer: 1}}, 0, []abortedTransaction{{1, 0}}, []int64{0}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var raw []byte
			for _, batch := range test.log {
				raw = append(raw, batch.bytes()...)
			}
			for records := 1; records <= 3; records++ {
				got, next, err := readLog(t, raw, test.asked, test.aborted, records)
				if err != nil || next != test.next || !slices.Equal(got, test.want) {
					t.Errorf("%d at a time: got %v up to %d, error %v; want %v up to %d", records, got, next, err, test.want, test.next)
				}
			}
			// Whatever of it came: what is whole is read, what is cut is asked for again.
			for cut := range raw {
				got, next, err := readLog(t, raw[:cut], test.asked, test.aborted, 2)
				if err != nil || next > test.next || !slices.Equal(got, test.want[:len(got)]) {
					t.Fatalf("cut at %d of %d bytes: got %v up to %d, error %v", cut, len(raw), got, next, err)
				}
			}
		})
	}
}

func TestCursorRefusesWhatIsWrong(t *testing.T) {
	good, later := testBatch{base: 3, offsets: []int64{3, 4}}.bytes(), testBatch{base: 5, offsets: []int64{5, 6}}.bytes()
	for _, test := range []struct {
		name string
		bad  []byte
		want error
		text string
	}{
		{"message format v1", changed(later, 16, 1), errUnsupported, "message format v1"},
		{"unknown compression", sealed(changed(later, 22, 7)), errUnsupported, "codec 7"},
		{"flipped bit", changed(later, 70, later[70]^1), errCorrupt, "checksum"},
		{"shorter than its header", changed(later, 8, 0, 0, 0, 5), errCorrupt, "shorter than its header"},
		{"negative length", changed(later, 8, 0xff, 0, 0, 0), errCorrupt, "shorter than its header"},
		{"more records than offsets", sealed(changed(later, 57, 0, 0, 0, 9)), errCorrupt, "9 records"},
		{"negative record count", sealed(changed(later, 57, 0xff, 0, 0, 0)), errCorrupt, "records"},
		{"negative last offset", sealed(changed(later, 23, 0xff, 0, 0, 0)), errCorrupt, "last offset delta"},
		{"more records than bytes", sealed(changed(changed(later, 23, 1, 0, 0, 0), 57, 1, 0, 0, 0)), errCorrupt, "counts"},
		{"fewer records than bytes", sealed(changed(later, 57, 0, 0, 0, 1)), errCorrupt, "does not end"},
		{"record longer than its batch", sealed(changed(later, 61, 126)), errCorrupt, "does not parse"},
		{"record beyond the last offset", sealed(changed(later, 64, 60)), errCorrupt, "does not parse"},
		{"gzip of nothing", sealed(changed(later, 22, codecGzip)), errCorrupt, "decompress"},
		{"zstd of nothing", sealed(changed(later, 22, codecZstd)), errCorrupt, "decompress"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, next, err := readLog(t, test.bad, 5, nil, 10)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) || next != 5 {
				t.Errorf("alone: error %v at %d, want %v with %q at 5", err, next, test.want, test.text)
			}
			// Sound batches before it are not held back, and nothing behind it shows.
			log := slices.Concat(good, test.bad, testBatch{base: 7, offsets: []int64{7}}.bytes())
			got, next, err := readLog(t, log, 3, nil, 10)
			if !slices.Equal(got, []int64{3, 4}) || next != 5 || err != nil && !errors.Is(err, test.want) {
				t.Errorf("behind a sound batch: got %v up to %d, error %v", got, next, err)
			}
		})
	}
}

func TestCursorTellsTheTime(t *testing.T) {
	for attributes, want := range map[int16]int64{0: 5_000, 1 << 3: 6_000} { // created, appended
		found, err := scanBatches(testBatch{offsets: []int64{0}, attributes: attributes, millis: 5_000}.bytes(), 0)
		if err != nil {
			t.Fatal(err)
		}
		batch, err := newCursor(found, 0, nil, cluster.Bounds{}, testLimits(t, 1), new(memory)).take(cluster.Partition{})
		if err != nil || batch.Records[0].TimestampMillis != want {
			t.Errorf("attributes %d: got %d, error %v, want %d", attributes, batch.Records[0].TimestampMillis, err, want)
		}
	}
}

// FuzzCursor feeds bytes under a right checksum: none may panic, loop, or bring
// records that are out of order or beyond the position.
func FuzzCursor(f *testing.F) {
	f.Add(testBatch{base: 3, offsets: []int64{3, 4}}.bytes(), int64(3))
	f.Add(slices.Concat(testBatch{base: 0, offsets: []int64{0}, producer: 1, attributes: transactional}.bytes(),
		testBatch{base: 1, offsets: []int64{1}, producer: 1, attributes: transactional | control, key: abortKey}.bytes()), int64(0))
	f.Add(sealed(changed(testBatch{base: 3, offsets: []int64{3, 4}}.bytes(), 22, codecSnappy)), int64(4))
	limits := testLimits(f, 5)
	f.Fuzz(func(t *testing.T, raw []byte, asked int64) {
		if asked < 0 {
			return
		}
		if len(raw) >= batchRecordsAt {
			sealed(raw)
		}
		found, err := scanBatches(raw, asked)
		if err != nil {
			return
		}
		c := newCursor(found, asked, []abortedTransaction{{1, 0}}, cluster.Bounds{}, limits, new(memory))
		for next := asked; !c.done(); {
			batch, err := c.take(cluster.Partition{})
			if err != nil {
				return
			}
			for _, record := range batch.Records {
				if record.Offset < next || record.Offset >= batch.NextOffset {
					t.Fatalf("record at offset %d between positions %d and %d", record.Offset, next, batch.NextOffset)
				}
				next = record.Offset + 1
			}
			if len(batch.Records) == 0 && batch.NextOffset < next {
				t.Fatalf("position went back from %d to %d", next, batch.NextOffset)
			}
			next = batch.NextOffset
		}
	})
}
