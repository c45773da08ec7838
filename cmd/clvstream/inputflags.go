package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/dataset/amounts"
	"github.com/clvstream/clvstream/internal/dataset/dates"
	"github.com/clvstream/clvstream/internal/feed"
)

// inputFlags describe a file of orders. What they leave open is found in the file.
type inputFlags struct {
	path, format, columns    string
	dateFormat, timeZone     string
	decimal, round, currency string
	cancellations, repeated  string
	mostRefusedPercent       float64
	noAmounts, asIs          bool
}

func addInputFlags(cmd *cobra.Command) *inputFlags {
	f := &inputFlags{}
	fs := cmd.Flags()
	fs.StringVar(&f.path, "input", "", "the `file` of orders (may be gzip)")
	fs.StringVar(&f.format, "format", "auto", "auto (recognised), cdnow, csv or jsonl (the events of docs/events.md, one per line)")
	fs.StringVar(&f.columns, "columns", "", "csv: the columns by name or number, such as `customer=Who,time=When,amount=3` (also order, quantity, price, item, currency, channel, kind, event, refund, margin); default: by the header's names")
	fs.StringVar(&f.dateFormat, "date-format", "", "csv: how days are written: "+cli.Choice(dates.Names())+"; default: found by all rows")
	fs.StringVar(&f.timeZone, "timezone", "", "the `zone` of times that name none, such as Europe/Berlin; default: business.time_zone")
	fs.StringVar(&f.decimal, "decimal", "", "csv: the decimal sign: point or comma; default: found by all rows")
	fs.StringVar(&f.round, "round", "no", "csv: amounts with more decimals than their currency: no (refuse them), half-even or half-up")
	fs.StringVar(&f.currency, "currency", "", "the `code` of the currency of amounts that name none, such as EUR; default: business.currency")
	fs.StringVar(&f.cancellations, "cancellations", "skip", "csv: money back that names no order: skip (count it and set it aside), refund (the customer's latest earlier order that holds the item and as many of it) or named (the row's order id is that of the order)")
	fs.StringVar(&f.repeated, "repeated", "auto", "csv: rows of one order: items (sum them), total (each repeats the order's amount), latest (each replaces the one before) or auto (items, unless the amounts are all the same)")
	cli.Float(fs, &f.mostRefusedPercent, "max-refused", 1, 0, 100, "`percent` of rows that may be refused; above it, the command fails before it does anything")
	return f
}

// options describe the format of the file.
func (f *inputFlags) options(cfg config.Config) (dataset.Options, error) {
	o := dataset.Options{Name: f.path, Currency: cfg.Business.Currency, Location: cfg.Business.TimeZone, ByTime: !f.asIs}
	for _, flag := range []struct {
		name string
		read func() error
	}{
		{"format", func() (err error) { o.Format, err = dataset.ParseFormat(f.format); return err }},
		{"columns", func() (err error) { o.Columns, err = dataset.ParseColumns(f.columns); return err }},
		{"cancellations", func() (err error) { o.Cancellations, err = dataset.ParseCancellations(f.cancellations); return err }},
		{"repeated", func() (err error) { o.Repeated, err = dataset.ParseRepeated(f.repeated); return err }},
		{"round", func() (err error) { o.Rounding, err = dataset.ParseRounding(f.round); return err }},
		{"date-format", func() error { return f.readDateFormat(&o) }},
		{"timezone", func() error { return f.readTimeZone(&o) }},
		{"decimal", func() error { return f.readDecimal(&o) }},
		{"currency", func() error { return f.readCurrency(&o) }},
	} {
		if err := flag.read(); err != nil {
			return o, cli.Usage(fmt.Errorf("--%s: %w", flag.name, err))
		}
	}
	return o, nil
}

func (f *inputFlags) readDateFormat(o *dataset.Options) error {
	if f.dateFormat == "" {
		return nil
	}
	form, ok := dates.ParseForm(f.dateFormat)
	if !ok {
		return fmt.Errorf("%q is none of %s", f.dateFormat, strings.Join(dates.Names(), ", "))
	}
	o.Dates = form
	return nil
}

