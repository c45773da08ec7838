package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/clvstream/clvstream/clv/history"
)

// mostExpressionBytes bounds a condition or a derived field.
const mostExpressionBytes = 4096

// variable is a typed field of a record that conditions and derived fields name.
type variable struct {
	name   string
	kind   *cel.Type
	source *sourceSpec
	texts  []string // of a list of constants, in place of a source
}

// The types of variables. Each may be null: a record may lack the field.
var variableKinds = map[string]*cel.Type{
	"text": cel.NullableType(cel.StringType), "id": cel.NullableType(cel.StringType), "integer": cel.NullableType(cel.IntType), "boolean": cel.NullableType(cel.BoolType), "time": cel.TimestampType,
}

// bound is a variable in a scope: its paths are resolved to slots there.
type bound struct {
	*variable
	source source
}

// expression is CEL, compiled for the variables of a scope.
type expression struct {
	text      string
	program   cel.Program
	truth     *truth // the same condition, where it only compares: without CEL's machinery
	variables map[string]*bound
}

// compileExpression compiles CEL that yields one of the kinds, and binds the variables that
// it names.
func compileExpression(text string, variables map[string]*bound, bind func(*bound) error, kinds ...*cel.Type) (*expression, error) {
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{ExcludeFunctions: []*env.Function{{Name: "dyn"}, {Name: "type"}}})),
		cel.ParserExpressionSizeLimit(mostExpressionBytes),
		cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateDurationLiterals()),
	}
	for name, v := range variables {
		options = append(options, cel.Variable(name, v.kind))
	}
	e, err := cel.NewCustomEnv(options...)
	if err != nil {
		return nil, err
	}
	checked, issues := e.Compile(text)
	if issues.Err() != nil {
		return nil, errors.New(pointAt(text, issues) + "\nvariables here: " + namesOr(variables, "none"))
	}
	if !slices.ContainsFunc(kinds, func(k *cel.Type) bool { return k.IsAssignableType(checked.OutputType()) }) {
		return nil, fmt.Errorf("%q yields %s, and must yield %s", text, cel.FormatCELType(checked.OutputType()), kindNames(kinds))
	}
	if err := bindNamed(checked.NativeRep().Expr(), variables, bind); err != nil {
		return nil, err
	}
	program, err := e.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, err
	}
	return &expression{text: text, program: program, truth: truthOf(checked.NativeRep().Expr(), variables), variables: variables}, nil
}

// pointAt shows each error under the line of an expression that it is in, with a mark below it.
func pointAt(text string, issues *cel.Issues) string {
	lines := strings.Split(text, "\n")
	var b strings.Builder
	for i, issue := range issues.Errors() {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(issue.Message)
		if at := issue.Location.Line() - 1; at >= 0 && at < len(lines) {
			fmt.Fprintf(&b, "\n  %s\n  %s^", lines[at], strings.Repeat(" ", max(0, issue.Location.Column())))
		}
	}
	return b.String()
}

func namesOr(variables map[string]*bound, none string) string {
	if len(variables) == 0 {
		return none
	}
	return strings.Join(slices.Sorted(maps.Keys(variables)), ", ")
}

func kindNames(kinds []*cel.Type) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = cel.FormatCELType(k)
	}
	return strings.Join(names, " or ")
}

// holds evaluates a condition.
func (x *expression) holds(e *evaluation) (bool, *flaw) {
	if x.truth != nil {
		return x.truth.holds(e)
	}
	value, wrong := x.value(e)
	if wrong != nil {
		return false, wrong
	}
	truth, ok := value.(bool)
	if !ok {
		return false, bad(history.BadField, "yields nothing: a field that it needs is missing")
	}
	return truth, nil
}

// value evaluates an expression: a text, a whole number, a truth or nil.
func (x *expression) value(e *evaluation) (any, *flaw) {
	a := activation{evaluation: e, variables: x.variables}
	result, _, err := x.program.Eval(&a)
	switch {
	case a.wrong != nil:
		return nil, a.wrong
	case err != nil: // CEL's own text may hold what the record says
		return nil, bad(history.BadField, "cannot be evaluated: a field that it needs is missing, or out of range")
	case result == types.NullValue:
		return nil, nil
	}
	return result.Value(), nil
}

