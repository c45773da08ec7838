package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"

	"github.com/clvstream/clvstream/clv/history"
)

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
		options = append(options, cel.Variable(name, v.kind), cel.Variable(name+isNullSuffix, cel.BoolType))
	}
	e, err := cel.NewCustomEnv(options...)
	if err != nil {
		return nil, err
	}
	parsed, issues := e.Parse(text)
	if issues.Err() == nil {
		if err := askForNull(parsed.NativeRep().Expr(), variables); err != nil {
			return nil, err
		}
		parsed, issues = e.Check(parsed)
	}
	checked := parsed
	if issues.Err() != nil {
		return nil, errors.New(pointAt(text, issues) + "\nvariables here: " + namesOr(variables, "none"))
	}
	if !slices.ContainsFunc(kinds, func(k *cel.Type) bool { return k.IsAssignableType(checked.OutputType()) }) {
		return nil, fmt.Errorf("%q yields %s, and must yield %s", text, cel.FormatCELType(checked.OutputType()), kindNames(kinds))
	}
	if err := bindNamed(checked.NativeRep().Expr(), variables, bind); err != nil {
		return nil, err
	}
	x := &expression{text: text, truth: truthOf(checked.NativeRep().Expr(), variables), variables: variables}
	if x.truth == nil {
		if err := checkCost(e, checked, text, variables); err != nil {
			return nil, err
		}
	}
	x.program, err = e.Program(checked, cel.EvalOptions(cel.OptOptimize))
	return x, err
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
	case err != nil && a.wrong != nil:
		return nil, a.wrong
	case err != nil: // CEL's own text may hold what the record says
		return nil, bad(history.BadField, "cannot be evaluated: a field that it needs is missing, or out of range")
	case result == types.NullValue:
		return nil, nil
	}
	return result.Value(), nil
}
