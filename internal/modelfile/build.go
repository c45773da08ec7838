package modelfile

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// NewModel makes the model that the file describes, or says which number it does
// not allow.
func (f *File) NewModel() (model.Model, error) {
	kind, ok := kinds[f.Model]
	if !ok {
		return nil, fmt.Errorf("build model: %q is no fitted model; allowed are %s", f.Model, list(kindNames()))
	}
	discount, err := model.AnnualDiscount(f.AnnualDiscount)
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", f.Model, err)
	}
	terms := model.Terms{
		Horizon:     model.UnitDay.Span(f.HorizonDays),
		Discount:    discount,
		MarginRatio: f.MarginRatio,
		Currency:    f.Currency,
	}
	model, err := kind.build(f, terms, f.Version())
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", f.Model, err)
	}
	return model, nil
}

// Spec is a model as a configuration names it: by File, or by Name with its
// parameters. The zero Spec is the default, simple.
type Spec struct {
	File          string  // path of a model file; then Name is empty
	Name          string  // historic, simple, margin_churn or retention_dcf
	LifespanYears float64 // simple: (0, 100]; 0 is the default
	MonthlyChurn  float64 // margin_churn: [1e-6, 1]
	RetentionDCF  model.RetentionDCFParams
}

// Build makes the model that a configuration names, for a business that counts
// in the given currency: a file fitted on another one is refused.
func Build(spec Spec, business money.Currency) (model.Model, error) {
	if spec.File != "" {
		return buildFile(spec, business)
	}
	switch spec.Name {
	case "historic":
		return model.Historic{}, nil
	case "", "simple":
		if spec.LifespanYears == 0 {
			spec.LifespanYears = model.DefaultLifespanYears
		}
		model, err := model.NewSimple(spec.LifespanYears)
		return built(model, err)
	case "margin_churn":
		model, err := model.NewMarginChurn(spec.MonthlyChurn)
		return built(model, err)
	case "retention_dcf":
		model, err := model.NewRetentionDCF(spec.RetentionDCF, business)
		return built(model, err)
	default:
		return nil, fmt.Errorf("build model: %q is no model without a file; allowed are historic, simple, margin_churn, retention_dcf", spec.Name)
	}
}

func built(model model.Model, err error) (model.Model, error) {
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", model.Name(), err)
	}
	return model, nil
}

func buildFile(spec Spec, business money.Currency) (model.Model, error) {
	if spec.Name != "" {
		return nil, errors.New("build model: a model file names its model; give a file or a name, not both")
	}
	file, err := Load(spec.File)
	if err != nil {
		return nil, err
	}
	if err := file.suits(business); err != nil {
		return nil, fmt.Errorf("build model: %s %w", spec.File, err)
	}
	return file.NewModel()
}

// suits says why a business that counts in a currency can not use the file.
func (f *File) suits(business money.Currency) error {
	if f.Currency != business {
		return fmt.Errorf("was fitted in %s and the business counts in %s; fit it on amounts in %[2]s", f.Currency, business)
	}
	return nil
}

// ParseFor reads the text of a model file for a business that counts in a
// currency.
func ParseFor(text []byte, business money.Currency) (*File, error) {
	f, err := Parse(text)
	if err != nil {
		return nil, err
	}
	if err := f.suits(business); err != nil {
		return nil, fmt.Errorf("the model %w", err)
	}
	return f, nil
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
