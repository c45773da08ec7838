package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/standing"
)

// Flags of a stored standing.
const (
	standingWorthwhile = 1 << iota
	standingApproaching
)

// appendStanding appends stage byte, since when varint µs, tier byte, since when varint µs,
// level byte, flags byte (worthwhile 1, approaching 2, and those given): of a change.
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

func readStanding(r *reader, more byte) (standing.Standing, byte) {
	s := standing.Standing{Stage: standing.Stage(r.known(r.byte(), stages, "stage")), StageMicros: r.varint(), Tier: r.byte(), TierMicros: r.varint(), AliveLevel: r.byte()}
	flags := r.flags(standingWorthwhile | standingApproaching | more)
	s.Worthwhile, s.Approaching = flags&standingWorthwhile != 0, flags&standingApproaching != 0
	return s, flags
}
