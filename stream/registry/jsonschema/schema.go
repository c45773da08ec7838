package jsonschema

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

// Schema is a compiled schema. It is safe for concurrent use.
type Schema struct{ compiled *jsonschema.Schema }

// base is where a schema stands that has no $id, so that names of references are relative to it.
const base = "registry:///"

// Parse compiles a schema with the schemas that it refers to, by the name in the reference.
// Nothing is fetched.
func Parse(text []byte, references map[string][]byte) (*Schema, error) {
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft7)
	compiler.UseLoader(nothing{})
	compiler.UseRegexpEngine(expression)
	for _, name := range formats {
		compiler.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(any) error { return nil }})
	}
	root, err := add(compiler, base+"schema.json", text)
	if err != nil {
		return nil, fmt.Errorf("parse JSON Schema: %w", err)
	}
	for name, reference := range references {
		if _, err := add(compiler, within(root, name), reference); err != nil {
			return nil, fmt.Errorf("parse JSON Schema %q that is referred to: %w", name, err)
		}
	}
	compiled, err := compiler.Compile(root)
	if err != nil {
		return nil, fmt.Errorf("compile JSON Schema: %w", err)
	}
	return &Schema{compiled}, nil
}

// formats are those that the compiler would check in the drafts before 2019-09.
var formats = []string{
	"json-pointer", "relative-json-pointer", "uuid", "duration", "period", "ipv4", "ipv6", "hostname", "email", "date", "time",
	"date-time", "uri", "iri", "uri-reference", "iri-reference", "uri-template", "semver",
}

// add gives a schema to the compiler, at its own $id or else at an address.
func add(compiler *jsonschema.Compiler, at string, text []byte) (string, error) {
	if err := checkNumbers(text); err != nil {
		return "", err
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return "", errors.New("it is no JSON")
	}
	if members, ok := schema.(map[string]any); ok {
		if id, ok := members["$id"].(string); ok && strings.Contains(id, "://") {
			at = strings.TrimSuffix(id, "#")
		}
	}
	return at, compiler.AddResource(at, schema)
}

// within is a reference's name as the schema at root would resolve it.
func within(root, name string) string {
	from, err := url.Parse(root)
	if err != nil {
		return base + name
	}
	to, err := from.Parse(name)
	if err != nil {
		return base + name
	}
	return to.String()
}

// nothing loads nothing: a schema could name any address or file.
type nothing struct{}

func (nothing) Load(string) (any, error) {
	return nil, errors.New("it is not among the schema's references in the registry")
}

// anyText takes every text, for patterns that cannot be checked.
type anyText string

func (anyText) MatchString(string) bool { return true }
func (a anyText) String() string        { return string(a) }

func expression(pattern string) (jsonschema.Regexp, error) {
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return anyText(pattern), nil //nolint:nilerr // such as a lookahead: not checked, as the package says
	}
	return compiled, nil
}

// AppendJSON appends a value as it stands, if the schema takes it.
func (s *Schema) AppendJSON(dst, value []byte) ([]byte, error) {
	if err := checkNumbers(value); err != nil {
		return dst, err
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		return dst, errNotJSON
	}
	if err := s.compiled.Validate(parsed); err != nil {
		return dst, flaw(err)
	}
	return append(dst, value...), nil
}

// flaw says by which keyword of the schema a value is refused, and nothing of the value.
func flaw(err error) error {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return jsonform.Bad("could not be held to its JSON Schema")
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	_, place, _ := strings.Cut(invalid.SchemaURL, "#")
	keywords := strings.Join(append([]string{strings.TrimPrefix(place, "/")}, invalid.ErrorKind.KeywordPath()...), "/")
	return jsonform.Bad("is refused by its JSON Schema at " + strings.TrimPrefix(keywords, "/"))
}
