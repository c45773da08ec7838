package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/standing"
)

// standingView is where a customer stands, named as in an announced change.
type standingView struct {
	Stage       *stageView       `json:"stage,omitempty"`
	Tier        *tierView        `json:"tier,omitempty"`
	PAliveBelow *float64         `json:"p_alive_below,omitempty"` // the lowest watched level that P(alive) is below
	Acquisition *acquisitionView `json:"acquisition,omitempty"`
	Next        *nextView        `json:"next_due"`
	NotKnown    []doubtView      `json:"not_known,omitempty"`
}

type stageView struct {
	Current         string  `json:"current"`
	Since           *string `json:"since"` // null: before what is kept
	SilenceDays     int     `json:"silence_days"`
	SilenceQuantile float64 `json:"silence_quantile"`
	ExpectedLoss    string  `json:"expected_loss,omitempty"`
	BestMoment      string  `json:"best_moment,omitempty"`
}

type tierView struct {
	Current     *string `json:"current"`
	Since       *string `json:"since"`
	Next        *string `json:"next"`
	Distance    *string `json:"distance"`
	Approaching bool    `json:"approaching"`
}

type acquisitionView struct {
	Cost       string   `json:"cost"`
	Channel    *string  `json:"channel"`
	NetCLV     string   `json:"net_clv"`
	CLVToCAC   *float64 `json:"clv_to_cac"`
	Worthwhile bool     `json:"worthwhile"`
	BreakEven  *string  `json:"break_even"`
	BrokenEven bool     `json:"broken_even"`
}

// nextView is the next instant that brings anything.
type nextView struct {
	At        string   `json:"at"`
	Reason    string   `json:"reason"`
	Announced bool     `json:"announced"`
	Brings    []string `json:"brings"`
	CLV       string   `json:"clv"`
	PAlive    float64  `json:"p_alive"`
}

type doubtView struct {
	Kind    string `json:"kind"`
	OrderID string `json:"order_id,omitempty"`
	Text    string `json:"text"`
}

// standingOf shows a reading's standing.
func (s *stored) standingOf(r *clv.Reading) standingView {
	v := standingView{Tier: s.tierOf(r), Acquisition: s.acquisitionOf(r), Next: s.nextOf(r)}
	if r.Standing.Stage != standing.NoStage {
		v.Stage = &stageView{
			Current: r.Standing.Stage.String(), Since: sinceOf(r.Standing.StageMicros),
			SilenceDays: r.Silence.Days, SilenceQuantile: r.Silence.Quantile,
		}
		if r.Silence.LossKnown {
			v.Stage.ExpectedLoss, v.Stage.BestMoment = s.money(r.Silence.LossMinor), r.Silence.BestDay.String()
		}
	}
	if level := r.Standing.AliveLevel; level > 0 {
		v.PAliveBelow = &s.valuation.Awake.AliveLevels[level-1]
	}
	for _, d := range r.Doubts {
		v.NotKnown = append(v.NotKnown, doubtView{d.Kind.String(), d.OrderID, d.String()})
	}
	return v
}

func (s *stored) tierOf(r *clv.Reading) *tierView {
	if len(s.valuation.Awake.Tiers.Tiers) == 0 {
		return nil
	}
	v := &tierView{Current: textOrNull(r.Tier.Now), Next: textOrNull(r.Tier.Next), Approaching: r.Standing.Approaching}
	if v.Current != nil {
		v.Since = sinceOf(r.Standing.TierMicros)
	}
	if v.Next != nil {
		distance := s.money(r.Tier.MissingMinor)
		v.Distance = &distance
	}
	return v
}

func (s *stored) acquisitionOf(r *clv.Reading) *acquisitionView {
	acquired := &r.Estimate.Acquisition
	if !acquired.Known {
		return nil
	}
	v := &acquisitionView{
		Cost: s.money(float64(acquired.CostMinor)), Channel: textOrNull(acquired.Channel),
		NetCLV:     s.money(r.Estimate.CLVMinor - float64(acquired.CostMinor)),
		Worthwhile: r.Standing.Worthwhile, BrokenEven: r.BreakEven.Kind == estimate.BreakEvenReached,
	}
	if acquired.CostMinor > 0 {
		ratio := r.Estimate.CLVMinor / float64(acquired.CostMinor)
		v.CLVToCAC = &ratio
	}
	if r.BreakEven.Kind != estimate.BreakEvenUnknown {
		v.BreakEven = textOrNull(r.BreakEven.Day.String())
	}
	return v
}

func (s *stored) nextOf(r *clv.Reading) *nextView {
	next := &r.Next
	if next.AtMicros == 0 {
		return nil
	}
	return &nextView{
		At: instant(next.AtMicros), Reason: next.Reason.String(), Announced: next.Announced,
		Brings: s.brings(&r.Standing, &next.Standing, next.Reason),
		CLV:    s.money(next.Value.CLVMinor), PAlive: next.Value.PAlive,
	}
}

