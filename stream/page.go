package stream

import "github.com/twmb/franz-go/pkg/kgo"

// page is the memory of the records of one transaction, used again for the next. Its
// records are Kafka's client's until their transaction has ended well; the page of one that
// failed is given up.
type page struct {
	bytes   sheets[byte]
	headers sheets[kgo.RecordHeader]
	records sheets[kgo.Record]
}

// How much a sheet holds: some 200 changes. recordBytes is more than most records
// take; a longer one moves to memory of its own.
const (
	sheetBytes   = 256 << 10
	sheetRecords = 512
	sheetHeaders = 8 * sheetRecords
	recordBytes  = 4 << 10
)

// clear empties the page.
func (p *page) clear() {
	p.bytes.clear()
	p.headers.clear()
	p.records.clear()
}

// begin makes room for a record.
func (p *page) begin() { p.bytes.reserve(recordBytes, sheetBytes) }

// length is how much the page has of the present sheet.
func (p *page) length() int { return len(p.bytes.now) }

// since is what was written after the sheet had so many bytes.
func (p *page) since(length int) []byte { return p.bytes.now[length:len(p.bytes.now):len(p.bytes.now)] }

// text writes a string.
func (p *page) text(s string) []byte {
	from := p.length()
	p.bytes.now = append(p.bytes.now, s...)
	return p.since(from)
}

// head writes a record's headers.
func (p *page) head(headers ...kgo.RecordHeader) []kgo.RecordHeader {
	p.headers.reserve(len(headers), sheetHeaders)
	from := len(p.headers.now)
	p.headers.now = append(p.headers.now, headers...)
	return p.headers.now[from:len(p.headers.now):len(p.headers.now)]
}

// record writes a record.
func (p *page) record(r kgo.Record) *kgo.Record {
	p.records.reserve(1, sheetRecords)
	p.records.now = append(p.records.now, r)
	return &p.records.now[len(p.records.now)-1]
}

// sheets are memory that grows without being moved: what was written may be pointed to.
type sheets[T any] struct {
	now    []T   // which is written to
	sheets [][]T // all of them, empty
	used   int   // of them, with the present one
}

// reserve goes on to the next sheet, of so much, if the present one has no room for n.
func (s *sheets[T]) reserve(n, size int) {
	if cap(s.now)-len(s.now) >= n && s.used > 0 {
		return
	}
	if s.used == len(s.sheets) {
		s.sheets = append(s.sheets, make([]T, 0, max(n, size)))
	}
	s.now = s.sheets[s.used]
	s.used++
}

// clear takes back what was written. Of sheets that were not used it keeps half: so a quiet time
// gives back what a busy one has taken.
func (s *sheets[T]) clear() {
	kept := s.used + (len(s.sheets)-s.used)/2
	clear(s.sheets[kept:])
	s.sheets, s.now, s.used = s.sheets[:kept], nil, 0
}
