package modelfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
)

// LineError is what is wrong with a model file, and where.
type LineError struct {
	Line int
	Text string
}

// Error names the line first.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// Parse reads the text of a model file. What it accepts makes a model.
func Parse(text []byte) (*File, error) {
	root, err := document(text)
	if err != nil {
		return nil, err
	}
	r := reader{}
	f, version := r.file(root)
	if r.err != nil {
		return nil, r.err
	}
	if version.Value != "" && version.Value != f.Version() {
		return nil, at(version, "version is %q but these contents have version %s: write that, or remove the line", clip(version.Value), f.Version())
	}
	if _, err := f.Build(); err != nil {
		return nil, err
	}
	return f, nil
}

// document is the one mapping that the text must be.
func document(text []byte) (*yaml.Node, error) {
	if len(text) > maxBytes {
		return nil, fmt.Errorf("more than %d bytes: a model file has about a thousand", maxBytes)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var root, more yaml.Node
	if err := decoder.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &LineError{Line: 1, Text: "the file is empty; it must at least give model, time_unit, parameters, spend, horizon_days, annual_discount and currency"}
		}
		return nil, fmt.Errorf("parse YAML: %w", err)
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("parse YAML: something follows the model; one document is allowed")
	}
	return root.Content[0], nil
}

// reader walks the document and keeps the first error.
type reader struct{ err error }

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	if r.err == nil {
		r.err = at(n, format, args...)
	}
}

func at(n *yaml.Node, format string, args ...any) error {
	return &LineError{Line: n.Line, Text: fmt.Sprintf(format, args...)}
}

// file reads the whole document and returns the version beside it, since only
// all of the contents decides whether it is right.
func (r *reader) file(root *yaml.Node) (f *File, version *yaml.Node) {
	f = &File{}
	version = &yaml.Node{}
	fields := r.mapping(root, "the model file", []string{"model", "time_unit", "parameters", "horizon_days", "annual_discount", "currency"},
		[]string{"version", "standard_errors", "log_covariance", "spend", "period_units", "margin_ratio", "fitted_on", "warnings"})
	if r.err != nil {
		return f, version
	}
	f.Model = r.oneOf(fields["model"], "model", names())
	parameters := f.Entry().Parameters
	f.Unit, _ = model.ParseTimeUnit(r.oneOf(fields["time_unit"], "time_unit", []string{"day", "week", "month"}))
	f.Parameters.Values = r.numbers(fields["parameters"], "parameters", parameters, rangeOf)
	f.Parameters.StandardErrors = r.standardErrors(fields["standard_errors"], parameters)
	f.Parameters.LogCovariance = r.covariance(fields["log_covariance"], parameters)
	r.special(f, root, fields)
	r.terms(f, fields)
	f.FittedOn = r.fittedOn(fields["fitted_on"])
	f.Warnings = r.warnings(fields["warnings"])
	if n := fields["version"]; n != nil {
		r.scalar(n, "version")
		version = n
	}
	return f, version
}

// special reads what some models have and others have not.
func (r *reader) special(f *File, root *yaml.Node, fields map[string]*yaml.Node) {
	entry := f.Entry()
	parts := []struct {
		name   string
		needed bool
	}{{"spend", entry.Kind == model.KindPurchases}, {"period_units", entry.Periodic}}
	for _, part := range parts {
		if part.needed && fields[part.name] == nil {
			r.fail(root, "the model file has no %s, which %s needs", part.name, f.Model)
		}
	}
	for _, part := range parts {
		if !part.needed && fields[part.name] != nil {
			r.fail(fields[part.name], "%s does not use %s", f.Model, part.name)
		}
	}
	if n := fields["spend"]; n != nil && r.err == nil {
		f.Spend = r.spend(n)
	}
	if n := fields["period_units"]; n != nil && r.err == nil {
		f.PeriodUnits = r.number(n, "period_units", limits{above: 0, most: 36525, words: "above 0 and at most 36525 time units in a period"})
	}
}

// terms reads what turns purchases into money.
func (r *reader) terms(f *File, fields map[string]*yaml.Node) {
	f.Currency = r.currency(fields["currency"])
	f.HorizonDays = r.number(fields["horizon_days"], "horizon_days", limits{above: 0, most: 36525, words: "above 0 and at most 36525 (100 years)"})
	f.AnnualDiscount = r.number(fields["annual_discount"], "annual_discount", limits{least: true, most: 10, words: "0 to 10 (0.10 is 10 % a year)"})
	if n := fields["margin_ratio"]; n != nil {
		f.MarginRatio = r.number(n, "margin_ratio", limits{above: 0, most: 1, words: "above 0 and at most 1 (a share of the price, not a mark-up)"})
	}
}

func (r *reader) spend(n *yaml.Node) (p Parameters) {
	fields := r.mapping(n, "spend", []string{"parameters"}, []string{"standard_errors", "log_covariance"})
	if r.err != nil {
		return p
	}
	spend := catalog.Spend()
	p.Values = r.numbers(fields["parameters"], "parameters", spend.Parameters, rangeOf)
	p.StandardErrors = r.standardErrors(fields["standard_errors"], spend.Parameters)
	p.LogCovariance = r.covariance(fields["log_covariance"], spend.Parameters)
	if q := p.Values["q"]; r.err == nil && q <= 1 {
		r.fail(fields["parameters"], "q is %v: allowed is above 1, otherwise the mean spend is infinite", q)
	}
	return p
}

func (r *reader) standardErrors(n *yaml.Node, of []model.Parameter) map[string]float64 {
	if n == nil {
		return nil
	}
	return r.numbers(n, "standard_errors", of, func(p *model.Parameter) limits { return limits{least: true, most: p.Most, words: "0 or more"} })
}

// rangeOf is what its description allows of a parameter.
func rangeOf(p *model.Parameter) limits {
	return limits{above: p.Least, least: true, most: p.Most, words: p.Allowed()}
}

func (r *reader) numbers(n *yaml.Node, what string, parameters []model.Parameter, within func(*model.Parameter) limits) map[string]float64 {
	names := make([]string, len(parameters))
	for i, p := range parameters {
		names[i] = p.Name
	}
	fields := r.mapping(n, what, names, nil)
	values := make(map[string]float64, len(parameters))
	for i := range parameters {
		if r.err != nil {
			return nil
		}
		p := &parameters[i]
		values[p.Name] = r.number(fields[p.Name], p.Name, within(p))
	}
	return values
}

func (r *reader) warnings(n *yaml.Node) []string {
	if n == nil || r.err != nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "warnings must be a list of %s", list(fit.WarningNames()))
		return nil
	}
	var warnings []string
	for _, item := range n.Content {
		warnings = append(warnings, r.oneOf(item, "warning", fit.WarningNames()))
	}
	return slices.Compact(warnings)
}

func list(names []string) string { return strings.Join(names, ", ") }
