package modelfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// Entry is the model in the catalogue: the zero Entry if there is none of the
// file's name.
func (f *File) Entry() catalog.Entry {
	entry, ok := catalog.Find(f.Model)
	if !ok || !slices.Contains(fittedKinds, entry.Kind) {
		return catalog.Entry{}
	}
	return entry
}

// fittedKinds are the models that a file may hold.
var fittedKinds = []model.Kind{model.KindPurchases, model.KindContract}

// names are the models that a file may hold, sorted.
func names() []string { return slices.Sorted(slices.Values(catalog.Names(fittedKinds...))) }

// inputs are what the model is built from.
func (f *File) inputs() (model.Inputs, error) {
	discount, err := model.AnnualDiscount(f.AnnualDiscount)
	return model.Inputs{
		Values: f.Parameters.Values, Unit: f.Unit, Period: f.Unit.Span(f.PeriodUnits), Spend: f.GammaGamma(), Version: f.Version(),
		Assumptions: model.Assumptions{
			Horizon:     model.UnitDay.Span(f.HorizonDays),
			Discount:    discount,
			MarginRatio: f.MarginRatio,
			Currency:    f.Currency,
		},
	}, err
}

// GammaGamma is the file's spend model; meaningless for a model of contracts.
func (f *File) GammaGamma() model.GammaGammaParams { return f.Spend.Values.GammaGamma() }

// Purchases is the file's purchase model for analysts, who ask more than what a
// customer is worth. A model of contracts has none.
func (f *File) Purchases() (model.Purchases, error) {
	entry := f.Entry()
	if entry.Purchases == nil {
		return nil, fmt.Errorf("%s is not a purchase model: those are %s", f.Model, list(catalog.Names(model.KindPurchases)))
	}
	purchases, _, err := made(f, entry.Purchases)
	return purchases, err
}

func made[M any](f *File, build func(model.Inputs) (M, error)) (m M, in model.Inputs, err error) {
	if in, err = f.inputs(); err == nil {
		m, err = build(in)
	}
	if err != nil {
		err = fmt.Errorf("build %s: %w", f.Model, err)
	}
	return m, in, err
}

// Spec is a model as a configuration names it: by File, or by Name with its
// parameters. The zero Spec is the default model.
type Spec struct {
	File   string       // path of a model file; then Name is empty
	Name   string       // of a model that needs no fitting
	Values model.Values // its parameters
}

// Entry is the model in the catalogue, of a Spec without a file.
func (s Spec) Entry() (catalog.Entry, error) {
	if s.Name == "" {
		return catalog.Default(), nil
	}
	entry, ok := catalog.Find(s.Name)
	if !ok || entry.Kind != model.KindChosen {
		return entry, fmt.Errorf("build model: %q is not a model without a file; allowed are %s", s.Name, list(catalog.Names(model.KindChosen)))
	}
	return entry, nil
}

// Built is a model and what it was made from.
type Built struct {
	model.Model
	Currency money.Currency // that its amounts are in
	Entry    catalog.Entry
	Inputs   model.Inputs
	File     *File // nil: the model needs no fitting
}

// Build makes the model that the file describes, or says which number it does not
// allow.
func (f *File) Build() (Built, error) {
	entry := f.Entry()
	if entry.Build == nil {
		return Built{}, fmt.Errorf("build model: %q is not a fitted model; allowed are %s", f.Model, list(names()))
	}
	m, in, err := made(f, entry.Build)
	if err != nil {
		return Built{}, err
	}
	return Built{Model: m, Currency: f.Currency, Entry: entry, Inputs: in, File: f}, nil
}

// Build makes the model that a configuration names, for a business that counts
// in the given currency: a file fitted on another one is refused.
func Build(spec Spec, business money.Currency) (Built, error) {
	if spec.File != "" {
		return buildFile(spec, business)
	}
	entry, err := spec.Entry()
	if err != nil {
		return Built{}, err
	}
	in := spec.inputs(business)
	m, err := entry.Build(in)
	if err != nil {
		return Built{}, fmt.Errorf("build %s: %w", entry.Name, err)
	}
	return Built{Model: m, Currency: business, Entry: entry, Inputs: in}, nil
}

// inputs are what a model without a file is built from.
func (s Spec) inputs(business money.Currency) model.Inputs {
	return model.Inputs{Values: s.Values, Unit: model.UnitDay, Assumptions: model.Assumptions{Currency: business}}
}

func buildFile(spec Spec, business money.Currency) (Built, error) {
	if spec.Name != "" {
		return Built{}, errors.New("build model: a model file names its model; give a file or a name, not both")
	}
	file, err := Load(spec.File)
	if err != nil {
		return Built{}, err
	}
	if err := file.suits(business); err != nil {
		return Built{}, fmt.Errorf("build model: %s %w", spec.File, err)
	}
	return file.Build()
}

// suits says why a business that counts in a currency cannot use the file.
func (f *File) suits(business money.Currency) error {
	if f.Currency != business {
		return fmt.Errorf("was fitted in %s and the business counts in %s; fit it on amounts in %[2]s", f.Currency, business)
	}
	return nil
}

// BuildText makes the model of a file's text, for a business that counts in a currency.
func BuildText(text []byte, business money.Currency) (Built, error) {
	f, err := Parse(text)
	if err != nil {
		return Built{}, err
	}
	if err := f.suits(business); err != nil {
		return Built{}, fmt.Errorf("the model %w", err)
	}
	return f.Build()
}

// maxBytes bounds a model file, which takes about one kilobyte.
const maxBytes = 1 << 20

// Load reads a model file by its path.
func Load(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read model file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read model file: %w", err)
	}
	file, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read model file %s: %w", path, err)
	}
	return file, nil
}
