package dataset

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset/amounts"
)

// Row is one event of a file.
type Row struct {
	Event    history.Event  // amounts in minor units of Currency
	Currency money.Currency // zero when neither the row nor the options name one
	Line     int            // of the file, from 1; the first of an order's

	rows, lost int             // of the file that are summed in it, and of these refused
	column     int             // where the amount stands
	ofOrder    bool            // an order, or a part of one
	exact      amounts.Decimal // its amount, before it is rounded
	margin     amounts.Decimal
	back       bool // each row of it is money back
	credit     bool // money back without an order
	torn       bool // a row of the order is refused
	apart      bool // it was noted that its rows lie more than a day apart
	items      []item
}

// parser turns the next row of a file into an event: io.EOF at the end, a
// *RowError for a row refused, anything else when reading cannot go on.
type parser interface {
	next(*Row) error
}

// Reader reads one file once.
type Reader struct {
	name   string
	opts   Options
	lines  *lines
	parser parser
	stats  Stats
}

// NewReader reads a file as Survey has found it to be; without a survey, that is made first.
// Compression by gzip and a UTF-8 byte order mark are recognised.
func NewReader(src io.ReadSeeker, opts Options) (*Reader, error) {
	if opts.found == nil {
		var err error
		if opts, err = Survey(src, opts); err != nil {
			return nil, err
		}
	}
	r := &Reader{name: opts.Name, opts: opts}
	var err error
	if r.lines, err = newLines(src, opts); err == nil {
		r.parser, err = newParser(r.lines, opts)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", opts.Name, err)
	}
	return r, nil
}

func newParser(l *lines, opts Options) (parser, error) {
	switch opts.Format {
	case CDNOW:
		return newCDNOW(l, opts)
	case JSONL:
		return newJSONL(l, opts)
	default:
		return newCSV(l, opts)
	}
}

// Found is what the file shows of itself.
func (r *Reader) Found() *Found { return r.opts.found }

// HasAmounts is false for a CSV without amounts: its orders are all of
// amount zero and say nothing about spend.
func (r *Reader) HasAmounts() bool {
	c, ok := r.parser.(*csvParser)
	return !ok || c.hasAmounts()
}

// NamesOrders is true where order ids are the file's own, and may therefore come
// again; otherwise they are made from the lines.
func (r *Reader) NamesOrders() bool {
	switch p := r.parser.(type) {
	case *csvParser:
		return p.has(orderField)
	case *jsonlParser:
		return true
	default:
		return false
	}
}

// BytesRead is how far into the file the reading is, for a progress bar. It runs
// ahead of the rows by at most a buffer, and more where rows are sorted.
func (r *Reader) BytesRead() int64 { return r.lines.bytesRead() }

// Stats are the counts so far.
func (r *Reader) Stats() Stats {
	s := r.stats
	s.Lines = r.lines.number
	return s
}

// Sorts says whether the rows come in another order than the file's.
func (r *Reader) Sorts() bool {
	found := r.opts.found
	return (r.opts.ByTime || r.opts.Cancellations == CancellationsRefund) && (found.Backwards > 0 || found.Scattered)
}

// Rows gives the file's events, in its order or in that of their times; it can be ranged over
// once. An error for which IsRefusal is true is about rows that are no event, and the reading
// goes on; any other error is the last that comes.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	rows := r.read()
	if _, ok := r.parser.(*csvParser); ok {
		if r.opts.found.Scattered && r.opts.Repeated != RepeatedLatest {
			rows = sorted(rows, r.opts.SortBytes, byOrder)
		}
		rows = summed(r.opts, &r.stats, rows)
	}
	if r.Sorts() {
		rows = sorted(rows, r.opts.SortBytes, byTime)
	}
	if r.opts.Cancellations == CancellationsRefund {
		rows = matched(r.opts, &r.stats, rows)
	}
	return func(yield func(Row, error) bool) {
		for row, err := range rows {
			if err == nil {
				r.stats.Events++
			} else {
				err = r.noted(err)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// noted counts a row that is no event, and says of which file it or another error is.
func (r *Reader) noted(err error) error {
	refused := refusalOf(err)
	if refused == nil {
		return fmt.Errorf("read %s: %w", r.name, err)
	}
	refused.File = r.name
	r.stats.Count(refused)
	return refused
}

// read gives the rows as they are in the file. A refused row of an order is a part of the
// order, too, which tears it.
func (r *Reader) read() rowSeq {
	return func(yield func(Row, error) bool) {
		var row Row
		for {
			row = Row{}
			err := r.parser.next(&row)
			if errors.Is(err, io.EOF) {
				return
			}
			r.stats.Rows++
			if err != nil {
				if !yield(Row{}, err) || !IsRefusal(err) {
					return
				}
				if row.Event.Kind != history.OrderPlaced || row.Event.OrderID == "" || r.opts.Repeated == RepeatedLatest {
					continue
				}
				row = Row{Event: history.Event{OrderID: row.Event.OrderID, CustomerID: row.Event.CustomerID}, Line: row.Line, rows: 1, lost: 1, ofOrder: true, torn: true}
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// Rows is how many rows of the file the event is made of.
func (row *Row) Rows() int { return max(row.rows, 1) }
