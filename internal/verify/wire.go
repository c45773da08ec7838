package verify

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
)

// wireChange is the part of a change's JSON that is compared.
type wireChange struct {
	CustomerID string    `json:"customer_id"`
	Version    uint64    `json:"version"`
	Reason     string    `json:"reason"`
	AsOf       time.Time `json:"as_of"`
	Cause      struct {
		EventID string `json:"event_id"`
		Type    string `json:"type"`
	} `json:"cause"`
	CLV struct {
		Previous string `json:"previous"`
		Current  string `json:"current"`
	} `json:"clv"`
	PAlive float64 `json:"p_alive"`
	Stage  *struct {
		Previous string `json:"previous"`
		Current  string `json:"current"`
	} `json:"stage"`
	Tier *struct {
		Previous    string `json:"previous"` // null, for none, leaves it empty
		Current     string `json:"current"`
		Approaching bool   `json:"approaching"`
	} `json:"tier"`
	Acquisition struct {
		Worthwhile bool `json:"worthwhile"`
	} `json:"acquisition"`
	Model struct {
		Version string `json:"version"`
	} `json:"model"`
}

// said is what a change says of where the customer stands.
type said struct {
	stage                   standing.Stage
	tier                    uint8 // 0: none; unknownTier: one that is not configured
	approaching, worthwhile bool
}

// unknownTier is above every number of configured tiers.
const unknownTier = 255

// unsaid stands for a stage that a change does not say.
const unsaid = standing.Stage(255)

// take reads what is compared of a change, except its cause.
func (c *change) take(w *wireChange, currency money.Currency, tiers []standing.Tier) error {
	c.version, c.asOf, c.pAlive = w.Version, w.AsOf.UnixMicro(), w.PAlive
	previous, err := minorOf(w.CLV.Previous, currency.Exponent())
	current, err2 := minorOf(w.CLV.Current, currency.Exponent())
	c.previousMinor, c.currentMinor = previous, current
	reason, ok := announce.ParseReason(w.Reason)
	if !ok {
		return errors.Join(err, err2, fmt.Errorf("reason %q is unknown", w.Reason))
	}
	c.reason = reason
	c.was.stage, c.now = unsaid, said{worthwhile: w.Acquisition.Worthwhile}
	if w.Stage != nil {
		var known, known2 bool
		c.was.stage, known = standing.ParseStage(w.Stage.Previous)
		c.now.stage, known2 = standing.ParseStage(w.Stage.Current)
		if !known || !known2 {
			err = errors.Join(err, fmt.Errorf("stage %q or %q is unknown", w.Stage.Previous, w.Stage.Current))
		}
	}
	if w.Tier != nil {
		c.was.tier, c.now.tier = tierNumber(tiers, w.Tier.Previous), tierNumber(tiers, w.Tier.Current)
		c.now.approaching = w.Tier.Approaching
	}
	return errors.Join(err, err2)
}

func tierNumber(tiers []standing.Tier, name string) uint8 {
	if name == "" {
		return 0
	}
	for i := range tiers {
		if tiers[i].Name == name {
			return uint8(i + 1)
		}
	}
	return unknownTier
}

// minorOf reads a decimal with all of a currency's decimals.
func minorOf(text string, exponent int) (int64, error) {
	if exponent > 0 {
		whole, fraction, _ := strings.Cut(text, ".")
		if len(fraction) != exponent {
			return 0, fmt.Errorf("%q has not %d decimals", text, exponent)
		}
		text = whole + fraction
	}
	minor, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no amount", text)
	}
	return minor, nil
}
