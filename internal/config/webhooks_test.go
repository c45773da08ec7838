package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWebhooksAreRefused(t *testing.T) {
	const rest = "url: 'https://a.example', secrets: ['env:A']"
	var many []string
	for i := range maxWebhooks + 1 {
		many = append(many, fmt.Sprintf("{name: w%d, %s}", i, rest))
	}
	for webhooks, want := range map[string]string{
		"[{name: a, " + rest + "}, {name: a, " + rest + "}]":                  `[2].name: "a" is given twice`,
		"[{name: a, audience: winbak, " + rest + "}]":                         `[1].audience: there is no audience "winbak" among audiences: winback, rows`,
		"[{name: a, url: 'http://a.example', secrets: ['env:A']}]":            "[1].url: it is of http",
		"[{name: a, url: 'ftp://a.example', secrets: ['env:A']}]":             "[1].url: what is written there is not allowed",
		"[{name: a, url: 'https://hunter2:x@a.example', secrets: ['env:A']}]": "[1].url: what is written there is not allowed",
		"[{name: a, url: 'https://a.example/#hunter2', secrets: ['env:A']}]":  "[1].url: what is written there is not allowed",
		"[{name: a, url: 'https:///hunter2', secrets: ['env:A']}]":            "[1].url: what is written there is not allowed",
		"[{name: a, url: 'https://a.example', secrets: ['whsec_hunter2']}]":   "[1].secrets[1]: what is written there is not allowed; give env:",
		"[{name: a, url: 'https://a.example', secrets: ['env:CLVSTREAM_A']}]": "[1].secrets[1]",
		"[{name: a, url: 'https://a.example', secrets: ['env:A', 'env:A']}]":  "given twice",
		"[{name: a, url: 'https://a.example', secrets: []}]":                  "the list is empty",
		"[{name: a, url: 'https://a.example'}]":                               "[1].secrets: is missing",
		"[{name: a, timeout: 20, " + rest + "}]":                              "[1].timeout",
		"[{name: a, schedule: [5], " + rest + "}]":                            "[1].schedule[1]",
		"[{name: a, in_flight: 0, " + rest + "}]":                             "[1].in_flight",
		"[{name: a, allow_internal: ['10.0.0.0/33'], " + rest + "}]":          "[1].allow_internal[1]",
		"[{name: a, filter: 'true', " + rest + "}]":                           "filter",
		"[{name: a, audience: rows, " + rest + "}]":                           "[1].audience: rows is written as Avro",
		"[" + strings.Join(many, ", ") + "]":                                  "33 webhooks are given; at most 32",
	} {
		l := newLoader()
		l.document("registry: {url: 'http://r:1'}\naudiences: [{name: winback, filter: 'true'}, {name: rows, filter: 'true', format: avro}]\nwebhooks: "+webhooks, Source{Origin: FromFile, Name: "f"})
		l.derive()
		l.rules()
		if len(l.problems) != 1 || !strings.Contains(l.problems.Error(), want) || !strings.Contains(l.problems.Error(), "f:3:") {
			t.Errorf("%.90s: want %q: %v", webhooks, want, l.problems)
		}
		if strings.Contains(l.problems.Error(), "hunter2") {
			t.Errorf("the error shows a secret: %v", l.problems)
		}
	}
}

// What is not given follows, and all of it comes back as it is in force.
func TestWebhooksHaveDefaults(t *testing.T) {
	l := newLoader()
	l.document("namespace: shop\naudiences: [{name: winback, filter: 'true'}]\nwebhooks:\n- {name: all, url: 'https://a.example', secrets: ['env:A']}\n"+
		"- {name: some, url: 'http://b.example', audience: winback, secrets: ['file:/b', 'env:B'], timeout: 5s, schedule: [1s, 1s], in_flight: 3, rate: 7, allow_http: true, allow_internal: [10.0.0.0/8]}\n", Source{Origin: FromFile, Name: "f"})
	l.derive()
	l.rules()
	if len(l.problems) > 0 {
		t.Fatal(l.problems)
	}
	all, some := l.config.Webhooks[0], l.config.Webhooks[1]
	if all.Timeout != 20*time.Second || all.InFlight != 32 || len(all.Schedule) != 9 || all.Rate != 0 {
		t.Errorf("the defaults are %+v", all)
	}
	if l.config.WebhookTopic(all) != "shop.changes" || l.config.WebhookTopic(some) != "shop.audience.winback" {
		t.Errorf("the topics are %s and %s", l.config.WebhookTopic(all), l.config.WebhookTopic(some))
	}
	var out strings.Builder
	if err := l.provenance().WriteYAML(&out); err != nil {
		t.Fatal(err)
	}
	back := newLoader()
	back.document(out.String(), Source{Origin: FromFile, Name: "f"})
	if len(back.problems) > 0 || fmt.Sprint(back.config.Webhooks) != fmt.Sprint(l.config.Webhooks) {
		t.Errorf("%v: %+v came back as %+v", back.problems, l.config.Webhooks, back.config.Webhooks)
	}
}

func TestSecretsAreReadFromWhereTheyAre(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("of the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{"A": "of the variable", "EMPTY": ""}
	lookup := func(name string) (string, bool) { text, set := variables[name]; return text, set }
	secrets, err := Webhook{Name: "crm", Secrets: []string{"env:A", "file:" + file}}.ReadSecrets(lookup)
	var texts []string
	for _, s := range secrets {
		texts = append(texts, s.Reveal())
	}
	if err != nil || !slices.Equal(texts, []string{"of the variable", "of the file"}) {
		t.Errorf("read are %q, %v", texts, err)
	}
	for place, want := range map[string]string{"env:B": "the variable is not set", "env:EMPTY": "the variable is not set", "file:/none": "no such file"} {
		if _, err := (Webhook{Name: "crm", Secrets: []string{place}}).ReadSecrets(lookup); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), place) {
			t.Errorf("%s: %v", place, err)
		}
	}
}
