package fetch

import "github.com/clvstream/clvstream/stream/event"

// memory is what a reader's batches are made in, one after the other. At tens of
// thousands of records a second, allocating it again costs more than reading them.
type memory struct {
	records []event.Record // of the last batch
	headers []event.Header // likewise
	opened  [][]byte       // what was decompressed for it
	spare   [][]byte       // to decompress into
}

// begin takes back what the last batch was made in, decompressed bytes up to a bound.
func (m *memory) begin(boundBytes int) {
	clear(m.records) // nothing of an old answer stays in memory for their sake
	clear(m.headers)
	for _, buffer := range m.spare {
		boundBytes -= cap(buffer)
	}
	for _, buffer := range m.opened {
		if boundBytes -= cap(buffer); boundBytes < 0 {
			break
		}
		m.spare = append(m.spare, buffer[:0])
	}
	clear(m.opened)
	m.records, m.headers, m.opened = m.records[:0], m.headers[:0], m.opened[:0]
}

// space is a buffer to decompress into; nil: make one.
func (m *memory) space() []byte {
	if len(m.spare) == 0 {
		return nil
	}
	last := len(m.spare) - 1
	buffer := m.spare[last]
	m.spare = m.spare[:last]
	return buffer
}
