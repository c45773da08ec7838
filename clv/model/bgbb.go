package model

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/numeric"
)

// BGBBParams is the BG/BB model (Fader, Hardie and Shang 2010, "Customer-Base
// Analysis in a Discrete-Time Noncontractual Setting"), for donations and
// subscriptions whose opportunities to buy come at regular times. At each a
// customer who is there buys with probability p ~ Beta(α, β), with mean α/(α+β),
// and before each leaves with probability θ ~ Beta(γ, δ), with mean γ/(γ+δ). What an
// opportunity is, CountOpportunities says.
type BGBBParams struct {
	Unit         TimeUnit // that times are shown in
	Period       Span     // from one opportunity to the next, at least a day
	Alpha, Beta  float64  // buying: both > 0
	Gamma, Delta float64  // leaving: both > 0
}

const bgbbName = "bgbb"

var bgbbParameters = []Parameter{
	fitted("alpha", PureNumber, "purchases: α ÷ (α+β) is the mean probability at an opportunity",
		"nearly nobody takes an opportunity", "everybody takes an opportunity with the same probability, α ÷ (α+β)"),
	fitted("beta", PureNumber, "purchases: see alpha",
		"nearly everybody takes each opportunity", "everybody takes an opportunity with the same probability, α ÷ (α+β)"),
	fitted("gamma", PureNumber, "dropout: γ ÷ (γ+δ) is the mean probability before an opportunity",
		"nobody leaves", "everybody leaves with the same probability, γ ÷ (γ+δ), before an opportunity"),
	fitted("delta", PureNumber, "dropout: see gamma",
		"everybody leaves before the first opportunity", "everybody leaves with the same probability, γ ÷ (γ+δ), before an opportunity"),
}

// DescribeBGBB describes the model.
func DescribeBGBB() Description {
	params := func(in Inputs) BGBBParams {
		return BGBBParams{in.Unit, in.Period, in.Values["alpha"], in.Values["beta"], in.Values["gamma"], in.Values["delta"]}
	}
	return Description{
		Name: bgbbName, Title: "BG/BB", Kind: KindPurchases, Periodic: true, Attrition: true,
		Parameters: bgbbParameters,
		Build: func(in Inputs) (Model, error) {
			return NewBGBB(params(in), in.Spend, in.Assumptions, in.Version)
		},
		Purchases: func(in Inputs) (Purchases, error) { return params(in).Purchases() },
		Explain:   (*Case).explainBGBB,
		Implied:   impliedBGBB,
	}
}

// Purchases is the model for analysts, with a formula for every question. A
// *RangeError says which parameter is not allowed.
func (p BGBBParams) Purchases() (Purchases, error) { return p.bgbb() }

func (p BGBBParams) bgbb() (*bgbb, error) {
	switch {
	case p.Unit.Days() == 0:
		return nil, errNoUnit(p.Unit)
	case p.Period.days < 1:
		return nil, &RangeError{What: "period in days", Value: p.Period.days, Allowed: "1 or more"}
	}
	if err := check(bgbbParameters, p.Alpha, p.Beta, p.Gamma, p.Delta); err != nil {
		return nil, err
	}
	return &bgbb{BGBBParams: p, period: p.Period.In(p.Unit)}, nil
}

// NewBGBB joins the purchase model to a spend model under the given assumptions,
// ready to value customers; version identifies them all. A *RangeError says which
// number is not allowed.
func NewBGBB(purchases BGBBParams, spend GammaGammaParams, under Assumptions, version string) (*Fitted, error) {
	m, err := purchases.bgbb()
	if err != nil {
		return nil, err
	}
	return newFitted(bgbbName, version, m.Unit, spend, under, func(d discounting) purchaseTables {
		return m.tabulate(d)
	})
}

// bgbb counts time in its unit, as its period does.
type bgbb struct {
	BGBBParams
	period float64
	// On the live path, for one horizon and discount: lifetimes[n] is the value of the
	// lifetime of a customer who is there at the opportunity after n, in periods of
	// which the first is paid at once; nil without a discount.
	ahead     discounting
	lifetimes []float64
}

