package mapping

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/stream/event"
)

// drawnVariables are of each type that truth knows, and two of a type that it leaves to CEL.
const drawnVariables = `
  a: value.a
  b: value.b
  id: {path: value.id, type: id}
  n: {path: value.n, type: integer}
  m: {path: [value.m, value.n], type: integer, nulls: ["0"]}
  yes: {path: value.yes, type: boolean}
  list: {const: [x, "1", ""]}
  none: {const: []}
`

// drawCondition draws a condition of comparisons, as truth takes them.
func drawCondition(r *rand.Rand, depth int) string {
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	constants := map[string][]string{
		"a": {`"x"`, `"1"`, `""`, `"true"`, "null"}, "b": {`"x"`, "null"}, "id": {`"1"`, `"x"`, `"-7"`, "null"},
		"n": {"0", "1", "-7", "9223372036854775807", "null"}, "m": {"0", "1", "null"}, "yes": {"true", "false", "null"},
	}
	if depth > 0 && r.IntN(3) > 0 {
		left, right := drawCondition(r, depth-1), drawCondition(r, depth-1)
		return pick("("+left+") && ("+right+")", "("+left+") || ("+right+")", "!("+left+")")
	}
	name := pick("a", "b", "id", "n", "m", "yes")
	constant := func() string { return pick(constants[name]...) }
	switch r.IntN(8) {
	case 0:
		return "yes"
	case 1:
		return pick("a", "b") + pick(" in list", " in none")
	case 2: // a list whose elements are of several types
		return fmt.Sprintf(`%s in [%s, %s, %s]`, name, constant(), pick(`"1"`, "1", "true", "null"), constant())
	case 3:
		return constant() + " == " + name
	case 4:
		return name + " in []"
	case 5:
		return name + pick(" == ", " != ") + "null"
	}
	return name + pick(" == ", " != ") + constant()
}

// drawValue draws a value in which variables are absent, null, of their type or of another.
func drawValue(r *rand.Rand) string {
	values := []string{`null`, `"x"`, `"1"`, `1`, `0`, `-7`, `"0"`, `""`, `true`, `"true"`, `"false"`, `false`, `1.5`, `1e0`, `{}`, `[]`, `["x"]`,
		`9223372036854775807`, `9223372036854775808`, `"\u0078"`}
	var members []string
	for _, name := range []string{"a", "b", "id", "n", "m", "yes"} {
		if r.IntN(5) > 0 {
			members = append(members, fmt.Sprintf("%q:%s", name, values[r.IntN(len(values))]))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// A condition that only compares is answered without CEL, and as CEL answers: what is an error
// there is a refusal here.
func TestConditionsAnswerAsCEL(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 14))
	fast, holding, refusals := 0, 0, 0
	for range 400 {
		text := drawCondition(r, 3)
		m, err := Parse("m.yaml", []byte("records: {topics: [t]}\nvariables:"+drawnVariables+"rules:\n  - when: '"+text+"'\n    skip: x\n"))
		if err != nil {
			if strings.Contains(err.Error(), "no matching overload") { // a list of several types
				continue
			}
			t.Fatal(text, err)
		}
		x := m.rules[0].when
		if x.truth == nil {
			t.Errorf("%s goes to CEL", text)
			continue
		}
		byCEL := *x
		byCEL.truth = nil
		for range 60 {
			value := drawValue(r)
			var e evaluation
			if wrong := e.begin(m, "t", 0, &event.Record{}, []byte(value)); wrong != nil {
				t.Fatal(value, wrong)
			}
			got, wrong := x.holds(&e)
			want, wrongCEL := byCEL.holds(&e)
			if got && wrong == nil {
				holding++
			}
			if wrong != nil {
				refusals++
			}
			if fast++; (wrong == nil) != (wrongCEL == nil) || wrong == nil && got != want {
				t.Fatalf("%s of %s is %v, %+v; CEL says %v, %+v", text, value, got, wrong, want, wrongCEL)
			}
		}
	}
	if fast < 15_000 || holding < 2000 || refusals < 2000 {
		t.Errorf("%d compared, %d held, %d were refused: they say little", fast, holding, refusals)
	}
}

// What CEL does and truth does not: a side that does not decide may be wrong, a variable may be
// named from the outermost scope, and what a condition costs is bounded.
func TestConditionsOfCEL(t *testing.T) {
	const head = "records: {topics: [t]}\nvariables: {a: value.a, b: value.b, n: {path: value.n, type: integer}, word: value.word, all: {const: [x, y]}}\nrules:\n  - when: >-\n      "
	for _, c := range []struct{ when, value, want string }{
		{`a.startsWith("x") || n == 1`, `{"a":7,"n":1}`, "holds"},
		{`n == 1 || a.startsWith("x")`, `{"a":7,"n":1}`, "holds"},
		{`a.startsWith("x") || n == 1`, `{"a":7,"n":2}`, "bad_field"},
		{`a.startsWith("x") && n == 1`, `{"a":"x","n":"one"}`, "bad_field"},
		{`a == null || a.startsWith("x")`, `{}`, "holds"},
		{`a != null && n + 1 > 2`, `{"a":{},"n":2}`, "holds"}, // whatever a is, it is there
		{`.a == "x"`, `{"a":"x"}`, "holds"},
		{`.n > 1`, `{"n":2}`, "holds"},
		{`["x", "y"].exists(e, e == a)`, `{"a":"y"}`, "holds"},
		{`all.exists(e, e == a)`, `{"a":"y"}`, "holds"},
		{`a + b == "xy"`, `{"a":"x","b":"y"}`, "holds"},
		{`a.matches("^x+$")`, `{"a":"xx"}`, "holds"},
		{`["x"].exists(a, a == "x")`, `{}`, "a is a variable of the mapping"},
		{`a.matches(b)`, `{}`, "may cost more than"},
		{`[1,2,3,4,5,6,7,8,9].all(i, [1,2,3,4,5,6,7,8,9].all(j, [1,2,3,4,5,6,7,8,9].all(k, i * j * k < n)))`, `{}`, "may cost more than"},
		{`n > 1 ? a == "x" : b == "x"`, `{"n":2,"a":"x"}`, "holds"},
	} {
		m, err := Parse("m.yaml", []byte(head+c.when+"\n    skip: holds\n"))
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %s", c.when, err, c.want)
			}
			continue
		}
		got := must[Decoded](t)(NewDecoder(rules(t), []*Mapping{m}).Decode(t.Context(), "t", 0, &event.Record{Value: []byte(c.value)}))
		text := fmt.Sprint(got.LeftOut)
		if len(got.Outcomes) > 0 {
			text = got.Outcomes[0].Refused.Error()
		}
		if !strings.Contains(text, c.want) {
			t.Errorf("%s of %s: %s, want %s", c.when, c.value, text, c.want)
		}
	}
}
