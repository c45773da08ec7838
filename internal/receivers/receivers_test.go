package receivers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/change"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// schemaPath is the published schema of a change.
const schemaPath = "../../stream/schema/clv.changed.json"

// absolute is where a file is for a program that runs elsewhere.
func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// program is a file of testdata.
func program(t *testing.T, name string) string {
	t.Helper()
	return absolute(t, filepath.Join("testdata", name))
}

func dollars(t *testing.T) change.Renderer {
	t.Helper()
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	return change.NewRenderer(usd)
}

// rendered are changes as published.
func rendered(t *testing.T, changes ...*clv.Change) [][]byte {
	t.Helper()
	r := dollars(t)
	var lines [][]byte
	for _, c := range changes {
		lines = append(lines, r.Append(nil, c))
	}
	return lines
}

// written is a file of lines.
func written(t *testing.T, lines [][]byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "changes.jsonl")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	buffered := bufio.NewWriter(file)
	for _, line := range lines {
		buffered.Write(line)
		buffered.WriteByte('\n')
	}
	if err := buffered.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// decoded is what a program says.
func decoded[T any](t *testing.T, said []byte) T {
	t.Helper()
	var v T
	decoder := json.NewDecoder(bytes.NewReader(said))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("decode what the program says: %v\n%s", err, said)
	}
	return v
}
