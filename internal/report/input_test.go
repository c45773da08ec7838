package report

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/modelfile"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var usd = must(money.ParseCurrency("USD"))

func day(text string) calendar.Day {
	return calendar.NewCalendar(nil).Day(must(time.Parse(time.DateOnly, text)).UnixMicro())
}

func rules() *history.Rules {
	margins := must(money.NewMargins(must(money.ParseDecimal("0.3"))))
	return &history.Rules{Margins: margins, LatenessDays: history.DefaultLatenessDays, LedgerLimit: history.DefaultLedgerLimit}
}

// source reads a file as the commands do.
func source(t *testing.T, path string, format dataset.Format) calibrate.Source {
	t.Helper()
	return must(calibrate.File{
		Path: path, Options: dataset.Options{Format: format, Name: path, Currency: usd},
		Rates: must(money.NewRates(usd)), Rules: rules(), Report: io.Discard, Read: func(int64) {},
	}.Source())
}

// input is what the report command makes of a source and a model file.
func input(t *testing.T, file *modelfile.File, from calibrate.Source, split, until string) Input {
	t.Helper()
	survey := must(Look(context.Background(), from, rules()))
	in := Input{File: file, Rules: rules(), Survey: survey, Source: "orders", Split: survey.Last, Until: survey.Last, Histories: 6}
	if until != "" {
		in.Until = day(until)
		in.Split = in.Until
	}
	if split != "" {
		in.Split = day(split)
	}
	window := calibrate.Window{Split: in.Split, Until: in.Until}
	if split == "" {
		window.Until++
	}
	p, err := calibrate.Summarise(t.Context(), from, rules(), window)
	if err != nil {
		t.Fatal(err)
	}
	in.Holdout = p.Holdout(file.Currency)
	return in
}

func cdnow(t *testing.T) calibrate.Source {
	return source(t, filepath.Join("..", "dataset", "testdata", "CDNOW_sample.txt"), dataset.CDNOW)
}

func csv(t *testing.T, lines ...string) calibrate.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return source(t, path, dataset.CSV)
}

func example(t *testing.T) *modelfile.File {
	t.Helper()
	return must(modelfile.Load(filepath.Join("..", "..", "docs", "examples", "cdnow-mbgnbd.yaml")))
}

// models is CDNOW's in every kind.
func models(t *testing.T) map[string]*modelfile.File {
	t.Helper()
	all := map[string]*modelfile.File{}
	for name, parameters := range map[string]string{
		"bgnbd":     "{r: 0.243, alpha: 4.414, a: 0.793, b: 2.426}",
		"mbgnbd":    "{r: 0.525, alpha: 6.183, a: 0.891, b: 1.614}",
		"paretonbd": "{r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669}",
		"nbd":       "{r: 0.385, alpha: 12.07}",
		"bgbb":      "{alpha: 0.4, beta: 3.2, gamma: 0.3, delta: 1.1}\nperiod_units: 4",
	} {
		all[name] = must(modelfile.Parse([]byte("model: " + name + "\ntime_unit: week\nparameters: " + parameters +
			"\nspend:\n  parameters: {p: 6.25, q: 3.74, gamma: 15.44}\nhorizon_days: 365\nannual_discount: 0.1\ncurrency: USD\n")))
	}
	return all
}

func written(t *testing.T, in Input) string {
	t.Helper()
	var page bytes.Buffer
	if err := Write(&page, in); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// drawn is a figure of the report, by its id.
func drawn(t *testing.T, in Input, id string) figure {
	t.Helper()
	figures, err := must(newSubject(in)).figures()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range figures {
		if f.ID == id {
			return f
		}
	}
	t.Fatalf("no figure %s", id)
	return figure{}
}
