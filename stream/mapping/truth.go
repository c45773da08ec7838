package mapping

import (
	"errors"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/clvstream/clvstream/clv/history"
)

// errComparesMore is why a condition cannot be a truth.
var errComparesMore = errors.New("more than comparisons")

// truth is a condition that only compares variables with constants: nearly all do, and it
// takes a twentieth of what CEL takes.
type truth struct {
	call        string // the operator's name; empty: a variable's own truth
	left, right *truth
	variable    *bound
	constants   []constant // of ==, != and in
}

// constant is of the kind that its field is, or null where it is no variable's.
type constant struct {
	kind   *cel.Type // as in variableKinds, where text stands for id, too; nil: null
	text   string
	number int64
	truth  bool
}

// truthOf is nil where a condition does more.
func truthOf(e ast.Expr, variables map[string]*bound) *truth {
	t, err := asTruth(e, variables)
	if err != nil {
		return nil
	}
	return t
}

func asTruth(e ast.Expr, variables map[string]*bound) (t *truth, err error) {
	if e.Kind() == ast.IdentKind {
		name, asksForNull := strings.CutSuffix(e.AsIdent(), isNullSuffix)
		switch v := variables[name]; {
		case v != nil && asksForNull:
			return &truth{call: isNullSuffix, variable: v}, nil
		case v != nil && v.kind == variableKinds["boolean"]:
			return &truth{variable: v}, nil
		}
	}
	if e.Kind() != ast.CallKind {
		return nil, errComparesMore
	}
	args := e.AsCall().Args()
	t = &truth{call: e.AsCall().FunctionName()}
	switch t.call {
	case operators.LogicalAnd, operators.LogicalOr:
		if t.left, err = asTruth(args[0], variables); err == nil {
			t.right, err = asTruth(args[1], variables)
		}
	case operators.LogicalNot:
		t.left, err = asTruth(args[0], variables)
	case operators.Equals, operators.NotEquals:
		if args[0].Kind() != ast.IdentKind {
			args = []ast.Expr{args[1], args[0]}
		}
		t.variable, t.constants, err = comparison(args[0], args[1:], variables)
	case operators.In:
		t.variable, t.constants, err = membership(args, variables)
	default:
		return nil, errComparesMore
	}
	return t, err
}

func comparison(left ast.Expr, right []ast.Expr, variables map[string]*bound) (v *bound, constants []constant, err error) {
	if left.Kind() != ast.IdentKind || variables[left.AsIdent()] == nil {
		return nil, nil, errComparesMore
	}
	v = variables[left.AsIdent()]
	if v.texts != nil || v.kind == variableKinds["time"] {
		return nil, nil, errComparesMore
	}
	for _, e := range right {
		if e.Kind() != ast.LiteralKind {
			return nil, nil, errComparesMore
		}
		switch literal := e.AsLiteral().Value().(type) {
		case string:
			constants = append(constants, constant{kind: variableKinds["text"], text: literal})
		case int64:
			constants = append(constants, constant{kind: variableKinds["integer"], number: literal})
		case bool:
			constants = append(constants, constant{kind: variableKinds["boolean"], truth: literal})
		default:
			if e.AsLiteral() != types.NullValue {
				return nil, nil, errComparesMore
			}
			constants = append(constants, constant{})
		}
	}
	return v, constants, nil
}

// membership is of a list of literals, or of a variable that is a list of constants.
func membership(args []ast.Expr, variables map[string]*bound) (v *bound, constants []constant, err error) {
	switch list := args[1]; list.Kind() {
	case ast.ListKind:
		return comparison(args[0], list.AsList().Elements(), variables)
	case ast.IdentKind:
		of := variables[list.AsIdent()]
		if of == nil || of.texts == nil {
			return nil, nil, errComparesMore
		}
		if v, _, err = comparison(args[0], nil, variables); err != nil || v.kind != variableKinds["text"] {
			return nil, nil, errComparesMore
		}
		constants = []constant{} // of an empty list, too: that it is empty, CEL learns when it has the variable
		for _, text := range of.texts {
			constants = append(constants, constant{kind: variableKinds["text"], text: text})
		}
		return v, constants, nil
	}
	return nil, nil, errComparesMore
}

func (t *truth) holds(e *evaluation) (bool, *flaw) {
	switch t.call {
	case operators.LogicalAnd, operators.LogicalOr:
		return t.both(e)
	case operators.LogicalNot:
		holds, wrong := t.left.holds(e)
		return !holds, wrong
	case operators.NotEquals:
		same, wrong := t.matches(e)
		return !same, wrong
	case isNullSuffix:
		return e.isNull(t.variable)
	case "":
		f := e.fetch(&t.variable.source)
		if f.bytes == nil {
			return false, wrongAt(t.variable, history.MissingField, "is missing or null, and a condition needs it")
		}
		return e.boolean(t.variable, f)
	default:
		return t.matches(e)
	}
}

// both is && or ||. As in CEL, what one side decides alone is decided, whatever is wrong with
// the other.
func (t *truth) both(e *evaluation) (bool, *flaw) {
	decides := t.call == operators.LogicalOr
	left, wrongLeft := t.left.holds(e)
	if wrongLeft == nil && left == decides {
		return decides, nil
	}
	right, wrongRight := t.right.holds(e)
	if wrongRight == nil && right == decides {
		return decides, nil
	}
	if wrongLeft == nil {
		wrongLeft = wrongRight
	}
	return !decides, wrongLeft
}

// matches says whether the variable is one of the constants. As in CEL, what is of another
// type than its variable says is wrong with whatever it is compared, and constants of another
// type than the variable are not it.
func (t *truth) matches(e *evaluation) (bool, *flaw) {
	if t.constants == nil { // CEL knows that nothing is in [], whatever the variable is
		return false, nil
	}
	f := e.fetch(&t.variable.source)
	if f.bytes == nil {
		return slices.ContainsFunc(t.constants, func(c constant) bool { return c.kind == nil }), nil
	}
	if f.isUnreadable() {
		return false, wrongAt(t.variable, history.Undecodable, notHeld)
	}
	switch t.variable.kind {
	case variableKinds["integer"]:
		n, wrong := e.integer(t.variable, f)
		return wrong == nil && t.has(func(c *constant) bool { return c.kind == variableKinds["integer"] && c.number == n }), wrong
	case variableKinds["boolean"]:
		b, wrong := e.boolean(t.variable, f)
		return wrong == nil && t.has(func(c *constant) bool { return c.kind == variableKinds["boolean"] && c.truth == b }), wrong
	}
	text, wrong := e.text(t.variable, f)
	return wrong == nil && t.has(func(c *constant) bool { return c.kind == variableKinds["text"] && c.text == string(text) }), wrong
}

func (t *truth) has(is func(*constant) bool) bool {
	for i := range t.constants {
		if is(&t.constants[i]) {
			return true
		}
	}
	return false
}
