package modelfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// File is a fitted model: parameters, terms and provenance.
type File struct {
	Model      string // such as "mbgnbd"
	Unit       model.TimeUnit
	Parameters Parameters // of purchases or contracts; times in Unit
	Spend      Parameters // of Gamma-Gamma; money in major units of Currency
	// PeriodUnits is how many Units a contract period has, for sbg alone.
	PeriodUnits float64

	HorizonDays    float64 // how far ahead value is counted, (0, 36525]
	AnnualDiscount float64 // effective rate a year, [0, 10]
	MarginRatio    float64 // margin on future revenue, (0, 1]; 0: the customer's own
	Currency       money.Currency

	FittedOn FittedOn
	Warnings []string // closed set: see KnownWarnings
}

// Parameters are a model's parameters by name, as in the literature, with their
// standard errors where known.
type Parameters struct {
	Values         map[string]float64
	StandardErrors map[string]float64 // empty or by the same names
}

// FittedOn says which data the parameters were estimated from.
type FittedOn struct {
	From, Until          time.Time // first and last day observed; zero when unknown
	Customers, Repeaters int
}

// KnownWarnings are what a fit may warn about.
var KnownWarnings = []string{"ridge", "bound", "few_repeaters", "spend_correlated", "q_below_one", "not_converged"}

// versionDigits of a hash tell model files apart well enough: 48 bits.
const versionDigits = 12

// Version is the hash of everything that changes a value.
func (f *File) Version() string {
	var text strings.Builder
	fmt.Fprintf(&text, "clvstream model file 1\nmodel %s\nunit %s\ncurrency %s\n", f.Model, f.Unit, f.Currency)
	number := func(name string, v float64) {
		fmt.Fprintf(&text, "%s %s\n", name, formatNumber(v))
	}
	kind := kinds[f.Model]
	for _, name := range kind.parameters {
		number(name, f.Parameters.Values[name])
	}
	if kind.contract {
		number("period_units", f.PeriodUnits)
	} else {
		for _, name := range spendNames {
			number(name, f.Spend.Values[name])
		}
	}
	number("horizon_days", f.HorizonDays)
	number("annual_discount", f.AnnualDiscount)
	number("margin_ratio", f.MarginRatio)
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:])[:versionDigits]
}

// formatNumber writes a number so that reading it gives the same bits.
func formatNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
