package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/model"
)

// Who needs to know something of a model asks its description: outside clv no code
// names one that is fitted, so that a new one is known everywhere.
func TestFittedModelsAreNamedInClvAlone(t *testing.T) {
	names := catalog.Names(model.KindPurchases, model.KindContract, model.KindSpend)
	for _, p := range listModule(t) {
		if p.layer() == "clv" {
			continue
		}
		for _, name := range p.GoFiles {
			file := filepath.Join(p.Dir, name)
			files := token.NewFileSet()
			parsed, err := parser.ParseFile(files, file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatalf("parse %s: %v", file, err)
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					if text, err := strconv.Unquote(literal.Value); err == nil && slices.Contains(names, text) {
						t.Errorf("%s names the model %s", files.Position(n.Pos()), text)
					}
				}
				return true
			})
		}
	}
}
