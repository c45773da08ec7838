package modelfile

import (
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/clvstream/clvstream/clv/money"
)

// limits are what a number may be: above or, with least, from a bound, up to
// most; words say so.
type limits struct {
	above, most float64
	least       bool
	words       string
}

// mapping is the values of a mapping by key: all of required, some of optional,
// nothing else, none twice.
func (r *reader) mapping(n *yaml.Node, what string, required, optional []string) map[string]*yaml.Node {
	if r.err != nil {
		return nil
	}
	allowed := slices.Concat(required, optional)
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s must be a mapping with the keys %s", what, list(allowed))
		return nil
	}
	fields := make(map[string]*yaml.Node, len(allowed))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || !slices.Contains(allowed, key.Value):
			r.fail(key, "unknown key %q in %s: allowed are %s", clip(key.Value), what, list(allowed))
		case fields[key.Value] != nil:
			r.fail(key, "%s is given twice, first in line %d", key.Value, fields[key.Value].Line)
		}
		fields[key.Value] = value
	}
	for _, name := range required {
		if fields[name] == nil {
			r.fail(n, "%s has no %s", what, name)
		}
	}
	return fields
}

// scalar is the text of a plain value. Aliases and tags have no use here.
func (r *reader) scalar(n *yaml.Node, what string) string {
	if r.err == nil && (n.Kind != yaml.ScalarNode || n.Style&yaml.TaggedStyle != 0 || n.Tag == "!!null") {
		r.fail(n, "%s must be a single value", what)
	}
	if r.err != nil {
		return ""
	}
	return n.Value
}

func (r *reader) oneOf(n *yaml.Node, what string, names []string) string {
	text := r.scalar(n, what)
	if r.err == nil && !slices.Contains(names, text) {
		r.fail(n, "%s is %q: allowed are %s", what, clip(text), list(names))
	}
	return text
}

func (r *reader) number(n *yaml.Node, what string, within limits) float64 {
	text := r.scalar(n, what)
	if r.err != nil {
		return 0
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !within.hold(v) {
		r.fail(n, "%s is %q: allowed is %s", what, clip(text), within.words)
		return 0
	}
	return v
}

func (l limits) hold(v float64) bool {
	return v <= l.most && (v > l.above || l.least && v == l.above)
}

func (r *reader) currency(n *yaml.Node) money.Currency {
	text := r.scalar(n, "currency")
	if r.err != nil {
		return money.Currency{}
	}
	currency, err := money.ParseCurrency(text)
	if err != nil {
		r.fail(n, "currency is %q: %v", clip(text), err)
	}
	return currency
}

// fittedOn reads the provenance; all of it may be left out.
func (r *reader) fittedOn(n *yaml.Node) (on FittedOn) {
	if n == nil {
		return on
	}
	fields := r.mapping(n, "fitted_on", nil, []string{"from", "until", "customers", "repeaters"})
	if r.err != nil {
		return on
	}
	on.From, on.Until = r.date(fields["from"], "from"), r.date(fields["until"], "until")
	on.Customers, on.Repeaters = r.count(fields["customers"], "customers"), r.count(fields["repeaters"], "repeaters")
	switch {
	case !on.From.IsZero() && !on.Until.IsZero() && on.Until.Before(on.From):
		r.fail(fields["until"], "until is before from")
	case on.Repeaters > on.Customers && fields["customers"] != nil:
		r.fail(fields["repeaters"], "repeaters is %d: allowed is at most customers, %d", on.Repeaters, on.Customers)
	}
	return on
}

func (r *reader) date(n *yaml.Node, what string) time.Time {
	if n == nil {
		return time.Time{}
	}
	text := r.scalar(n, what)
	if r.err != nil {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		r.fail(n, "%s is %q: allowed is a date such as 1997-09-30", what, clip(text))
	}
	return day
}

func (r *reader) count(n *yaml.Node, what string) int {
	if n == nil {
		return 0
	}
	text := r.scalar(n, what)
	if r.err != nil {
		return 0
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < 0 {
		r.fail(n, "%s is %q: allowed is a whole number, 0 or more", what, clip(text))
		return 0
	}
	return v
}

// clip keeps an error message short whatever the file holds.
func clip(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
