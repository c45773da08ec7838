package customerview

import (
	"cmp"
	"fmt"

	"github.com/clvstream/clvstream/stream/change"
)

// Line is a change that was announced, as one line.
func Line(c change.Values) string {
	delta := c.Text("clv.delta")
	if delta != "" && delta[0] != '-' {
		delta = "+" + delta
	}
	return fmt.Sprintf("%-20.20s %-16s v%-4s %-12s %10s -> %10s %s (%s)  P(alive) %.3f  orders %s%s",
		c.Text("as_of"), c.Text("customer_id"), c.Text("version"), c.Text("reason"), c.Text("clv.previous"), c.Text("clv.current"),
		c.Text("currency"), delta, change.As[float64](c, "p_alive"), c.Text("orders"), Moved(c))
}

// Moved describes what changed beside the value: another stage or tier, or an approach to
// the next tier.
func Moved(c change.Values) string {
	text := ""
	if was, is := c.Text("stage.previous"), c.Text("stage.current"); is != was {
		text += fmt.Sprintf("  %s -> %s", was, is)
		if days := change.As[int](c, "stage.silence_days"); days > 0 {
			text += fmt.Sprintf(" after %d days", days)
		}
	}
	switch direction := c.Text("tier.direction"); {
	case direction == "up" || direction == "down":
		text += fmt.Sprintf("  tier %s: %s -> %s", direction, cmp.Or(c.Text("tier.previous"), "none"), cmp.Or(c.Text("tier.current"), "none"))
	case change.As[bool](c, "tier.approaching"):
		text += fmt.Sprintf("  approaching %s: %s missing", c.Text("tier.next"), c.Text("tier.distance"))
	}
	return text
}
