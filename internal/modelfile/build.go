package modelfile

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// Spec is a model as a configuration names it: by File, or by Name with its
// parameters. The zero Spec is the default, simple.
type Spec struct {
	File          string  // path of a model file; then Name is empty
	Name          string  // historic, simple, margin_churn or retention_dcf
	LifespanYears float64 // simple: (0, 100]; 0 is the default
	MonthlyChurn  float64 // margin_churn: [1e-6, 1]
	RetentionDCF  model.RetentionDCFParams
}

// Built is a model and what it was made from.
type Built struct {
	model.Model
	Currency money.Currency // that its amounts are in
	File     *File          // nil: the model is that of Spec
	Spec     Spec           // of a model that needs no fitting
}

// Build makes the model that the file describes, or says which number it does not
// allow.
func (f *File) Build() (Built, error) {
	kind, ok := kinds[f.Model]
	if !ok {
		return Built{}, fmt.Errorf("build model: %q is no fitted model; allowed are %s", f.Model, list(kindNames()))
	}
	discount, err := model.AnnualDiscount(f.AnnualDiscount)
	if err != nil {
		return Built{}, fmt.Errorf("build %s: %w", f.Model, err)
	}
	terms := model.Terms{
		Horizon:     model.UnitDay.Span(f.HorizonDays),
		Discount:    discount,
		MarginRatio: f.MarginRatio,
		Currency:    f.Currency,
	}
	model, err := kind.build(f, terms, f.Version())
	if err != nil {
		return Built{}, fmt.Errorf("build %s: %w", f.Model, err)
	}
	return Built{Model: model, Currency: f.Currency, File: f}, nil
}

// Build makes the model that a configuration names, for a business that counts
// in the given currency: a file fitted on another one is refused.
func Build(spec Spec, business money.Currency) (Built, error) {
	if spec.File != "" {
		return buildFile(spec, business)
	}
	m := Built{Currency: business, Spec: spec}
	var err error
	switch spec.Name {
	case "historic":
		m.Model = model.Historic{}
	case "", "simple":
		if spec.LifespanYears == 0 {
			spec.LifespanYears = model.DefaultLifespanYears
		}
		m.Model, err = model.NewSimple(spec.LifespanYears)
	case "margin_churn":
		m.Model, err = model.NewMarginChurn(spec.MonthlyChurn)
	case "retention_dcf":
		m.Model, err = model.NewRetentionDCF(spec.RetentionDCF, business)
	default:
		return m, fmt.Errorf("build model: %q is no model without a file; allowed are historic, simple, margin_churn, retention_dcf", spec.Name)
	}
	if err != nil {
		return m, fmt.Errorf("build %s: %w", m.Name(), err)
	}
	return m, nil
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

// suits says why a business that counts in a currency can not use the file.
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