// tabulate fills the lifetimes from the last one down: each is a period, and the next
// one for those who stay.
func (m *bgbb) tabulate(ahead discounting) *bgbb {
	m.ahead = ahead
	if ahead.discount == 0 {
		return m
	}
	m.lifetimes = make([]float64, tabulatedPeriods+1)
	m.lifetimes[tabulatedPeriods] = m.lifetime(tabulatedPeriods, ahead.discount)
	for n := tabulatedPeriods - 1; n >= 0; n-- {
		m.lifetimes[n] = 1 + m.leaving(n).Retention(1)*m.lifetimes[n+1]*math.Exp(-ahead.discount*m.period)
	}
	return m
}

// lifetime is ₂F₁(1, δ+n+1; γ+δ+n+1; e^(−discount·period)) of equation 14.
func (m *bgbb) lifetime(over int, discount float64) float64 {
	if m.lifetimes != nil && over < tabulatedPeriods {
		return m.lifetimes[over]
	}
	value, err := m.leaving(over).DEL(math.Expm1(discount * m.period))
	if err != nil { // there is a discount
		return 0
	}
	return value
}

// bgbbGrace is for how long an opportunity may still be taken after it came, in
// periods: four days of a month, six weeks of a year. Without it customers who pay on
// the same day of each month would fade before every long one.
const bgbbGrace = 0.125

func graciousOpportunities(x, recency, age, period float64) Opportunities {
	return CountOpportunities(x, recency, age-(bgbbGrace+opportunityRounding)*period, period)
}

func (m *bgbb) opportunities(x, recency, age float64) Opportunities {
	return graciousOpportunities(x, recency, age, m.period)
}

// within is how many opportunities come within a time from the first purchase on.
func (m *bgbb) within(t float64) int { return CountOpportunities(0, 0, t, m.period).Over }

// largeSum is where a sum is scaled down, before it overflows.
const largeSum = 1e150

// logOdds is ln of how much likelier it is that the customer left before one of the
// opportunities since the last one taken than that they are there: equation 5 of
// the paper with its alive term divided out. Each term is made of the one after it,
// and none is below it, so that nothing cancels.
func (m *bgbb) logOdds(o Opportunities) float64 {
	term, sum, scale := 1.0, 0.0, 0.0
	for i := o.Over - 1; i >= o.Last; i-- {
		at := float64(i)
		term *= (m.Alpha + m.Beta + at) / (m.Beta + at - float64(o.Taken))
		if i == o.Over-1 {
			term *= m.Gamma / (m.Delta + at)
		} else {
			term *= (m.Gamma + m.Delta + at + 1) / (m.Delta + at)
		}
		if sum += term; sum > largeSum {
			term, sum, scale = term/largeSum, sum/largeSum, scale+math.Log(largeSum)
		}
	}
	return math.Log(sum) + scale
}

// pAlive is equation 11 of the paper: of being there at the next opportunity.
func (m *bgbb) pAlive(x, recency, age float64) float64 {
	o := m.opportunities(x, recency, age)
	stays := (m.Delta + float64(o.Over)) / (m.Gamma + m.Delta + float64(o.Over))
	return stays / (1 + math.Exp(m.logOdds(o)))
}

// buys is the mean of p ~ Beta(α+x, β+n−x), given what is known of a customer who is
// there.
func (m *bgbb) buys(o Opportunities) float64 {
	return (m.Alpha + float64(o.Taken)) / (m.Alpha + m.Beta + float64(o.Over))
}

// leaving is θ ~ Beta(γ, δ+n+1) of a customer who is there at the next opportunity
// after n: the opportunities to come are the renewals of an sBG contract.
func (m *bgbb) leaving(over int) SBGParams {
	return SBGParams{Period: m.Period, Alpha: m.Gamma, Beta: m.Delta + float64(over) + 1}
}

