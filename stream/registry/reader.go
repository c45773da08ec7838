package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

// Reader turns the values of one writer into JSON. It is safe for concurrent use.
type Reader struct {
	settings Settings
	schemas  *Schemas
	limit    int
}

// NewReader makes a reader of values up to limit bytes, before and after; 0: as many as an
// event may have. Several readers may share schemas.
func NewReader(settings Settings, schemas *Schemas, limit int) (*Reader, error) {
	if err := settings.Validate(); err != nil {
		return nil, fmt.Errorf("read through a schema registry: %w", err)
	}
	if limit == 0 {
		limit = event.DefaultMaxEventBytes
	}
	return &Reader{settings, schemas, limit}, nil
}

// AppendJSON appends a record's value as JSON. A value that is null stays so: nothing is
// appended. A refusal is a verdict on the record. An error says that the registry could not
// be asked: the record is to be read again later.
func (r *Reader) AppendJSON(ctx context.Context, dst, value []byte, headers []event.Header) ([]byte, *history.Refusal, error) {
	if value == nil {
		return dst, nil, nil
	}
	if len(value) > r.limit {
		return dst, &history.Refusal{Reason: history.TooLarge, Detail: fmt.Sprintf("the value has %d bytes, the limit is %d", len(value), r.limit)}, nil
	}
	l, wrong := r.settings.locate(value, headers)
	if wrong != "" {
		return dst, refuse(wrong), nil
	}
	schema, err := r.schemas.get(ctx, l.id)
	if err != nil {
		return dst, nil, err
	}
	if schema.unusable != "" {
		return dst, refuse(schema.unusable), nil
	}
	before := len(dst)
	dst, refused := r.decode(dst, schema, l)
	if refused != nil {
		return dst[:before], refused, nil
	}
	return dst, nil, nil
}

// decode reads a value by its schema.
func (r *Reader) decode(dst []byte, schema *schema, l located) ([]byte, *history.Refusal) {
	if len(l.header) > 0 && (schema.protobuf == nil || r.settings.Protobuf != ProtobufIndexes) {
		return dst, refuse(bytesInFront)
	}
	before := len(dst)
	var err error
	switch {
	case schema.protobuf != nil:
		message, data, wrong := r.settings.messageOf(schema.protobuf, l)
		if wrong != "" {
			return dst, refuse(wrong)
		}
		dst, err = message.AppendJSON(dst, data, r.limit)
	case schema.json != nil:
		dst, err = schema.json.AppendJSON(dst, l.value)
	case r.settings.Avro == AvroJSON:
		dst, err = schema.avro.AppendPlain(dst, l.value, r.limit)
	default:
		dst, err = schema.avro.AppendJSON(dst, l.value, r.limit)
	}
	if err == nil {
		err = jsonform.Limit(len(dst)-before, r.limit)
	}
	return dst, contradiction(err, l.id)
}

func refuse(text string) *history.Refusal {
	return &history.Refusal{Reason: history.Undecodable, Detail: text}
}

// contradiction is the refusal of a value that its schema does not take.
func contradiction(err error, id schemaID) *history.Refusal {
	if err == nil {
		return nil
	}
	refused := refuse("by the schema of " + id.String() + " the value " + err.Error() + ": is form, number, protobuf or avro set as its writer has it?")
	var flaw *jsonform.Flaw
	if errors.As(err, &flaw) {
		if flaw.Path != "" {
			refused.Detail = "by the schema of " + id.String() + " the field " + err.Error() + ": is form, number, protobuf or avro set as its writer has it?"
		}
		if flaw.TooLarge {
			refused.Reason = history.TooLarge
		}
	}
	return refused
}
