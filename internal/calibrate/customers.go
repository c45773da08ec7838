package calibrate

import (
	"hash/maphash"
)

// customers gives every customer id a number from 0 on. Ids lie one after
// another in large blocks and the table of hashes holds no pointer, so that ten
// million of them are some 25 bytes each and no work for the garbage collector.
type customers struct {
	seed   maphash.Seed
	slots  []slot // open addressing, a power of two
	ids    paged[uint64]
	blocks [][]byte

	last       string // rows of one customer often follow on one another
	lastNumber uint32
}

// slot holds a customer's number plus one, 0 if empty, and some bits of the
// hash, which spare most comparisons of the id.
type slot struct{ tag, number uint32 }

const (
	firstSlots = 1 << 10
	blockBytes = 1 << 20
)

func newCustomers() *customers {
	return &customers{seed: maphash.MakeSeed(), slots: make([]slot, firstSlots)}
}

func (c *customers) count() int { return c.ids.length }

// number is the customer's, a new one for an id not seen before.
func (c *customers) number(id string) uint32 {
	if id == c.last && c.ids.length > 0 {
		return c.lastNumber
	}
	c.last, c.lastNumber = id, c.find(id)
	return c.lastNumber
}

func (c *customers) find(id string) uint32 {
	hash := maphash.String(c.seed, id)
	tag, mask := uint32(hash>>32), uint32(len(c.slots)-1)
	for at := uint32(hash) & mask; ; at = (at + 1) & mask {
		s := &c.slots[at]
		switch {
		case s.number == 0:
			*s = slot{tag, uint32(c.add(id)) + 1}
			number := s.number - 1
			if 4*c.count() > 3*len(c.slots) {
				c.grow()
			}
			return number
		case s.tag == tag && c.is(s.number-1, id):
			return s.number - 1
		}
	}
}

// add stores the id behind its length, of two bytes.
func (c *customers) add(id string) int {
	last := len(c.blocks) - 1
	if last < 0 || len(c.blocks[last])+len(id)+2 > cap(c.blocks[last]) {
		c.blocks = append(c.blocks, make([]byte, 0, max(blockBytes, len(id)+2)))
		last++
	}
	block := &c.blocks[last]
	*c.ids.add() = uint64(last)<<32 | uint64(len(*block))
	*block = append(*block, byte(len(id)), byte(len(id)>>8))
	*block = append(*block, id...)
	return c.ids.length - 1
}

func (c *customers) id(number uint32) []byte {
	at := *c.ids.at(number)
	text := c.blocks[at>>32][uint32(at):]
	length := int(text[0]) | int(text[1])<<8
	return text[2 : 2+length]
}

func (c *customers) is(number uint32, id string) bool { return string(c.id(number)) == id }

// grow doubles the table.
func (c *customers) grow() {
	c.slots = make([]slot, 2*len(c.slots))
	mask := uint32(len(c.slots) - 1)
	for number := range uint32(c.count()) {
		hash := maphash.Bytes(c.seed, c.id(number))
		at := uint32(hash) & mask
		for c.slots[at].number != 0 {
			at = (at + 1) & mask
		}
		c.slots[at] = slot{uint32(hash >> 32), number + 1}
	}
}

// paged is a growing list that is never copied: pages of a fixed size.
type paged[T any] struct {
	pages  [][]T
	length int
}

const (
	pageBits = 14
	pageSize = 1 << pageBits
)

// at is the element of a number.
func (p *paged[T]) at(number uint32) *T {
	return &p.pages[number>>pageBits][number&(pageSize-1)]
}

// add appends a zero element.
func (p *paged[T]) add() *T {
	if p.length == len(p.pages)*pageSize {
		p.pages = append(p.pages, make([]T, pageSize))
	}
	p.length++
	return p.at(uint32(p.length - 1))
}
