package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	published "github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/registry"
)

// What docs/events.md says is money, or a time, by the names of flat changes. Every form writes
// these in its own way: as JSON 29.30, as Avro 29.3000.
var (
	amounts = []string{
		"clv_previous", "clv_current", "clv_delta", "clv_historic", "clv_predicted", "clv_residual", "expected_spend", "revenue", "margin",
		"average_order_value", "stage_expected_loss", "tier_distance", "acquisition_cost", "acquisition_net_clv",
	}
	instants = []string{"as_of", "cause_occurred_at", "stage_since"}
)

// otherForm says whether current values are not the records of the changes.
func (c *Config) otherForm() bool { return c.Current != "" && c.Current != published.JSON }

// sum is what a change says, as a number: of the bytes where current values have the same, else
// of the content, in whatever form it is.
func (v *verification) sum(value []byte) uint64 {
	if !v.config.otherForm() {
		return sumOf(value)
	}
	content, err := contentOf(value)
	if err != nil {
		return sumOf(value)
	}
	return sumOf(content)
}

// sumOfCurrent is that of a current value, which is JSON until its customer changes where
// the form was changed.
func (v *verification) sumOfCurrent(ctx context.Context, record *kgo.Record) (uint64, error) {
	value := record.Value
	if v.config.otherForm() && len(value) > 0 && value[0] == 0 {
		if v.config.Schemas == nil {
			return 0, fmt.Errorf("read current value %s: it is Avro, and there is no schema registry", recordName(record))
		}
		reader, err := registry.NewReader(registry.Settings{Form: registry.Prefix4, Number: registry.ID}, v.config.Schemas, 0)
		if err != nil {
			return 0, err
		}
		text, refused, err := reader.AppendJSON(ctx, nil, value, nil)
		if err != nil {
			return 0, fmt.Errorf("read current value %s: %w", recordName(record), err)
		}
		if refused == nil {
			value = text
		}
	}
	return v.sum(value), nil
}

// contentOf is what a change says in an order and a writing of its own: every field that is not
// null, by its flat name.
func contentOf(value []byte) ([]byte, error) {
	fields := map[string]string{}
	if err := flatten(value, "", fields); err != nil {
		return nil, err
	}
	var content []byte
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		content = fmt.Appendf(content, "%s=%s\n", name, fields[name])
	}
	return content, nil
}

func flatten(value []byte, prefix string, into map[string]string) error {
	reader := json.NewDecoder(bytes.NewReader(value))
	reader.UseNumber()
	var object map[string]any
	if err := reader.Decode(&object); err != nil {
		return err
	}
	return flattenObject(object, prefix, into)
}

func flattenObject(object map[string]any, prefix string, into map[string]string) error {
	for name, value := range object {
		name = prefix + name
		switch value := value.(type) {
		case nil:
		case map[string]any:
			if err := flattenObject(value, name+"_", into); err != nil {
				return err
			}
		case string:
			text, err := written(name, value)
			if err != nil {
				return err
			}
			into[name] = text
		case json.Number:
			into[name] = numberOf(value)
		case bool:
			into[name] = strconv.FormatBool(value)
		default:
			return fmt.Errorf("%s is %T", name, value)
		}
	}
	return nil
}

// written is a text in one writing for all forms.
func written(name, text string) (string, error) {
	switch {
	case slices.Contains(amounts, name):
		whole, fraction, _ := strings.Cut(text, ".")
		return whole + "." + strings.TrimRight(fraction, "0"), nil
	case slices.Contains(instants, name):
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil || at.Location() != time.UTC {
			return "", errors.Join(fmt.Errorf("%s is no instant in UTC", name), err)
		}
		return strconv.FormatInt(at.UnixMicro(), 10), nil
	}
	return strconv.Quote(text), nil
}

// numberOf is a number whose fraction may be left out where it is 0.
func numberOf(n json.Number) string {
	if whole, err := n.Int64(); err == nil {
		return strconv.FormatInt(whole, 10)
	}
	v, err := n.Float64()
	if err != nil {
		return n.String()
	}
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
