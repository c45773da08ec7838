package registry

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Form is where the id of a value's schema stands.
type Form string

// The forms.
const (
	Prefix4 Form = "prefix4" // before the value: a zero byte and four bytes
	Prefix8 Form = "prefix8" // before the value: a zero byte and eight bytes
	Header  Form = "header"  // in a header of the record
)

// Number is which of a schema's numbers its id is. They are counted apart from each other.
type Number string

// The numbers. The first two are asked of a registry's Confluent-compatible interface, the
// others of version 3 of Apicurio Registry's own.
const (
	ID        Number = "id"
	GUID      Number = "guid"
	ContentID Number = "contentId"
	GlobalID  Number = "globalId"
)

// ProtobufForm is how a Protobuf value says which message of its schema it is.
type ProtobufForm string

// The forms of Protobuf.
const (
	ProtobufIndexes ProtobufForm = "indexes" // by its place in the schema, before the message
	ProtobufName    ProtobufForm = "name"    // by its name, in a message of its own before the message
	ProtobufNone    ProtobufForm = "none"    // not at all: Settings.Message says it
)

// AvroEncoding is how an Avro value is written.
type AvroEncoding string

// The encodings of Avro.
const (
	AvroBinary AvroEncoding = "binary"
	AvroJSON   AvroEncoding = "json"
)

// Settings say how the writer of a topic's values works. A record does not tell it.
type Settings struct {
	Form   Form   `yaml:"form"`
	Number Number `yaml:"number"`
	// Header is the header's name where Form is Header; empty: as the writers of this Number
	// call it.
	Header string `yaml:"header"`
	// Protobuf is needed for Protobuf alone.
	Protobuf ProtobufForm `yaml:"protobuf"`
	// Message is the name of the message where Protobuf is ProtobufNone; empty: the one that
	// the schema has.
	Message string       `yaml:"message"`
	Avro    AvroEncoding `yaml:"avro"` // empty: AvroBinary
}

// headerNames are what the headers of ids are called unless a writer is told otherwise.
var headerNames = map[Number]string{
	ID: "__value_schema_id", GUID: "__value_schema_id",
	ContentID: "apicurio.value.contentId", GlobalID: "apicurio.value.globalId",
}

// Validate says what is wrong with settings, all of it.
func (s Settings) Validate() error {
	wrong := []error{
		oneOf("form", s.Form, Prefix4, Prefix8, Header),
		oneOf("number", s.Number, ID, GUID, ContentID, GlobalID),
		oneOf("protobuf", s.Protobuf, "", ProtobufIndexes, ProtobufName, ProtobufNone),
		oneOf("avro", s.Avro, "", AvroBinary, AvroJSON),
	}
	if s.Number == GUID && s.Form != Header {
		wrong = append(wrong, errors.New("number: guid stands in a header: set form: header"))
	}
	if s.Number == ID && s.Form == Prefix8 {
		wrong = append(wrong, errors.New("number: id has four bytes: set form: prefix4, or number: contentId or globalId"))
	}
	if s.Header != "" && s.Form != Header {
		wrong = append(wrong, errors.New("header: is looked at with form: header alone"))
	}
	if s.Message != "" && s.Protobuf != ProtobufNone {
		wrong = append(wrong, errors.New("message: is for protobuf: none alone"))
	}
	return errors.Join(wrong...)
}

func oneOf[T ~string](name string, value T, allowed ...T) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	var names []string
	for _, a := range allowed {
		if a != "" {
			names = append(names, string(a))
		}
	}
	return fmt.Errorf("%s: %q is not one of %s", name, string(value), strings.Join(names, ", "))
}

// header is the name of the header that is looked at.
func (s Settings) header() string {
	if s.Header != "" {
		return s.Header
	}
	return headerNames[s.Number]
}
