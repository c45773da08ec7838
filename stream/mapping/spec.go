package mapping

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"github.com/clvstream/clvstream/stream/event"
)

// typesOf are the types of fields: the first is what a path alone means.
var typesOf = map[event.Field][]string{
	event.FieldEventID: {"id"}, event.FieldCustomerID: {"id"}, event.FieldOrderID: {"id"}, event.FieldRefundID: {"id"},
	event.FieldOccurredAt: timeTypes, event.FieldUpdatedAt: timeTypes,
	event.FieldAmount: moneyTypes, event.FieldMargin: moneyTypes, event.FieldCost: moneyTypes,
	event.FieldCurrency: {"text"}, event.FieldChannel: {"text", "id"},
	event.FieldProbability: {"number"}, event.FieldVersion: {"integer"},
}

var (
	timeTypes  = []string{"rfc3339", "unix", "unix_ms", "unix_us", "unix_ns", "days", "wall_clock"}
	moneyTypes = []string{"decimal", "minor", "number_as_text", "base64_decimal"}
	// typesOfVariables are as in conditions; a time has any of its forms.
	typesOfVariables = append([]string{"text", "id", "integer", "boolean"}, timeTypes...)
)

// sourceKeys are the keys of a field's table.
var sourceKeys = []string{"path", "join", "const", "cel", "type", "default", "scale", "zone", "upper", "lower", "negate", "round_to", "map", "nulls", "format", "decimal_comma"}

// readSource reads what a field or a variable is: a path, some of which the first that has a
// value counts, or a table.
func readSource(n node, types []string) (*sourceSpec, error) {
	s := &sourceSpec{typeName: types[0], options: options{scale: -1, roundTo: -1}}
	if n.Kind == yaml.ScalarNode || n.Kind == yaml.SequenceNode {
		if err := s.readPaths(n); err != nil {
			return nil, err
		}
		return s, s.finish(n)
	}
	entries, err := n.table(sourceKeys...)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if err := s.set(e, types); err != nil {
			return nil, err
		}
	}
	if err := s.fits(entries); err != nil {
		return nil, err
	}
	return s, s.finish(n)
}

// keysOf are the types that a key of a field's table is for. Keys that stand in none, such as
// path, are for all.
var keysOf = map[string][]string{
	"scale": {"minor", "base64_decimal"}, "negate": moneyTypes, "round_to": moneyTypes,
	"format": {"wall_clock"}, "decimal_comma": {"decimal", "number_as_text"},
	"upper": {"id", "text"}, "lower": {"id", "text"}, "map": {"id", "text"},
}

// fits refuses keys that would do nothing: who writes one relies on it.
func (s *sourceSpec) fits(entries []entry) error {
	for _, e := range entries {
		if types := keysOf[e.name]; types != nil && !slices.Contains(types, s.typeName) {
			return e.fail("is for type %s, and this is of type %s", strings.Join(types, ", "), s.typeName)
		}
		switch {
		case s.paths != nil || slices.Contains([]string{"join", "const", "cel"}, e.name):
		case s.constant != nil:
			return e.fail("does nothing to a constant")
		case e.name != "default":
			return e.fail("is for a path; of join and cel there is default alone")
		}
	}
	return nil
}

func (s *sourceSpec) readPaths(n node) error {
	words, err := n.words()
	if err != nil {
		return err
	}
	for _, word := range words {
		p, err := parsePath(word)
		if err == nil && p.hasEach() {
			return n.fail("%s: [*] stands in for_each alone; here, name the element by item", word)
		}
		if err != nil {
			return n.wrong(err)
		}
		s.paths = append(s.paths, p)
	}
	return nil
}

func (s *sourceSpec) set(e entry, types []string) (err error) {
	o := &s.options
	switch e.name {
	case "path":
		err = s.readPaths(e.node)
	case "join":
		err = s.readJoin(e.node)
	case "const":
		s.constant, err = e.literal(types)
	case "cel":
		s.expression, err = e.word()
	case "default":
		s.fallback, err = e.literal(types)
	case "type":
		var at int
		at, err = e.choice(types)
		s.typeName = types[at]
	case "scale":
		err = s.readScale(e.node)
	case "round_to":
		o.roundTo, err = e.digits()
	case "zone":
		if o.zone, err = time.LoadLocation(e.Value); err != nil || e.Value == "" {
			err = e.fail("%q is no time zone such as Europe/Berlin", e.Value)
		}
	case "upper":
		o.upper, err = e.truth()
	case "lower":
		o.lower, err = e.truth()
	case "negate":
		o.negate, err = e.truth()
	case "map":
		o.translated, err = e.translations()
	case "nulls":
		o.nulls, err = e.words()
	case "format":
		o.layout, err = layoutOf(e.Value)
		err = e.wrong(err)
	case "decimal_comma":
		o.comma, err = e.truth()
	}
	return err
}

func (s *sourceSpec) readScale(n node) (err error) {
	if _, numeric := strconv.Atoi(n.Value); numeric == nil {
		s.options.scale, err = n.digits()
		return err
	}
	p, err := parsePath(n.Value)
	s.scalePath = &p
	return n.wrong(err)
}

