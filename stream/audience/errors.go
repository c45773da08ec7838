package audience

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/clvstream/clvstream/stream/change"
)

// explainFilter says what is wrong with a filter, and where. parsed is nil when
// it does not even parse.
func explainFilter(issues *cel.Issues, parsed *cel.Ast) error {
	var wrong []string
	for _, issue := range issues.Errors() {
		text := place(issue.Location) + issue.Message + insteadOf(issue.Message)
		if parsed != nil {
			text += allowedAt(parsed.NativeRep().Expr(), issue.ExprID)
		}
		wrong = append(wrong, text)
	}
	return errors.New(strings.Join(wrong, "; "))
}

// place spells a place in a filter, counted from 1 as editors do.
func place(at common.Location) string {
	return fmt.Sprintf("line %d, column %d: ", at.Line(), max(0, at.Column())+1)
}

// insteadOf says what to write instead of what the library only refuses.
func insteadOf(message string) string {
	switch {
	case strings.Contains(message, "has() macro"):
		return "; has takes a field of an object, such as has(stage.current): compare other fields with null"
	case strings.Contains(message, "no matching overload"):
		return "; both sides must be of one type: 2.0 for money and other decimals, 2 for counts, \"2\" for text"
	default:
		return ""
	}
}

// allowedAt lists the names that may stand where a filter names something: the
// variables, or the fields of an object.
func allowedAt(root ast.Expr, id int64) string {
	allowed := ""
	ast.PostOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		switch {
		case e.ID() != id:
		case e.Kind() == ast.IdentKind:
			allowed = "; there are " + strings.Join(namesOf(variables), ", ")
		case e.Kind() == ast.SelectKind && e.AsSelect().Operand().Kind() == ast.IdentKind:
			object := e.AsSelect().Operand().AsIdent()
			if v := variables[object]; v != nil && v.field == nil {
				allowed = "; " + object + " has " + strings.Join(namesOf(v.fields), ", ")
			}
		}
	}))
	return allowed
}

// checkWords refuses a comparison with a word that its field never is: it would
// never hold, or always, without a word of warning.
func checkWords(checked *ast.AST) error {
	var wrong error
	ast.PostOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || wrong != nil {
			return
		}
		call := e.AsCall()
		if !slices.Contains([]string{operators.Equals, operators.NotEquals, operators.In}, call.FunctionName()) {
			return
		}
		left, right := call.Args()[0], call.Args()[1]
		wrong = errors.Join(checkWord(checked, left, right), checkWord(checked, right, left))
	}))
	return wrong
}

// checkWord holds the literals of one side to the words of a field on the other.
func checkWord(checked *ast.AST, field, literal ast.Expr) error {
	name, words := wordsOf(field)
	if words == nil {
		return nil
	}
	literals := []ast.Expr{literal}
	if literal.Kind() == ast.ListKind {
		literals = literal.AsList().Elements()
	}
	for _, l := range literals {
		if l.Kind() != ast.LiteralKind {
			continue
		}
		if word, ok := l.AsLiteral().Value().(string); ok && !slices.Contains(words, word) {
			return fmt.Errorf("%s%s is never %q; it is one of %s", place(checked.SourceInfo().GetStartLocation(l.ID())), name, word, strings.Join(words, ", "))
		}
	}
	return nil
}

// wordsOf are the words that a field may be; nil where they are not known.
func wordsOf(e ast.Expr) (name string, words []string) {
	switch {
	case e.Kind() == ast.IdentKind:
		name = e.AsIdent()
	case e.Kind() == ast.SelectKind && e.AsSelect().Operand().Kind() == ast.IdentKind:
		name = e.AsSelect().Operand().AsIdent() + "." + e.AsSelect().FieldName()
	}
	if f := change.Lookup(name); f != nil {
		for _, w := range f.Words {
			words = append(words, w.Name)
		}
	}
	return name, words
}
