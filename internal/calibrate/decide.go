package calibrate

import (
	"math"
	"slices"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
)

const (
	// fitAlike is how far apart the BIC of two models may be (25 in log-likelihood, for
	// as many parameters) while their forecasts need not differ: on the CDNOW sample
	// mbgnbd and paretonbd are 25 apart and forecast within 0.6 % of each other. Far
	// beyond it the worse one has missed something that later orders show: customers who
	// stopped, under nbd, are 100 and more.
	fitAlike = 50
	// predictAlike is by how much the holdout errors of two models may differ and still
	// say the same: the standard error of such a difference is about as large on the
	// files of docs/models.md.
	predictAlike = 1.005
)

// decide takes, of the models that fit all orders about as well as the best, the one that
// predicted the holdout best, and of several that did equally well the preferred one. All
// orders come first: the holdout is a third of the time, in which a season or a campaign
// may favour anything, and what comes before it may not yet show that customers leave.
func (c *Choice) decide() {
	usable := c.usable()
	fitting := c.near(usable, fitAlike)
	best := slices.DeleteFunc(slices.Clone(fitting), func(i int) bool {
		return c.rmse(i) > predictAlike*c.least(fitting)
	})
	taken := best[0]
	for _, i := range best {
		if c.preference(i) < c.preference(taken) {
			taken = i
		}
	}
	c.Model = c.Candidates[taken].Result.Model
	c.Reason = c.why(taken, fitting, best)
	if c.heldOut() {
		c.cautionDisagreement(taken)
		c.cautionNaive(usable)
	}
}

// usable are the candidates that may be taken: not those that all orders have made a
// simpler one, nor those whose search ended early. If none is left, it is the first.
func (c *Choice) usable() (usable []int) {
	for i := range c.Candidates {
		r := &c.Candidates[i].Result
		if Nested(r) == "" && !slices.Contains(r.Warnings, fit.WarnNotConverged) {
			usable = append(usable, i)
		}
	}
	if usable == nil {
		return []int{0}
	}
	return usable
}

// near are those within some points of the lowest BIC.
func (c *Choice) near(of []int, points float64) []int {
	lowest := math.Inf(1)
	for _, i := range of {
		lowest = math.Min(lowest, c.Candidates[i].Result.BIC)
	}
	return slices.DeleteFunc(slices.Clone(of), func(i int) bool { return c.Candidates[i].Result.BIC > lowest+points })
}

func (c *Choice) rmse(i int) float64 { return c.Candidates[i].Orders.RMSE }

func (c *Choice) least(of []int) float64 {
	least := math.Inf(1)
	for _, i := range of {
		least = math.Min(least, c.rmse(i))
	}
	return least
}

// preference is a candidate's place among equals, the first first.
func (c *Choice) preference(i int) int {
	return slices.Index(catalog.Preferred(), c.Candidates[i].Result.Model)
}

// nobodyLeft says whether all that was known at the split is equivalent to a model in
// which nobody leaves, although all orders are not.
func (c *Choice) nobodyLeft(taken int) bool {
	if !c.heldOut() || Leaveless(&c.Candidates[taken].Result) {
		return false
	}
	for i := range c.Candidates {
		if known := &c.Candidates[i].Known; !Leaveless(known) && Nested(known) == "" {
			return false
		}
	}
	return true
}

// Leaveless says whether nobody leaves in a model.
func Leaveless(r *fit.Result) bool {
	entry, _ := catalog.Find(r.Model)
	return !entry.Attrition
}
