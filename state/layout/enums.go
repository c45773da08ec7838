package layout

import (
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// How many values of each enum this program knows, 0 among them. A stored value
// beyond them is a later version's.
var (
	statuses = named[history.Status]()
	stages   = named[standing.Stage]()
	kinds    = named[history.Kind]()
	reasons  = named[announce.Reason]()
	refusals = named[history.RefusalReason]()
)

const breakEvens = byte(estimate.BreakEvenExpected) + 1

// named counts the values up to the first one, after 0, without a name.
func named[E interface {
	~uint8
	String() string
}]() byte {
	n := byte(1)
	for E(n).String() != "unknown" {
		n++
	}
	return n
}
