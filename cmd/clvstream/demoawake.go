package main

import (
	"fmt"
	"io"
)

// sights counts what the demo has shown of customers who moved.
type sights struct {
	climbs, cooling, dormant, wonBack int
}

func (s *sights) see(c *changeLine) {
	if c.Tier.Direction == "up" && c.Tier.Previous != "" {
		s.climbs++
	}
	if c.Stage.Current == c.Stage.Previous {
		return
	}
	switch c.Stage.Current {
	case "cooling":
		s.cooling++
	case "dormant":
		s.dormant++
	case "won_back":
		s.wonBack++
	}
}

func (s *sights) print(out io.Writer) {
	fmt.Fprintf(out, "\nseen live: %d tier climbs, %d coolings, %d dormancies, %d won back (`docs/awake.md` says what they mean)\n",
		s.climbs, s.cooling, s.dormant, s.wonBack)
}

// news is what a change tells beside the value: another stage or tier.
func (c *changeLine) news() string {
	text := ""
	if c.Stage.Current != c.Stage.Previous {
		text += fmt.Sprintf("  %s -> %s", c.Stage.Previous, c.Stage.Current)
		if c.Stage.SilenceDays > 0 {
			text += fmt.Sprintf(" after %d days", c.Stage.SilenceDays)
		}
	}
	switch {
	case c.Tier.Direction == "up" || c.Tier.Direction == "down":
		text += fmt.Sprintf("  tier %s: %s -> %s", c.Tier.Direction, orNone(c.Tier.Previous), orNone(c.Tier.Current))
	case c.Tier.Approaching:
		text += fmt.Sprintf("  near %s: %s missing", c.Tier.Next, c.Tier.Distance)
	}
	return text
}

func orNone(tier string) string {
	if tier == "" {
		return "none"
	}
	return tier
}
