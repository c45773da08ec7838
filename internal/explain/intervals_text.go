package explain

import (
	"fmt"
	"math"
	"strings"

	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/model"
)

// writeIntervals says how sure the figures are: first what one customer will do, which is
// what somebody who deals with this customer acts on, then how well the mean is known.
func (e *Explanation) writeIntervals(b *strings.Builder) {
	i := e.Intervals()
	fmt.Fprintf(b, "\n%d. How sure is this?\n", len(e.Steps)+1)
	if i.Missing != "" {
		wrap(b, "There is no interval: "+i.Missing+".", "   ")
		return
	}
	level := fmt.Sprintf("%.0f", 100*i.Level)
	c := i.Customer
	days := formula.Number(e.asked.inputs.Horizon.In(model.UnitDay))
	wrap(b, "This customer. The figures above are means over all customers with this history. What one of them does in the next "+
		days+" days is mostly their own chance: "+level+" of 100 stay within these limits, or as many as are given. Act on these for one customer.", "   ")
	if e.asked.entry.Kind == model.KindContract {
		wrap(b, "What a renewal brings is taken as certain: what the customer has paid for a period on average.", "   ")
	}
	b.WriteByte('\n')
	writeRows(b, [][2]string{
		{"orders", fmt.Sprintf("%.0f to %.0f (%s)", c.Orders.Low, c.Orders.High, ofHundred(c.Orders.Share))},
		{"predicted value", e.moneyRange(c.PredictedMinor.Limits) + " (" + ofHundred(c.PredictedMinor.Share) + ")"},
		{"CLV", e.moneyRange(c.CLVMinor.Limits) + " (" + ofHundred(c.CLVMinor.Share) + ")"},
	})
	b.WriteByte('\n')
	m := i.Mean
	wrap(b, "All such customers. The means themselves are known to within these limits, with a confidence of "+level+
		" %, if the model is right. Only the parameters are uncertain here. Act on these for many customers together.", "   ")
	b.WriteByte('\n')
	writeRows(b, [][2]string{
		{"P(alive)", fmt.Sprintf("%.3f to %.3f", m.PAlive.Low, m.PAlive.High)},
		{"expected orders", fmt.Sprintf("%s to %s", formula.Number(m.ExpectedOrders.Low), formula.Number(m.ExpectedOrders.High))},
		{"predicted value", e.moneyRange(m.PredictedMinor)},
		{"CLV", e.moneyRange(m.CLVMinor)},
	})
}

func ofHundred(share float64) string {
	return fmt.Sprintf("%.0f of 100", math.Floor(100*share))
}

func (e *Explanation) moneyRange(i Limits) string {
	return formula.Amount(i.Low, e.Model.Currency) + " to " + formula.Amount(i.High, e.Model.Currency)
}

func writeRows(b *strings.Builder, rows [][2]string) {
	for _, row := range rows {
		fmt.Fprintf(b, "     %-15s   %s\n", row[0], row[1])
	}
}
