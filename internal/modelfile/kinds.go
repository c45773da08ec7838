package modelfile

import (
	"maps"
	"slices"

	"github.com/clvstream/clvstream/clv"
)

// kind is one sort of model that a file may hold: the names of its parameters
// and how to make it.
type kind struct {
	purchases []string
	build     func(f *File, spend clv.GammaGammaParams, terms clv.Terms, version string) (clv.Model, error)
}

var kinds = map[string]kind{
	"bgnbd": {
		purchases: []string{"r", "alpha", "a", "b"},
		build: func(f *File, spend clv.GammaGammaParams, terms clv.Terms, version string) (clv.Model, error) {
			p := f.Parameters.Values
			return clv.NewBGNBD(clv.BGNBDParams{Unit: f.Unit, R: p["r"], Alpha: p["alpha"], A: p["a"], B: p["b"]},
				spend, terms, version)
		},
	},
	"mbgnbd": {
		purchases: []string{"r", "alpha", "a", "b"},
		build: func(f *File, spend clv.GammaGammaParams, terms clv.Terms, version string) (clv.Model, error) {
			p := f.Parameters.Values
			return clv.NewMBGNBD(clv.MBGNBDParams{Unit: f.Unit, R: p["r"], Alpha: p["alpha"], A: p["a"], B: p["b"]},
				spend, terms, version)
		},
	},
}

var spendNames = []string{"p", "q", "gamma"}

// kindNames are the models that a file may hold, sorted.
func kindNames() []string { return slices.Sorted(maps.Keys(kinds)) }
