package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"
)

// What clv must not import itself; what it must not even bring along.
var (
	impureImports = []string{"context", "encoding/json", "io", "log", "net", "os", "syscall"}
	impureDeps    = append(slices.Concat(kafkaClients, redisClients),
		"go.opentelemetry.io", "log", "net", "os/exec")
	// clockReads are the functions of package time that look at the clock or wait for it.
	clockReads = []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"}
)

func clvPackages(t *testing.T) []pkg {
	t.Helper()
	packages := slices.DeleteFunc(listModule(t), func(p pkg) bool { return p.layer() != "clv" })
	if len(packages) == 0 {
		t.Fatal("found no package in clv: has it moved?")
	}
	return packages
}

func TestClvReachesNothingOutside(t *testing.T) {
	for _, p := range clvPackages(t) {
		for _, imported := range p.Imports {
			if within(imported, impureImports...) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
		for _, dep := range p.Deps {
			if within(dep, impureDeps...) {
				t.Errorf("%s brings %s along", p.ImportPath, dep)
			}
		}
	}
}

func TestClvHasNoClockGoroutineOrTag(t *testing.T) {
	for _, p := range clvPackages(t) {
		for _, name := range p.GoFiles {
			for _, found := range impurities(t, filepath.Join(p.Dir, name), nil) {
				t.Error(found)
			}
		}
	}
}

func TestImpuritiesAreSeen(t *testing.T) {
	const source = `package p
import "time"
type tagged struct { A int ` + "`json:\"a\"`" + ` }
func f() { go f(); _ = time.Now(); var t time.Time; _ = t }`
	if found := impurities(t, "p.go", source); len(found) != 3 {
		t.Errorf("found %q, want the tag, the goroutine and the clock", found)
	}
}

// impurities lists what a file does that a pure package must not. A nil source
// is read from the file.
func impurities(t *testing.T, file string, source any) (found []string) {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("parse %s: %v", file, err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if what := impurity(n); what != "" {
			found = append(found, files.Position(n.Pos()).String()+": "+what)
		}
		return true
	})
	return found
}

func impurity(n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "starts a goroutine"
	case *ast.Field:
		if n.Tag != nil {
			return "has the struct tag " + n.Tag.Value
		}
	case *ast.SelectorExpr:
		if of, ok := n.X.(*ast.Ident); ok && of.Name == "time" && slices.Contains(clockReads, n.Sel.Name) {
			return "reads the clock by time." + n.Sel.Name
		}
	}
	return ""
}
