package customerview

import (
	"fmt"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/standing"
)

// Standing is where a customer stands, and what comes next if nothing happens.
type Standing struct {
	Stage       *Stage       `json:"stage,omitempty"`
	Tier        *Tier        `json:"tier,omitempty"`          // nil: there are no tiers
	PAliveBelow *float64     `json:"p_alive_below,omitempty"` // the lowest watched level that P(alive) is below
	Acquisition *Acquisition `json:"acquisition,omitempty"`   // nil: no cost is known
	Next        *Next        `json:"next_due"`                // nil: nothing comes
	NotKnown    []Doubt      `json:"not_known,omitempty"`
}

// Stage is where silence has brought the customer.
type Stage struct {
	Current         string  `json:"current"`
	Since           *string `json:"since"` // nil: before what is kept
	SilenceDays     int     `json:"silence_days"`
	SilenceQuantile float64 `json:"silence_quantile"`
	ExpectedLoss    string  `json:"expected_loss,omitempty"`
	BestMoment      string  `json:"best_moment,omitempty"`
}

// Tier is the tier that the value has reached; nil where there is no such tier.
type Tier struct {
	Current     *string `json:"current"`
	Since       *string `json:"since"` // also nil: before what is kept
	Next        *string `json:"next"`
	Distance    *string `json:"distance"`
	Approaching bool    `json:"approaching"`
}

// Acquisition is what it cost to win the customer, and whether that pays.
type Acquisition struct {
	Cost       string   `json:"cost"`
	Channel    *string  `json:"channel"`
	NetCLV     string   `json:"net_clv"`
	CLVToCAC   *float64 `json:"clv_to_cac"` // nil: the cost is 0
	Worthwhile bool     `json:"worthwhile"`
	BreakEven  *string  `json:"break_even"` // nil: it is not expected
	BrokenEven bool     `json:"broken_even"`
}

// Next is the next instant that brings anything.
type Next struct {
	At        string   `json:"at"`
	Reason    string   `json:"reason"`
	Announced bool     `json:"announced"`
	Brings    []string `json:"brings"`
	CLV       string   `json:"clv"`
	PAlive    float64  `json:"p_alive"`
}

// Doubt is something that is not known of an instant in the past; see clv.Doubt.
type Doubt struct {
	Kind    string `json:"kind"`
	OrderID string `json:"order_id,omitempty"`
	Text    string `json:"text"`
}

func (c *Customer) standing(r *clv.Reading) Standing {
	v := Standing{Tier: c.tier(r), Acquisition: c.acquisition(r), Next: c.next(r)}
	if r.Standing.Stage != standing.NoStage {
		v.Stage = &Stage{
			Current: r.Standing.Stage.String(), Since: since(r.Standing.StageMicros),
			SilenceDays: r.Silence.Days, SilenceQuantile: r.Silence.Quantile,
		}
		if r.Silence.LossKnown {
			v.Stage.ExpectedLoss, v.Stage.BestMoment = c.money(r.Silence.LossMinor), r.Silence.BestDay.String()
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

func (c *Customer) tier(r *clv.Reading) *Tier {
	if len(c.Valuation.Awake.Tiers.Tiers) == 0 {
		return nil
	}
	v := &Tier{Current: orNull(r.Tier.Now), Next: orNull(r.Tier.Next), Approaching: r.Standing.Approaching}
	if v.Current != nil {
		v.Since = since(r.Standing.TierMicros)
	}
	if v.Next != nil {
		v.Distance = orNull(c.money(r.Tier.MissingMinor))
	}
	return v
}

func (c *Customer) acquisition(r *clv.Reading) *Acquisition {
	acquired := &r.Estimate.Acquisition
	if !acquired.Known {
		return nil
	}
	v := &Acquisition{
		Cost: c.money(float64(acquired.CostMinor)), Channel: orNull(acquired.Channel),
		NetCLV:     c.money(r.Estimate.CLVMinor - float64(acquired.CostMinor)),
		Worthwhile: r.Standing.Worthwhile, BrokenEven: r.BreakEven.Kind == estimate.BreakEvenReached,
	}
	if acquired.CostMinor > 0 {
		ratio := r.Estimate.CLVMinor / float64(acquired.CostMinor)
		v.CLVToCAC = &ratio
	}
	if r.BreakEven.Kind != estimate.BreakEvenUnknown {
		v.BreakEven = orNull(r.BreakEven.Day.String())
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
		CLV:    c.money(next.Value.CLVMinor), PAlive: next.Value.PAlive,
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
	say(now.Approaching && !was.Approaching, "the next tier is near")
	say(was.Approaching && !now.Approaching && now.Tier == was.Tier, "the next tier is near no more")
	say(len(said) == 0 && reason == announce.ReasonDecay, "CLV has moved by %g %%", 100*awake.Drift)
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