// missed is the probability that a customer who is there, and has bought at taken of
// over opportunities, buys at none of the next k: B(α+x, β+n−x+k) ÷ B(α+x, β+n−x).
func (m *bgbb) missed(taken, over, k int) float64 {
	rest, product := m.Beta+float64(over-taken), 1.0
	for i := range k {
		at := rest + float64(i)
		product *= at / (at + m.Alpha + float64(taken))
	}
	return product
}

// patience is after how many missed opportunities a purchase would have come with a
// probability, at most as many as a century has.
func (m *bgbb) patience(taken, over int, quantile float64) int {
	most := int(MaxAgeDays / m.Period.days)
	rest, product := m.Beta+float64(over-taken), 1.0
	for k := 1; k <= most; k++ {
		at := rest + float64(k-1)
		if product *= at / (at + m.Alpha + float64(taken)); product <= 1-quantile {
			return k
		}
	}
	return most
}

// next is the time to the next opportunity; below 0, by the grace at most, where it
// came and is not over.
func (m *bgbb) next(o Opportunities, age float64) float64 {
	return float64(o.Over+1)*m.period - age
}

// wait is the median time to the next purchase of a customer who stays.
func (m *bgbb) wait(o Opportunities, age float64) float64 {
	return math.Max(0, m.next(o, age)+float64(m.patience(o.Taken, o.Over, 0.5)-1)*m.period)
}

// silence is when an order would have come with a probability, of one who stays.
func (m *bgbb) silence(x, recency, quantile float64) float64 {
	o := CountOpportunities(x, recency, recency, m.period)
	return (float64(m.patience(o.Taken, o.Last, quantile)) + bgbbGrace) * m.period
}

func (m *bgbb) silenceQuantile(x, recency, silence float64) float64 {
	o := CountOpportunities(x, recency, recency, m.period)
	return 1 - m.missed(o.Taken, o.Last, int(math.Max(0, silence/m.period-bgbbGrace)))
}

// purchases are those expected within a horizon of a customer who is there at the
// next opportunity, plain and discounted each from when its opportunity comes.
func (m *bgbb) purchases(o Opportunities, age float64, ahead discounting) (orders, discounted float64) {
	next, leaving, buys := m.next(o, age), m.leaving(o.Over), m.buys(o)
	worth, perPeriod := math.Exp(-ahead.discount*math.Max(0, next)), math.Exp(-ahead.discount*m.period)
	for k := 0; k <= maxPeriods && next+float64(k)*m.period <= ahead.horizon; k++ {
		orders += buys
		discounted += buys * worth
		buys *= leaving.Retention(k + 1)
		if worth *= perPeriod; k == 0 { // the first may be overdue, the second is not
			worth = math.Exp(-ahead.discount * (next + m.period))
		}
	}
	return orders, discounted
}

// residual is equation 14 of the paper given alive, DERT: purchases over the infinite
// horizon.
func (m *bgbb) residual(o Opportunities, age, discount float64) float64 {
	next, later := m.next(o, age), m.lifetime(o.Over, discount)-1
	return m.buys(o) * (math.Exp(-discount*math.Max(0, next)) + math.Exp(-discount*next)*later)
}

func (m *bgbb) expect(x, recency, age float64) expected {
	o := m.opportunities(x, recency, age)
	e := expected{wait: m.wait(o, age)}
	e.orders, e.discounted = m.purchases(o, age, m.ahead)
	if m.ahead.discount > 0 {
		e.residual = m.residual(o, age, m.ahead.discount)
	}
	return e
}

func (m *bgbb) of(s Summary) (o Opportunities, age float64) {
	x, recency, age := s.in(m.Unit)
	return m.opportunities(x, recency, age), age
}

