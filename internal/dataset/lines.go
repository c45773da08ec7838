package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"sync/atomic"
)

// Bounds on what one row may take in memory.
const (
	maxRowBytes   = 64 << 10 // an order is some hundred bytes; leaves room for columns that are not read
	maxEventBytes = 1 << 20  // the wire's limit
)

var (
	errUTF16    = errors.New("the file is UTF-16: save it as UTF-8")
	errParquet  = errors.New("the file is Parquet, which is not read: write it as CSV, as with DuckDB: COPY 'orders.parquet' TO 'orders.csv'")
	errWorkbook = errors.New("the file is a workbook or another zip archive: save the sheet as CSV (UTF-8)")
)

// lines hands out a file line by line.
type lines struct {
	count    *byteCounter
	buf      *bufio.Reader
	maxBytes int
	number   int    // of the line handed out last, from 1
	again    []byte // lines to hand out once more, before the file goes on
}

func newLines(src io.Reader, opts Options) (*lines, error) {
	l := &lines{count: &byteCounter{src: src}, maxBytes: maxRowBytes}
	if opts.Format == JSONL || opts.Format == Auto {
		l.maxBytes = maxEventBytes
	}
	l.buf = bufio.NewReaderSize(l.count, l.maxBytes+2) // the line and its end
	head, _ := l.buf.Peek(4)
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(l.buf)
		if err != nil {
			return nil, err
		}
		l.buf = bufio.NewReaderSize(unzipped, l.maxBytes+2)
		head, _ = l.buf.Peek(4)
	}
	switch {
	case bytes.HasPrefix(head, []byte("\ufeff")):
		_, err := l.buf.Discard(3)
		return l, err
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return nil, errUTF16
	case bytes.Equal(head, []byte("PAR1")):
		return nil, errParquet
	case bytes.Equal(head, []byte("PK\x03\x04")):
		return nil, errWorkbook
	}
	return l, nil
}

// next is the next line without its end, valid until the next call: io.EOF after
// the last, a *RowError for one that is too long.
func (l *lines) next() ([]byte, error) {
	if len(l.again) > 0 {
		line, rest, _ := bytes.Cut(l.again, []byte{'\n'})
		l.again = rest
		l.number++
		return line, nil
	}
	line, err := l.buf.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, l.skipLong()
	}
	if err != nil && (err != io.EOF || len(line) == 0) {
		return nil, err
	}
	l.number++
	line = bytes.TrimSuffix(line, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'}), nil
}

// skipLong drops a line that does not fit.
func (l *lines) skipLong() error {
	l.number++
	for {
		_, err := l.buf.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && err != io.EOF {
			return err
		}
		return place{l.number, 1}.refuse(tooLong, "the line has more than %d bytes", l.maxBytes)
	}
}

// nextFull is the next line that is not blank.
func (l *lines) nextFull() ([]byte, error) {
	for {
		line, err := l.next()
		if err != nil || len(bytes.TrimSpace(line)) > 0 {
			return line, err
		}
	}
}

// repeat hands out again the text's lines, which were the last handed out.
func (l *lines) repeat(text []byte) {
	if len(text) == 0 {
		return
	}
	l.number -= bytes.Count(text, []byte{'\n'}) + 1
	l.again = append(append(bytes.Clone(text), '\n'), l.again...)
}

func (l *lines) bytesRead() int64 { return l.count.n.Load() }

// byteCounter counts what was read from a source; the count may be read from
// another goroutine.
type byteCounter struct {
	src io.Reader
	n   atomic.Int64
}

func (c *byteCounter) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.n.Add(int64(n))
	return n, err
}
