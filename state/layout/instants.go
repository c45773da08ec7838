package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv"
)

// The instants of every customer, in the order in which they are stored. Many are one
// another's: the first order's begins the stage, and an order is when the value holds.
const (
	atLatest = iota
	atAsOf
	atFirst
	atStage
	atTier
	atAnnouncedTier
	atAnnouncedStage
	atAnnounced
	atDue

	instantsPerCustomer
)

type instants [instantsPerCustomer]int64

func instantsOf(c *clv.Customer) instants {
	return instants{
		atLatest: c.History.LatestMicros, atAsOf: c.Value.AsOfMicros, atFirst: c.History.First.AtMicros,
		atStage: c.Standing.StageMicros, atTier: c.Standing.TierMicros,
		atAnnouncedTier: c.Announced.Standing.TierMicros, atAnnouncedStage: c.Announced.Standing.StageMicros,
		atAnnounced: c.Announced.AtMicros, atDue: c.DueMicros,
	}
}

func (at *instants) give(c *clv.Customer) {
	c.History.LatestMicros, c.Value.AsOfMicros, c.History.First.AtMicros = at[atLatest], at[atAsOf], at[atFirst]
	c.Standing.StageMicros, c.Standing.TierMicros = at[atStage], at[atTier]
	c.Announced.Standing.TierMicros, c.Announced.Standing.StageMicros = at[atAnnouncedTier], at[atAnnouncedStage]
	c.Announced.AtMicros, c.DueMicros = at[atAnnounced], at[atDue]
}

// appendInstants appends
//
//	forms   4 bytes little-endian: 3 bits an instant, from the lowest on
//	latest  since 1970        ┐
//	as-of   since the latest  │ each as its form has it
//	others  since as-of       ┘
func appendInstants(dst []byte, at *instants) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	all, since, before := uint32(0), int64(0), int64(0)
	for i, micros := range at {
		f := formOf(micros, since, before)
		all |= uint32(f) << (formBits * i)
		dst = f.append(dst, micros, since)
		if before = micros; i <= atAsOf {
			since = micros
		}
	}
	binary.LittleEndian.PutUint32(dst[start:], all)
	return dst
}

func (r *reader) instants() (at instants) {
	const mask = 1<<formBits - 1
	all, since, before := r.fixed32(), int64(0), int64(0)
	if all>>(formBits*instantsPerCustomer) != 0 {
		r.fail(newer("flags", byte(all>>24)))
	}
	for i := range at {
		at[i] = r.formed(form(all>>(formBits*i)&mask), since, before)
		if before = at[i]; i <= atAsOf {
			since = at[i]
		}
	}
	return at
}
