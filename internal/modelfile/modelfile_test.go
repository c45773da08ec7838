package modelfile

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

const example = `model: mbgnbd
time_unit: week
parameters: {r: 0.525, alpha: 6.183, a: 0.891, b: 1.614}
spend:
  parameters: {p: 6.25, q: 3.74, gamma: 15.44}
horizon_days: 365
annual_discount: 0.1
margin_ratio: 0.3
currency: USD
`

var usd = currency("USD")

func currency(code string) money.Currency {
	c, err := money.ParseCurrency(code)
	if err != nil {
		panic(err)
	}
	return c
}

func TestExamplesAreCurrentAndMakeModels(t *testing.T) {
	for _, name := range []string{"cdnow-bgnbd", "cdnow-mbgnbd"} {
		path := filepath.Join("..", "..", "docs", "examples", name+".yaml")
		file, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		model, err := Build(Spec{File: path}, usd)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimPrefix(name, "cdnow-"); model.Name() != want || model.Version() != file.Version() {
			t.Errorf("%s makes %s %s, want %s %s", path, model.Name(), model.Version(), want, file.Version())
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), file.Version()) {
			t.Errorf("%s does not state its version, %s", path, file.Version())
		}
	}
}

// The model file that the documentation shows is one.
func TestDocumentedModelFile(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "models.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	text, _, _ := strings.Cut(rest, "```")
	if _, err := Parse([]byte(text)); err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
}

func TestEncodeThenParseIsTheSame(t *testing.T) {
	file, err := Load(filepath.Join("..", "..", "docs", "examples", "cdnow-bgnbd.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	file.Warnings = []string{"few_repeaters", "spend_correlated"}
	text, err := file.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if !reflect.DeepEqual(file, again) {
		t.Errorf("got %+v, want %+v", again, file)
	}
}

// One file of every kind, each with its own parameters.
func TestEveryKindIsReadAndBuilt(t *testing.T) {
	const purchases = "{r: 0.525, alpha: 6.183, a: 0.891, b: 1.614}"
	const spend = "spend:\n  parameters: {p: 6.25, q: 3.74, gamma: 15.44}\n"
	contract := strings.Replace(strings.Replace(example, spend, "period_units: 52\n", 1), purchases, "{alpha: 0.668, beta: 3.806}", 1)
	for name, text := range map[string]string{
		"bgnbd":     strings.Replace(example, "mbgnbd", "bgnbd", 1),
		"mbgnbd":    example,
		"paretonbd": strings.Replace(strings.Replace(example, "mbgnbd", "paretonbd", 1), purchases, "{r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669}", 1),
		"nbd":       strings.Replace(strings.Replace(example, "mbgnbd", "nbd", 1), purchases, "{r: 0.385, alpha: 12.07}", 1),
		"bgbb":      strings.Replace(strings.Replace(example, "mbgnbd", "bgbb\nperiod_units: 52", 1), purchases, "{alpha: 1.204, beta: 0.75, gamma: 0.657, delta: 2.783}", 1),
		"sbg":       strings.Replace(contract, "mbgnbd", "sbg", 1),
	} {
		file, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		model, err := file.Build()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		encoded, err := file.Encode()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := Parse(encoded)
		if err != nil || again.Version() != model.Version() || model.Name() != name {
			t.Errorf("%s: is %s %s, written and read again %v, %v", name, model.Name(), model.Version(), again, err)
		}
	}
}

func TestVersionChangesWithWhateverChangesValues(t *testing.T) {
	versions := make(map[string]string)
	for name, change := range map[string][2]string{
		"nothing":    {"", ""},
		"model":      {"mbgnbd", "bgnbd"},
		"unit":       {"week", "day"},
		"purchases":  {"0.525", "0.526"},
		"spend":      {"6.25", "6.26"},
		"horizon":    {"365", "366"},
		"discount":   {"discount: 0.1", "discount: 0.11"},
		"margin":     {"0.3\n", "0.31\n"},
		"own margin": {"margin_ratio: 0.3\n", ""},
		"currency":   {"USD", "EUR"},
	} {
		file, err := Parse([]byte(strings.Replace(example, change[0], change[1], 1)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if other, taken := versions[file.Version()]; taken {
			t.Errorf("%s and %s have the same version", name, other)
		}
		versions[file.Version()] = name
	}
	described, err := Parse([]byte(example + "warnings: [ridge]\nfitted_on: {customers: 2, repeaters: 1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if versions[described.Version()] != "nothing" {
		t.Error("provenance and warnings changed the version")
	}
}

// Every refusal names the line and what would be allowed.
func TestRefusals(t *testing.T) {
	for name, row := range map[string]struct {
		old, new string
		line     int
		says     string
	}{
		"unknown key":      {"currency", "curency", 9, "allowed are"},
		"unknown nested":   {"gamma", "gama", 5, "allowed are p, q, gamma"},
		"twice":            {"currency: USD", "currency: USD\ncurrency: USD", 10, "first in line 9"},
		"missing":          {"currency: USD", "", 1, "has no currency"},
		"model":            {"mbgnbd", "lifetimes", 1, "bgnbd, mbgnbd"},
		"no spend":         {"spend:\n  parameters: {p: 6.25, q: 3.74, gamma: 15.44}\n", "", 1, "no spend"},
		"no period":        {"mbgnbd", "bgbb", 3, "allowed are alpha, beta, gamma, delta"},
		"period":           {"currency", "period_units: 1\ncurrency", 9, "does not use period_units"},
		"other parameters": {"mbgnbd", "paretonbd", 3, "allowed are r, alpha, s, beta"},
		"unit":             {"week", "fortnight", 2, "day, week, month"},
		"negative":         {"r: 0.525", "r: -1", 3, "1e-9 to 1e9"},
		"NaN":              {"0.525", ".nan", 3, "1e-9 to 1e9"},
		"infinite":         {"0.525", "inf", 3, "1e-9 to 1e9"},
		"overflow":         {"0.525", "1e400", 3, "1e-9 to 1e9"},
		"text":             {"0.525", "half", 3, "1e-9 to 1e9"},
		"q":                {"q: 3.74", "q: 1", 5, "above 1"},
		"horizon":          {"365", "0", 6, "36525"},
		"percent":          {"0.1\n", "10 %\n", 7, "0.10 is 10 % a year"},
		"mark-up":          {"0.3\n", "1.5\n", 8, "not a mark-up"},
		"currency":         {"USD", "XXXX", 9, "ISO 4217"},
		"null":             {"USD", "~", 9, "single value"},
		"list":             {"365", "[365]", 6, "single value"},
		"tag":              {"365", "!!int 365", 6, "single value"},
		"alias":            {"{r: 0.525, alpha: 6.183, a: 0.891, b: 1.614}\nspend:\n  parameters: {p: 6.25, q: 3.74, gamma: 15.44}", "&x {r: 0.525, alpha: 6.183, a: 0.891, b: 1.614}\nspend: *x", 4, "must be a mapping"},
		"version":          {"model:", "version: \"000000000000\"\nmodel:", 1, "remove the line"},
		"warning":          {"currency: USD", "currency: USD\nwarnings: [odd]", 10, "ridge"},
		"warnings":         {"currency: USD", "currency: USD\nwarnings: ridge", 10, "list"},
		"date":             {"currency: USD", "currency: USD\nfitted_on: {from: 30.9.1997}", 10, "1997-09-30"},
		"dates":            {"currency: USD", "currency: USD\nfitted_on:\n  from: 1997-09-30\n  until: 1997-01-01", 12, "before"},
		"repeaters":        {"currency: USD", "currency: USD\nfitted_on: {customers: 1, repeaters: 2}", 10, "at most customers"},
		"customers":        {"currency: USD", "currency: USD\nfitted_on: {customers: -1}", 10, "0 or more"},
		"standard error":   {"spend:", "standard_errors: {r: -1, alpha: 1, a: 1, b: 1}\nspend:", 4, "0 or more"},
		"no mapping":       {example, "- model", 1, "mapping"},
		"empty":            {example, "", 1, "empty"},
		"comment only":     {example, "# nothing\n", 1, "empty"},
		"scalar":           {example, "model", 1, "mapping"},
		"spend not a map":  {"spend:\n  parameters: {p: 6.25, q: 3.74, gamma: 15.44}", "spend: gammagamma", 4, "mapping"},
		"complex key":      {"currency", "? [a]\n: b\ncurrency", 9, "unknown key"},
		"null in mapping":  {"r: 0.525", "r: ", 3, "single value"},
		"missing in nest":  {"r: 0.525, ", "", 3, "has no r"},
		"huge key is clip": {"currency", strings.Repeat("c", 500), 9, "…"},
	} {
		_, err := Parse([]byte(strings.Replace(example, row.old, row.new, 1)))
		var lineError *LineError
		if !errors.As(err, &lineError) {
			t.Errorf("%s: error is %v, want one with a line", name, err)
			continue
		}
		if lineError.Line != row.line || !strings.Contains(lineError.Text, row.says) {
			t.Errorf("%s: %v; want line %d and %q", name, err, row.line, row.says)
		}
	}
}

func TestRefusesWhatIsNotOneDocument(t *testing.T) {
	for name, text := range map[string]string{
		"second document": example + "---\nmodel: bgnbd\n",
		"broken":          "model: [",
		"too long":        example + strings.Repeat("#", maxBytes),
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestBuild(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.yaml")
	if err := os.WriteFile(path, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		spec       Spec
		currency   money.Currency
		model      string
		version    string
		complaints string
	}{
		"default":      {spec: Spec{}, model: "simple", version: "lifespan_years=3"},
		"simple":       {spec: Spec{Name: "simple", Values: model.Values{"lifespan_years": 2}}, model: "simple", version: "lifespan_years=2"},
		"historic":     {spec: Spec{Name: "historic"}, model: "historic", version: "1"},
		"margin churn": {spec: Spec{Name: "margin_churn", Values: model.Values{"monthly_churn": .06}}, model: "margin_churn", version: "monthly_churn=0.06"},
		"retention": {spec: Spec{Name: "retention_dcf", Values: model.Values{"retention": .8, "discount_annual": .1}}, currency: usd,
			model: "retention_dcf", version: "retention=0.8,annual_discount=0.1,years=0,retention_cost=0"},
		"no retention":  {spec: Spec{Name: "retention_dcf", Values: model.Values{"retention": 2}}, currency: usd, complaints: "0 to 1"},
		"no churn":      {spec: Spec{Name: "margin_churn"}, complaints: "monthly churn"},
		"long life":     {spec: Spec{Values: model.Values{"lifespan_years": 101}}, complaints: "at most 100"},
		"unknown":       {spec: Spec{Name: "bgnbd"}, complaints: "simple, margin_churn, retention_dcf, historic"},
		"both":          {spec: Spec{Name: "simple", File: path}, complaints: "not both"},
		"no file":       {spec: Spec{File: path + "x"}, complaints: "read model file"},
		"other country": {spec: Spec{File: path}, currency: currency("EUR"), complaints: "fitted in USD"},
	} {
		model, err := Build(row.spec, row.currency)
		switch {
		case row.complaints != "" && (err == nil || !strings.Contains(err.Error(), row.complaints)):
			t.Errorf("%s: error is %v, want one about %q", name, err, row.complaints)
		case row.complaints == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case err == nil && (model.Name() != row.model || model.Version() != row.version):
			t.Errorf("%s: got %s %s, want %s %s", name, model.Name(), model.Version(), row.model, row.version)
		}
	}
}

// Whatever the text, Parse answers with a model that works or an error.
func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add("# nothing\n")
	f.Add("&a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse([]byte(text))
		if err != nil {
			return
		}
		encoded, err := file.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(encoded)
		if err != nil {
			t.Fatalf("%v in\n%s", err, encoded)
		}
		if again.Version() != file.Version() {
			t.Errorf("version %s became %s", file.Version(), again.Version())
		}
	})
}
