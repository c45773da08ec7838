package receivers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/internal/testbed"
)

// parsed is what a program has of a change, by the generated types.
type parsed struct {
	CustomerID        string         `json:"customer_id"`
	Version           uint64         `json:"version"`
	Reason            string         `json:"reason"`
	CauseType         string         `json:"cause_type"`
	AsOfMillis        int64          `json:"as_of_millis"`
	Current           string         `json:"current"`
	PAlive            *float64       `json:"p_alive"`
	DaysBetweenOrders *float64       `json:"days_between_orders"`
	SilenceDays       *int           `json:"silence_days"`
	Added             map[string]any `json:"added"` // a field that the schema does not have
	AddedToCause      map[string]any `json:"added_to_cause"`

	Refused string `json:"refused"` // why it is no change
}

// published is what a change says, read without any types.
func published(t *testing.T, line []byte) parsed {
	t.Helper()
	var c struct {
		parsed
		AsOf  time.Time `json:"as_of"`
		Cause struct {
			Type  string         `json:"type"`
			Added map[string]any `json:"added"`
		} `json:"cause"`
		CLV struct {
			Current string `json:"current"`
		} `json:"clv"`
		Stage struct {
			SilenceDays *int `json:"silence_days"`
		} `json:"stage"`
	}
	if err := json.Unmarshal(line, &c); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	p := c.parsed
	p.CauseType, p.AddedToCause, p.AsOfMillis = c.Cause.Type, c.Cause.Added, c.AsOf.UnixMilli()
	p.Current, p.SilenceDays = c.CLV.Current, c.Stage.SilenceDays
	return p
}

// changed is a line with something in it changed, wherever it is.
func changed(t *testing.T, line []byte, from, to string) []byte {
	t.Helper()
	other := bytes.ReplaceAll(line, []byte(from), []byte(to))
	if bytes.Equal(other, line) {
		t.Fatalf("%s is not in %s", from, line)
	}
	return other
}

// acceptable are changes as published, and as later versions may publish them.
func acceptable(t *testing.T) [][]byte {
	t.Helper()
	unknown := changetest.Sample()
	unknown.Current.AliveKnown = false
	lines := rendered(t, changetest.Sample(), changetest.Dormant(), full(1), last(), acquired(2), unknown)
	for _, line := range lines[:3] {
		more := changed(t, line, `{`, `{"added":{"later":1.5},`)
		lines = append(lines, more, changed(t, more, `"reason":"`, `"reason":"un`), changed(t, more, `"type":"`, `"type":"un`))
	}
	random := rand.New(rand.NewPCG(16, 0))
	for range 300 {
		c := changetest.Any(random)
		c.Version++                                               // from 1
		c.Current.AsOfMicros = c.Current.AsOfMicros / 1000 * 1000 // JavaScript's instants are in milliseconds
		lines = append(lines, rendered(t, c)...)
	}
	return lines
}

// refusable are no changes, so that a parser that looks at nothing is noticed.
func refusable(t *testing.T) [][]byte {
	t.Helper()
	line := rendered(t, changetest.Sample())[0]
	return [][]byte{
		changed(t, line, `"p_alive":0.875`, `"p_alive":"high"`),
		changed(t, line, `"version":3`, `"version":null`),
		changed(t, line, `"status":"active"`, `"status":"idle"`),
		changed(t, line, `"currency":"USD",`, ``),
	}
}

// wantParsed checks what a program says of what is acceptable, and then of what is not.
func wantParsed(t *testing.T, parse func(lines [][]byte) []byte) {
	t.Helper()
	lines, broken := acceptable(t), refusable(t)
	all := decoded[[]parsed](t, parse(append(lines, broken...)))
	if len(all) != len(lines)+len(broken) {
		t.Fatalf("%d of %d lines are parsed", len(all), len(lines)+len(broken))
	}
	for i, line := range lines {
		if want := published(t, line); !reflect.DeepEqual(all[i], want) {
			t.Fatalf("parsed is %s\npublished %s\n%s", shown(all[i]), shown(want), line)
		}
	}
	for i, line := range broken {
		if all[len(lines)+i].Refused == "" {
			t.Errorf("accepted: %s", line)
		}
	}
}

func shown(p parsed) string {
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Sprint(p)
	}
	return string(text)
}

func TestTypesByDatamodelCodeGenerator(t *testing.T) {
	t.Parallel()
	receivers := testbed.FindReceivers(t)
	types := filepath.Join(t.TempDir(), "types_of_changes.py")
	receivers.Run(t, "datamodel-codegen", "--input", absolute(t, schemaPath), "--input-file-type", "jsonschema",
		"--output-model-type", "pydantic_v2.BaseModel", "--formatters", "builtin", "--output", types)
	wantParsed(t, func(lines [][]byte) []byte {
		return receivers.Run(t, "python", "-I", program(t, "parse.py"), types, written(t, lines))
	})
}

func TestTypesByQuicktype(t *testing.T) {
	t.Parallel()
	receivers := testbed.FindReceivers(t)
	dir := t.TempDir()
	user, err := os.ReadFile(program(t, "parse.ts"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "parse.ts"), user, 0o600); err != nil {
		t.Fatal(err)
	}
	receivers.Run(t, "quicktype", "--src-lang", "schema", "--lang", "typescript", "--top-level", "Change",
		"--out", filepath.Join(dir, "Change.ts"), absolute(t, schemaPath))
	receivers.Run(t, "tsc", "--strict", "--target", "es2022", "--module", "commonjs", filepath.Join(dir, "parse.ts"))
	wantParsed(t, func(lines [][]byte) []byte {
		return receivers.Run(t, "node", program(t, "parse.cjs"), filepath.Join(dir, "parse.js"), written(t, lines))
	})
}
