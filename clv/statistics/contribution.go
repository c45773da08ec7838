package statistics

import (
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"math"
)

// Contribution is what one stored customer adds to the statistics of the base. It
// follows from what is stored of the customer, the time zone and the lateness
// alone: margin and value are those last stored.
type Contribution struct {
	Known   bool // there is a customer at all
	Status  history.Status
	Stage   standing.Stage
	Tier    uint8
	Channel string         // of acquisition; empty when none is known
	Cohort  calendar.Month // of the first purchase day; NoCohort without one
	Sums    Sums

	Months   []history.MonthSum // ascending
	Entries  []standing.Entry   // of stages that were left again
	Entered  calendar.Month     // when the stage of now was entered
	Left     calendar.Month     // when the churn that stands was confirmed
	Acquired calendar.Month     // when what it cost was spent

	clvBin, aliveBin, waitBin    int
	bought, aliveKnown, repeated bool
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
	Waiting        int64 // refunds and cancels without their order; not known of customers stored before it was counted
}

// NoCohort is the cohort of customers without a standing order.
const NoCohort calendar.Month = math.MinInt32

// Bought notes that the customer has bought.
func (p *Contribution) Bought() { p.bought, p.clvBin = true, binOf(p.Sums.CLVMinor) }

// Alive notes the probability that a customer who has bought is alive.
func (p *Contribution) Alive(pAlive float64) { p.aliveKnown, p.aliveBin = true, aliveBin(pAlive) }

// Repeated notes the rhythm of a customer who has bought again: days from the first
// purchase day to the last, ≥ 0, and purchase days after the first, ≥ 1.
func (p *Contribution) Repeated(recencyDays, frequency int) {
	p.repeated, p.waitBin = true, waitBin(recencyDays, frequency)
}

// maxWholeMinor bounds a rounded value: a float holds whole numbers up to it
// exactly, and hundreds of customers of it fit into 64 bits.
const maxWholeMinor = 1 << 53

// WholeMinor rounds a value half away from zero; what is no number is nothing.
func WholeMinor(minor float64) int64 {
	if math.IsNaN(minor) {
		return 0
	}
	return int64(math.Round(min(max(minor, -maxWholeMinor), maxWholeMinor)))
}
