// Package layout is the bytes of what is stored of customers, and of what waits to
// be published: how each is written, and what a reader makes of it. It knows clv,
// and not where the bytes are kept.
//
//	clv.Customer ──► AppendCustomer ──► bytes ──► DecodeCustomer ──► clv.Customer
//	Source, []Item ► AppendEntry ─────► bytes ──► DecodeEntry ─────► Entry
//	clv.Cell ──────► AppendCellName ──► name ───► ParseCellName ───► clv.Cell
//	clv.Places ────► AppendPlaces ────► bytes ──► DecodePlaces ────► clv.Places
//
// All bytes are packed: a schema byte, then fields in a fixed order, integers as
// LEB128 varints as in encoding/binary (zigzag where they may be negative), hashes
// and floats as 8 bytes little-endian, strings after their length as a uvarint.
// Each layout stands field by field beside the code that writes it. Every value
// has one form only: bytes that are read and written again stay the same.
//
// # How stored bytes grow
//
// Programs of two versions work on the same state while one is upgraded to the next,
// and while that is rolled back. The rule: a program reads what is new before anybody
// writes it. So a version writes nothing that the version before does not read:
//
//	                     customers          outbox entries
//	                     reads   writes     reads   writes
//	the version before   4, 5    4, and 5   2, 3    2
//	                             if it read 5
//	this version         4, 5    4, 5       2, 3    2, 3
//
// Versions 5 and 3 are 4 and 2 with extensions at the end: tagged fields, as
// appendExtensions writes them. A program keeps those that it does not know, byte for
// byte, so that new ones need no other version of the layout. It does not renew them,
// either: a field that follows from others says of which version of the customer it is.
//
// What is not known here is one of three things:
//
//	kept      extensions; cells of the statistics by an unknown figure, trait, status
//	          or stage, and places of a cell behind the known ones. Likewise fields of
//	          the hashes in Redis and keys of a lane's progress, by who owns those
//	newer     ErrNewer: a version above those that are read, a value of an enum beyond
//	          the known ones, a reserved flag, another kind of item. Likewise a word
//	          behind the known ones in a field of src or of the registry. A reader
//	          waits for it: it may mean what may not be passed over
//	damaged   ErrDamaged: whatever else no clvstream can have written. Where bytes hold
//	          an unknown value and cannot be read to their end, they are damaged
//
// A version below those that are read is ErrOlder. Reading never panics, and broken
// bytes never ask for more memory than they have themselves.
package layout
