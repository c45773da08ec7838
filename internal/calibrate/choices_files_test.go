package calibrate

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// trialFile is orders on which a choice is tried, real or simulated.
type trialFile struct {
	name   string
	orders []trialOrder // by day
	known  float64      // share of the days that the choice may know
}

type trialOrder struct {
	customer string
	day      calendar.Day
}

func (f *trialFile) source() Source {
	return Source{Each: func(_ context.Context, take func(*history.Event)) error {
		for i, o := range f.orders {
			id := fmt.Sprint(i)
			take(&history.Event{Kind: history.OrderPlaced, ID: id, OrderID: id, CustomerID: o.customer, AtMicros: int64(o.day) * 86_400_000_000})
		}
		return nil
	}}
}

// window holds out what comes after the known days.
func (f *trialFile) window() Window {
	first, last := f.orders[0].day, f.orders[len(f.orders)-1].day
	return Window{Split: first + calendar.Day(f.known*float64(last-first)), Until: last}
}

// knownUpTo is the same file at several shares of its days.
func knownUpTo(name string, orders []trialOrder, shares ...float64) (files []trialFile) {
	slices.SortStableFunc(orders, func(a, b trialOrder) int { return cmp.Compare(a.day, b.day) })
	for _, share := range shares {
		files = append(files, trialFile{name, orders, share})
	}
	return files
}

func placedOrders(t *testing.T, s Source) (all []trialOrder) {
	t.Helper()
	err := s.Each(t.Context(), func(e *history.Event) {
		if e.Kind == history.OrderPlaced {
			all = append(all, trialOrder{e.CustomerID, rules().Calendar.Day(e.AtMicros)})
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// cdnowFiles are CDNOW's customers, all and by the month in which they first bought.
func cdnowFiles(t *testing.T) (files []trialFile) {
	master := placedOrders(t, cdnow(t, "CDNOW_master.txt"))
	files = append(files, knownUpTo("CDNOW sample", placedOrders(t, cdnow(t, "CDNOW_sample.txt")), .5, .667, .8)...)
	files = append(files, knownUpTo("CDNOW master", master, .667)...)
	first := map[string]calendar.Day{}
	for _, o := range master {
		if day, known := first[o.customer]; !known || o.day < day {
			first[o.customer] = o.day
		}
	}
	start := dayOf(1997, 1, 1)
	for i, month := range []string{"January", "February", "March"} {
		ends := []calendar.Day{0, 31, 59, 90}
		var of []trialOrder
		for _, o := range master {
			if day := first[o.customer] - start; day >= ends[i] && day < ends[i+1] {
				of = append(of, o)
			}
		}
		files = append(files, knownUpTo("CDNOW, new in "+month, of, .5, .667, .8)...)
	}
	return files
}

// datasetsVariable names a directory with data sets that are not part of the repository.
const datasetsVariable = "TESTBED_DATASETS"

// retailFiles are the UCI Online Retail orders, all and by country.
func retailFiles(t *testing.T) (files []trialFile) {
	directory := os.Getenv(datasetsVariable)
	if directory == "" {
		t.Skip(datasetsVariable + " is not set: it names a directory with online_retail_orders.csv")
	}
	text, err := os.ReadFile(filepath.Join(directory, "online_retail_orders.csv"))
	if err != nil {
		t.Fatal(err)
	}
	byCountry := map[string][]trialOrder{}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		f := strings.Split(line, ",") // ts,invoice_no,customer_id,type,amount,lines,units,country
		if i == 0 || f[3] != "order" {
			continue
		}
		var year, month, day int
		if _, err := fmt.Sscanf(f[0], "%d-%d-%d", &year, &month, &day); err != nil {
			t.Fatal(err)
		}
		o := trialOrder{f[2], dayOf(year, time.Month(month), day)}
		for _, country := range []string{"all", f[7]} {
			byCountry[country] = append(byCountry[country], o)
		}
		if f[7] != "United Kingdom" {
			byCountry["abroad"] = append(byCountry["abroad"], o)
		}
	}
	for _, country := range []string{"all", "United Kingdom", "abroad", "Germany", "France"} {
		files = append(files, knownUpTo("Online Retail, "+country, byCountry[country], .5, .667, .8)...)
	}
	return files
}
