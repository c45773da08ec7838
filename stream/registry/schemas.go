package registry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/clvstream/clvstream/stream/registry/avro"
	"github.com/clvstream/clvstream/stream/registry/jsonschema"
	"github.com/clvstream/clvstream/stream/registry/protobuf"
)

const (
	// maxSchemas bounds how many schemas are kept. A topic has a handful; each evolution adds one.
	maxSchemas = 1000
	// maxUnusable bounds how many ids are remembered of which there is no schema. They are kept
	// apart, so that ids made up do not push schemas out.
	maxUnusable = 10_000
	// unusableFor is how long such an id is not asked for again.
	unusableFor = time.Minute
	// maxDetail bounds what a refusal quotes of a compiler.
	maxDetail = 300
)

// schema is one of three kinds, or says why it is of no use.
type schema struct {
	avro     *avro.Schema
	protobuf *protobuf.Schema
	json     *jsonschema.Schema

	unusable string
	since    time.Time
}

// Schemas are the schemas of a registry, each asked for once. It is safe for concurrent use.
type Schemas struct {
	client *client
	asking singleflight.Group
	now    func() time.Time

	mu       sync.Mutex
	usable   recent[*schema]
	unusable recent[*schema]
}

// NewSchemas reads schemas from a registry. It is not asked before a record needs it.
func NewSchemas(access Access) (*Schemas, error) {
	c, err := newClient(access)
	if err != nil {
		return nil, fmt.Errorf("set up schema registry: %w", err)
	}
	return &Schemas{client: c, now: time.Now, usable: newRecent[*schema](maxSchemas), unusable: newRecent[*schema](maxUnusable)}, nil
}

// get is the schema of an id. An error says that the registry could not be asked.
func (s *Schemas) get(ctx context.Context, id schemaID) (*schema, error) {
	if known := s.known(id); known != nil {
		return known, nil
	}
	// Who asks first asks for all, so its end must not be theirs.
	answers := s.asking.DoChan(id.String(), func() (any, error) { return s.ask(context.WithoutCancel(ctx), id) })
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the schema of %s: %w", id, ctx.Err())
	case answer := <-answers:
		if answer.Err != nil {
			return nil, answer.Err
		}
		return answer.Val.(*schema), nil //nolint:errcheck // ask returns nothing else
	}
}

func (s *Schemas) known(id schemaID) *schema {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, ok := s.usable.get(id); ok {
		return found
	}
	if found, ok := s.unusable.get(id); ok && s.now().Sub(found.since) < unusableFor {
		return found
	}
	return nil
}

func (s *Schemas) ask(ctx context.Context, id schemaID) (*schema, error) {
	fetched, err := s.client.fetch(ctx, id)
	found := &schema{since: s.now()}
	switch {
	case errors.Is(err, errUnknown):
		found.unusable = fmt.Sprintf("the schema registry knows no %s: set number and form as its writer has them", id)
	case errors.Is(err, errUnfit):
		found.unusable = fmt.Sprintf("the schema of %s cannot be used: %v", id, err)
	case err != nil:
		return nil, err
	default:
		if err := found.compile(fetched); err != nil {
			text := err.Error()
			found.unusable = fmt.Sprintf("the schema of %s cannot be used: %s", id, text[:min(len(text), maxDetail)])
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if found.unusable != "" {
		s.unusable.put(id, found)
	} else {
		s.usable.put(id, found)
	}
	return found, nil
}

// compile makes of a text what values are read by.
func (s *schema) compile(f *fetched) (err error) {
	switch f.kind {
	case kindAvro:
		texts := make([][]byte, len(f.references))
		for i, r := range f.references {
			texts[i] = r.text
		}
		s.avro, err = avro.Parse(f.text, texts...)
	case kindProtobuf:
		s.protobuf, err = protobuf.Parse(f.text, f.byName())
	case kindJSON:
		s.json, err = jsonschema.Parse(f.text, f.byName())
	default:
		err = fmt.Errorf("it is of the type %q, and Avro, Protobuf and JSON Schema alone are read", f.kind)
	}
	return err
}
