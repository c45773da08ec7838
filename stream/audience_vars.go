package stream

import (
	"errors"
	"math"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/money"
)

// changeVars are the variables of a filter: the fields of one change, read out of
// it only when they are asked for. One evaluation after the other may use it.
type changeVars struct {
	change   *clv.Change
	currency string
	unit     float64 // minor units in one of the currency
	parts    [numParts]changePart
}

func newChangeVars(currency money.Currency) changeVars {
	return changeVars{currency: currency.String(), unit: math.Pow10(currency.Exponent())}
}

// of makes the variables those of a change.
func (v *changeVars) of(c *clv.Change) *changeVars {
	v.change = c
	return v
}

// ResolveName implements cel.Activation.
func (v *changeVars) ResolveName(name string) (any, bool) {
	variable, ok := changeVariables[name]
	if !ok {
		return nil, false
	}
	return variable.value(v), true
}

// Parent implements cel.Activation.
func (*changeVars) Parent() cel.Activation { return nil }

// part is an object of the change, or null where the change has none.
func (v *changeVars) part(i int) ref.Val {
	if there := changeParts[i].there; there != nil && !there(v.change) {
		return types.NullValue
	}
	p := &v.parts[i]
	p.vars, p.kind = v, changeParts[i].kind
	return p
}

// changePart is an object of the change as CEL sees it: something to select
// fields of.
type changePart struct {
	vars *changeVars
	kind *types.Type
}

var errPartStays = errors.New("a part of a change is nothing else")

// ConvertToNative implements ref.Val.
func (*changePart) ConvertToNative(reflect.Type) (any, error) { return nil, errPartStays }

// ConvertToType implements ref.Val.
func (*changePart) ConvertToType(ref.Type) ref.Val { return types.WrapErr(errPartStays) }

// Equal implements ref.Val.
func (p *changePart) Equal(other ref.Val) ref.Val { return types.Bool(ref.Val(p) == other) }

// Type implements ref.Val.
func (p *changePart) Type() ref.Type { return p.kind }

// Value implements ref.Val.
func (p *changePart) Value() any { return p }

// changeTypes tells CEL of the fields that a change's objects have.
type changeTypes struct{ *types.Registry }

// FindStructType implements types.Provider.
func (t *changeTypes) FindStructType(name string) (*types.Type, bool) {
	if fields := partFields[name]; fields != nil {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return t.Registry.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (t *changeTypes) FindStructFieldNames(name string) ([]string, bool) {
	if fields := partFields[name]; fields != nil {
		return namesOf(fields), true
	}
	return t.Registry.FindStructFieldNames(name)
}

// FindStructFieldType implements types.Provider.
func (t *changeTypes) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if f, ok := partFields[name][field]; ok {
		return &types.FieldType{Type: f.kind, IsSet: f.isSet, GetFrom: f.get}, true
	}
	return t.Registry.FindStructFieldType(name, field)
}

// get reads a field of a part; of one that is not there, null.
func (f *changeField) get(of any) (any, error) {
	if p, ok := of.(*changePart); ok {
		return f.value(p.vars), nil
	}
	return types.NullValue, nil
}

func (f *changeField) isSet(of any) bool {
	p, ok := of.(*changePart)
	return ok && f.value(p.vars) != ref.Val(types.NullValue)
}
