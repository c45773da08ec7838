package mapping

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
)

// activation gives CEL the variables that it asks for.
type activation struct {
	*evaluation
	variables map[string]*bound
	wrong     *flaw
}

// ResolveName implements cel.Activation. What is wrong with a variable is an error to CEL, as
// any: && and || do without a side that does not decide.
func (a *activation) ResolveName(name string) (any, bool) {
	name, asksForNull := strings.CutSuffix(name, isNullSuffix)
	v, known := a.variables[name]
	if !known {
		return nil, false
	}
	var value any
	var wrong *flaw
	if asksForNull {
		value, wrong = a.isNull(v)
	} else {
		value, wrong = a.variable(v)
	}
	if wrong == nil {
		return value, true
	}
	if a.wrong == nil {
		a.wrong = wrong
	}
	return errOfVariable, true
}

// Parent implements cel.Activation.
func (*activation) Parent() cel.Activation { return nil }

// isNull says whether the record lacks a variable, of whatever type it is there.
func (e *evaluation) isNull(v *bound) (bool, *flaw) {
	f := e.fetch(&v.source)
	if f.isUnreadable() {
		return false, wrongAt(v, history.Undecodable, notHeld)
	}
	return f.bytes == nil, nil
}

// variable is what a variable says, as CEL takes it.
func (e *evaluation) variable(v *bound) (any, *flaw) {
	if v.texts != nil {
		return v.texts, nil
	}
	f := e.fetch(&v.source)
	switch {
	case f.bytes == nil:
		return types.NullValue, nil
	case f.isUnreadable():
		return nil, wrongAt(v, history.Undecodable, notHeld)
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
	at, err := time.Parse(time.RFC3339Nano, string(event.Unquote(converted)))
	if err != nil {
		return nil, wrongAt(v, history.BadTime, "is not an RFC 3339 time with a zone")
	}
	return at, nil
}

func wrongAt(v *bound, reason history.RefusalReason, text string) *flaw {
	return bad(reason, v.source.spec.String()+" "+text)
}

// errOfVariable is what CEL is told of a variable that is wrong; which one is in the activation.
var errOfVariable = types.NewErr("a variable is not of its type")

// isNullSuffix is behind the name of a variable where a condition asks whether it is null. The
// question needs no type: who asks it often does not know the type.
const isNullSuffix = "@null"

// askForNull puts such names in place of comparisons with null.
func askForNull(e ast.Expr, variables map[string]*bound) (err error) {
	factory := ast.NewExprFactory()
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.ComprehensionKind {
			for _, name := range []string{e.AsComprehension().IterVar(), e.AsComprehension().IterVar2()} {
				if variables[name] != nil {
					err = fmt.Errorf("%s is a variable of the mapping: name the elements of the list otherwise", name)
				}
			}
		}
		if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.Equals && e.AsCall().FunctionName() != operators.NotEquals {
			return
		}
		of, null := e.AsCall().Args()[0], e.AsCall().Args()[1]
		if of.Kind() != ast.IdentKind {
			of, null = null, of
		}
		if of.Kind() != ast.IdentKind || null.Kind() != ast.LiteralKind || null.AsLiteral() != types.NullValue {
			return
		}
		if v := variables[of.AsIdent()]; v == nil || v.texts != nil {
			return
		}
		asked := factory.NewIdent(of.ID(), of.AsIdent()+isNullSuffix)
		if e.AsCall().FunctionName() == operators.NotEquals {
			asked = factory.NewCall(e.ID(), operators.LogicalNot, asked)
		}
		e.SetKindCase(asked)
	}))
	return err
}
