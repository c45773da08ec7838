package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/feed"
)

func newImport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import [FILE]",
		Short: "Bring a file of orders in: check it, and publish its orders to the input topics",
		Long: `Reads a file of orders and publishes them as events. --dry-run sends nothing, and shows
how the file was understood: use it first.

Format, separator, columns, dates and decimal sign are found in the file. Where a file
leaves one open, the command fails and names the flag that settles it. A file with a row
per item is summed by order id, with quantity × price.

The whole file is read and checked before the first event is sent. If more than
--max-refused percent of its rows cannot be used, nothing is sent. Events are sent in the
order of their times, whatever the file's: in one sorted by customer, as CDNOW's is, they
would come after due times that they precede. Sorting takes some 150,000 rows into memory,
and others into temporary files.

Sent twice under the same name, a file changes nothing: its events have the same ids.
docs/import.md tells what is read, and how. To try a system out at a certain rate, or in
the wrong order of time, use "clvstream replay".`,
		Example: `  clvstream import orders.csv --dry-run
  clvstream import orders.csv --brokers 127.0.0.1:9092 --currency EUR --timezone Europe/Berlin
  clvstream import online_retail.csv.gz --cancellations refund --round half-even --brokers 127.0.0.1:9092`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return cli.Usage(fmt.Errorf("%s wants one file\nsee `%[1]s -h`", cmd.CommandPath()))
			}
			return nil
		},
	}
	input := addInputFlags(cmd)
	addNoAmounts(cmd, input)
	dryRun := cmd.Flags().Bool("dry-run", false, "send nothing; show how the file is understood")
	return answering(cmd, func(cmd *cobra.Command, s *system, args []string) (answer, error) {
		if len(args) == 1 {
			if input.path != "" && input.path != args[0] {
				return nil, cli.Usage(errors.New("--input and an argument name two files: give one"))
			}
			input.path = args[0]
		}
		if *dryRun {
			return input.dryRun(cmd, s)
		}
		return s.importFile(cmd, input, 0)
	})
}

func addNoAmounts(cmd *cobra.Command, f *inputFlags) {
	cmd.Flags().BoolVar(&f.noAmounts, "no-amounts", false, "send the orders of a file without amounts, each worth 0")
}

// dryRun is all that would be sent.
func (f *inputFlags) dryRun(cmd *cobra.Command, s *system) (answer, error) {
	in, err := f.intake(s.cfg)
	if err != nil {
		return nil, err
	}
	c, err := in.Check(cmd.Context())
	if err != nil {
		return nil, err
	}
	options, err := f.options(s.cfg)
	if err != nil {
		return nil, err
	}
	u := understoodFrom(f.path, c, options)
	if err := c.Ready(f.path, f.mostRefused(), f.noAmounts); err != nil {
		said, _, _ := strings.Cut(err.Error(), ":\n") // the kinds are told above
		u.Fails = said
		return u, errFound
	}
	return u, nil
}

// understood is how a file was read.
type understood struct {
	File      string           `json:"file"`
	Format    string           `json:"format"`
	Separator string           `json:"separator,omitempty"`
	Columns   []dataset.Column `json:"columns,omitempty"`
	Dates     string           `json:"date_format,omitempty"`
	Zone      string           `json:"timezone"`
	Zoneless  int              `json:"times_without_zone"`
	Decimal   string           `json:"decimal,omitempty"`
	Summed    int              `json:"rows_summed_into_orders"`
	Earlier   int              `json:"rows_earlier_than_the_one_before"`
	Sorted    bool             `json:"sorted"`
	Orders    int              `json:"orders"`
	Refunds   int              `json:"refunds"`
	Others    int              `json:"other_events"`
	Customers int              `json:"customers"`
	From      string           `json:"from,omitempty"`
	Until     string           `json:"until,omitempty"`
	Ordered   []dataset.Money  `json:"ordered"`
	Refunded  []dataset.Money  `json:"refunded"`
	First     []string         `json:"first_events"`
	Fails     string           `json:"fails,omitempty"` // why nothing would be sent
	dataset.Summary
}

func understoodFrom(name string, c feed.Checked, options dataset.Options) understood {
	u := understood{
		File: name, Format: string(c.Found.Format), Columns: c.Found.Columns, Zone: options.Location.String(), Zoneless: c.Found.Zoneless,
		Earlier: c.Found.Backwards, Sorted: c.Sorted, Orders: c.Orders, Refunds: c.Refunds, Others: c.Others, Customers: c.Customers,
		Ordered: dataset.MoneyOf(c.Ordered), Refunded: dataset.MoneyOf(c.Refunded), Summary: c.Summary(),
	}
	if c.Found.Format == dataset.CSV {
		u.Separator, u.Dates, u.Decimal, u.Summed = string(c.Found.Delimiter), c.Found.Dates.String(), c.Found.Decimal.String(), c.Found.Repeats
	}
	if c.Events > 0 {
		u.From, u.Until = c.Earliest.In(options.Location).Format(time.RFC3339), c.Latest.In(options.Location).Format(time.RFC3339)
	}
	for _, e := range c.First {
		u.First = append(u.First, e.Wire())
	}
	return u
}

// WriteText writes the answer for people.
func (u understood) WriteText(w io.Writer) error {
	u.writeForm(w)
	line(w, "events: %d orders, %d refunds and %d others, of %d customers", u.Orders, u.Refunds, u.Others, u.Customers)
	if u.From != "" {
		line(w, "from %s until %s", u.From, u.Until)
	}
	for _, m := range u.Ordered {
		line(w, "ordered: %s %s", m.Amount, m.Currency)
	}
	for _, m := range u.Refunded {
		line(w, "refunded: %s %s", m.Amount, m.Currency)
	}
	if err := u.Summary.WriteText(w); err != nil {
		return err
	}
	for i, e := range u.First {
		if i == 0 {
			line(w, "first events:")
		}
		line(w, "  %s", e)
	}
	if u.Fails != "" {
		line(w, "nothing would be sent: %s", u.Fails)
	}
	return nil
}

// writeForm writes how the file is written.
func (u understood) writeForm(w io.Writer) {
	line(w, "%s: %s with %d rows", u.File, u.Format, u.Rows)
	if u.Separator != "" {
		line(w, "separator: %s", strconv.Quote(u.Separator))
		for _, c := range u.Columns {
			line(w, "  %s is in column %q", c.Field, c.Column)
		}
		line(w, "dates: %s; decimal sign: %s", u.Dates, u.Decimal)
	}
	if u.Zoneless > 0 {
		line(w, "times: %d without a zone, read as %s", u.Zoneless, u.Zone)
	}
	if u.Summed > 0 {
		line(w, "rows: %d are further items of an order, and are summed", u.Summed)
	}
	switch {
	case u.Earlier > 0 && u.Sorted:
		line(w, "order of time: %d rows are earlier than the one before; events are sorted", u.Earlier)
	case u.Sorted:
		line(w, "order of time: kept by the file, but rows of an order do not stand together; events are sorted")
	case u.Earlier > 0:
		line(w, "order of time: %d rows are earlier than the one before", u.Earlier)
	default:
		line(w, "order of time: kept by the file")
	}
}
