package check

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// root is the repository.
const root = "../.."

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// goFiles parses the Go files below a directory, tests left out.
func goFiles(t *testing.T, dir string) []*ast.File {
	t.Helper()
	var files []*ast.File
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		files = append(files, file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// text is the value of a string literal.
func text(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	value, err := strconv.Unquote(literal.Value)
	return value, err == nil
}

// toolWords are the words that the operator's tool is written with, its flags
// among them, and the names of its commands.
func toolWords(t *testing.T) (words, commands map[string]bool) {
	t.Helper()
	words, commands = make(map[string]bool), make(map[string]bool)
	for _, file := range goFiles(t, "cmd/clvstream") {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				word, _ := text(n)
				words[word] = true
			case *ast.KeyValueExpr:
				key, isName := n.Key.(*ast.Ident)
				if use, isText := text(n.Value); isName && isText && key.Name == "Use" {
					name, _, _ := strings.Cut(use, " ")
					commands[name] = true
				}
			}
			return true
		})
	}
	return words, commands
}

// named finds the files of ours that the document names.
var named = regexp.MustCompile("`((?:deploy/|docker-compose|\\.env|\\.dockerignore)[\\w./-]*)`")

func TestDeploymentNamesWhatIsThere(t *testing.T) {
	found := named.FindAllStringSubmatch(read(t, "docs/deployment.md"), -1)
	if len(found) < 8 {
		t.Errorf("finds only %d files in the document", len(found))
	}
	for _, match := range found {
		if _, err := os.Stat(filepath.Join(root, match[1])); err != nil {
			t.Errorf("docs/deployment.md names %s: %v", match[1], err)
		}
	}
}