func (f *inputFlags) readTimeZone(o *dataset.Options) (err error) {
	if f.timeZone == "" {
		return nil
	}
	if o.Location, err = time.LoadLocation(f.timeZone); err != nil || f.timeZone == "Local" {
		return fmt.Errorf("%q is no time zone's IANA name, such as Europe/Berlin or UTC", f.timeZone)
	}
	return nil
}

func (f *inputFlags) readDecimal(o *dataset.Options) error {
	switch f.decimal {
	case "":
	case amounts.Point.String():
		o.Decimal = amounts.Point
	case amounts.Comma.String():
		o.Decimal = amounts.Comma
	default:
		return fmt.Errorf("%q is neither point nor comma", f.decimal)
	}
	return nil
}

func (f *inputFlags) readCurrency(o *dataset.Options) (err error) {
	if f.currency != "" {
		o.Currency, err = money.ParseCurrency(f.currency)
	}
	return err
}

// readable refuses what can only be read once: a file is read to see what it is, and again.
func (f *inputFlags) readable() (os.FileInfo, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, cli.Usage(fmt.Errorf("open --input: %w", err))
	}
	if !info.Mode().IsRegular() {
		return nil, cli.Usage(fmt.Errorf("open --input: %s is no regular file, and is to be read more than once: save it to one", f.path))
	}
	return info, nil
}

// mostRefused is the share of rows that may be refused.
func (f *inputFlags) mostRefused() float64 { return f.mostRefusedPercent / 100 }

// intake finds out what the file is. It is read once here.
func (f *inputFlags) intake(cfg config.Config) (feed.Intake, error) {
	none := feed.Intake{}
	if f.path == "" {
		return none, cli.Usage(errors.New("--input is missing: name the file of orders"))
	}
	options, err := f.options(cfg)
	if err != nil {
		return none, err
	}
	if _, err := f.readable(); err != nil {
		return none, err
	}
	file, err := os.Open(f.path)
	if err != nil {
		return none, cli.Usage(fmt.Errorf("open --input: %w", err))
	}
	defer file.Close()
	if options, err = dataset.Survey(file, options); err != nil {
		return none, cli.Usage(err)
	}
	rules, err := assembly.Decoding(cfg)
	if err != nil {
		return none, cli.Usage(err)
	}
	open := func() (*dataset.Reader, io.Closer, error) {
		file, err := os.Open(f.path)
		if err != nil {
			return nil, nil, fmt.Errorf("open --input: %w", err)
		}
		reader, err := dataset.NewReader(file, options)
		if err != nil {
			_ = file.Close()
			return nil, nil, err
		}
		return reader, file, nil
	}
	return feed.Intake{Open: open, Rules: rules, Now: time.Now()}, nil
}

// checked is the file, read whole, with all that is known before the first event is sent. An
// error says why none is to be.
func (f *inputFlags) checked(cmd *cobra.Command, cfg config.Config) (feed.Intake, feed.Checked, error) {
	in, err := f.intake(cfg)
	if err != nil {
		return in, feed.Checked{}, err
	}
	c, err := in.Check(cmd.Context())
	if err == nil {
		err = c.Ready(f.path, f.mostRefused(), f.noAmounts)
	}
	if err != nil && cmd.Context().Err() == nil {
		err = cli.Usage(err)
	}
	return in, c, err
}

// tell says before the first event is sent what a user should know of the file.
func tell(cmd *cobra.Command, name string, c feed.Checked) {
	w := cmd.ErrOrStderr()
	switch {
	case c.Sorted && c.Found.Backwards > 0:
		line(w, "%s is not in the order of time (%d rows are earlier than the one before): its events are sorted", name, c.Found.Backwards)
	case c.Found.Backwards > 0:
		line(w, "%s is not in the order of time (%d rows are earlier than the one before) and is sent as it is: events that come too late become dead letters", name, c.Found.Backwards)
	}
	_ = c.Summary().WriteText(w) // of the rows that are not sent; standard error
}
