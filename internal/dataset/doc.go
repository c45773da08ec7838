// Package dataset reads files of orders as events: what a shop exported, what
// the literature published, or what this system wrote.
//
//	file ──► lines ──► cdnow │ csv │ jsonl ──► Row (history.Event, currency, line)
//	         BOM, CRLF,        one row,    └─► RowError (file:line:column, what is allowed)
//	         gzip, bounds      one event
//
// It streams: memory is bounded by the longest row accepted, whatever the file's
// size (with CreditsLatest also by the number of customers).
//
// A row that cannot be an event is refused, reported with its place and counted,
// and the reading goes on; nothing is dropped silently and nothing is guessed.
// Only an input that cannot be read at all, or whose columns are not what was
// asked for, ends it.
//
// # Ids
//
// Ids that a file does not have are made from its name and the line, such as
// CDNOW_sample-17, so that a file read twice gives the same events, and files of different names
// share no id.
//
// # Times
//
// A time without a zone, and the midnight of a date without a time, are of
// Options.Location, UTC unless set. Where clocks jump, a wall time that does not
// exist becomes an instant beside the gap, never of another day.
//
// # Money back
//
// A refund needs to name its order. Exports often write money back as a row with
// a negative amount under a number of its own (in the Online Retail data:
// "C536379", amount −27.50), which does not say what it returns. Such a credit is
// refused unless Options.Credits says how to take it.
package dataset
