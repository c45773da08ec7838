package fit

import "slices"

// Warning names a reason to distrust a fit.
type Warning string

// The warnings of a fit.
const (
	WarnRidge           Warning = "ridge"            // nobody is seen to leave
	WarnBound           Warning = "bound"            // a parameter ended at 1e-6 or 1e6, the edge of what is allowed
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
		WarnRidge, "the orders do not show customers leaving; predictions are those of nbd",
		"The data show nobody leaving: the fit ran along a ridge, and NBD says the same with fewer parameters. Use nbd.",
	},
	{
		WarnBound, "a parameter ended at the edge of its range, so the orders do not determine it",
		"A parameter ended at the edge of what is allowed: the data do not determine it.",
	},
	{
		WarnFewRepeaters, "fewer than 50 customers bought again: expect wide errors",
		"Fewer than 50 customers bought again: the parameters are little more than a guess.",
	},
	{
		WarnSpendCorrelated, "customers who buy more often spend more, or less, each time, which Gamma-Gamma takes for unrelated",
		"Customers who buy more often spend more, or less, per order. Gamma-Gamma assumes that they do not, so values are off at the top.",
	},
	{
		WarnQBelowOne, "spend varies so much that its mean is all but infinite; q is held at its least value",
		"Spend varies so much between customers that its mean is hardly finite: values rest on a few large orders.",
	},
	{
		WarnNotConverged, "the search did not end at a maximum: do not use these parameters",
		"The search for the parameters ended before it was done: fit again, on more data or with another model.",
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

func (r *Result) unwarn(w Warning) {
	r.Warnings = slices.DeleteFunc(r.Warnings, func(other Warning) bool { return other == w })
}
