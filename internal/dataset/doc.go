// Package dataset reads files of orders as events: exports of shops, published data
// sets, and this system's own format.
//
//	file ──► lines ──► cdnow │ csv │ jsonl ──► Row (history.Event, currency, line)
//	         BOM, CRLF,        one row,    └─► RowError (file:line:column, what is allowed)
//	         gzip, bounds      one event
//
// It streams: memory is bounded by the longest row accepted, whatever the file's
// size (with CreditsLatest also by the number of customers).
//
// A row that cannot be an event is refused, reported with its place, and counted, and
// reading continues. Nothing is dropped silently or guessed. Reading fails only if the
// input cannot be read at all, or its columns are not the expected ones.
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
// # Credits
//
// A refund has to name its order. Many exports write a refund as a row with a negative
// amount and an id of its own (in the Online Retail data: "C536379", amount −27.50),
// which does not name the order. Such a credit is refused unless Options.Credits says how
// to treat it.
package dataset
