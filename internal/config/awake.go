package config

import (
	"errors"
	"fmt"
	"time"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
)

// MostGrace is the longest awake.grace: events that are later than the default lateness
// are refused.
const MostGrace = 90 * 24 * time.Hour

// AnnouncementPolicy is which changes are worth announcing, in minor units of
// the business's currency.
func (c Config) AnnouncementPolicy() (announce.Policy, error) {
	absolute, err := c.minor(c.Policy.Absolute)
	if err != nil {
		return announce.Policy{}, err
	}
	policy := announce.Policy{
		Rule:           announce.Rule{AbsoluteMinor: absolute, Relative: c.Policy.Relative, StandingOnly: c.Policy.StandingOnly},
		SpanMicros:     c.Policy.Span.Microseconds(),
		CoolDownMicros: c.Policy.CoolDown.Microseconds(),
		Hysteresis:     c.Policy.Hysteresis,
	}
	for _, r := range c.Policy.ByReason {
		reason, _ := announce.ParseReason(r.Reason)
		if _, twice := policy.ByReason[reason]; twice {
			return announce.Policy{}, fmt.Errorf("reason %s has two rules; keep one", r.Reason)
		}
		rule := announce.Rule{Relative: r.Relative, StandingOnly: r.StandingOnly, Never: r.Never}
		if rule.AbsoluteMinor, err = c.minor(r.Absolute); err != nil {
			return announce.Policy{}, err
		}
		if policy.ByReason == nil {
			policy.ByReason = map[announce.Reason]announce.Rule{}
		}
		policy.ByReason[reason] = rule
	}
	return policy, nil
}

// minor is an amount in the business's minor units; nothing is 0.
func (c Config) minor(amount string) (float64, error) {
	if amount == "" {
		return 0, nil
	}
	minor, err := money.ParseMinor(amount, c.Business.Currency.Exponent())
	if err != nil {
		return 0, fmt.Errorf("read %q as an amount of %s: %w", amount, c.Business.Currency, err)
	}
	return float64(minor), nil
}

// Watched is what due times watch between events.
func (c Config) Watched() (standing.Awake, error) {
	tiers, err := c.tiers()
	if err != nil {
		return standing.Awake{}, err
	}
	a := standing.Awake{
		Stages: standing.Stages{
			Cooling: standing.StageEntry(c.Awake.Cooling), Dormant: standing.StageEntry(c.Awake.Dormant), Lost: standing.StageEntry(c.Awake.Lost),
			WonBackDays: c.Awake.WonBackDays,
		},
		Tiers:            tiers,
		Drift:            c.Awake.Drift,
		AcquisitionFloor: c.Awake.AcquisitionFloor,
	}
	for i, level := range c.Awake.AliveLevels {
		if i > 0 && level.Below >= c.Awake.AliveLevels[i-1].Below {
			return standing.Awake{}, fmt.Errorf("level %v comes after %v; give the levels from the highest to the lowest", level.Below, c.Awake.AliveLevels[i-1].Below)
		}
		a.AliveLevels = append(a.AliveLevels, level.Below)
	}
	return a, nil
}

// Limits of what one byte of a customer's state can count.
const (
	maxTiers  = 100
	maxLevels = 100
)

var (
	errTooManyTiers    = fmt.Errorf("more than %d tiers", maxTiers)
	errMixedTiers      = errors.New("some tiers have an amount and some a percentile; give all tiers the same kind of border")
	errPercentileOfCLV = errors.New("tiers by percentile need tiers.by: clv")
)

func (c Config) tiers() (standing.Tiers, error) {
	t := standing.Tiers{Hysteresis: c.Tiers.Hysteresis, HoldDays: c.Tiers.HoldDays}
	if c.Tiers.By == TiersByHistoric {
		t.By = standing.TierByHistoric
	}
	if len(c.Tiers.Borders) > maxTiers {
		return standing.Tiers{}, errTooManyTiers
	}
	var err error
	if t.ApproachingMinor, err = c.minor(c.Tiers.Approaching); err != nil {
		return standing.Tiers{}, err
	}
	for _, border := range c.Tiers.Borders {
		if (border.From == "") == (border.Percentile == 0) {
			return standing.Tiers{}, fmt.Errorf("tier %s: give either from or a percentile above 0", border.Name)
		}
		if border.Percentile > 0 {
			t.Percentiles = append(t.Percentiles, standing.Percentile{Name: border.Name, Below: border.Percentile / 100})
			continue
		}
		from, err := c.minor(border.From)
		if err != nil {
			return standing.Tiers{}, err
		}
		t.Tiers = append(t.Tiers, standing.Tier{Name: border.Name, FromMinor: from})
	}
	return t, errors.Join(checkBorders(&t), c.checkTierNames())
}

