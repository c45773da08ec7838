// Package dataset reads files of orders as events: exports of shops, published data
// sets, and this system's own format.
//
//	Survey: the whole file once ──► format, separator, columns, dates, decimal sign
//
//	file ──► lines ──► cdnow │ csv │ jsonl ──► sums ──► sorting ──► matching ──► Row
//	         BOM, CRLF,        rows            of an    by time     of money     history.Event,
//	         gzip, bounds                      order                back         currency, line
//	                      └────────────────────────┴────────────────────┴──────► RowError, Stats
//
// It streams where the file's order allows: where rows of an order stand apart, or the order
// of time is asked for and not the file's, it sorts in bounded memory and temporary files.
// Survey keeps some 40 bytes an order id, matching (CancellationsRefund) the latest orders of
// each customer.
//
// A row that cannot be an event is refused or set aside, counted by kind with a line for an
// example and the cure, and reading continues. Nothing is dropped silently or guessed: what
// the rows of a file leave open, such as whether 1/2/2024 is in January, is an error that
// names the flag that settles it.
//
// # Ids
//
// Ids that a file does not have are made from its name and the line, such as
// CDNOW_sample-17, so that a file read twice gives the same events, and files of different names
// share no id.
//
// # Times
//
// A time without a zone, and a date without a time (its midnight), are in
// Options.Location, which is UTC by default. A wall time that does not exist, because the
// clocks change, becomes an instant next to the gap, on the same day.
//
// # Money back
//
// A refund has to name its order. Many exports write a refund as rows with a negative
// quantity or amount and an id of their own (in the Online Retail data: "C536379", −27.50),
// which does not name the order. Options.Cancellations says how to treat it.
package dataset
