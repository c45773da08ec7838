package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/standing"
)

// What a customer's standing has beside its stage, in one byte.
const (
	packedStages     = 1<<4 - 1
	packedWorthwhile = 1 << 4
	packedApproach   = 1 << 5
	packedTier       = 1 << 6
	packedLevel      = 1 << 7
)

// appendStandings appends
//
//	standing    see appendPackedStanding
//	settled     the same, and its two instants since as-of          if fired
//	announced   the same without instants                           if announced otherwise
//	held        reason byte                                         if held
//	cut         uvarint                                             if cut
//	entries     uvarint count, then month varint, stage byte, uvarint count  if any
//
// Their other instants are stored among the customer's.
func appendStandings(dst []byte, c *clv.Customer, flags customerFlag) []byte {
	dst = appendPackedStanding(dst, &c.Standing)
	if flags&flagFired != 0 {
		dst = appendPackedStanding(dst, &c.Settled)
		dst = appendInstant(dst, c.Settled.StageMicros, c.Value.AsOfMicros)
		dst = appendInstant(dst, c.Settled.TierMicros, c.Value.AsOfMicros)
	}
	if flags&flagAnnouncedOtherwise != 0 {
		dst = appendPackedStanding(dst, &c.Announced.Standing)
	}
	if flags&flagHeld != 0 {
		dst = append(dst, byte(c.Announced.Pending))
	}
	if flags&flagCut != 0 {
		dst = binary.AppendUvarint(dst, c.Cut)
	}
	if flags&flagEntries != 0 {
		dst = binary.AppendUvarint(dst, uint64(len(c.Entries)))
		for _, e := range c.Entries {
			dst = binary.AppendVarint(dst, int64(e.Month))
			dst = append(dst, byte(e.Stage))
			dst = binary.AppendUvarint(dst, uint64(e.Count))
		}
	}
	return dst
}

// appendPackedStanding appends one byte: the stage in its lower half, worthwhile 16,
// approaching 32, tier 64, level 128; and the bytes of tier and level that are not 0.
func appendPackedStanding(dst []byte, s *standing.Standing) []byte {
	dst = append(dst, byte(s.Stage)|flag(s.Worthwhile, packedWorthwhile)|flag(s.Approaching, packedApproach)|flag(s.Tier != 0, packedTier)|flag(s.AliveLevel != 0, packedLevel))
	if s.Tier != 0 {
		dst = append(dst, s.Tier)
	}
	if s.AliveLevel != 0 {
		dst = append(dst, s.AliveLevel)
	}
	return dst
}

func readStandings(r *reader, c *clv.Customer, flags customerFlag) {
	readPackedStanding(r, &c.Standing)
	c.Settled = c.Standing
	if flags&flagFired != 0 {
		readPackedStanding(r, &c.Settled)
		c.Settled.StageMicros, c.Settled.TierMicros = r.instant(c.Value.AsOfMicros), r.instant(c.Value.AsOfMicros)
	}
	if flags&flagAnnouncedOtherwise != 0 {
		readPackedStanding(r, &c.Announced.Standing)
	} else {
		c.Announced.Standing = since(c.Standing, &c.Announced.Standing)
	}
	c.Announced.Rose = flags&flagRose != 0
	if flags&flagHeld != 0 {
		c.Announced.Pending = announce.Reason(r.known(r.byte(), reasons, "held reason"))
	}
	if flags&flagCut != 0 {
		c.Cut = r.uvarint()
	}
	if flags&flagEntries != 0 {
		readEntries(r, c)
	}
}

func readEntries(r *reader, c *clv.Customer) {
	n := r.count()
	if n == 0 {
		return
	}
	c.Entries = make([]standing.Entry, 0, n)
	for range n {
		c.Entries = append(c.Entries, standing.Entry{Month: calendar.Month(r.int32()), Stage: standing.Stage(r.known(r.byte(), stages, "stage")), Count: int(r.uvarint())})
	}
}

// readPackedStanding reads all of a standing but its instants.
func readPackedStanding(r *reader, s *standing.Standing) {
	b := r.byte()
	s.Stage = standing.Stage(r.known(b&packedStages, stages, "stage"))
	s.Worthwhile, s.Approaching = b&packedWorthwhile != 0, b&packedApproach != 0
	s.Tier, s.AliveLevel = r.byteIf(b&packedTier != 0), r.byteIf(b&packedLevel != 0)
}

// byteIf is a byte that is not 0, or 0 where none is stored.
func (r *reader) byteIf(stored bool) byte {
	if !stored {
		return 0
	}
	b := r.byte()
	if b == 0 {
		r.fail(errForeign)
	}
	return b
}

// since is a standing with the instants of another.
func since(s standing.Standing, other *standing.Standing) standing.Standing {
	s.StageMicros, s.TierMicros = other.StageMicros, other.TierMicros
	return s
}
