package audience

import (
	"errors"
	"math"
	"reflect"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/change"
)

// Variables are what a filter asks: the fields of one change, read out of it only
// when they are asked for. One evaluation after the other may use them.
type Variables struct {
	data    change.Data
	unit    float64 // minor units in one of the currency
	objects []object
}

// NewVariables are of changes in a currency.
func NewVariables(currency money.Currency) *Variables {
	v := &Variables{data: change.Data{Currency: currency}, unit: math.Pow10(currency.Exponent())}
	v.objects = make([]object, len(change.Objects()))
	for _, of := range variables {
		if of.field == nil {
			v.objects[of.object] = object{of: v, kind: of.kind}
		}
	}
	return v
}

// Of makes the variables those of a change.
func (v *Variables) Of(c *clv.Change) *Variables {
	v.data.Change = c
	return v
}

// ResolveName implements cel.Activation.
func (v *Variables) ResolveName(name string) (any, bool) {
	of, ok := variables[name]
	switch {
	case !ok:
		return nil, false
	case of.field != nil:
		return v.value(of.field), true
	case change.Objects()[of.object].There(&v.data):
		return &v.objects[of.object], true
	default:
		return types.NullValue, true
	}
}

// Parent implements cel.Activation.
func (*Variables) Parent() cel.Activation { return nil }

// value is what a field says, by its type. What JSON has as null, or not at all, is
// null.
func (v *Variables) value(f *change.Field) ref.Val {
	d := &v.data
	if !f.Known(d) {
		return types.NullValue
	}
	switch f.Type {
	case change.Count:
		return types.Int(f.Whole(d))
	case change.Number:
		return types.Double(f.Number(d))
	case change.Money:
		return types.Double(float64(f.Whole(d)) / v.unit)
	case change.Time:
		return types.Timestamp{Time: time.UnixMicro(f.Whole(d)).UTC()}
	case change.Day:
		return types.Timestamp{Time: calendar.Day(f.Whole(d)).Date()}
	case change.Truth:
		return types.Bool(f.Truth(d))
	default:
		return types.String(f.Text(d))
	}
}

// object is an object of the change as CEL sees it: something to select fields of.
type object struct {
	of   *Variables
	kind *types.Type
}

var errStaysObject = errors.New("an object of a change is nothing else")

// ConvertToNative implements ref.Val.
func (*object) ConvertToNative(reflect.Type) (any, error) { return nil, errStaysObject }

// ConvertToType implements ref.Val.
func (*object) ConvertToType(ref.Type) ref.Val { return types.WrapErr(errStaysObject) }

// Equal implements ref.Val.
func (o *object) Equal(other ref.Val) ref.Val { return types.Bool(ref.Val(o) == other) }

// Type implements ref.Val.
func (o *object) Type() ref.Type { return o.kind }

// Value implements ref.Val.
func (o *object) Value() any { return o }