// readJoin reads the parts of a text: a path, or in quotes within it the text between two.
func (s *sourceSpec) readJoin(n node) error {
	items, err := n.list()
	if err != nil {
		return err
	}
	for _, item := range items {
		word, err := item.word()
		if err != nil {
			return item.fail("want one path, or a text: a part of a join has no type and no second path")
		}
		if !isPath(word) {
			quoted, _ := jsontext.AppendQuote(nil, word)
			s.joined = append(s.joined, joinPart{text: string(quoted[1 : len(quoted)-1])})
			continue
		}
		p, err := parsePath(word)
		if err != nil {
			return item.wrong(err)
		}
		s.joined = append(s.joined, joinPart{path: &p})
	}
	return nil
}

// finish checks that the parts of a table go together.
func (s *sourceSpec) finish(n node) error {
	given := 0
	for _, is := range []bool{s.paths != nil, s.joined != nil, s.constant != nil, s.expression != ""} {
		if is {
			given++
		}
	}
	if given != 1 {
		return n.fail("want one of path, join, const and cel")
	}
	s.convert = conversions[s.typeName]
	o := &s.options
	switch {
	case o.upper && o.lower:
		return n.fail("upper and lower exclude each other")
	case s.typeName == "wall_clock" && o.zone == nil:
		return n.fail("type wall_clock needs the zone that the clock is in, such as zone: Europe/Berlin")
	case o.zone != nil && (s.typeName == "rfc3339" || !slices.Contains(timeTypes, s.typeName)):
		return n.fail("zone is for wall_clock and for counts of time, which have none of their own")
	}
	return nil
}

func (n node) digits() (int, error) {
	d, err := strconv.Atoi(n.Value)
	if err != nil || d < 0 || d > 18 {
		return 0, n.fail("want a number of digits from 0 to 18")
	}
	return d, nil
}

func (n node) truth() (bool, error) {
	switch n.Value {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, n.fail("want true or false")
}

// literal is a value of a field of such types, as JSON. Ids, texts and times are texts, however
// they look. An amount is a whole number of minor units, or a text.
func (n node) literal(types []string) ([]byte, error) {
	text, err := n.word()
	if err != nil {
		return nil, err
	}
	number, wrong := convertNumber(nil, found{bytes: []byte(text), plain: true}, nil)
	switch types[0] {
	case "number":
		if wrong != nil {
			return nil, n.fail("%q is no number", text)
		}
		return number, nil
	case "integer":
		if _, notWhole := wholeNumber(found{bytes: []byte(text), plain: true}); notWhole != nil || wrong != nil {
			return nil, n.fail("%q is no whole number", text)
		}
		return number, nil
	case "rfc3339":
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return nil, n.fail("%q is no RFC 3339 time with a zone, such as 2026-03-14T09:26:53Z", text)
		}
	case "decimal":
		switch {
		case wrong != nil:
			return nil, n.fail("%q is no amount: want a decimal in quotes, or a whole number of minor units", text)
		case n.Tag == "!!int":
			return number, nil
		}
	}
	return jsontext.AppendQuote(nil, text)
}

// translations are texts for texts; "*" is for all others, and "=" leaves a text as it is.
func (n node) translations() (map[string]string, error) {
	entries, err := n.table()
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, e := range entries {
		if all[e.name], err = e.word(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// celName is an identifier of CEL, and celReserved are those that it keeps for itself.
var (
	celName     = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	celReserved = []string{"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
		"namespace", "null", "package", "return", "true", "var", "void", "while"}
)

// readVariables reads the typed fields that expressions name.
func readVariables(n node, into map[string]*variable) error {
	entries, err := n.table()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if into[e.name] != nil { // the file's own stands before the preset's
			continue
		}
		if into[e.name], err = readVariable(e); err != nil {
			return err
		}
	}
	return nil
}

func readVariable(e entry) (*variable, error) {
	if !celName.MatchString(e.name) {
		return nil, e.fail("a variable's name has letters (a to z), digits and _ only, and begins with no digit")
	}
	if slices.Contains(celReserved, e.name) {
		return nil, e.fail("is a word of CEL: give the variable another name")
	}
	if e.Kind == yaml.MappingNode && len(e.Content) == 2 && e.Content[0].Value == "const" && follow(e.Content[1]).Kind == yaml.SequenceNode {
		texts, err := e.part(follow(e.Content[1]), e.at+".const").words()
		return &variable{name: e.name, kind: textList, texts: texts}, err
	}
	if e.Kind == yaml.SequenceNode && len(e.Content) > 0 && !isPath(follow(e.Content[0]).Value) {
		return nil, e.fail("a list of constants is {const: [%s, …]}; a list alone is one of paths", e.Content[0].Value)
	}
	spec, err := readSource(e.node, typesOfVariables)
	if err != nil {
		return nil, err
	}
	switch {
	case spec.paths == nil:
		return nil, e.fail("a variable is a path with a type, or a list of constants")
	case spec.fallback != nil || spec.options.translated != nil || spec.options.upper || spec.options.lower:
		return nil, e.fail("a variable is what the record says: change it where a field is filled")
	}
	kind := variableKinds[spec.typeName]
	if kind == nil {
		kind = variableKinds["time"]
	}
	return &variable{name: e.name, kind: kind, source: spec}, nil
}

// fieldsByName are the fields that a mapping may fill.
var fieldsByName = func() map[string]event.Field {
	all := map[string]event.Field{}
	for f := range typesOf {
		all[f.String()] = f
	}
	return all
}()

func fieldNames() []string { return slices.Sorted(maps.Keys(fieldsByName)) }
