package fit

import (
	"bufio"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/model"
)

// cdnow is the CDNOW sample of the literature, calibrated to 1997-09-30: orders
// of one day are one transaction. File: master id, sample id, date, CDs, dollars.
type cdnow struct {
	*Sample
	spend *SpendSample
}

type cdnowCustomer struct {
	days  []time.Time
	cents []int64
}

func readCDNOW(tb testing.TB, name string) (customers map[string]*cdnowCustomer) {
	tb.Helper()
	file, err := os.Open(filepath.Join("..", "..", "internal", "dataset", "testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	customers = make(map[string]*cdnowCustomer)
	until := time.Date(1997, 9, 30, 0, 0, 0, 0, time.UTC)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		id, rest := fields[0], fields[len(fields)-3:]
		day, err := time.Parse("20060102", rest[0])
		if err != nil || day.After(until) {
			continue
		}
		dollars, err := strconv.ParseFloat(rest[2], 64)
		if err != nil {
			tb.Fatal(err)
		}
		c := customers[id]
		if c == nil {
			c = &cdnowCustomer{}
			customers[id] = c
		}
		if n := len(c.days); n == 0 || !c.days[n-1].Equal(day) {
			c.days, c.cents = append(c.days, day), append(c.cents, 0)
		}
		c.cents[len(c.cents)-1] += int64(dollars*100 + .5)
	}
	return customers
}

func summarise(tb testing.TB, customers map[string]*cdnowCustomer) cdnow {
	tb.Helper()
	until := time.Date(1997, 9, 30, 0, 0, 0, 0, time.UTC)
	days := func(from, to time.Time) model.Span { return model.UnitDay.Span(to.Sub(from).Hours() / 24) }
	c := cdnow{NewSample(model.UnitWeek), NewSpendSample()}
	for _, id := range slices.Sorted(maps.Keys(customers)) {
		one := customers[id]
		x := len(one.days) - 1
		s, err := model.NewSummary(x, days(one.days[0], one.days[x]), days(one.days[0], until))
		if err != nil {
			tb.Fatal(err)
		}
		if err := c.Add(s, 1); err != nil {
			tb.Fatal(err)
		}
		cents := int64(0)
		for _, day := range one.cents[1:] {
			cents += day
		}
		if x > 0 {
			c.spend.Add(x, float64(cents)/100/float64(x))
		}
	}
	return c
}
