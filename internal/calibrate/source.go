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
}

// File describes a file of orders.
type File struct {
	Path    string
	Options dataset.Options
	Rates   *money.Rates   // into the business's currency
	Rules   *history.Rules // whose calendar gives an amount its day
	Report  io.Writer      // gets the rows that are refused
	Read    func(bytes int64)
}

// Source checks that the file can be read and is what the options say.
func (f File) Source() (Source, error) {
	file, reader, err := f.open()
	if err != nil {
		return Source{}, err
	}
	defer file.Close()
	again, refused := false, 0
	return Source{
		Amounts: reader.HasAmounts(),
		Orders:  reader.NamesOrders(),
		Refused: func() int { return refused },
		Each: func(ctx context.Context, take func(*history.Event)) (err error) {
			report := f.Report
			if again {
				report = io.Discard // the same refusals
			}
			again = true
			refused, err = f.each(ctx, take, report)
			return err
		},
	}, nil
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

// each says how many rows it had to refuse.
func (f File) each(ctx context.Context, take func(*history.Event), report io.Writer) (refused int, err error) {
	file, reader, err := f.open()
	if err != nil {
		return 0, err
	}
	defer file.Close()
	rows := 0
	for row, err := range reader.Rows() {
		if rows++; rows%progressEvery == 0 {
			if ctx.Err() != nil {
				return 0, ctx.Err()
			}
			f.Read(reader.BytesRead())
		}
		switch {
		case err == nil:
		case dataset.IsRefusal(err):
			fmt.Fprintln(report, err)
			continue
		default:
			return 0, fileError(err)
		}
		if err := f.convert(&row); err != nil {
			if refused++; refused <= mostConversions {
				fmt.Fprintf(report, "%s:%d: %v\n", f.Path, row.Line, err)
			}
			continue
		}
		take(&row.Event)
	}
	f.Read(reader.BytesRead())
	if stats := reader.Stats(); stats.RepeatedOrders > 0 {
		fmt.Fprintf(report, "%d rows repeat the order id of the row before, and replace its order: sum the line items of an order first\n", stats.RepeatedOrders)
	}
	return refused + reader.Stats().RefusedRows(), nil
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

// mostConversions is how many amounts without a rate are reported one by one.
const mostConversions = 20

// convert turns the row's amounts into the business's currency.
func (f File) convert(row *dataset.Row) error {
	if row.Currency == (money.Currency{}) || row.Currency == f.Rates.Business() {
		return nil
	}
	day := f.Rules.Calendar.Day(row.Event.AtMicros)
	var err error
	if row.Event.AmountMinor, err = f.Rates.Convert(row.Event.AmountMinor, row.Currency, day); err != nil {
		return fmt.Errorf("convert from %s: %w: add it to business.exchange_rates", row.Currency, err)
	}
	return nil
}
