package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/standing"
)

// Flags of a stored standing, and of what was last announced.
const (
	standingWorthwhile = 1 << iota
	standingApproaching
	announcedRose
)

func appendStandings(dst []byte, c *clv.Customer) []byte {
	dst = appendStanding(dst, &c.Standing, 0)
	if c.Settled != c.Standing {
		dst = appendStanding(dst, &c.Settled, 0)
	}
	var rose byte
	if c.Announced.Rose {
		rose = announcedRose
	}
	dst = appendStanding(dst, &c.Announced.Standing, rose)
	dst = binary.AppendVarint(dst, c.Announced.AtMicros)
	dst = append(dst, byte(c.Announced.Pending))
	dst = binary.AppendVarint(dst, c.DueMicros)
	dst = binary.AppendUvarint(dst, c.Cut)
	dst = binary.AppendUvarint(dst, uint64(len(c.Entries)))
	for _, e := range c.Entries {
		dst = binary.AppendVarint(dst, int64(e.Month))
		dst = append(dst, byte(e.Stage))
		dst = binary.AppendUvarint(dst, uint64(e.Count))
	}
	return dst
}

func appendStanding(dst []byte, s *standing.Standing, flags byte) []byte {
	if s.Worthwhile {
		flags |= standingWorthwhile
	}
	if s.Approaching {
		flags |= standingApproaching
	}
	dst = append(dst, byte(s.Stage))
	dst = binary.AppendVarint(dst, s.StageMicros)
	dst = append(dst, s.Tier)
	dst = binary.AppendVarint(dst, s.TierMicros)
	return append(dst, s.AliveLevel, flags)
}

func readStandings(r *reader, c *clv.Customer, flags byte) {
	c.Standing, _ = readStanding(r, 0)
	c.Settled = c.Standing
	if flags&flagFired != 0 {
		c.Settled, _ = readStanding(r, 0)
	}
	var told byte
	c.Announced.Standing, told = readStanding(r, announcedRose)
	c.Announced.Rose = told&announcedRose != 0
	c.Announced.AtMicros, c.Announced.Pending = r.varint(), announce.Reason(r.known(r.byte(), reasons, "held reason"))
	c.DueMicros = r.varint()
	c.Cut = r.uvarint()
	if n := r.count(); n > 0 {
		c.Entries = make([]standing.Entry, 0, n)
		for range n {
			c.Entries = append(c.Entries, standing.Entry{Month: calendar.Month(r.int32()), Stage: standing.Stage(r.known(r.byte(), stages, "stage")), Count: int(r.uvarint())})
		}
	}
}

func readStanding(r *reader, more byte) (standing.Standing, byte) {
	s := standing.Standing{Stage: standing.Stage(r.known(r.byte(), stages, "stage")), StageMicros: r.varint(), Tier: r.byte(), TierMicros: r.varint(), AliveLevel: r.byte()}
	flags := r.flags(standingWorthwhile | standingApproaching | more)
	s.Worthwhile, s.Approaching = flags&standingWorthwhile != 0, flags&standingApproaching != 0
	return s, flags
}