// brings says in what one standing differs from another.
func (s *stored) brings(was, now *standing.Standing, reason announce.Reason) []string {
	awake := &s.valuation.Awake
	said := []string{}
	say := func(format string, values ...any) { said = append(said, fmt.Sprintf(format, values...)) }
	if reason == announce.ReasonModel {
		say("valued by model %s", s.valuation.Model.Version())
	}
	if now.Stage != was.Stage {
		say("stage %s", now.Stage)
	}
	if now.Tier != was.Tier {
		say("tier %s -> %s", s.tierName(was.Tier), s.tierName(now.Tier))
	}
	switch {
	case now.AliveLevel > was.AliveLevel:
		say("P(alive) below %g", awake.AliveLevels[now.AliveLevel-1])
	case now.AliveLevel < was.AliveLevel && int(now.AliveLevel) < len(awake.AliveLevels): // less may be watched than was
		say("P(alive) back above %g", awake.AliveLevels[now.AliveLevel])
	}
	switch {
	case now.Worthwhile && !was.Worthwhile:
		say("CLV:CAC reaches %g", awake.AcquisitionFloor)
	case was.Worthwhile && !now.Worthwhile:
		say("CLV:CAC below %g", awake.AcquisitionFloor)
	}
	switch {
	case now.Approaching && !was.Approaching:
		say("the next tier is near")
	case was.Approaching && !now.Approaching && now.Tier == was.Tier:
		say("the next tier is near no more")
	}
	if len(said) == 0 && reason == announce.ReasonDecay {
		say("CLV has moved by %g %%", 100*awake.Drift)
	}
	return said
}

// tierName is a tier's name; "none" below the lowest.
func (s *stored) tierName(tier uint8) string {
	if tiers := s.valuation.Awake.Tiers.Tiers; tier > 0 && int(tier) <= len(tiers) {
		return tiers[tier-1].Name
	}
	return "none"
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// sinceOf is null for what began before anything that is kept.
func sinceOf(micros int64) *string {
	if micros == 0 {
		return nil
	}
	return textOrNull(instant(micros))
}

// words are the standing for a person, a line each.
func (v *standingView) words() [][]string {
	var rows [][]string
	row := func(name, text string) { rows = append(rows, []string{name, text}) }
	if v.Stage != nil {
		row("stage", v.Stage.words())
		if v.Stage.BestMoment != "" {
			row("  lost since", fmt.Sprintf("%s of the predicted value; it falls most on %s", v.Stage.ExpectedLoss, v.Stage.BestMoment))
		}
	}
	if v.Tier != nil {
		row("tier", v.Tier.words())
	}
	if v.PAliveBelow != nil {
		row("P(alive) below", float(*v.PAliveBelow))
	}
	if v.Acquisition != nil {
		row("acquisition", v.Acquisition.words())
	}
	row("next", v.Next.words())
	for _, d := range v.NotKnown {
		row("not known", d.Text)
	}
	return rows
}

func (v *stageView) words() string {
	return fmt.Sprintf("%s since %s; silent for %d days (quantile %s)", v.Current, orElse(v.Since, "before what is kept"), v.SilenceDays, float(v.SilenceQuantile))
}

func (v *tierView) words() string {
	text := "none"
	if v.Current != nil {
		text = *v.Current + " since " + orElse(v.Since, "before what is kept")
	}
	switch {
	case v.Next == nil:
		return text
	case v.Approaching:
		return fmt.Sprintf("%s; %s to %s, which is near", text, *v.Distance, *v.Next)
	default:
		return fmt.Sprintf("%s; %s to %s", text, *v.Distance, *v.Next)
	}
}

func (v *acquisitionView) words() string {
	text := "cost " + v.Cost
	if v.Channel != nil {
		text += " by " + *v.Channel
	}
	if v.CLVToCAC != nil {
		text += ", CLV:CAC " + float(*v.CLVToCAC)
	}
	switch {
	case v.BreakEven == nil:
		return text + ", not expected to break even"
	case v.BrokenEven:
		return text + ", broken even by " + *v.BreakEven
	default:
		return text + ", break-even about " + *v.BreakEven
	}
}

func (v *nextView) words() string {
	if v == nil {
		return "nothing, without an event"
	}
	text := v.At + ": " + strings.Join(v.Brings, ", ") + ", CLV " + v.CLV
	if v.Announced {
		return text + " (announced as " + v.Reason + ")"
	}
	return text
}

func orElse(text *string, other string) string {
	if text == nil {
		return other
	}
	return *text
}

// float is a figure for people.
func float(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
