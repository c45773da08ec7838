package modelfile

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/model"
)

// Purchases is the file's purchase model for analysts, who ask more than what a
// customer is worth. A model of contracts has none.
func (f *File) Purchases() (model.Purchases, error) {
	p := f.Parameters.Values
	var purchases model.Purchases
	var err error
	switch f.Model {
	case "bgnbd":
		purchases, err = model.BGNBDParams{Unit: f.Unit, R: p["r"], Alpha: p["alpha"], A: p["a"], B: p["b"]}.Purchases()
	case "mbgnbd":
		purchases, err = model.MBGNBDParams{Unit: f.Unit, R: p["r"], Alpha: p["alpha"], A: p["a"], B: p["b"]}.Purchases()
	case "paretonbd":
		purchases, err = model.ParetoNBDParams{Unit: f.Unit, R: p["r"], Alpha: p["alpha"], S: p["s"], Beta: p["beta"]}.Purchases()
	case "nbd":
		purchases, err = model.NBDParams{Unit: f.Unit, R: p["r"], Alpha: p["alpha"]}.Purchases()
	default:
		return nil, fmt.Errorf("%s is no purchase model: those are bgnbd, mbgnbd, paretonbd and nbd", f.Model)
	}
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", f.Model, err)
	}
	return purchases, nil
}

// GammaGamma is the file's spend model; meaningless for a model of contracts.
func (f *File) GammaGamma() model.GammaGammaParams { return f.gammaGamma() }

// ParameterNames are the names of the model's parameters in the literature's
// order, then those of the spend model where it has one.
func (f *File) ParameterNames() (model, spend []string) {
	kind := kinds[f.Model]
	if kind.contract {
		return kind.parameters, nil
	}
	return kind.parameters, spendNames
}
