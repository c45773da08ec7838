package dataset

import (
	"errors"
	"fmt"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// RowError is a row that is no event.
type RowError struct {
	File    string
	Line    int // from 1
	Column  int // byte of the line, from 1, at which what is wrong begins
	Refusal history.Refusal
	Trouble Trouble

	Rows     int // how many rows it is about, when not one
	Minor    int64
	Currency money.Currency // of Minor; zero where no money is known
}

// Error is file:line:column, the reason, and what is allowed.
func (e *RowError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Refusal.Error())
}

// IsRefusal is true for errors about rows that are no event, after which reading goes on.
func IsRefusal(err error) bool {
	return err != nil && refusalOf(err) != nil
}

// refusalOf is the error about a row; nil for another error.
func refusalOf(err error) *RowError {
	var row *RowError
	errors.As(err, &row)
	return row
}

// Trouble is one kind of what can be the matter with rows.
type Trouble struct {
	Kind  string // what such rows are
	Cure  string // the flag, or what else, that helps
	Aside bool   // understood, and yet no event: these rows are no fault of the file

	reason history.RefusalReason
}

// The kinds of what can be the matter.
var (
	badColumns = Trouble{"rows with another number of columns", "quote values that hold the separator", false, history.Undecodable}
	badQuotes  = Trouble{"rows with a stray quote", "write a quote within a value twice", false, history.Undecodable}
	tooLong    = Trouble{"lines that are too long", "cut them", false, history.TooLarge}
	notUTF8    = Trouble{"text that is not UTF-8", "save the file as UTF-8", false, history.Undecodable}
	badID      = Trouble{"ids that are empty, or too long", "--columns", false, history.BadID}
	badTime    = Trouble{"times in another form than the file's", "--date-format", false, history.BadTime}
	badNumber  = Trouble{"amounts that are no numbers", "--decimal, or --columns", false, history.BadAmount}
	noNumber   = Trouble{"amounts that are empty", "fill them in, or take these rows out", false, history.MissingField}
	tooFine    = Trouble{"amounts with more decimals than their currency", "--round half-even", false, history.BadAmount}
	tooMuch    = Trouble{"amounts beyond 64 bits", "correct them", false, history.BadAmount}
	negative   = Trouble{"amounts that cannot be negative", "correct them", false, history.BadAmount}
	badUnit    = Trouble{"amounts without a known currency", "--currency", false, history.UnknownCurrency}
	badKind    = Trouble{"kinds of event that are not known", "--columns, without kind=", false, history.UnknownType}
	noOrder    = Trouble{"refunds or cancellations that name no order", "fill in the order's id", false, history.MissingField}
	badField   = Trouble{"fields that are not what they should be", "correct them", false, history.BadField}
	torn       = Trouble{"rows of an order of which another row is refused", "cure that row", false, history.BadAmount}
	twoTotals  = Trouble{"rows of one order with different totals", "--repeated items", false, history.BadAmount}
	twoMoneys  = Trouble{"rows of one order in different currencies", "--repeated latest", false, history.UnknownCurrency}

	noCustomer  = Trouble{"rows without a customer", "fill in who bought; nobody's value can count them", true, history.BadID}
	namesNone   = Trouble{"rows of cancellations that name no order", "--cancellations refund, or named", true, history.BadAmount}
	fitsNone    = Trouble{"rows of cancellations that fit no earlier order of their customer", "name the order (--cancellations named)", true, history.BadAmount}
	matchedBest = Trouble{"rows of cancellations taken as refunds of an earlier order that they fit (best effort)", "", true, history.BadAmount}

	manyCustomers = Trouble{"orders whose rows name different customers: an order of each", "correct them if that is wrong", true, history.BadID}
	manyDays      = Trouble{"orders whose rows lie more than a day apart: they stand at the earliest", "correct them, or --repeated latest", true, history.BadTime}
)

// place is where something stands in a file.
type place struct{ line, column int }

func (p place) refuse(trouble Trouble, format string, args ...any) *RowError {
	return &RowError{
		Line: p.line, Column: p.column, Trouble: trouble,
		Refusal: history.Refusal{Reason: trouble.reason, Detail: fmt.Sprintf(format, args...)},
	}
}

// shown is what a file said, short enough for a message.
func shown(text []byte) string {
	const most = 40
	if len(text) > most {
		return fmt.Sprintf("%q…", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
