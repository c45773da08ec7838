package calibrate

import (
	"hash/maphash"

	"github.com/clvstream/clvstream/clv/history"
)

// orders knows which order ids were seen, by 63 bits of hash: 11 to 22 bytes an
// order. Two orders of one hash, one chance in a hundred thousand for ten
// million orders, cost a second reading and change nothing.
type orders struct {
	seed   maphash.Seed
	hashes []uint64 // open addressing, 0 if empty
	count  int
}

func newOrders() *orders {
	return &orders{seed: maphash.MakeSeed(), hashes: make([]uint64, firstSlots)}
}

// repeated says whether the customer's order was seen before, and remembers it.
func (o *orders) repeated(customer uint32, e *history.Event) bool {
	hash := maphash.String(o.seed, e.OrderID)
	hash = (hash^uint64(customer)*0x9e3779b97f4a7c15)*0xd6e8feb86659fd93 | 1
	at := o.place(hash)
	if o.hashes[at] == hash {
		return true
	}
	o.hashes[at] = hash
	o.count++
	if 4*o.count > 3*len(o.hashes) {
		o.grow()
	}
	return false
}

// place is where the hash is or would be.
func (o *orders) place(hash uint64) int {
	mask := uint64(len(o.hashes) - 1)
	at := hash >> 16 & mask
	for o.hashes[at] != 0 && o.hashes[at] != hash {
		at = (at + 1) & mask
	}
	return int(at)
}

func (o *orders) grow() {
	old := o.hashes
	o.hashes = make([]uint64, 2*len(old))
	for _, hash := range old {
		if hash != 0 {
			o.hashes[o.place(hash)] = hash
		}
	}
}
