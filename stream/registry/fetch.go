package registry

import (
	"context"
	"errors"
	"fmt"
)

// What registries call the kinds of schemas.
const (
	kindAvro     = "AVRO"
	kindProtobuf = "PROTOBUF"
	kindJSON     = "JSON"
)

const (
	// maxSchemaBytes bounds one text: the largest that are published have some 200 kB.
	maxSchemaBytes = 1 << 20
	// maxReferences bounds how many schemas one is made of.
	maxReferences = 100
)

var (
	errUnknown = errors.New("the schema registry does not know it")
	errUnfit   = errors.New("no schema that can be read")
)

// fetched is a schema's text with the schemas that it refers to, each before those that refer
// to it.
type fetched struct {
	kind       string
	text       []byte
	references []referred
}

type referred struct {
	name string // as the schema that refers to it has it
	text []byte
}

func (f *fetched) byName() map[string][]byte {
	all := make(map[string][]byte, len(f.references))
	for _, r := range f.references {
		all[r.name] = r.text
	}
	return all
}

// document is one schema as a registry gives it.
type document struct {
	kind       string
	text       []byte
	references []reference
}

// reference is where a schema that is referred to stands.
type reference struct {
	name    string
	address []string // parts of the path below the registry's interface
}

// fetch asks for a schema, and for all that it refers to.
func (c *client) fetch(ctx context.Context, id schemaID) (*fetched, error) {
	ask, follow := c.confluentSchema, c.confluentReference
	if id.number == ContentID || id.number == GlobalID {
		ask, follow = c.apicurioSchema, c.apicurioReference
	}
	root, err := ask(ctx, id)
	if err != nil {
		return nil, err
	}
	f := &fetched{kind: root.kind, text: root.text}
	met := map[string]bool{}
	var collect func(references []reference) error
	collect = func(references []reference) error {
		for _, r := range references {
			if met[r.name] {
				continue
			}
			if met[r.name] = true; len(met) > maxReferences {
				return fmt.Errorf("%w: it refers to more than %d others", errUnfit, maxReferences)
			}
			d, err := follow(ctx, r)
			if errors.Is(err, errUnknown) {
				continue // such as files of google/protobuf, which are known; if not, compiling says what is missing
			}
			if err != nil {
				return err
			}
			if err := collect(d.references); err != nil {
				return err
			}
			f.references = append(f.references, referred{r.name, d.text})
		}
		return nil
	}
	return f, collect(root.references)
}
