package modelfile

import (
	"maps"
	"slices"

	"github.com/clvstream/clvstream/clv/model"
)

// kind is one sort of model that a file may hold: the names of its parameters
// and how to make it. Models of contracts have a period and no spend model.
type kind struct {
	parameters []string
	contract   bool
	build      func(f *File, terms model.Terms, version string) (model.Model, error)
}

var kinds = map[string]kind{
	"bgnbd": {
		parameters: []string{"r", "alpha", "a", "b"},
		build: func(f *File, terms model.Terms, version string) (model.Model, error) {
			p := f.Parameters.Values
			return model.NewBGNBD(model.BGNBDParams{Unit: f.Unit, R: p["r"], Alpha: p["alpha"], A: p["a"], B: p["b"]},
				f.gammaGamma(), terms, version)
		},
	},
	"mbgnbd": {
		parameters: []string{"r", "alpha", "a", "b"},
		build: func(f *File, terms model.Terms, version string) (model.Model, error) {
			p := f.Parameters.Values
			return model.NewMBGNBD(model.MBGNBDParams{Unit: f.Unit, R: p["r"], Alpha: p["alpha"], A: p["a"], B: p["b"]},
				f.gammaGamma(), terms, version)
		},
	},
	"paretonbd": {
		parameters: []string{"r", "alpha", "s", "beta"},
		build: func(f *File, terms model.Terms, version string) (model.Model, error) {
			p := f.Parameters.Values
			return model.NewParetoNBD(model.ParetoNBDParams{Unit: f.Unit, R: p["r"], Alpha: p["alpha"], S: p["s"], Beta: p["beta"]},
				f.gammaGamma(), terms, version)
		},
	},
	"nbd": {
		parameters: []string{"r", "alpha"},
		build: func(f *File, terms model.Terms, version string) (model.Model, error) {
			p := f.Parameters.Values
			return model.NewNBD(model.NBDParams{Unit: f.Unit, R: p["r"], Alpha: p["alpha"]}, f.gammaGamma(), terms, version)
		},
	},
	"sbg": {
		parameters: []string{"alpha", "beta"},
		contract:   true,
		build: func(f *File, terms model.Terms, version string) (model.Model, error) {
			p := f.Parameters.Values
			return model.NewSBG(model.SBGParams{Period: f.Unit.Span(f.PeriodUnits), Alpha: p["alpha"], Beta: p["beta"]}, terms, version)
		},
	},
}

var spendNames = []string{"p", "q", "gamma"}

func (f *File) gammaGamma() model.GammaGammaParams {
	p := f.Spend.Values
	return model.GammaGammaParams{P: p["p"], Q: p["q"], Gamma: p["gamma"]}
}

// kindNames are the models that a file may hold, sorted.
func kindNames() []string { return slices.Sorted(maps.Keys(kinds)) }
