package clv

import (
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
)

// Contribution is what the customer adds to the statistics of the base. The months
// are appended to a buffer, which is given back.
func (c *Customer) Contribution(rules *history.Rules, months []history.MonthSum) (statistics.Contribution, []history.MonthSum) {
	h := &c.History
	if !h.Exists() {
		return statistics.Contribution{}, months
	}
	sum := h.Sum(rules)
	predictedMinor, clvMinor, pAlive, aliveKnown := c.counted()
	p := statistics.Contribution{
		Known: true, Status: c.Value.Status, Stage: c.Standing.Stage, Tier: c.Standing.Tier,
		Channel: h.Acquisition.Channel, Cohort: statistics.NoCohort, Entries: c.Entries,
		Sums: statistics.Sums{
			Customers: 1, Orders: int64(sum.Orders), RevenueMinor: sum.AmountMinor - sum.LateRefundMinor,
			MarginMinor: statistics.WholeMinor(c.Value.HistoricMinor), CLVMinor: clvMinor,
			PredictedMinor: predictedMinor, CostMinor: h.Acquisition.CostMinor,
			Waiting: int64(len(h.Waiting)),
		},
	}
	if p.Stage == standing.StageLost || p.Stage == standing.StageWonBack {
		p.Entered = rules.Calendar.Day(c.Standing.StageMicros).Month()
	}
	if p.Status == history.Churned {
		p.Left = rules.Calendar.Day(h.Churn.AtMicros).Month()
	}
	if p.Sums.CostMinor != 0 {
		p.Acquired = rules.Calendar.Day(h.Acquisition.AtMicros).Month()
	}
	if sum.Days > 0 {
		p.Cohort = sum.FirstDay.Month()
		p.Bought()
		if aliveKnown {
			p.Alive(pAlive)
		}
	}
	if sum.Days > 1 {
		p.Repeated(int(sum.LastDay-sum.FirstDay), sum.Days-1)
	}
	from := len(months)
	months = h.Months(months, rules)
	p.Months = months[from:len(months):len(months)]
	return p, months
}
