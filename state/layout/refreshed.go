package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv"
)

// refreshedByOther is the bit beside the percent of P(alive).
const refreshedByOther = 1 << 7

// appendRefreshed appends, four or five bytes for most:
//
//	day        varint, since that of as-of in UTC
//	predicted  varint, whole minor units
//	P(alive)   1 byte: whole percent, at most 100; 127 if not known; 128 more if by another model
func appendRefreshed(dst []byte, c *clv.Customer) []byte {
	r := &c.Refreshed
	dst = appendDay(dst, r.Day, c.Value.AsOfMicros)
	dst = binary.AppendVarint(dst, r.PredictedMinor)
	alive := r.AlivePercent
	if !r.AliveKnown {
		alive = aliveUnknown
	}
	return append(dst, alive|flag(r.ByOther, refreshedByOther))
}

func readRefreshed(r *reader, c *clv.Customer) {
	c.Refreshed = clv.Refreshed{Known: true, Day: r.daySince(c.Value.AsOfMicros), PredictedMinor: r.varint()}
	alive := r.byte()
	c.Refreshed.ByOther = alive&refreshedByOther != 0
	if alive &^= refreshedByOther; alive != aliveUnknown {
		c.Refreshed.AliveKnown, c.Refreshed.AlivePercent = true, r.known(alive, percents, "P(alive)")
	}
}

// aliveUnknown is in place of a percent.
const aliveUnknown = 127

// percents are those of a probability, from 0 to 100.
const percents = 101
