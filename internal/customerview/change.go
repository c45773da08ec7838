package customerview

import (
	"cmp"
	"encoding/json"
	"fmt"
)

// AnnouncedChange is what a line says of a change that was announced.
type AnnouncedChange struct {
	CustomerID string `json:"customer_id"`
	Version    uint64 `json:"version"`
	Reason     string `json:"reason"`
	AsOf       string `json:"as_of"`
	Currency   string `json:"currency"`
	CLV        struct {
		Previous string `json:"previous"`
		Current  string `json:"current"`
		Delta    string `json:"delta"`
	} `json:"clv"`
	PAlive float64 `json:"p_alive"`
	Orders int     `json:"orders"`
	Stage  struct {
		Previous    string `json:"previous"`
		Current     string `json:"current"`
		SilenceDays int    `json:"silence_days"`
	} `json:"stage"`
	Tier struct {
		Previous    string `json:"previous"`
		Current     string `json:"current"`
		Direction   string `json:"direction"`
		Next        string `json:"next"`
		Distance    string `json:"distance"`
		Approaching bool   `json:"approaching"`
	} `json:"tier"`
}

// ParseChange reads a record's value, as it was published.
func ParseChange(value []byte) (c AnnouncedChange, err error) {
	err = json.Unmarshal(value, &c)
	return c, err
}

// String is the change as one line.
func (c *AnnouncedChange) String() string {
	delta := c.CLV.Delta
	if delta != "" && delta[0] != '-' {
		delta = "+" + delta
	}
	return fmt.Sprintf("%-20.20s %-16s v%-4d %-12s %10s -> %10s %s (%s)  P(alive) %.3f  orders %d%s",
		c.AsOf, c.CustomerID, c.Version, c.Reason, c.CLV.Previous, c.CLV.Current, c.Currency, delta, c.PAlive, c.Orders, c.Moved())
}

// Moved says what a change tells beside the value: another stage or tier, or a tier
// that is near.
func (c *AnnouncedChange) Moved() string {
	text := ""
	if c.Stage.Current != c.Stage.Previous {
		text += fmt.Sprintf("  %s -> %s", c.Stage.Previous, c.Stage.Current)
		if c.Stage.SilenceDays > 0 {
			text += fmt.Sprintf(" after %d days", c.Stage.SilenceDays)
		}
	}
	switch {
	case c.Tier.Direction == "up" || c.Tier.Direction == "down":
		text += fmt.Sprintf("  tier %s: %s -> %s", c.Tier.Direction, cmp.Or(c.Tier.Previous, "none"), cmp.Or(c.Tier.Current, "none"))
	case c.Tier.Approaching:
		text += fmt.Sprintf("  near %s: %s missing", c.Tier.Next, c.Tier.Distance)
	}
	return text
}
