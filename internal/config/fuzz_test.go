package config

import (
	"bytes"
	"reflect"
	"testing"
)

// FuzzDocument: no text makes the loader panic or report without end, and what
// it accepts can be written and read back as the same.
func FuzzDocument(f *testing.F) {
	var reference bytes.Buffer
	if err := WriteReference(&reference); err != nil {
		f.Fatal(err)
	}
	f.Add(reference.String())
	f.Add("business:\n  exchange_rates: [{currency: EUR, from: 2026-01-01, rate: 1.08}]\n")
	f.Add("kafka: {brokers: [\"[::1]:9092\"], client_id: \"#: !\\u0085 'x'\"}\n")
	f.Add("a: &a [*a]\nb: *a\n? [x]\n: <<: {}\n")
	f.Add("state: !!int 5\n---\n")
	f.Fuzz(func(t *testing.T, text string) {
		l := newLoader()
		l.document(text, Source{Origin: FromFile, Name: "f"})
		if len(l.problems) > maxProblems {
			t.Fatalf("%d problems", len(l.problems))
		}
		if len(l.problems) > 0 {
			if l.problems.Error() == "" {
				t.Fatal("problems without a message")
			}
			return
		}
		var out bytes.Buffer
		if err := l.provenance().WriteYAML(&out); err != nil {
			t.Fatal(err)
		}
		back := newLoader()
		back.document(out.String(), Source{Origin: FromFile, Name: "f"})
		if len(back.problems) > 0 || !reflect.DeepEqual(back.config, l.config) {
			t.Fatalf("%v in\n%s\ngot  %+v\nwant %+v", back.problems, out.String(), back.config, l.config)
		}
		l.derive()
		l.rules()
	})
}

// FuzzSet: no argument of --set makes the loader panic.
func FuzzSet(f *testing.F) {
	f.Add("kafka.brokers=a:1,b:2")
	f.Add("business.channel_margins=[{channel: a, rate: 1}]")
	f.Add("=")
	f.Fuzz(func(t *testing.T, text string) {
		l := newLoader()
		l.setPair(text, nil)
		if l.config.Namespace == "" || len(l.config.Kafka.Brokers) == 0 {
			t.Fatalf("%q leaves %+v", text, l.config)
		}
	})
}
