package calibrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset"
)

// Source is where events come from. It can be read again and then gives the same
// events in the same order.
type Source struct {
	// Each hands on event by event, with amounts in the business's currency. The
	// event is the taker's only until it returns.
	Each func(ctx context.Context, take func(*history.Event)) error
	// Amounts is false where orders come without amounts.
	Amounts bool
	// Orders is true where orders have ids of their own, which may come again.
	Orders bool
	// Refused is how many rows or records of the last reading were no event; nil
	// where there can be none.
	Refused func() int
	// Rows is what became of a file's rows in the last reading; nil where there is no file.
	Rows func() dataset.Stats
}

// File describes a file of orders.
type File struct {
	Path    string
	Options dataset.Options
	Rates   *money.Rates   // into the business's currency
	Rules   *history.Rules // whose calendar gives an amount its day
	Report  io.Writer      // gets what became of rows that are no event
	Read    func(bytes int64)
	// MostRefused is the share of rows that may be refused; 0: the same as 1, any.
	MostRefused float64
}

// Source checks that the file can be read and is what the options say.
func (f File) Source() (Source, error) {
	if err := f.survey(); err != nil {
		return Source{}, err
	}
	file, reader, err := f.open()
	if err != nil {
		return Source{}, err
	}
	defer file.Close()
	again := false
	var stats dataset.Stats
	return Source{
		Amounts: reader.HasAmounts(),
		Orders:  reader.NamesOrders(),
		Refused: func() int { return stats.RefusedRows() },
		Rows:    func() dataset.Stats { return stats },
		Each: func(ctx context.Context, take func(*history.Event)) (err error) {
			report := f.Report
			if again {
				report = io.Discard // the same refusals
			}
			again = true
			stats, err = f.each(ctx, take, report)
			return err
		},
	}, nil
}

// survey finds out what the file is, once for all readings.
func (f *File) survey() error {
	file, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	f.Options, err = dataset.Survey(file, f.Options)
	return err
}

func (f File) open() (*os.File, *dataset.Reader, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, nil, err
	}
	reader, err := dataset.NewReader(file, f.Options)
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	return file, reader, nil
}

// progressEvery is how many rows lie between two reports of progress and checks of
// whether to go on.
const progressEvery = 1 << 14

// each says what became of the rows.
func (f File) each(ctx context.Context, take func(*history.Event), report io.Writer) (stats dataset.Stats, err error) {
	file, reader, err := f.open()
	if err != nil {
		return stats, err
	}
	defer file.Close()
	rows := 0
	var foreign dataset.Stats
	for row, err := range reader.Rows() {
		if rows++; rows%progressEvery == 0 {
			if ctx.Err() != nil {
				return stats, ctx.Err()
			}
			f.Read(reader.BytesRead())
		}
		switch {
		case err == nil:
		case dataset.IsRefusal(err):
			continue
		default:
			return stats, fileError(err)
		}
		if refused := f.convert(&row); refused != nil {
			foreign.Count(refused)
			continue
		}
		take(&row.Event)
	}
	f.Read(reader.BytesRead())
	stats = reader.Stats()
	stats.Refused = append(stats.Refused, foreign.Refused...)
	most := f.MostRefused
	if most == 0 {
		most = 1
	}
	if err := stats.Enough(f.Path, most); err != nil && stats.Rows > 0 { // a file without rows is one without customers
		return stats, &UnreadableError{err}
	}
	return stats, stats.Summary().WriteText(report)
}

// UnreadableError is a file that is not what it was said to be, or damaged.
type UnreadableError struct{ error }

// Unwrap is what was found.
func (e *UnreadableError) Unwrap() error { return e.error }

// DataError says whether the data alone are to blame for an error: they are damaged, too
// few, or not of the requested days.
func DataError(err error) bool {
	var unreadable *UnreadableError
	return errors.As(err, &unreadable) || errors.Is(err, ErrNoCustomers) || errors.Is(err, ErrLookBack) || errors.Is(err, fit.ErrTooFew)
}

// fileError separates a file's own faults from those of the machine that reads it.
func fileError(err error) error {
	var machine *fs.PathError
	if errors.As(err, &machine) {
		return err
	}
	return &UnreadableError{err}
}

// convert turns the row's amounts into the business's currency.
func (f File) convert(row *dataset.Row) *dataset.RowError {
	if row.Currency == (money.Currency{}) || row.Currency == f.Rates.Business() {
		return nil
	}
	day := f.Rules.Calendar.Day(row.Event.AtMicros)
	var err error
	if row.Event.AmountMinor, err = f.Rates.Convert(row.Event.AmountMinor, row.Currency, day); err != nil {
		return &dataset.RowError{
			Line: row.Line, Rows: row.Rows(), Trouble: dataset.WireTrouble(history.UnknownCurrency),
			Refusal: history.Refusal{Reason: history.UnknownCurrency, Detail: fmt.Sprintf("convert from %s: %v", row.Currency, err)},
		}
	}
	return nil
}