// LogLikelihood is equation 5 of the paper, its alive term times what the odds of
// having left add. It grants nobody a grace: who buys late at the end of the
// observation would count, and who does not would not.
func (m *bgbb) LogLikelihood(s Summary) float64 {
	x, recency, age := s.in(m.Unit)
	o := CountOpportunities(x, recency, age, m.period)
	buying := numeric.LogPochhammer(m.Alpha, o.Taken) + numeric.LogPochhammer(m.Beta, o.Over-o.Taken) - numeric.LogPochhammer(m.Alpha+m.Beta, o.Over)
	staying := numeric.LogPochhammer(m.Delta, o.Over) - numeric.LogPochhammer(m.Gamma+m.Delta, o.Over)
	return buying + staying + numeric.LogAddExp(0, m.logOdds(o))
}

// PAlive is equation 11 of the paper.
func (m *bgbb) PAlive(s Summary) float64 { return m.pAlive(s.in(m.Unit)) }

// ExpectedOrders is equation 13 of the paper, as the sum that it is.
func (m *bgbb) ExpectedOrders(s Summary, t Span) float64 {
	return m.DiscountedOrders(s, t, Discount{})
}

// DiscountedOrders discounts each opportunity from when it comes.
func (m *bgbb) DiscountedOrders(s Summary, horizon Span, d Discount) float64 {
	o, age := m.of(s)
	_, discounted := m.purchases(o, age, discounting{horizon: horizon.In(m.Unit), discount: d.Per(m.Unit)})
	return m.PAlive(s) * discounted
}

// ResidualOrders is DERT, equation 14 of the paper.
func (m *bgbb) ResidualOrders(s Summary, d Discount) (orders, errBound float64, err error) {
	if d.perDay == 0 {
		return 0, 0, ErrNoDiscount
	}
	o, age := m.of(s)
	orders = m.PAlive(s) * m.residual(o, age, d.Per(m.Unit))
	return orders, orders * numeric.BetaQuadratureError, nil
}

// NoOrder counts those gone before the next opportunity, and by when the others go.
func (m *bgbb) NoOrder(s Summary, t Span) float64 {
	o, age := m.of(s)
	alive, leaving := m.PAlive(s), m.leaving(o.Over)
	next, rest := m.next(o, age), m.Beta+float64(o.Over-o.Taken)
	none, there, missed := 0.0, 1.0, 1.0
	for k := 0; k <= maxPeriods && math.Max(0, next+float64(k)*m.period) <= t.In(m.Unit); k++ {
		if k > 0 {
			stay := leaving.Retention(k)
			none += there * (1 - stay) * missed
			there *= stay
		}
		at := rest + float64(k)
		missed *= at / (at + m.Alpha + float64(o.Taken))
	}
	return 1 - alive + alive*(none+there*missed)
}

// MedianWait is after as many opportunities as are missed with even odds.
func (m *bgbb) MedianWait(s Summary) Span {
	o, age := m.of(s)
	return m.Unit.Span(m.wait(o, age))
}

// MeanOrders is equation 9 of the paper, E[X(n)], as the sum that it is.
func (m *bgbb) MeanOrders(t Span) float64 {
	there, sum := 1.0, 0.0
	for i := range m.within(t.In(m.Unit)) {
		there *= (m.Delta + float64(i)) / (m.Gamma + m.Delta + float64(i))
		sum += there
	}
	return m.Alpha / (m.Alpha + m.Beta) * sum
}

// OrdersPMF is equation 8 of the paper, P(X(n) = x).
func (m *bgbb) OrdersPMF(x int, t Span) float64 {
	n := m.within(t.In(m.Unit))
	if x < 0 || x > n {
		return 0
	}
	return math.Exp(m.logPMF(x, n))
}

