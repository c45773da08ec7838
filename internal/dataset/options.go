package dataset

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset/amounts"
	"github.com/clvstream/clvstream/internal/dataset/dates"
)

// Format is how a file is written.
type Format string

// The formats.
const (
	Auto  Format = "auto"  // recognised by the first lines
	CDNOW Format = "cdnow" // "customer date n dollars", or with the sample id after the customer's
	CSV   Format = "csv"   // a row per order or per item, delimited by , ; | or tab
	JSONL Format = "jsonl" // an event of the wire per line
)

// ParseFormat finds a format by its name.
func ParseFormat(name string) (Format, error) { return choose("format", name, Auto, CDNOW, CSV, JSONL) }

func choose[T ~string](what, name string, from ...T) (T, error) {
	if slices.Contains(from, T(name)) {
		return T(name), nil
	}
	names := make([]string, len(from))
	for i, f := range from {
		names[i] = string(f)
	}
	return "", fmt.Errorf("choose %s: %q is none of %s", what, name, strings.Join(names, ", "))
}

// Cancellations says what becomes of money back that does not name its order: a negative
// total, or a refund without an order id.
type Cancellations string

// The ways to take cancellations.
const (
	// CancellationsSkip counts them and their money and sets them aside. It is the zero
	// value's meaning, too.
	CancellationsSkip Cancellations = "skip"
	// CancellationsRefund makes them refunds of the customer's latest earlier order that
	// holds the same item and at least that quantity; where the file has no items, that has
	// as much money left. It looks back at keptOrders orders. Costs memory per customer.
	CancellationsRefund Cancellations = "refund"
	// CancellationsNamed trusts that the row's order id is the original order's.
	CancellationsNamed Cancellations = "named"
)

// ParseCancellations finds a way to take cancellations by its name.
func ParseCancellations(name string) (Cancellations, error) {
	return choose("cancellations", name, CancellationsSkip, CancellationsRefund, CancellationsNamed)
}

// Repeated says what several rows of one order are.
type Repeated string

// What several rows of one order are.
const (
	RepeatedAuto   Repeated = "auto"   // items, unless all have the same amount: that is refused as ambiguous
	RepeatedItems  Repeated = "items"  // a row per item: the order's amount is their sum
	RepeatedTotal  Repeated = "total"  // each row repeats the order's amount
	RepeatedLatest Repeated = "latest" // a row replaces those before it, as on the wire
)

// ParseRepeated finds a meaning of repeated orders by its name.
func ParseRepeated(name string) (Repeated, error) {
	return choose("repeated", name, RepeatedAuto, RepeatedItems, RepeatedTotal, RepeatedLatest)
}

// ParseRounding finds a way to round by its name.
func ParseRounding(name string) (amounts.Rounding, error) {
	return choose("round", name, amounts.RoundNot, amounts.RoundHalfEven, amounts.RoundHalfUp)
}

// Options describe a file. The zero value of each has a meaning.
type Options struct {
	Format Format // Auto when empty
	Name   string // the file's name, for errors and made-up ids

	// Currency of amounts that do not carry their own. The zero value means US
	// dollars for CDNOW; a CSV then needs a currency column, unless it has no
	// amounts.
	Currency money.Currency
	Location *time.Location // of times without a zone; UTC when nil

	Columns       Columns          // CSV; none named means the header's own names
	Dates         dates.Form       // CSV: how days are written; 0: found by all rows
	Decimal       amounts.Sign     // CSV: the decimal sign; 0: found by all rows
	Rounding      amounts.Rounding // CSV; RoundNot when empty
	Cancellations Cancellations    // CSV; CancellationsSkip when empty
	Repeated      Repeated         // CSV; RepeatedAuto when empty

	// ByTime gives the rows in the order of their times, whatever the file's. Rows
	// that memory should not hold are sorted through temporary files.
	ByTime bool
	// SortBytes is how much memory a sort may take, DefaultSortBytes when 0.
	SortBytes int

	found *Found
}

// DefaultSortBytes are some 150,000 rows. With what Go's collector leaves lying about, the raw
// Online Retail file (541,909 rows) then takes 280 MB in all, and 790 MB with four times as much.
const DefaultSortBytes = 64 << 20

// completed has the defaults of what is not set.
func (o Options) completed() Options {
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.SortBytes == 0 {
		o.SortBytes = DefaultSortBytes
	}
	if o.Format == "" {
		o.Format = Auto
	}
	if o.Cancellations == "" {
		o.Cancellations = CancellationsSkip
	}
	if o.Repeated == "" {
		o.Repeated = RepeatedAuto
	}
	return o
}

// idPrefix begins the ids that are made up for a file: its name without folder
// and extensions, cut to leave room for the line number.
func idPrefix(opts Options) string {
	name, _, _ := strings.Cut(filepath.Base(opts.Name), ".")
	name = strings.ToValidUTF8(name, "_")
	if len(name) > 200 {
		name = strings.ToValidUTF8(name[:200], "")
	}
	if name == "" {
		name = string(opts.Format)
	}
	return name + "-"
}
