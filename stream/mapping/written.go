package mapping

import (
	"context"
	"errors"
	"fmt"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
)

// PlainReader gives values that were written through a schema registry as JSON: appended to
// dst. An error says that the registry could not be asked.
type PlainReader interface {
	AppendJSON(ctx context.Context, dst, value []byte, headers []event.Header) ([]byte, *history.Refusal, error)
}

// errUnread is of a mapping that nobody has given the reader it needs.
var errUnread = errors.New("its values were written through a schema registry, and nothing reads them")

// writtenKeys are the keys of the section registry: what package registry takes.
var writtenKeys = []string{"form", "number", "header", "protobuf", "message", "avro"}

// Written says how values are written through a schema registry, by the words of the file;
// nil: they are not.
func (m *Mapping) Written() map[string]string { return m.written }

// ReadThrough gives a mapping the reader of its values.
func (m *Mapping) ReadThrough(reader PlainReader) { m.plain = reader }

func (c *compiler) readRegistry(n node) error {
	entries, err := n.table(writtenKeys...)
	if err != nil {
		return err
	}
	c.written = map[string]string{}
	for _, e := range entries {
		if c.written[e.name], err = e.word(); err != nil {
			return err
		}
	}
	return nil
}

// plain is a record's value as JSON.
func (r *Reader) plain(ctx context.Context, m *Mapping, record *event.Record) ([]byte, *history.Refusal, error) {
	if m.written == nil || record.Value == nil {
		return record.Value, nil, nil
	}
	if m.plain == nil {
		return nil, nil, fmt.Errorf("mapping %s: %w", m.Name, errUnread)
	}
	var refused *history.Refusal
	var err error
	r.evaluation.plain, refused, err = m.plain.AppendJSON(ctx, r.evaluation.plain[:0], record.Value, record.Headers)
	if err != nil {
		return nil, nil, fmt.Errorf("read a value of mapping %s through the schema registry: %w", m.Name, err)
	}
	return r.evaluation.plain, refused, nil
}
