package calibrate

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset"
)

func fileOf(t *testing.T, text string, rates *money.Rates, report *bytes.Buffer) Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	options := dataset.Options{Format: dataset.CSV, Name: path, Currency: currency(t, "USD"), Repeated: dataset.RepeatedLatest}
	source, err := File{Path: path, Options: options, Rates: rates, Rules: rules(), Report: report, Read: func(int64) {}}.Source()
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// Amounts become the business's at the rate of their day; rows without a rate are
// told once, however often the file is read.
func TestAmountsAreConverted(t *testing.T) {
	price, err := money.ParseDecimal("1.1")
	if err != nil {
		t.Fatal(err)
	}
	rates, err := money.NewRates(currency(t, "USD"), money.Rate{Currency: currency(t, "EUR"), From: dayOf(2024, 1, 2), Price: price})
	if err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	source := fileOf(t, "customer,time,amount,currency,order\na,2024-01-01,10,USD,1\na,2024-01-01,7,EUR,2\na,2024-01-02,100,EUR,3\na,2024-01-02 10:00,90,USD,3\nbroken,,,,\n", rates, &report)
	p := summarised(t, source, Everything())
	for _, tally := range p.known() {
		if tally.days != 2 || tally.mean() != 9000 {
			t.Errorf("%+v: the second version of order 3 counts", *tally)
		}
	}
	if told := report.String(); strings.Count(told, "line 3: convert from EUR") != 1 || strings.Count(told, "line 6:") != 1 || !strings.Contains(told, "refused: 2 of 5 rows") {
		t.Errorf("told %s", told)
	}
	if p.doubted != 1 || !source.Orders || !source.Amounts {
		t.Errorf("%d doubted, source %+v", p.doubted, source)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "nowhere"), t.TempDir()} {
		if _, err := (File{Path: path, Options: dataset.Options{Format: dataset.CSV}}).Source(); err == nil {
			t.Errorf("%s is read", path)
		}
	}
}

func TestReadingStopsWhenNobodyWaits(t *testing.T) {
	rates, err := money.NewRates(currency(t, "USD"))
	if err != nil {
		t.Fatal(err)
	}
	source := fileOf(t, "customer,time\n"+strings.Repeat("a,2024-01-01\n", 2*progressEvery), rates, &bytes.Buffer{})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Summarise(ctx, source, rules(), Everything()); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}
