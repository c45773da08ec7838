package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// changeLossKnown is a flag of a change's present standing, beside those of any
// standing.
const changeLossKnown = 1 << 2

// appendChange appends customer string, version uvarint, reason byte; the cause:
// event id string, kind byte, order id string, µs varint; previous CLV float64,
// model name string, model version string; the estimate (appendEstimate) and the
// standing (appendChangeStanding).
func appendChange(dst []byte, c *clv.Change) []byte {
	dst = appendString(dst, c.CustomerID)
	dst = binary.AppendUvarint(dst, c.Version)
	dst = append(dst, byte(c.Reason))
	dst = appendString(dst, c.Cause.EventID)
	dst = append(dst, byte(c.Cause.Kind))
	dst = appendString(dst, c.Cause.OrderID)
	dst = binary.AppendVarint(dst, c.Cause.AtMicros)
	dst = appendFloat(dst, c.PreviousMinor)
	dst = appendString(dst, c.ModelName)
	dst = appendString(dst, c.ModelVersion)
	dst = appendEstimate(dst, &c.Current)
	return appendChangeStanding(dst, c)
}

// appendChangeStanding appends the standing last announced and the present one, as
// in a stored customer (loss known 4); silence days uvarint and quantile float64; if
// its loss is known: loss float64, best day varint; the tiers' names (was, now, next)
// strings, missing float64; break-even kind byte and day varint.
func appendChangeStanding(dst []byte, c *clv.Change) []byte {
	var known byte
	if c.Silence.LossKnown {
		known = changeLossKnown
	}
	dst = appendStanding(dst, &c.Was, 0)
	dst = appendStanding(dst, &c.Standing, known)
	dst = binary.AppendUvarint(dst, uint64(c.Silence.Days))
	dst = appendFloat(dst, c.Silence.Quantile)
	if c.Silence.LossKnown {
		dst = appendFloat(dst, c.Silence.LossMinor)
		dst = binary.AppendVarint(dst, int64(c.Silence.BestDay))
	}
	for _, name := range [...]string{c.Tier.Was, c.Tier.Now, c.Tier.Next} {
		dst = appendString(dst, name)
	}
	dst = appendFloat(dst, c.Tier.MissingMinor)
	dst = append(dst, byte(c.BreakEven.Kind))
	return binary.AppendVarint(dst, int64(c.BreakEven.Day))
}

// readChange reads into an empty change.
func readChange(r *reader, c *clv.Change) {
	c.CustomerID, c.Version, c.Reason = r.string(), r.uvarint(), announce.Reason(r.known(r.byte(), reasons, "reason"))
	c.Cause = clv.Cause{EventID: r.string(), Kind: history.Kind(r.known(r.byte(), kinds, "kind of cause")), OrderID: r.string(), AtMicros: r.varint()}
	c.PreviousMinor = r.float()
	c.ModelName, c.ModelVersion = r.string(), r.string()
	readEstimate(r, &c.Current)
	readChangeStanding(r, c)
}

func readChangeStanding(r *reader, c *clv.Change) {
	c.Was, _ = readStanding(r, 0)
	var flags byte
	c.Standing, flags = readStanding(r, changeLossKnown)
	c.Silence = standing.Silence{Days: int(r.uvarint()), Quantile: r.float()}
	if flags&changeLossKnown != 0 {
		c.Silence.LossKnown, c.Silence.LossMinor, c.Silence.BestDay = true, r.float(), r.day()
	}
	c.Tier = standing.TierMove{Was: r.string(), Now: r.string(), Next: r.string(), MissingMinor: r.float()}
	c.BreakEven = estimate.BreakEven{Kind: estimate.BreakEvenKind(r.known(r.byte(), breakEvens, "kind of break-even")), Day: r.day()}
}
