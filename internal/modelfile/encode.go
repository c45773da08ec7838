package modelfile

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// Encode is the text of the file, which Parse reads back to the same File. It
// refuses a File that makes no model.
func (f *File) Encode() ([]byte, error) {
	if _, err := f.Build(); err != nil {
		return nil, fmt.Errorf("write model file: %w", err)
	}
	root := &yaml.Node{Kind: yaml.MappingNode}
	parameters, spend := f.ParameterNames()
	put(root, "model", scalar(f.Model))
	put(root, "version", &yaml.Node{Kind: yaml.ScalarNode, Value: f.Version(), Style: yaml.DoubleQuotedStyle})
	put(root, "time_unit", scalar(f.Unit.String()))
	putParameters(root, f.Parameters, parameters)
	if f.Entry().Periodic {
		put(root, "period_units", number(f.PeriodUnits))
	}
	if len(spend) > 0 {
		n := &yaml.Node{Kind: yaml.MappingNode}
		putParameters(n, f.Spend, spend)
		put(root, "spend", n)
	}
	put(root, "horizon_days", number(f.HorizonDays))
	put(root, "annual_discount", number(f.AnnualDiscount))
	if f.MarginRatio > 0 {
		put(root, "margin_ratio", number(f.MarginRatio))
	}
	put(root, "currency", scalar(f.Currency.String()))
	putFittedOn(root, f.FittedOn)
	if len(f.Warnings) > 0 {
		warnings := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, w := range f.Warnings {
			warnings.Content = append(warnings.Content, scalar(w))
		}
		put(root, "warnings", warnings)
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("write model file: %w", err)
	}
	return text.Bytes(), nil
}

func putParameters(to *yaml.Node, p Parameters, names []string) {
	put(to, "parameters", numbers(p.Values, names))
	if len(p.StandardErrors) > 0 {
		put(to, "standard_errors", numbers(p.StandardErrors, names))
	}
	if len(p.LogCovariance) > 0 {
		put(to, "log_covariance", triangle(p.LogCovariance))
	}
}

func putFittedOn(to *yaml.Node, on FittedOn) {
	if on == (FittedOn{}) {
		return
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, day := range []struct {
		key string
		at  time.Time
	}{{"from", on.From}, {"until", on.Until}} {
		if !day.at.IsZero() {
			put(n, day.key, scalar(day.at.Format(time.DateOnly)))
		}
	}
	put(n, "customers", scalar(strconv.Itoa(on.Customers)))
	put(n, "repeaters", scalar(strconv.Itoa(on.Repeaters)))
	put(to, "fitted_on", n)
}

func put(to *yaml.Node, key string, value *yaml.Node) {
	to.Content = append(to.Content, scalar(key), value)
}

func scalar(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: text} }

func number(v float64) *yaml.Node { return scalar(formatNumber(v)) }

func numbers(values map[string]float64, names []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for _, name := range names {
		put(n, name, number(values[name]))
	}
	return n
}

// triangle is the lower half of a symmetric matrix, row by row.
func triangle(matrix [][]float64) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for i, row := range matrix {
		line := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, v := range row[:i+1] {
			line.Content = append(line.Content, number(v))
		}
		n.Content = append(n.Content, line)
	}
	return n
}
