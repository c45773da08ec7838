package customerview

import (
	"cmp"
	"fmt"
	"time"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/stream/change"
)

// Line is a change that was announced, as one line, with its time by the business's clock.
func Line(c change.Values, by calendar.Calendar) string {
	head := fmt.Sprintf("%s  %-12s  ", by.Minute(change.As[time.Time](c, "as_of")), c.Text("customer_id"))
	reason := c.Text("reason")
	if reason == announce.ReasonErased.String() {
		return head + "erased"
	}
	if reason == announce.ReasonFirst.String() {
		if c.Text("status") == history.Prospect.String() {
			return head + prospectText(c)
		}
		reason = firstOrder
	}
	if reason == announce.ReasonPurchase.String() && c.Text("orders") == "1" && c.Text("stage.previous") == standing.NoStage.String() {
		reason = firstOrder // of somebody who was acquired before
	}
	currency := c.Text("currency")
	return head + fmt.Sprintf("%-12s  %10s -> %10s %s (%s)  P(alive) %-5s  %s%s", reason, c.Text("clv.previous"), c.Text("clv.current"),
		currency, signed(c.Text("clv.delta")), aliveText(c), ordersText(c), Moved(c))
}

const firstOrder = "first order"

// prospectText is of somebody of whom nothing but an event before their first order is known.
func prospectText(c change.Values) string {
	text := "acquired, no order yet"
	if cost := c.Text("acquisition.cost"); cost != "" {
		text += "; it cost " + cost + " " + c.Text("currency")
	}
	return text
}

func signed(delta string) string {
	if delta != "" && delta[0] != '-' {
		return "+" + delta
	}
	return delta
}

func ordersText(c change.Values) string {
	if orders := c.Text("orders"); orders != "1" {
		return orders + " orders"
	}
	return "1 order "
}

// aliveText is P(alive), or a dash where nothing says it.
func aliveText(c change.Values) string {
	if c.Text("p_alive") == "" {
		return "-"
	}
	return fmt.Sprintf("%.3f", change.As[float64](c, "p_alive"))
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
		if silent(is) && c.Text("p_alive") == "" {
			text += fmt.Sprintf(" (%s does not count silence: the value stays)", c.Text("model.name"))
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

// silent says whether a stage is one of silence.
func silent(name string) bool {
	stage, known := standing.ParseStage(name)
	return known && stage.Silent()
}
