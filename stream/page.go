package stream

import "github.com/twmb/franz-go/pkg/kgo"

// page is the memory of the records of one transaction, reused for the next: a
// third of what a publisher allocates. Its records are Kafka's client's until their
// transaction has ended well; the page of one that failed is given up.
type page struct {
	bytes   []byte
	headers []kgo.RecordHeader
	records []kgo.Record
}

// What a page keeps at most: a transaction of thousands of changes.
const (
	keptBytes   = 8 << 20
	keptRecords = 16 << 10
)

// clear empties the page.
func (p *page) clear() {
	if cap(p.bytes) > keptBytes || cap(p.records) > keptRecords {
		*p = page{}
		return
	}
	p.bytes, p.headers, p.records = p.bytes[:0], p.headers[:0], p.records[:0]
}

// since is what was written after the page had so many bytes.
func (p *page) since(length int) []byte { return p.bytes[length:len(p.bytes):len(p.bytes)] }

// text writes a string.
func (p *page) text(s string) []byte {
	from := len(p.bytes)
	p.bytes = append(p.bytes, s...)
	return p.since(from)
}

// head writes a record's headers.
func (p *page) head(headers ...kgo.RecordHeader) []kgo.RecordHeader {
	from := len(p.headers)
	p.headers = append(p.headers, headers...)
	return p.headers[from:len(p.headers):len(p.headers)]
}

// record writes a record.
func (p *page) record(r kgo.Record) *kgo.Record {
	p.records = append(p.records, r)
	return &p.records[len(p.records)-1]
}
