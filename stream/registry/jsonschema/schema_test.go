package jsonschema

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func parse(t testing.TB, text string, references map[string]string) *Schema {
	t.Helper()
	all := map[string][]byte{}
	for name, r := range references {
		all[name] = []byte(r)
	}
	s, err := Parse([]byte(text), all)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every price with two decimals is a multiple of 0.01. By binary fractions 1363 of these are not.
func TestPricesAreMultiples(t *testing.T) {
	s := parse(t, `{"properties":{"total":{"type":"number","multipleOf":0.01}}}`, nil)
	for cents := 1; cents <= 10_000; cents++ {
		value := fmt.Sprintf(`{"total":%d.%02d}`, cents/100, cents%100)
		if got, err := s.AppendJSON(nil, []byte(value)); err != nil || string(got) != value {
			t.Fatalf("%s: %s, %v", value, got, err)
		}
	}
	for _, value := range []string{`{"total":0.001}`, `{"total":29.305}`, `{"total":1e-3}`, `{"total":0.07000000000000001}`} {
		if _, err := s.AppendJSON(nil, []byte(value)); err == nil {
			t.Errorf("%s is taken", value)
		}
	}
}

func TestValues(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "testdata", "registry-json", "schemas", "order.text.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := parse(t, string(text), nil)
	const right = `{"order_id":"o-1","customer_id":"c-42","total":"29.30","currency":"EUR","placed_at":"2026-03-14 09:26:53","status":"PLACED", "note":"a\u00fc"}`
	if got, err := s.AppendJSON([]byte("x"), []byte(right)); err != nil || string(got) != "x"+right {
		t.Errorf("%s, %v", got, err) // format is not checked, and bytes stay as they are
	}
	for change, place := range map[[2]string]string{
		{`"29.30"`, `"29.3"`}:                      "properties/total/pattern",
		{`"29.30"`, `29.30`}:                       "properties/total/type",
		{`"order_id":"o-1",`, ``}:                  "required",
		{`"PLACED"`, `"c-43"`}:                     "properties/status/enum",
		{`"c-42"`, `"c-42","c-42":1`}:              "", // a key that names a customer
		{`{"order_id"`, `{"total":"1","order_id"`}: "name twice",
		{`}`, `}}`}:                                "not JSON",
		{`}`, ``}:                                  "not JSON",
		{right, ``}:                                "not JSON",
		{right, "\xff"}:                            "not JSON",
		{`"o-1"`, `1e999999999`}:                   "beyond",
		{`"o-1"`, `1e-999999999`}:                  "beyond",
		{`"o-1"`, strings.Repeat("9", 10_000)}:     "beyond",
		{`"o-1"`, `1e99999999999999999999`}:        "beyond",
		{`"o-1"`, strings.Repeat("[", 100) + strings.Repeat("]", 100)}: "deep",
	} {
		wrong := strings.Replace(right, change[0], change[1], 1)
		_, err := s.AppendJSON(nil, []byte(wrong))
		if place == "" {
			if err != nil {
				t.Errorf("%s: %v", wrong, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), place) || strings.Contains(err.Error(), "c-4") {
			t.Errorf("%.200s: %v, want %s and nothing of the value", wrong, err, place)
		}
	}
}

func TestSchemas(t *testing.T) {
	money := `{"type":"string","pattern":"^[0-9]+$"}`
	for name, c := range map[string]struct {
		schema     string
		references map[string]string
	}{
		"by name":              {`{"properties":{"a":{"$ref":"money.json"}}}`, map[string]string{"money.json": money}},
		"by name and $id":      {`{"$id":"http://shop.example/order.json","properties":{"a":{"$ref":"money.json"}}}`, map[string]string{"money.json": money}},
		"by address":           {`{"properties":{"a":{"$ref":"http://shop.example/money.json"}}}`, map[string]string{"http://shop.example/money.json": money}},
		"by the other's $id":   {`{"properties":{"a":{"$ref":"http://shop.example/m.json"}}}`, map[string]string{"money": strings.Replace(money, "{", `{"$id":"http://shop.example/m.json",`, 1)}},
		"with draft 2020":      {`{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"a":` + money + `}}`, nil},
		"with a lookahead":     {`{"properties":{"a":{"type":"string","pattern":"^(?=x)"},"b":{}}}`, nil},
		"with what it defines": {`{"definitions":{"m":` + money + `},"properties":{"a":{"$ref":"#/definitions/m"}}}`, nil},
	} {
		s := parse(t, c.schema, c.references)
		if _, err := s.AppendJSON(nil, []byte(`{"a":"29"}`)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.AppendJSON(nil, []byte(`{"a":29}`)); err == nil {
			t.Errorf("%s: a number is taken", name)
		}
	}
	for _, wrong := range []string{
		``, `{`, `1`, `{"type":"nothing"}`, `{"multipleOf":0}`, `{"multipleOf":1e-999999999}`, `{"$ref":"other.json"}`, `{"$ref":"file:///etc/passwd"}`,
		`{"$ref":"http://127.0.0.1/x"}`, `{"$schema":"http://127.0.0.1/x"}`, `{"a":` + strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 101),
	} {
		if _, err := Parse([]byte(wrong), nil); err == nil {
			t.Errorf("%.100s is a schema", wrong)
		}
	}
}

func FuzzValue(f *testing.F) {
	s := parse(f, `{"properties":{"a":{"type":"number","multipleOf":0.01,"minimum":-5},"b":{"enum":[1,"x"]},"c":{"uniqueItems":true,"items":{"$ref":"#"}}},"additionalProperties":{"pattern":"^x"}}`, nil)
	f.Add([]byte(`{"a":29.3,"b":1.0,"c":[{},{"a":1}],"x":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := s.AppendJSON(nil, data); err == nil && string(got) != string(data) {
			t.Errorf("%s became %s", data, got)
		}
	})
}
