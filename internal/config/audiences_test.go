package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestAudiencesAreRefused(t *testing.T) {
	var many []string
	for i := range maxAudiences + 1 {
		many = append(many, fmt.Sprintf("{name: a%d, filter: 'true'}", i))
	}
	for audiences, want := range map[string]string{
		"[{name: a, filter: 'true'}, {name: a, filter: 'false'}]":                       `[2].name: "a" is given twice`,
		"[{name: a, filter: 'true', topic: t}, {name: b, filter: 'true', topic: t}]":    "[2].topic: t is the topic of audience a",
		"[{name: a, filter: 'true', topic: clv.audience.b}, {name: b, filter: 'true'}]": "[2].topic: clv.audience.b is the topic of audience a",
		"[{name: a, filter: 'true', topic: clv.changes}]":                               "clvstream itself",
		"[{name: a, filter: 'true', topic: orders}]":                                    "the topic of the input",
		"[{name: a.b, filter: 'true'}]":                                                 "audiences[1].name",
		"[{name: a, filter: 'true', topic: 'a b'}]":                                     "audiences[1].topic",
		"[{name: a, filter: ' '}]":                                                      "audiences[1].filter",
		"[{name: a}]":                                                                   "audiences[1].filter: is missing",
		"[{name: a, filter: 'true', format: csv}]":                                      "audiences[1].format",
		"[{name: a, filter: 'true', format: avro}]":                                     "[1].format: avro needs a schema registry; set registry.url",
		"[{name: a, filter: 'true', filtre: 'true'}]":                                   "did you mean filter?",
		"[" + strings.Join(many, ", ") + "]":                                            "33 audiences are given; at most 32",
	} {
		l := newLoader()
		l.document("audiences: "+audiences, Source{Origin: FromFile, Name: "f"})
		l.derive()
		l.rules()
		if len(l.problems) != 1 || !strings.Contains(l.problems.Error(), want) || !strings.Contains(l.problems.Error(), "f:1:") {
			t.Errorf("%.80s: want %q: %v", audiences, want, l.problems)
		}
	}
}

// Avro needs a registry, and flat JSON none.
func TestFormatsFindTheirRegistry(t *testing.T) {
	for text, want := range map[string]string{
		"publisher: {current_format: flat-avro}":                                                        "flat-avro needs a schema registry; set registry.url",
		"publisher: {current_format: flat}":                                                             "",
		"{registry: {url: 'http://r'}, publisher: {current_format: avro}}":                              "",
		"{registry: {url: 'http://r'}, audiences: [{name: a, filter: 'true', format: flat-avro}]}":      "",
		"audiences: [{name: a, filter: 'true', format: flat}, {name: b, filter: 'true', format: json}]": "",
	} {
		l := newLoader()
		l.document(text, Source{Origin: FromFile, Name: "f"})
		l.derive()
		l.rules()
		if said := l.problems.Error(); want == "" && len(l.problems) > 0 || !strings.Contains(said, want) {
			t.Errorf("%s: want %q: %v", text, want, l.problems)
		}
	}
}

func TestAudiencesHaveTopicsOfTheirNamespace(t *testing.T) {
	c := Config{Namespace: "shop"}
	for want, a := range map[string]Audience{"shop.audience.winback": {Name: "winback"}, "crm": {Name: "winback", Topic: "crm"}} {
		if got := c.AudienceTopic(a); got != want {
			t.Errorf("%+v has topic %s, want %s", a, got, want)
		}
	}
}

// Filters are as long as they need to be, and come back as they were given.
func TestFiltersMayHaveLines(t *testing.T) {
	l := newLoader()
	l.document("audiences:\n  - name: a\n    filter: |\n      orders > 1 &&\n      status == \"active\"\n", Source{Origin: FromFile, Name: "f"})
	var out strings.Builder
	if err := l.provenance().WriteYAML(&out); err != nil || len(l.problems) > 0 {
		t.Fatal(err, l.problems)
	}
	back := newLoader()
	back.document(out.String(), Source{Origin: FromFile, Name: "f"})
	want := "orders > 1 &&\nstatus == \"active\"\n"
	if len(back.problems) > 0 || len(back.config.Audiences) != 1 || back.config.Audiences[0].Filter != want {
		t.Errorf("%v: %q", back.problems, back.config.Audiences)
	}
}