// activation gives CEL the variables that it asks for.
type activation struct {
	*evaluation
	variables map[string]*bound
	wrong     *flaw
}

// ResolveName implements cel.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	v, known := a.variables[name]
	if !known {
		return nil, false
	}
	value, wrong := a.variable(v)
	if wrong != nil && a.wrong == nil {
		a.wrong = wrong
	}
	return value, true
}

// Parent implements cel.Activation.
func (*activation) Parent() cel.Activation { return nil }

// variable is what a variable says, as CEL takes it.
func (e *evaluation) variable(v *bound) (any, *flaw) {
	if v.texts != nil {
		return v.texts, nil
	}
	f := e.fetch(&v.source)
	if f.bytes == nil {
		return types.NullValue, nil
	}
	switch v.kind {
	case variableKinds["integer"]:
		n, wrong := e.integer(v, f)
		return n, wrong
	case variableKinds["boolean"]:
		b, wrong := e.boolean(v, f)
		return b, wrong
	case variableKinds["time"]:
		return e.instant(v, f)
	default:
		text, wrong := e.text(v, f)
		return string(text), wrong
	}
}

func (e *evaluation) text(v *bound, f found) ([]byte, *flaw) {
	switch {
	case f.isText():
		return f.text(), nil
	case f.isNumber() && v.variable.source.typeName == "id":
		return f.bytes, nil
	}
	return nil, wrongAt(v, history.BadField, "is not a text")
}

func (e *evaluation) integer(v *bound, f found) (int64, *flaw) {
	n, wrong := wholeNumber(f)
	if wrong != nil {
		return 0, wrongAt(v, wrong.reason, wrong.text)
	}
	return n, nil
}

// boolean takes true and false, also as texts: some writers quote them.
func (e *evaluation) boolean(v *bound, f found) (bool, *flaw) {
	text := f.bytes
	if f.isText() {
		text = f.text()
	}
	switch string(text) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, wrongAt(v, history.BadField, "is neither true nor false")
}

func (e *evaluation) instant(v *bound, f found) (any, *flaw) {
	converted, wrong := v.source.spec.convert(nil, f, &v.source.spec.options)
	if wrong != nil {
		return nil, wrongAt(v, wrong.reason, wrong.text)
	}
	at, err := time.Parse(time.RFC3339Nano, string(unquoted(converted)))
	if err != nil {
		return nil, wrongAt(v, history.BadTime, "is not an RFC 3339 time with a zone")
	}
	return at, nil
}

func wrongAt(v *bound, reason history.RefusalReason, text string) *flaw {
	return bad(reason, v.source.spec.String()+" "+text)
}

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

type constant struct {
	null, isText, isNumber, truth bool
	text                          string
	number                        int64
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
		if v := variables[e.AsIdent()]; v != nil && v.kind == variableKinds["boolean"] {
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
			constants = append(constants, constant{isText: true, text: literal})
		case int64:
			constants = append(constants, constant{isNumber: true, number: literal})
		case bool:
			constants = append(constants, constant{truth: literal})
		default:
			if e.AsLiteral() != types.NullValue {
				return nil, nil, errComparesMore
			}
			constants = append(constants, constant{null: true})
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
		for _, text := range of.texts {
			constants = append(constants, constant{isText: true, text: text})
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

// matches says whether the variable is one of the constants.
func (t *truth) matches(e *evaluation) (bool, *flaw) {
	f := e.fetch(&t.variable.source)
	for i := range t.constants {
		switch c := &t.constants[i]; {
		case c.null || f.bytes == nil:
			if c.null && f.bytes == nil {
				return true, nil
			}
		case c.isText:
			if text, wrong := e.text(t.variable, f); wrong != nil || string(text) == c.text {
				return wrong == nil, wrong
			}
		case c.isNumber:
			if n, wrong := e.integer(t.variable, f); wrong != nil || n == c.number {
				return wrong == nil, wrong
			}
		default:
			if b, wrong := e.boolean(t.variable, f); wrong != nil || b == c.truth {
				return wrong == nil, wrong
			}
		}
	}
	return false, nil
}
