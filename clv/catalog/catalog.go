// Package catalog is the list of models: the one place that joins a model's
// description (clv/model) to its fit (clv/fit). To add a model, write the two and
// add a line here.
//
//	clv/model  Describe…() ──┐
//	                         ├─► entries ──► Find, Names ───► model files, fit, backtest,
//	clv/fit    likelihood  ──┘                                explain, report, refit, configuration
//
// It refuses nothing: Find says whether a model with that name exists.
package catalog

import (
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
)

// Entry is a model: what it is, and how it is fitted.
type Entry struct {
	model.Description
	// One of these for a model that is fitted: to customers' purchases, to how many
	// of a cohort are left after each period, or to what purchases brought.
	FitPurchases func(*fit.Sample, fit.Options) (fit.Result, error)
	FitSurvival  func(survivors []float64, options fit.Options) (fit.Result, error)
	FitSpend     func(*fit.SpendSample, fit.Options) (fit.Result, error)
}

// entries are all models, in the order in which they are listed to people.
var entries = []Entry{
	{Description: model.DescribeSimple()},
	{Description: model.DescribeMarginChurn()},
	{Description: model.DescribeRetentionDCF()},
	{Description: model.DescribeHistoric()},
	{Description: model.DescribeBGNBD(), FitPurchases: fit.BGNBD},
	{Description: model.DescribeMBGNBD(), FitPurchases: fit.MBGNBD},
	{Description: model.DescribeParetoNBD(), FitPurchases: fit.ParetoNBD},
	{Description: model.DescribeNBD(), FitPurchases: fit.NBD},
	{Description: model.DescribeBGBB(), FitPurchases: fit.BGBB},
	{Description: model.DescribeGammaGamma(), FitSpend: fit.GammaGamma},
	{Description: model.DescribeSBG(), FitSurvival: fit.SBG},
}

// Default is the model of who configures none.
func Default() Entry { return entries[0] }

// Spend is the model of spend that goes with every purchase model.
func Spend() Entry { return ofKind(model.KindSpend)[0] }

// Find is the model of a name; ok is false if there is none.
func Find(name string) (e Entry, ok bool) {
	for _, e := range entries {
		if e.Name == name {
			return e, true
		}
	}
	return Entry{}, false
}

// Names are the models of some kinds, in the order in which they are listed.
func Names(kinds ...model.Kind) []string {
	var names []string
	for _, e := range ofKind(kinds...) {
		names = append(names, e.Name)
	}
	return names
}

// Candidates are the purchase models that can be compared without further
// knowledge: those that need no period.
func Candidates() []string {
	var names []string
	for _, e := range ofKind(model.KindPurchases) {
		if !e.Periodic {
			names = append(names, e.Name)
		}
	}
	return names
}

// Preferred are the Candidates, the one to take of several equally good ones first. The
// less a model ties leaving to a purchase, the better it does in a shop that none of them
// describes: where everybody stops on one day, or in a season (docs/models.md, Choosing).
func Preferred() []string {
	return []string{model.DescribeParetoNBD().Name, model.DescribeMBGNBD().Name, model.DescribeBGNBD().Name, model.DescribeNBD().Name}
}

func ofKind(kinds ...model.Kind) []Entry {
	var found []Entry
	for _, e := range entries {
		for _, k := range kinds {
			if e.Kind == k {
				found = append(found, e)
			}
		}
	}
	return found
}
