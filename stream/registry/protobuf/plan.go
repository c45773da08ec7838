package protobuf

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

// message says how the bytes of a message become JSON. Messages that hold themselves make it
// a graph with cycles.
type message struct {
	fields   []field // as declared
	byNumber map[protowire.Number]int
	oneofs   int
	append   known // nil: an object of its fields
}

type field struct {
	name     string
	key      []byte // "name":
	kind     protoreflect.Kind
	wire     protowire.Type
	repeated bool
	isMap    bool
	presence bool // without a value it is left out; else it has its default
	required bool
	oneof    int      // -1: in none
	of       *message // of a message, a group, a map's entry
	symbols  map[int32][]byte
	zero     []byte // its default as JSON
}

// plan lays out a message and those it holds, once.
func (s *Schema) plan(d protoreflect.MessageDescriptor) *message {
	if m, ok := s.plans[d.FullName()]; ok {
		return m
	}
	m := &message{byNumber: map[protowire.Number]int{}}
	s.plans[d.FullName()] = m
	oneofs := map[protoreflect.FullName]int{}
	for i := range d.Fields().Len() {
		f := s.field(d.Fields().Get(i))
		if o := d.Fields().Get(i).ContainingOneof(); o != nil && !o.IsSynthetic() {
			if _, met := oneofs[o.FullName()]; !met {
				oneofs[o.FullName()] = len(oneofs)
			}
			f.oneof = oneofs[o.FullName()]
		}
		m.byNumber[d.Fields().Get(i).Number()] = len(m.fields)
		m.fields = append(m.fields, f)
	}
	m.oneofs = len(oneofs)
	m.append = knownForm(d)
	return m
}

func (s *Schema) field(d protoreflect.FieldDescriptor) field {
	f := field{
		name: string(d.Name()), key: append(jsonform.Quoted(string(d.Name())), ':'),
		kind: d.Kind(), wire: wireOf(d.Kind()), repeated: d.Cardinality() == protoreflect.Repeated, isMap: d.IsMap(),
		presence: d.HasPresence(), required: d.Cardinality() == protoreflect.Required, oneof: -1,
	}
	if d.Message() != nil {
		f.of = s.plan(d.Message())
	}
	if d.Enum() != nil {
		f.symbols = symbols(d.Enum())
	}
	switch {
	case f.isMap:
		f.zero = []byte("{}")
	case f.repeated:
		f.zero = []byte("[]")
	case f.of == nil:
		f.zero, _ = f.appendScalar(nil, 0, nil) // an enum without a symbol of 0 has none
	}
	return f
}

// symbols are the names of an enum's numbers; of several names of one number the first.
func symbols(d protoreflect.EnumDescriptor) map[int32][]byte {
	all := map[int32][]byte{}
	for i := range d.Values().Len() {
		v := d.Values().Get(i)
		if _, named := all[int32(v.Number())]; !named {
			all[int32(v.Number())] = jsonform.Quoted(string(v.Name()))
		}
	}
	return all
}

// wireOf is how a kind is written where it is not packed.
func wireOf(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	case protoreflect.GroupKind:
		return protowire.StartGroupType
	default:
		return protowire.VarintType
	}
}
