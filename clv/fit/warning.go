package fit

import "strings"

// Warning names a reason to distrust a fit.
type Warning string

// The warnings of a fit.
const (
	WarnRidge           Warning = "ridge"            // nobody is seen to leave
	WarnBound           Warning = "bound"            // a parameter ended at 1e-6 or 1e6, the limits of the search
	WarnFewRepeaters    Warning = "few_repeaters"    // fewer than 50 customers bought again
	WarnSpendCorrelated Warning = "spend_correlated" // spend and frequency go together, which Gamma-Gamma assumes that they do not
	WarnQBelowOne       Warning = "q_below_one"      // the best q is at or below 1.1, near where the mean spend is infinite; q is held at 1.1
	WarnNotConverged    Warning = "not_converged"    // the search ended before the likelihood was flat
)

// warnings are all of them, each in words.
var warnings = []struct {
	Warning
	means  string // to whoever fits
	advice string // to whoever uses the model
}{
	{
		WarnRidge, "the orders show no dropout; the predictions are those of nbd",
		"The data show no dropout: the likelihood has a ridge, and NBD is equivalent with fewer parameters. Use nbd.",
	},
	{
		WarnBound, "the likelihood is highest at the limit of a parameter; its standard error is unknown, the estimate can be used",
		"The likelihood is highest at the limit of a parameter. That says something of the customers, such as that all leave at the same rate. The estimate can be used; its standard error is unknown.",
	},
	{
		WarnFewRepeaters, "fewer than 50 customers bought again: standard errors are large",
		"Fewer than 50 customers bought again: the parameters are very uncertain.",
	},
	{
		WarnSpendCorrelated, "spend per order correlates with frequency, but Gamma-Gamma assumes independence",
		"Spend per order correlates with frequency. Gamma-Gamma assumes independence, so the values of frequent buyers are biased.",
	},
	{
		WarnQBelowOne, "spend varies so much that its mean is almost infinite; q is held at its lower bound",
		"Spend varies so much between customers that its mean is almost infinite: values depend on a few large orders.",
	},
	{
		WarnNotConverged, "the optimiser did not converge: better parameters may exist",
		"The optimiser did not converge, so better parameters may exist: fit again, on more data or with another model.",
	},
}

// WarningNames are all warnings, as model files have them.
func WarningNames() []string {
	names := make([]string, len(warnings))
	for i, w := range warnings {
		names[i] = string(w.Warning)
	}
	return names
}

// Means says to whoever fits what the warning means; "" for none that is known.
func (w Warning) Means() string { means, _ := w.words(); return means }

// Advice says to whoever uses the model what to do about it; "" for none that is
// known.
func (w Warning) Advice() string { _, advice := w.words(); return advice }

func (w Warning) words() (means, advice string) {
	for _, known := range warnings {
		if known.Warning == w {
			return known.means, known.advice
		}
	}
	return "", ""
}

func (r *Result) warn(w Warning) { r.Warnings = append(r.Warnings, w) }

// Explain says what a warning means for this fit.
func (r *Result) Explain(w Warning) string {
	if w != WarnBound || len(r.Bounds) == 0 {
		return w.Means()
	}
	parts := make([]string, len(r.Bounds))
	for i, b := range r.Bounds {
		parts[i] = b.String()
	}
	return strings.Join(parts, "; ") + ". The likelihood is highest there: the estimate can be used, its standard error is unknown"
}