// logPMF is ln of P(X(n) = x), 0 ≤ x ≤ n: x purchases at n opportunities, or x at
// those before leaving. Each term is made of the one before it.
func (m *bgbb) logPMF(x, n int) float64 {
	first := numeric.LogPochhammer(m.Alpha, x) - numeric.LogPochhammer(m.Alpha+m.Beta, x) +
		numeric.LogPochhammer(m.Delta, x) - numeric.LogPochhammer(m.Gamma+m.Delta, x)
	there, left, scale := 1.0, 0.0, 0.0
	for i := x; i < n; i++ {
		at, missed := float64(i), float64(i-x)
		exit := m.Gamma + m.Delta + at
		left += there * m.Gamma / exit
		there *= (m.Delta + at) / exit * (at + 1) / (missed + 1) * (m.Beta + missed) / (m.Alpha + m.Beta + at)
		if there+left > largeSum {
			there, left, scale = there/largeSum, left/largeSum, scale+math.Log(largeSum)
		}
	}
	return first + math.Log(there+left) + scale
}

// impliedBGBB says what the parameters mean.
func impliedBGBB(in Inputs, style formula.Style) []string {
	p := in.Values
	return []string{
		fmt.Sprintf("An alive customer buys at %s of the opportunities on average (α/(α+β)), which come every %s.",
			style.Percent(p["alpha"]/(p["alpha"]+p["beta"])), style.Count(in.Period.In(in.Unit), in.Unit.String())),
		fmt.Sprintf("A customer drops out before an opportunity with a probability of %s on average (γ/(γ+δ)).", style.Percent(p["gamma"]/(p["gamma"]+p["delta"]))),
	}
}

func (c *Case) explainBGBB() Explanation {
	p, n := c.Values, formula.Number
	age, period := c.in(c.Summary.Age()), c.in(c.Period)
	o := graciousOpportunities(float64(c.Facts.Frequency), c.in(c.Summary.Recency()), age, period)
	taken, over := float64(o.Taken), float64(o.Over)
	alive := formula.Step{
		Title: "Is the customer alive?",
		Words: c.silence() + fmt.Sprintf(" An opportunity to buy comes every %s and, if it is not taken, ends an eighth of that later. Dropout is not observed, only silence. "+
			"The model weighs the explanations of the silence: alive without buying, or dropped out before one of the opportunities. L is their sum.",
			formula.Count(period, c.Unit.String())),
		Formulas: []formula.Formula{
			{Symbol: "n", General: "opportunities that are over", Value: over},
			{Symbol: "j", General: "the last opportunity taken, t_x ÷ period rounded", Value: float64(o.Last)},
			{Symbol: "k", General: "opportunities taken: x, at most j", Value: taken},
			{Symbol: "P(alive)", General: "B(α+k, β+n−k) · B(γ, δ+n+1) ÷ L, with L = B(α+k, β+n−k) · B(γ, δ+n) + Σ for i from j to n−1 of B(α+k, β+i−k) · B(γ+1, δ+i)",
				Numbers: fmt.Sprintf("B(%s, %s) · B(%s, %s) ÷ L", n(p["alpha"]+taken), n(p["beta"]+over-taken), n(p["gamma"]), n(p["delta"]+over+1)),
				Value:   c.Prediction.PAlive},
		},
	}
	buys := (p["alpha"] + taken) / (p["alpha"] + p["beta"] + over)
	orders := formula.Step{
		Title: c.ordersTitle(),
		Words: "The probability to buy at an opportunity combines the customer's own purchases with those of the population. With dropout on the way, Y purchases are expected " +
			"of a customer who is alive at the next opportunity; P(alive) is the probability of that." + c.nextOrder(),
		Formulas: []formula.Formula{
			{Symbol: "chance", General: "(α+k)/(α+β+n)", Numbers: fmt.Sprintf("(%s+%s)/(%s+%s+%s)", n(p["alpha"]), n(taken), n(p["alpha"]), n(p["beta"]), n(over)), Value: buys},
			{Symbol: "Y", General: "chance · Σ over the opportunities i = 0, 1, … within t of B(γ, δ+n+1+i) ÷ B(γ, δ+n+1)",
				Value: c.Prediction.OrdersIfAlive, Unit: "purchase days"},
			c.ordersExpected(),
		},
	}
	return c.explainPurchases(alive, orders, "the same sum, each opportunity · e^(−δ · the time until it comes)")
}
