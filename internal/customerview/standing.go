package customerview

import (
	"fmt"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/stream/change"
)

// Standing is where a customer stands, beside what a change says of it, and what comes
// next if nothing happens.
type Standing struct {
	Stage       *Since   `json:"stage,omitempty"`
	Tier        *Since   `json:"tier,omitempty"`
	PAliveBelow *float64 `json:"p_alive_below,omitempty"` // the lowest watched level that P(alive) is below
	Next        *Next    `json:"next_due"`                // nil: nothing comes
	NotKnown    []Doubt  `json:"not_known,omitempty"`
}

// Since says since when a stage or a tier holds.
type Since struct {
	Since *string `json:"since"` // nil: before what is kept, or in no tier
}

// Next is the next instant that brings anything.
type Next struct {
	At        string   `json:"at"`
	Reason    string   `json:"reason"`
	Announced bool     `json:"announced"`
	Brings    []string `json:"brings"`
	CLV       string   `json:"clv"`
	PAlive    *float64 `json:"p_alive"` // nil: not known
}

// Doubt is something that is not known of an instant in the past; see clv.Doubt.
type Doubt struct {
	Kind    string `json:"kind"`
	OrderID string `json:"order_id,omitempty"`
	Text    string `json:"text"`
}

// standing has what the fields of a change do not say, or not of the past: there, the
// beginning of a stage may not be known.
func (c *Customer) standing(fields change.Values, r *clv.Reading) Standing {
	v := Standing{Next: c.next(r)}
	if fields.Text("stage.current") != "" {
		v.Stage = &Since{since(r.Standing.StageMicros)}
	}
	if fields.Text("tier.approaching") != "" {
		v.Tier = &Since{}
		if fields.Text("tier.current") != "" {
			v.Tier.Since = since(r.Standing.TierMicros)
		}
	}
	if level := r.Standing.AliveLevel; level > 0 {
		v.PAliveBelow = &c.Valuation.Awake.AliveLevels[level-1]
	}
	for _, d := range r.Doubts {
		v.NotKnown = append(v.NotKnown, Doubt{d.Kind.String(), d.OrderID, d.String()})
	}
	return v
}

func (c *Customer) next(r *clv.Reading) *Next {
	next := &r.Next
	if next.AtMicros == 0 {
		return nil
	}
	return &Next{
		At: Instant(next.AtMicros), Reason: next.Reason.String(), Announced: next.Announced,
		Brings: c.brings(&r.Standing, &next.Standing, next.Reason),
		CLV:    c.money(next.Value.CLVMinor), PAlive: alive(&next.Value),
	}
}

// brings says in what one standing differs from the one before.
func (c *Customer) brings(was, now *standing.Standing, reason announce.Reason) []string {
	awake := &c.Valuation.Awake
	said := []string{}
	say := func(really bool, format string, values ...any) {
		if really {
			said = append(said, fmt.Sprintf(format, values...))
		}
	}
	say(reason == announce.ReasonModel, "valued by model %s", c.Valuation.Model.Version())
	say(now.Stage != was.Stage, "stage %s", now.Stage)
	say(now.Tier != was.Tier, "tier %s -> %s", c.tierName(was.Tier), c.tierName(now.Tier))
	switch {
	case now.AliveLevel > was.AliveLevel:
		say(true, "P(alive) below %g", awake.AliveLevels[now.AliveLevel-1])
	case now.AliveLevel < was.AliveLevel && int(now.AliveLevel) < len(awake.AliveLevels): // less may be watched than was
		say(true, "P(alive) back above %g", awake.AliveLevels[now.AliveLevel])
	}
	say(now.Worthwhile && !was.Worthwhile, "CLV:CAC reaches %g", awake.AcquisitionFloor)
	say(was.Worthwhile && !now.Worthwhile, "CLV:CAC below %g", awake.AcquisitionFloor)
	say(now.Approaching && !was.Approaching, "approaching the next tier")
	say(was.Approaching && !now.Approaching && now.Tier == was.Tier, "no longer approaching the next tier")
	say(len(said) == 0 && reason == announce.ReasonDecay, "CLV changed by %g %%", 100*awake.Drift)
	return said
}

// tierName is a tier's name; "none" below the lowest.
func (c *Customer) tierName(tier uint8) string {
	if tiers := c.Valuation.Awake.Tiers.Tiers; tier > 0 && int(tier) <= len(tiers) {
		return tiers[tier-1].Name
	}
	return "none"
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// since is nil for what began before anything that is kept.
func since(micros int64) *string {
	if micros == 0 {
		return nil
	}
	return orNull(Instant(micros))
}
