package protobuf

import (
	"context"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Schema is a compiled file of messages. It is safe for concurrent use.
type Schema struct {
	file protoreflect.FileDescriptor

	mu    sync.Mutex
	plans map[protoreflect.FullName]*message
}

// rootName is what a file is called that has no name of its own.
const rootName = "schema.proto"

// imports are files that schemas import and registries are not given.
//
//go:embed imports
var imports embed.FS

// Parse compiles a schema: the text of a .proto file, or its descriptor in base64, as some
// clients register it. References are the files that it imports, by the name in the import.
func Parse(text []byte, references map[string][]byte) (*Schema, error) {
	name := rootName
	if d := descriptor(text); d != nil && d.GetName() != "" {
		name = d.GetName()
	}
	find := protocompile.ResolverFunc(func(path string) (protocompile.SearchResult, error) {
		if path == name {
			return source(path, text), nil
		}
		if reference, ok := references[path]; ok {
			return source(path, reference), nil
		}
		known, err := imports.ReadFile("imports/" + path)
		if err != nil {
			return protocompile.SearchResult{}, fmt.Errorf("%s is neither among the references nor known", path)
		}
		return source(path, known), nil
	})
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(find), MaxParallelism: 1}
	files, err := compiler.Compile(context.Background(), name)
	if err != nil {
		return nil, fmt.Errorf("compile Protobuf schema: %w", err)
	}
	return &Schema{file: files[0], plans: map[protoreflect.FullName]*message{}}, nil
}

func source(path string, text []byte) protocompile.SearchResult {
	if d := descriptor(text); d != nil {
		d.Name = &path
		for _, m := range d.MessageType {
			nameForJSON(m)
		}
		return protocompile.SearchResult{Proto: d}
	}
	return protocompile.SearchResult{Source: strings.NewReader(string(text))}
}

// nameForJSON gives fields of a descriptor the names in JSON that clients leave out and the
// compiler holds to differ. They are not used.
func nameForJSON(m *descriptorpb.DescriptorProto) {
	for _, f := range m.Field {
		f.JsonName = f.Name
	}
	for _, nested := range m.NestedType {
		nameForJSON(nested)
	}
}

// descriptor reads a file's descriptor in base64: nil if it is none. No .proto file is one,
// since each has characters that base64 does not.
func descriptor(text []byte) *descriptorpb.FileDescriptorProto {
	raw, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return nil
	}
	d := &descriptorpb.FileDescriptorProto{}
	if err := proto.Unmarshal(raw, d); err != nil {
		return nil
	}
	return d
}

// Message is one message of a schema.
type Message struct{ plan *message }

var (
	errNoMessage   = errors.New("the schema has no such message")
	errManyMessage = errors.New("the schema has several messages")
)

// ByIndexes finds a message by its place in the file and in the messages it stands in.
func (s *Schema) ByIndexes(indexes []int) (Message, error) {
	within := s.file.Messages()
	var found protoreflect.MessageDescriptor
	for _, i := range indexes {
		if i < 0 || i >= within.Len() {
			return Message{}, errNoMessage
		}
		found = within.Get(i)
		within = found.Messages()
	}
	if found == nil {
		return Message{}, errNoMessage
	}
	return s.message(found), nil
}

// ByName finds a message of the file by its full name, or by its name without the package.
func (s *Schema) ByName(name string) (Message, error) {
	within := s.file.Messages()
	var found protoreflect.MessageDescriptor
	for part := range strings.SplitSeq(strings.TrimPrefix(name, string(s.file.Package())+"."), ".") {
		if found = within.ByName(protoreflect.Name(part)); found == nil {
			return Message{}, errNoMessage
		}
		within = found.Messages()
	}
	return s.message(found), nil
}

// Only is the message of a file that has one.
func (s *Schema) Only() (Message, error) {
	if s.file.Messages().Len() != 1 {
		return Message{}, errManyMessage
	}
	return s.message(s.file.Messages().Get(0)), nil
}

func (s *Schema) message(d protoreflect.MessageDescriptor) Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Message{s.plan(d)}
}
