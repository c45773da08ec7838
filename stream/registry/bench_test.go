package registry

import (
	"slices"
	"testing"
)

// One order of each kind, its schema known.
func BenchmarkOrder(b *testing.B) {
	_, confluent, apicurio := startFake(b)
	r := newReaders(b, confluent, apicurio)
	all := samples(b)
	for _, c := range []struct{ name, record string }{
		{"avro", "registry-avro/01"},
		{"avro debezium", "registry-avro/24"},
		{"avro json", "registry-avro/16"},
		{"protobuf", "registry-protobuf/01"},
		{"json schema", "registry-json/01"},
	} {
		s := all[slices.IndexFunc(all, func(s *sample) bool { return s.name == c.record })]
		reader := r.of(b, s.written())
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			// The first asks for the schema.
			memory, _, _ := reader.AppendJSON(b.Context(), nil, s.record.Value, s.record.Headers)
			for b.Loop() {
				got, refused, err := reader.AppendJSON(b.Context(), memory[:0], s.record.Value, s.record.Headers)
				if refused != nil || err != nil {
					b.Fatal(refused, err)
				}
				memory = got
			}
		})
	}
}
