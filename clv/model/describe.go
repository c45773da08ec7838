package model

import (
	"strconv"
	"strings"

	"github.com/clvstream/clvstream/clv/formula"
)

// Description is what everybody else knows of a model: model files, fits,
// backtests, explanations, reports and the configuration read it, and none of
// them names a model. Each model's file has one.
type Description struct {
	Name       string // in configuration and model files, such as "mbgnbd"
	Title      string // as the literature writes it, such as "MBG/NBD"
	Kind       Kind
	Parameters []Parameter // in the literature's order
	// Periodic models count time in periods of their own: Inputs.Period is needed.
	Periodic bool
	// Attrition is whether silence may mean that a customer has left.
	Attrition bool
	// Nested names the model that says the same with fewer parameters where nobody
	// is seen to leave; "" where none does.
	Nested string

	// Build makes the model that values customers; a *RangeError says which number
	// is not allowed. Nil for a model of spend alone.
	Build func(Inputs) (Model, error)
	// Purchases is the model for analysts; nil but for KindPurchases.
	Purchases func(Inputs) (Purchases, error)
	// Explain tells how a value came about.
	Explain func(*Case) Explanation
	// Implied says in plain words what the parameters mean, a sentence each; nil but
	// for KindPurchases.
	Implied func(Inputs, formula.Style) []string
}

// Kind is what a model is made from.
type Kind uint8

// The kinds.
const (
	KindChosen    Kind = iota + 1 // parameters are chosen in the configuration
	KindPurchases                 // fitted to customers' purchases; joined to a model of spend
	KindContract                  // fitted to how many of a cohort renew
	KindSpend                     // of spend alone: part of a purchase model's file
)

// Parameter is a number of a model.
type Parameter struct {
	Name    string
	Meaning string // in words, with the mean that it implies
	Counts  Measure
	// Least and Most bound what is allowed, both included.
	Least, Most float64
	// AtLow and AtHigh say what it means of the customers if a fit ends at the lower or
	// the upper limit of its search; empty for a parameter that is not fitted.
	AtLow, AtHigh string
}

// Measure is what a parameter counts.
type Measure uint8

// What parameters count.
const (
	PureNumber Measure = iota
	InTimeUnits
	InMajorUnits // of money
)

// Values are a model's parameters by name.
type Values map[string]float64

// Inputs are what a model is built from.
type Inputs struct {
	Values  Values
	Unit    TimeUnit         // that fitted parameters count in
	Period  Span             // of a periodic model
	Spend   GammaGammaParams // of a purchase model
	Version string           // of a fitted model: identifies all of this
	Assumptions
}

// ParameterNames are the names of the parameters, in their order.
func (d *Description) ParameterNames() []string {
	names := make([]string, len(d.Parameters))
	for i, p := range d.Parameters {
		names[i] = p.Name
	}
	return names
}

// Parameter is the parameter of a name; the zero Parameter if there is none.
func (d *Description) Parameter(name string) Parameter {
	for _, p := range d.Parameters {
		if p.Name == name {
			return p
		}
	}
	return Parameter{}
}

// The parameters of fitted models lie far inside these bounds; beyond them double
// precision no longer tells customers apart.
const (
	minParameter = 1e-9
	maxParameter = 1e9
)

// fitted is a parameter that is estimated: above 0, within double precision.
// atLow and atHigh are Parameter's.
func fitted(name string, counts Measure, meaning, atLow, atHigh string) Parameter {
	return Parameter{Name: name, Meaning: meaning, Counts: counts, Least: minParameter, Most: maxParameter, AtLow: atLow, AtHigh: atHigh}
}

// Allowed is the range in words.
func (p *Parameter) Allowed() string {
	return formatBound(p.Least) + " to " + formatBound(p.Most)
}

// formatBound writes 1e-9 and 1e9 without padding of the exponent.
func formatBound(v float64) string {
	text := strconv.FormatFloat(v, 'g', -1, 64)
	return strings.NewReplacer("e-0", "e-", "e+0", "e", "e+", "e").Replace(text)
}
