package mapping

import (
	"strings"
	"testing"

	"github.com/clvstream/clvstream/stream/event"
)

// BenchmarkDecode compares the records that each preset maps with canonical ones of the same
// events: ns per record of each, and of one canonical order.
func BenchmarkDecode(b *testing.B) {
	for folder, text := range byFolder {
		if strings.HasPrefix(folder, "cloudevents") { // canonical already, but for those whose header is wrong
			continue
		}
		samples := samplesOf(b, folder)
		var mapped []*sample
		for i := range samples {
			if s := &samples[i]; len(s.events) == 1 && s.name[:2] != "00" {
				mapped = append(mapped, s)
			}
		}
		if len(mapped) == 0 {
			continue
		}
		b.Run(folder, func(b *testing.B) {
			d := NewDecoder(rules(b), mappingsOf(b, folder, text))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s := mapped[i%len(mapped)]
				if got, _ := d.Decode(b.Context(), s.Topic, 0, &s.record); len(got.Outcomes) != 1 || got.Outcomes[0].Refused != nil {
					b.Fatal(s.name, got)
				}
			}
		})
		b.Run(folder+"/canonical", func(b *testing.B) {
			d := event.NewDecoder(rules(b))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s := mapped[i%len(mapped)]
				if _, _, refused := d.Decode(&event.Record{Value: s.events[0], TimestampMillis: s.record.TimestampMillis, Headers: s.record.Headers}); refused != nil {
					b.Fatal(refused)
				}
			}
		})
	}
}
