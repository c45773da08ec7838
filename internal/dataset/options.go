package dataset

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/money"
)

// Format is how a file is written.
type Format string

// The formats.
const (
	CDNOW Format = "cdnow" // "customer date n dollars", or with the sample id after the customer's
	CSV   Format = "csv"   // a row per order, delimited by , ; or tab
	JSONL Format = "jsonl" // an event of the wire per line
)

// ParseFormat finds a format by its name.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case CDNOW, CSV, JSONL:
		return f, nil
	}
	return "", fmt.Errorf("choose format: %q is none of %s, %s, %s", name, CDNOW, CSV, JSONL)
}

// Credits says what becomes of money back that does not name its order: a
// negative amount, or a refund without an order id.
type Credits string

// The ways to take credits.
const (
	// CreditsRefuse refuses them: bad_amount.
	CreditsRefuse Credits = "refuse"
	// CreditsLatest makes them refunds of the customer's latest order before
	// them in the file that has as much left, among the last eight; it refuses
	// those without one. Costs memory per customer.
	CreditsLatest Credits = "latest"
	// CreditsNamed trusts that the row's order id is the original order's.
	CreditsNamed Credits = "named"
)

// ParseCredits finds a way to take credits by its name.
func ParseCredits(name string) (Credits, error) {
	switch c := Credits(name); c {
	case CreditsRefuse, CreditsLatest, CreditsNamed:
		return c, nil
	}
	return "", fmt.Errorf("choose credits: %q is none of %s, %s, %s", name, CreditsRefuse, CreditsLatest, CreditsNamed)
}

// Options describe a file. The zero value of each has a meaning.
type Options struct {
	Format Format
	Name   string // the file's name, for errors and made-up ids

	// Currency of amounts that do not carry their own. The zero value means US
	// dollars for CDNOW; a CSV then needs a currency column, unless it has no
	// amounts.
	Currency money.Currency
	Location *time.Location // of times without a zone; UTC when nil

	Columns      Columns // CSV; none named means the header's own names
	DecimalComma bool    // CSV: "29,33" instead of "29.33"
	Credits      Credits // CSV; CreditsRefuse when empty

	// MaxErrors bounds the refused rows that are reported one by one, 20 when
	// 0. The rest is counted and reported once, at the end.
	MaxErrors int
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
