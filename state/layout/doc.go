// Package layout is the byte format of stored customers, outbox entries and statistics:
// writing, and reading. It knows clv, but not where the bytes are stored.
//
//	clv.Customer ──► AppendCustomer ──► bytes ──► DecodeCustomer ──► clv.Customer
//	Source, []Item ► AppendEntry ─────► bytes ──► DecodeEntry ─────► Entry
//	clv.Cell ──────► AppendCellName ──► name ───► ParseCellName ───► clv.Cell
//	clv.Places ────► AppendPlaces ────► bytes ──► DecodePlaces ────► clv.Places
//
// All bytes are packed: a schema byte, then fields in a fixed order, integers as
// LEB128 varints as in encoding/binary (zigzag where they may be negative), hashes
// and floats as 8 bytes little-endian, strings after their length as a uvarint.
// Each layout is described field by field beside the code that writes it. Every value has
// exactly one encoding: bytes that are read and written again stay the same.
//
// # How stored bytes grow
//
// Programs of two versions work on the same state during an upgrade or its rollback. The
// rule: a new format is read one version before it is written. So a version writes
// nothing that the version before cannot read:
//
//	                     customers             outbox entries
//	                     reads        writes   reads        writes
//	the version before   4, 5, 6, 7   6, 7     2, 3, 4, 5   4, 5
//	this version         6, 7, 8, 9   8, 9     2, 3, 4, 5   4, 5
//
// This version is the exception: it writes customers at once that the one before cannot
// read, and raises Number, so programs of that one wait. former.go says how it reads what
// that one wrote.
//
// Under the id of a customer who was erased stands a marker in the place of a customer:
// marker.go. Programs of the version before find it newer.
//
// Customers of 7 and 9, entries of 3 and 5 are those before them with extensions at the end: tagged fields,
// as appendExtensions writes them. A program keeps unknown extensions byte for byte, so new
// ones need no new version of the layout. It does not update them, so a field that is
// derived from others states the version of the customer that it belongs to.
//
// Number is of all of it. The version that stores what the one before would misread or
// write away raises it; programs of before, also those that are running, then store
// nothing more (package state). What is stored under a number is written down
// (testdata): a test refuses other bytes under the same number, and golden bytes that
// were changed.
//
// Before there were golden bytes, two commits changed what is stored under a version of
// the customer's layout without another one. In version 1, the flags of an order lost
// void and moved, and refunds got flags (781bfbd). In version 2, the months of sealed
// orders came behind their hashes (d5de8e5). So bytes of versions 1 and 2 are of two
// layouts each, and could not be told apart. Versions 4 and 5 had a hash in the place of
// event ids. Customers of the versions 1 to 5 are not read: whoever has such bytes is told
// so (ErrOlder), and has the version before store everybody anew, or replays into another
// namespace. Versions 6 and 7, entries of 2 and 3 and cells of 2 have been what they are
// since they were introduced, and enums have been extended at their ends only.
//
// What this version does not know is treated in one of three ways:
//
//	kept      extensions; cells of the statistics by an unknown figure, trait, status
//	          or stage, and places of a cell behind the known ones. Likewise fields of
//	          the hashes in Redis and keys of a lane's progress, by who owns those
//	newer     ErrNewer: a version above those that are read, a value of an enum beyond
//	          the known ones, a reserved flag, an unknown kind of item. Likewise a word
//	          after the known ones in a field of src or of the registry. A reader
//	          waits for its upgrade: the value may be essential
//	damaged   ErrDamaged: all other bytes that no clvstream writes. Bytes with an unknown
//	          value that cannot be read to their end are damaged, too
//
// A version below those that are read is ErrOlder. Reading never panics, and damaged bytes
// never allocate more than some hundred times their own size: no count is larger than the
// bytes that are left, and ids are made of none that is long (mostShared).
//
// # How customers are small
//
// Redis has millions of them, so what mostly is takes a bit, and what follows from the rest
// takes none:
//
//	instants.go   most instants are one another's, or whole seconds from one
//	value.go      CLV is the sum of its parts, P(alive) 1 of who bought once
//	standings.go  they stand as was announced
//	order.go      an order is placed once, and its day is that of its instant
//	id.go         ids are numbered, and an event's is made of its order's
//	worth.go      the margin is a share of the amount
package layout