// checkBorders refuses tiers in the wrong order, and kinds of borders that exclude each other.
func checkBorders(t *standing.Tiers) error {
	switch n := len(t.Percentiles); {
	case n > 0 && len(t.Tiers) > 0:
		return errMixedTiers
	case n > 0 && t.By != standing.TierByCLV:
		return errPercentileOfCLV
	case n > 0 && t.Percentiles[n-1].Below >= 1:
		return fmt.Errorf("tier %s needs a percentile below 100: no customer is above all others", t.Percentiles[n-1].Name)
	}
	for i := 1; i < len(t.Tiers); i++ {
		if t.Tiers[i].FromMinor <= t.Tiers[i-1].FromMinor {
			return fmt.Errorf("tier %s does not begin above %s; give the tiers from the lowest to the highest", t.Tiers[i].Name, t.Tiers[i-1].Name)
		}
	}
	for i := 1; i < len(t.Percentiles); i++ {
		if t.Percentiles[i].Below <= t.Percentiles[i-1].Below {
			return fmt.Errorf("tier %s does not begin above %s; give the tiers from the lowest to the highest", t.Percentiles[i].Name, t.Percentiles[i-1].Name)
		}
	}
	return nil
}

// checkTierCut refuses a schedule without tiers to cut, or without any date.
func checkTierCut(c *Config, _ map[string]Source) string {
	if c.Tiers.Cut.Cron == "" {
		return ""
	}
	if err := checkCron(c.Tiers.Cut.Cron); err != nil {
		return err.Error()
	}
	if t, err := c.tiers(); err == nil && len(t.Percentiles) == 0 {
		return "no tier has a percentile, so there is nothing to cut"
	}
	return ""
}

func (c Config) checkTierNames() error {
	seen := map[string]bool{}
	for _, border := range c.Tiers.Borders {
		if seen[border.Name] {
			return fmt.Errorf("two tiers have the name %s", border.Name)
		}
		seen[border.Name] = true
	}
	return nil
}

func checkTiers(c *Config, _ map[string]Source) string {
	_, err := c.tiers()
	return message(err)
}

func checkLevels(c *Config, _ map[string]Source) string {
	if len(c.Awake.AliveLevels) > maxLevels {
		return fmt.Sprintf("more than %d levels", maxLevels)
	}
	_, err := Config{Awake: c.Awake, Business: c.Business, Tiers: Tiers{Approaching: "0"}}.Watched()
	return message(err)
}

// checkStages refuses a stage that always begins after a later one.
func checkStages(c *Config, _ map[string]Source) string {
	a := c.Awake
	for _, pair := range [...]struct {
		name, next    string
		before, after Stage
	}{{"cooling", "dormant", a.Cooling, a.Dormant}, {"dormant", "lost", a.Dormant, a.Lost}, {"cooling", "lost", a.Cooling, a.Lost}} {
		switch {
		case pair.before.SilenceQuantile > 0 && pair.after.SilenceQuantile > 0 && pair.after.SilenceQuantile < pair.before.SilenceQuantile,
			pair.before.SilenceDays > 0 && pair.after.SilenceDays > 0 && pair.after.SilenceDays < pair.before.SilenceDays:
			return fmt.Sprintf("awake.%s begins before awake.%s; a customer must become %[2]s first", pair.next, pair.name)
		case pair.before.PAliveBelow > 0 && pair.after.PAliveBelow > pair.before.PAliveBelow:
			return fmt.Sprintf("awake.%s.p_alive_below is above awake.%s.p_alive_below; a customer must become %[2]s first", pair.next, pair.name)
		}
	}
	return ""
}
