package model

import (
	"math"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// RetentionDCF is the discounted cash flow of a customer who stays with a fixed
// probability each year (Berger and Nasr 1998, "Customer Lifetime Value:
// Marketing Models and Applications", case 1):
//
//	CLV = GC Σ rⁱ/(1+d)ⁱ − M Σ rⁱ⁻¹/(1+d)^(i−½)
//
// with GC the customer's own margin a year (at least a year counted) and M what
// is spent a year, in the middle of it, to keep them.
type RetentionDCF struct {
	OwnRhythm
	p             RetentionDCFParams
	minorPerMajor float64
}

// RetentionDCFParams are the choices of RetentionDCF.
type RetentionDCFParams struct {
	Retention      float64 // r, share of customers who stay from one year to the next, [0, 1]
	AnnualDiscount float64 // d, effective, [0, 10]
	Years          int     // n, how many years after the first are counted, 1 to 100; 0 means all
	// RetentionCost is M, major units a year, ≥ 0.
	RetentionCost float64
	// FirstAfterYear puts the first margin at the end of a year; otherwise it
	// comes at once.
	FirstAfterYear bool
}

// NewRetentionDCF checks the choices; a *RangeError says which is not allowed.
func NewRetentionDCF(p RetentionDCFParams, currency money.Currency) (RetentionDCF, error) {
	var err error
	switch {
	case !(p.Retention >= 0 && p.Retention <= 1):
		err = &RangeError{What: "retention", Value: p.Retention, Allowed: "0 to 1 (0.75: three in four stay a year)"}
	case !(p.AnnualDiscount >= 0 && p.AnnualDiscount <= MostAnnualDiscount):
		err = &RangeError{What: "annual discount", Value: p.AnnualDiscount, Allowed: "0 to 10 (0.10 is 10 % a year)"}
	case p.Years < 0 || p.Years > maxHorizonYears:
		err = &RangeError{What: "years", Value: float64(p.Years), Allowed: "1 to 100, or 0 for all"}
	case p.Years == 0 && 1+p.AnnualDiscount-p.Retention < minParameter:
		err = &RangeError{What: "retention", Value: p.Retention, Allowed: "below 1, or a discount above 0, where all years count"}
	case !(p.RetentionCost >= 0 && p.RetentionCost <= maxParameter):
		err = &RangeError{What: "retention cost", Value: p.RetentionCost, Allowed: "0 to 1e9 a year"}
	case currency == money.Currency{}:
		err = money.ErrUnknownCurrency
	}
	return RetentionDCF{p: p, minorPerMajor: math.Pow10(currency.Exponent())}, err
}

// Value is the formula for a margin per year of a customer who is alive.
func (p *RetentionDCFParams) Value(marginPerYear float64) float64 {
	margins, costs := p.factors()
	return marginPerYear*margins - p.RetentionCost*costs
}

// factors are the sums of the formula. Over all years they are (1+d)/(1+d−r),
// r/(1+d−r) when the first margin comes after a year, and √(1+d)/(1+d−r).
func (p *RetentionDCFParams) factors() (margins, costs float64) {
	growth := 1 + p.AnnualDiscount
	if p.Years == 0 {
		margins, costs = growth/(growth-p.Retention), math.Sqrt(growth)/(growth-p.Retention)
	} else {
		margins = 1
		for term, i := 1.0, 0; i < p.Years; i++ {
			costs += term / math.Sqrt(growth)
			term *= p.Retention / growth
			margins += term
		}
	}
	if p.FirstAfterYear {
		margins--
	}
	return margins, costs
}

// Name is "retention_dcf".
func (RetentionDCF) Name() string { return retentionDCFName }

// Version names the choices.
func (m RetentionDCF) Version() string {
	v := "retention=" + formatParameter(m.p.Retention) + ",annual_discount=" + formatParameter(m.p.AnnualDiscount) +
		",years=" + formatParameter(float64(m.p.Years)) + ",retention_cost=" + formatParameter(m.p.RetentionCost)
	if m.p.FirstAfterYear {
		v += ",first_after_year"
	}
	return v
}

// Predict applies the formula to the customer's own margin per year.
func (m RetentionDCF) Predict(f history.Facts) Prediction {
	spendMinor := meanSpendMinor(&f)
	perYear := purchaseDays(&f) / yearsCounted(&f)
	margins, costs := m.p.factors()
	valueMinor := finite(spendMinor*perYear*finite(f.MarginRatio)*margins - m.p.RetentionCost*m.minorPerMajor*costs)
	undiscounted := m.p
	undiscounted.AnnualDiscount = 0
	orders := 0.0
	if undiscounted.Years > 0 || undiscounted.Retention < 1 {
		years, _ := undiscounted.factors()
		orders = perYear * years
	}
	return Prediction{
		PAlive:               1,
		OrdersIfAlive:        orders,
		ValueIfAliveMinor:    valueMinor,
		ResidualIfAliveMinor: valueMinor,
		ResidualKnown:        m.p.Years == 0,
		SpendMinor:           spendMinor,
		HorizonDays:          m.horizonDays(),
	}
}

// horizonDays is how long the years counted are; of all years it is the mean
// time that a customer stays.
func (m RetentionDCF) horizonDays() float64 {
	if m.p.Years > 0 {
		return float64(m.p.Years+1) * daysPerYear
	}
	return math.Min(1/(1-m.p.Retention), maxHorizonYears) * daysPerYear
}
