package dataset

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// Row is one event of a file.
type Row struct {
	Event    history.Event  // amounts in minor units of Currency
	Currency money.Currency // zero when neither the row nor the options name one
	Line     int            // of the file, from 1
}

// Stats are what was read so far.
type Stats struct {
	Lines  int // lines read, headers and empty ones too
	Events int // rows that became events
	// Refused rows by reason.
	Refused map[history.RefusalReason]int
	// RepeatedOrders counts orders that follow directly on a row of the same
	// order id: the later of them replaces the earlier. A file with a line per
	// item has many, and must be summed by order first.
	RepeatedOrders int
}

// RefusedRows is the sum of Refused.
func (s Stats) RefusedRows() int {
	sum := 0
	for _, n := range s.Refused {
		sum += n
	}
	return sum
}

// parser turns the next row of a file into an event: io.EOF at the end, a
// *RowError for a row refused, anything else when reading cannot go on.
type parser interface {
	next(*Row) error
}

// Reader reads one file once.
type Reader struct {
	name      string
	maxErrors int
	lines     *lines
	parser    parser
	amounts   bool
	stats     Stats
	lastOrder string
}

const defaultMaxErrors = 20

// NewReader reads the beginning of the file, which for a CSV settles delimiter
// and columns. Compression by gzip and a UTF-8 byte order mark are recognised.
func NewReader(src io.Reader, opts Options) (*Reader, error) {
	if opts.Location == nil {
		opts.Location = time.UTC
	}
	if opts.MaxErrors == 0 {
		opts.MaxErrors = defaultMaxErrors
	}
	r := &Reader{name: opts.Name, maxErrors: opts.MaxErrors, amounts: true, stats: Stats{Refused: map[history.RefusalReason]int{}}}
	var err error
	if r.lines, err = newLines(src, opts); err != nil {
		return nil, fmt.Errorf("read %s: %w", opts.Name, err)
	}
	switch opts.Format {
	case CDNOW:
		r.parser, err = newCDNOW(r.lines, opts)
	case CSV:
		var c *csvParser
		c, err = newCSV(r.lines, opts)
		if err == nil {
			r.parser, r.amounts = c, c.has(amountField)
		}
	case JSONL:
		r.parser, err = newJSONL(r.lines, opts)
	default:
		_, err = ParseFormat(string(opts.Format))
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", opts.Name, err)
	}
	return r, nil
}

// HasAmounts is false for a CSV without an amount column: its orders are all of
// amount zero and say nothing about spend.
func (r *Reader) HasAmounts() bool { return r.amounts }

// BytesRead is how far into the file the reading is, for a progress bar. It runs
// ahead of the rows by at most a buffer.
func (r *Reader) BytesRead() int64 { return r.lines.bytesRead() }

// Stats are the counts so far.
func (r *Reader) Stats() Stats {
	s := r.stats
	s.Lines = r.lines.number
	return s
}

// Rows gives the file's events in its order; it can be ranged over once. An
// error for which IsRefusal is true is about rows that were refused, and the
// reading goes on; any other error is the last that comes.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		var row Row
		for {
			err := r.parser.next(&row)
			if err == nil {
				r.count(&row)
				if !yield(row, nil) {
					return
				}
				continue
			}
			if errors.Is(err, io.EOF) {
				if more := r.unreported(); more != nil {
					yield(Row{}, more)
				}
				return
			}
			if !r.report(err, yield) {
				return
			}
		}
	}
}

// report passes a refusal on while the cap allows it; it answers whether to go on.
func (r *Reader) report(err error, yield func(Row, error) bool) bool {
	var refused *RowError
	if !errors.As(err, &refused) {
		yield(Row{}, fmt.Errorf("read %s: %w", r.name, err))
		return false
	}
	refused.File = r.name
	r.stats.Refused[refused.Refusal.Reason]++
	if r.stats.RefusedRows() > r.maxErrors {
		return true
	}
	return yield(Row{}, refused)
}

func (r *Reader) unreported() error {
	if n := r.stats.RefusedRows() - r.maxErrors; n > 0 {
		return &UnreportedError{File: r.name, Rows: n, Refused: r.stats.Refused}
	}
	return nil
}

func (r *Reader) count(row *Row) {
	r.stats.Events++
	if row.Event.Kind != history.OrderPlaced {
		return
	}
	if row.Event.OrderID == r.lastOrder {
		r.stats.RepeatedOrders++
	}
	r.lastOrder = row.Event.OrderID
}
