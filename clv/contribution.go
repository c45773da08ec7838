package clv

import "math"

// Contribution is what one stored customer adds to the statistics of the base. It
// follows from what is stored of the customer, the time zone and the lateness
// alone: margin and value are those last stored.
type Contribution struct {
	Known   bool // there is a customer at all
	Status  Status
	Stage   Stage
	Tier    uint8
	Channel string // of acquisition; empty when none is known
	Cohort  Month  // of the first purchase day; NoCohort without one
	Sums    Sums

	Months   []MonthSum // ascending
	Entries  []Entry    // of stages that were left again
	Entered  Month      // when the stage of now was entered
	Left     Month      // when the churn that stands was confirmed
	Acquired Month      // when what it cost was spent

	clvBin, aliveBin, waitBin int
	bought, repeated          bool
}

// Sums are figures of a group of customers, each rounded to whole minor units per
// customer, so that they can be taken away again exactly.
type Sums struct {
	Customers      int64
	Orders         int64
	RevenueMinor   int64
	MarginMinor    int64
	CLVMinor       int64
	PredictedMinor int64
	CostMinor      int64 // of acquisition, where it is known
}

// NoCohort is the cohort of customers without a standing order.
const NoCohort Month = math.MinInt32

// Contribution is what the customer adds to the statistics. The months are
// appended to a buffer, which is given back.
func (c *Customer) Contribution(rules *Rules, months []MonthSum) (Contribution, []MonthSum) {
	h := &c.History
	if !h.exists() {
		return Contribution{}, months
	}
	sum := h.sum(rules)
	p := Contribution{
		Known: true, Status: c.Value.Status, Stage: c.Standing.Stage, Tier: c.Standing.Tier,
		Channel: h.Acquisition.Channel, Cohort: NoCohort, Entries: c.Entries,
		Sums: Sums{
			Customers: 1, Orders: int64(sum.Orders), RevenueMinor: sum.AmountMinor - sum.LateRefundMinor,
			MarginMinor: wholeMinor(c.Value.HistoricMinor), CLVMinor: wholeMinor(c.Value.CLVMinor),
			PredictedMinor: wholeMinor(c.Value.PredictedMinor), CostMinor: h.Acquisition.CostMinor,
		},
	}
	if p.Stage == StageLost || p.Stage == StageWonBack {
		p.Entered = rules.Calendar.Day(c.Standing.StageMicros).Month()
	}
	if p.Status == Churned {
		p.Left = rules.Calendar.Day(h.Churn.AtMicros).Month()
	}
	if p.Sums.CostMinor != 0 {
		p.Acquired = rules.Calendar.Day(h.Acquisition.AtMicros).Month()
	}
	if sum.Days > 0 {
		p.bought = true
		p.clvBin, p.aliveBin = binOf(p.Sums.CLVMinor), aliveBin(c.Value.PAlive)
		p.Cohort = sum.FirstDay.Month()
	}
	if sum.Days > 1 {
		p.repeated, p.waitBin = true, waitBin(int(sum.LastDay-sum.FirstDay), sum.Days-1)
	}
	from := len(months)
	months = h.Months(months, rules)
	p.Months = months[from:len(months):len(months)]
	return p, months
}

// exists says whether anything was ever folded in.
func (h *History) exists() bool {
	return len(h.Orders) > 0 || h.LatestMicros != 0 || h.Churn.Kind != 0 || h.Acquisition.Known
}

// maxWholeMinor bounds a rounded value: a float holds whole numbers up to it
// exactly, and hundreds of customers of it fit into 64 bits.
const maxWholeMinor = 1 << 53

// wholeMinor rounds a value half away from zero; what is no number is nothing.
func wholeMinor(minor float64) int64 {
	if math.IsNaN(minor) {
		return 0
	}
	return int64(math.Round(min(max(minor, -maxWholeMinor), maxWholeMinor)))
}
