package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
)

const contractGuessed = 1

// appendContract appends where the sealed days have brought the customer's contract, if they
// have one: months and days of its period, purchase days counted, renewals, each uvarint;
// the days of the last two renewals varint; flags byte (guessed 1). Counted days other than
// the sealed ones say that it is out of date.
func appendContract(dst []byte, customer *clv.Customer) []byte {
	c := &customer.History.Sealed.Contract
	if c.Days == 0 {
		return dst
	}
	for _, n := range [...]int{c.Period.Months, c.Period.Days, c.Days, c.Renewals} {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	dst = binary.AppendVarint(dst, int64(c.Before))
	dst = binary.AppendVarint(dst, int64(c.Last))
	if c.Guessed {
		return append(dst, contractGuessed)
	}
	return append(dst, 0)
}

func readContract(r *reader, customer *clv.Customer) {
	c := history.Contract{Period: history.Period{Months: int(r.uvarint()), Days: int(r.uvarint())}, Days: int(r.uvarint()), Renewals: int(r.uvarint())}
	c.Before, c.Last = r.day(), r.day()
	c.Guessed = r.flags(contractGuessed) != 0
	if c.Days == 0 {
		r.fail(errForeign)
	}
	customer.History.Sealed.Contract = c
}
