package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/stream/change"
)

var update = flag.Bool("update", false, "write testdata anew")

// The words and columns that people read, of the views that internal/customerview
// holds as JSON.
func TestViewsAsText(t *testing.T) {
	text, err := os.ReadFile("../../internal/customerview/testdata/c42.json")
	if err != nil {
		t.Fatal(err)
	}
	var views struct {
		Now, Past, Future change.Values
		WhatIf            customerview.WhatIf
	}
	if err := json.Unmarshal(text, &views); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for _, v := range []*change.Values{&views.Now, &views.Past, &views.Future} {
		if err := printView(&got, v, berlin); err != nil {
			t.Fatal(err)
		}
	}
	if err := printWhatIf(&got, &views.WhatIf, berlin); err != nil {
		t.Fatal(err)
	}
	const path = "testdata/c42.txt"
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("differs from %s; with -update it is\n%s", path, got.Bytes())
	}
}

// watch prints a change as it was published, and so every field of it, those of later
// versions too.
func TestWatchPrintsEveryField(t *testing.T) {
	euro, err := money.ParseCurrency("EUR")
	if err != nil {
		t.Fatal(err)
	}
	renderer, full := change.NewRenderer(euro), changetest.Dormant()
	full.Current.ResidualKnown = true
	value := append([]byte(`{"later":{"than":"this"},`), renderer.Append(nil, full)[1:]...)
	var printed bytes.Buffer
	printRecord(&printed, &kgo.Record{Value: value})
	v, err := change.Parse(printed.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"later.than"}
	for f := range change.Fields() {
		paths = append(paths, f.Path)
	}
	for _, path := range paths {
		if !slices.ContainsFunc(v, func(one change.Value) bool { return one.Path == path }) {
			t.Errorf("%s is not in %s", path, printed.Bytes())
		}
	}
}
