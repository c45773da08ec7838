package receivers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/classes"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/change"
)

// typesOf is a file with the types of a language, in a folder of its own.
func typesOf(t *testing.T, language classes.Language) (path string) {
	t.Helper()
	text, err := classes.Print(language)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), classes.Languages[language])
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantWrittenAgain compares changes that were read as types, and written again, with those that
// were published, field by field: what is added later is passed over.
func wantWrittenAgain(t *testing.T, lines [][]byte, again []byte) {
	t.Helper()
	all := decoded[[]json.RawMessage](t, again)
	if len(all) != len(lines) {
		t.Fatalf("%d of %d changes are written again", len(all), len(lines))
	}
	for i, line := range lines {
		want, got := leaves(t, line), leaves(t, all[i])
		for f := range change.Fields() {
			if w, g := comparable(f, want[f.FlatName()]), comparable(f, got[f.FlatName()]); w != g {
				t.Fatalf("%s is %s, want %s\n%s\n%s", f.Path, g, w, all[i], line)
			}
			delete(got, f.FlatName())
		}
		if len(got) > 0 {
			t.Fatalf("%v is no field", got)
		}
	}
}

// comparable is a value in one writing: amounts may have become numbers, times have other zones' names.
func comparable(f *change.Field, value any) string {
	text, is := value.(string)
	switch {
	case is && f.Type == change.Time:
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return at.UTC().Format(time.RFC3339Nano)
		}
	case value != nil && f.Type == change.Money:
		if !is {
			text = fmt.Sprintf("%.2f", value)
		}
		return text
	}
	return fmt.Sprint(value)
}

func TestPrintedJavaReadsChanges(t *testing.T) {
	t.Parallel()
	receivers, lines := testbed.FindReceivers(t), acceptable(t)
	run := receivers.Compile(t, "Classes", typesOf(t, classes.Java), program(t, "Classes.java"))
	wantWrittenAgain(t, lines, receivers.Run(t, run[0], append(run[1:], written(t, lines))...))
}

func TestPrintedPythonReadsChanges(t *testing.T) {
	t.Parallel()
	receivers, lines := testbed.FindReceivers(t), acceptable(t)
	wantWrittenAgain(t, lines, receivers.Run(t, "python", "-I", program(t, "classes.py"), typesOf(t, classes.Python), written(t, lines)))
}

// The compiler holds what is published against the interfaces: a field more or less, or of another
// type, is an error.
func TestPrintedTypeScriptFitsChanges(t *testing.T) {
	t.Parallel()
	receivers := testbed.FindReceivers(t)
	types := typesOf(t, classes.TypeScript)
	compile := func(lines [][]byte) error {
		var b strings.Builder
		b.WriteString("import type { ClvChanged } from \"./clv_changed\";\nexport const all: ClvChanged[] = [\n")
		for _, line := range lines {
			b.Write(line)
			b.WriteString(",\n")
		}
		b.WriteString("];\n")
		source := filepath.Join(filepath.Dir(types), "fits.ts")
		if err := os.WriteFile(source, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return receivers.Try(t, "tsc", "--strict", "--noEmit", "--target", "es2022", "--module", "commonjs", source)
	}
	var lines [][]byte
	for _, line := range acceptable(t) {
		if !bytes.Contains(line, []byte(`"added"`)) {
			lines = append(lines, line)
		}
	}
	if err := compile(lines); err != nil {
		t.Error(err)
	}
	for _, broken := range append(refusable(t), changed(t, lines[0], `{"customer_id"`, `{"added":1,"customer_id"`)) {
		if !bytes.Contains(broken, []byte(`"p_alive":"high"`)) && !bytes.Contains(broken, []byte(`"added"`)) {
			continue // each compilation takes a second
		}
		if compile([][]byte{broken}) == nil {
			t.Errorf("the compiler takes %s", broken)
		}
	}
}

func TestPrintedGoReadsChanges(t *testing.T) {
	t.Parallel()
	lines := acceptable(t)
	types := typesOf(t, classes.Go)
	dir := filepath.Dir(types)
	for name, text := range map[string]string{
		"go.mod": "module read\n\ngo 1.26.0\n",
		"read/main.go": `package main

import (
	"encoding/json"
	"os"

	clvchanged "read"
)

func main() {
	var all []clvchanged.ClvChanged
	for d := json.NewDecoder(os.Stdin); d.More(); {
		var c clvchanged.ClvChanged
		if err := d.Decode(&c); err != nil {
			panic(err)
		}
		all = append(all, c)
	}
	if err := json.NewEncoder(os.Stdout).Encode(all); err != nil {
		panic(err)
	}
}
`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := exec.CommandContext(t.Context(), "go", "run", "./read")
	run.Dir, run.Stdin = dir, bytes.NewReader(bytes.Join(lines, []byte("\n")))
	var complaint bytes.Buffer
	run.Stderr = &complaint
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, complaint.Bytes())
	}
	wantWrittenAgain(t, lines, out)
}
