package calibrate

import (
	"bytes"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset"
)

func currency(tb testing.TB, code string) money.Currency {
	tb.Helper()
	c, err := money.ParseCurrency(code)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func file(tb testing.TB, path string, options dataset.Options) Source {
	tb.Helper()
	usd := currency(tb, "USD")
	rates, err := money.NewRates(usd)
	if err != nil {
		tb.Fatal(err)
	}
	options.Name, options.Currency = path, usd
	var report bytes.Buffer
	source, err := File{Path: path, Options: options, Rates: rates, Rules: rules(), Report: &report, Read: func(int64) {}}.Source()
	if err != nil {
		tb.Fatal(err)
	}
	return source
}

func cdnow(tb testing.TB, name string) Source {
	tb.Helper()
	return file(tb, filepath.Join("..", "dataset", "testdata", name), dataset.Options{Format: dataset.CDNOW})
}

func rules() *history.Rules {
	return &history.Rules{Calendar: calendar.NewCalendar(nil), LatenessDays: history.DefaultLatenessDays, LedgerLimit: history.DefaultLedgerLimit}
}

func dayOf(year int, month time.Month, day int) calendar.Day {
	return calendar.NewCalendar(nil).Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).UnixMicro())
}

func summarised(tb testing.TB, source Source, window Window) *Population {
	tb.Helper()
	p, err := Summarise(tb.Context(), source, rules(), window)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// sums are the totals that come with the data.
type sums struct{ customers, repeaters, orders, mostOrders int }

func (p *Population) sums() (s sums, recencyDays, ageDays int) {
	for _, t := range p.known() {
		s.customers++
		s.orders += int(t.days - 1)
		s.mostOrders = max(s.mostOrders, int(t.days-1))
		if t.days > 1 {
			s.repeaters++
		}
		recencyDays += int(t.last - t.first)
		ageDays += int(p.End() - t.first)
	}
	return s, recencyDays, ageDays
}

var cutoff = dayOf(1997, 9, 30)

func TestCDNOWSampleIsSummarised(t *testing.T) {
	p := summarised(t, cdnow(t, "CDNOW_sample.txt"), Up(cutoff))
	got, recency, age := p.sums()
	if want := (sums{2357, 946, 2457, 29}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if weeks := float64(recency) / 7; math.Abs(weeks-16135.571428571) > 1e-9 {
		t.Errorf("Σt_x is %v weeks", weeks)
	}
	if weeks := float64(age) / 7; math.Abs(weeks-77111.285714286) > 1e-9 {
		t.Errorf("ΣT is %v weeks", weeks)
	}
	all, _, _ := summarised(t, cdnow(t, "CDNOW_sample.txt"), Everything()).sums()
	if all.orders != 4339 {
		t.Errorf("Σx of everything is %d, want 4,339", all.orders)
	}
}

func TestCDNOWMasterIsSummarised(t *testing.T) {
	p := summarised(t, cdnow(t, "CDNOW_master.txt"), Up(cutoff))
	if got, _, _ := p.sums(); got.customers != 23570 || got.orders != 24337 {
		t.Errorf("got %+v, want 23,570 customers and 24,337 orders", got)
	}
	all, _, _ := summarised(t, cdnow(t, "CDNOW_master.txt"), Everything()).sums()
	if all.orders != 44021 {
		t.Errorf("Σx of everything is %d, want 44,021", all.orders)
	}
}
