package modelfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// File is a fitted model: parameters, terms and provenance.
type File struct {
	Model      string // such as "mbgnbd"
	Unit       model.TimeUnit
	Parameters Parameters // of purchases or contracts; times in Unit
	Spend      Parameters // of Gamma-Gamma; money in major units of Currency
	// PeriodUnits is how many Units a period has; 0 for a model that is not periodic.
	PeriodUnits float64

	HorizonDays    float64 // how far ahead value is counted, (0, 36525]
	AnnualDiscount float64 // effective rate a year, [0, 10]
	MarginRatio    float64 // margin on future revenue, (0, 1]; 0: the customer's own
	Currency       money.Currency

	FittedOn FittedOn
	Warnings []string // closed set: see fit.WarningNames
}

// Parameters are a model's parameters by name, as in the literature, with their
// standard errors where known.
type Parameters struct {
	Values         model.Values
	StandardErrors map[string]float64 // empty or by the same names
	// LogCovariance is of the logarithms of the values, in the literature's order, symmetric,
	// with zeros for those that are not known; nil in files of versions before.
	LogCovariance [][]float64
}

// FittedOn says which data the parameters were estimated from.
type FittedOn struct {
	From, Until          time.Time // first and last day observed; zero when unknown
	Customers, Repeaters int
}

// ParameterNames are the names of the model's parameters in the literature's
// order, then those of the spend model where it has one.
func (f *File) ParameterNames() (parameters, spend []string) {
	entry := f.Entry()
	parameters = entry.ParameterNames()
	if entry.Kind == model.KindPurchases {
		of := catalog.Spend()
		spend = of.ParameterNames()
	}
	return parameters, spend
}

// versionDigits of a hash are enough to distinguish model files: 48 bits.
const versionDigits = 12

// Version is the hash of everything that changes a value.
func (f *File) Version() string {
	var text strings.Builder
	fmt.Fprintf(&text, "clvstream model file 1\nmodel %s\nunit %s\ncurrency %s\n", f.Model, f.Unit, f.Currency)
	number := func(name string, v float64) {
		fmt.Fprintf(&text, "%s %s\n", name, formatNumber(v))
	}
	parameters, spend := f.ParameterNames()
	for _, name := range parameters {
		number(name, f.Parameters.Values[name])
	}
	if f.Entry().Periodic {
		number("period_units", f.PeriodUnits)
	}
	for _, name := range spend {
		number(name, f.Spend.Values[name])
	}
	number("horizon_days", f.HorizonDays)
	number("annual_discount", f.AnnualDiscount)
	number("margin_ratio", f.MarginRatio)
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:])[:versionDigits]
}

// formatNumber writes a number so that reading it gives the same bits.
func formatNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
