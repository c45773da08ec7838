package receivers

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/change"
)

// DuckDB infers types from the first 20,480 lines: what is said only later must fit them.
const beforeFractions, inAll = 25_000, 30_000

// columnTypes are what DuckDB is to take the types of fields for.
var columnTypes = map[change.Type]string{
	change.Text: "VARCHAR", change.Money: "VARCHAR", change.Count: "BIGINT", change.Number: "DOUBLE",
	change.Time: "TIMESTAMP WITH TIME ZONE", change.Day: "DATE", change.Truth: "BOOLEAN",
}

// column is what DuckDB, or a count of the lines, has of a field.
type column struct {
	Type  string  `json:"type"`
	Count int     `json:"count"` // not null
	Sum   float64 `json:"sum"`   // of amounts, in cents
	Last  string  `json:"last"`  // of the last line, where it may have a fraction
}

// full has every field, and numbers that are whole.
func full(i int) *clv.Change {
	c := changetest.Dormant()
	c.CustomerID, c.FirstChannel = "c-"+strconv.Itoa(i), "web"
	c.Cause = clv.Cause{EventID: "e-" + strconv.Itoa(i), Kind: history.OrderPlaced, OrderID: "o-" + strconv.Itoa(i), AtMicros: c.Current.AsOfMicros}
	c.Current.PAlive, c.Current.ExpectedOrders, c.Current.NextOrderDays = 1, 2, 12
	c.Current.CLVMinor, c.Silence.Quantile = 40_000, 1
	c.Current.ResidualKnown, c.BreakEven = true, estimate.BreakEven{Kind: estimate.BreakEvenReached, Day: 19_700}
	return c
}

// fractional is full, with fractions of 64: these add up exactly, in any order.
func fractional(i int) *clv.Change {
	c := full(i)
	fraction := float64(i%64) / 64
	c.Current.PAlive, c.Current.ExpectedOrders, c.Current.NextOrderDays = fraction, 2+fraction, 12+fraction
	c.Current.CLVMinor, c.Silence.Quantile = 40_000+20_000*fraction, fraction
	c.Current.Facts.RecencyDays = i % 31
	return c
}

// last has a number with all the digits that one may have.
func last() *clv.Change {
	c := full(0)
	c.CustomerID = "last"
	c.Current.PAlive, c.Current.ExpectedOrders, c.Current.NextOrderDays = 0.1+0.2, 5e-324, 1e21
	c.Current.Facts.RecencyDays, c.Current.Facts.Frequency = 100, 3
	return c
}

// acquired has no order: objects are absent, and numbers are null.
func acquired(i int) *clv.Change {
	return &clv.Change{
		CustomerID: "c-" + strconv.Itoa(i), Version: 1, Reason: announce.ReasonFirst,
		Cause:     clv.Cause{EventID: "e", Kind: history.ChurnReverted, AtMicros: 1_709_294_400_000_000},
		Current:   estimate.Estimate{AsOfMicros: 1_709_294_400_000_000},
		ModelName: "simple", ModelVersion: "v",
	}
}

// many are inAll lines, of which the earlier ones differ from the later ones.
func many(t *testing.T, early, late func(int) *clv.Change) [][]byte {
	t.Helper()
	changes := make([]*clv.Change, 0, inAll)
	for i := range inAll - 1 {
		if i < beforeFractions {
			changes = append(changes, early(i))
		} else {
			changes = append(changes, late(i))
		}
	}
	return rendered(t, append(changes, last())...)
}

// counted are the columns as the lines have them.
func counted(t *testing.T, lines [][]byte) map[string]column {
	t.Helper()
	columns := make(map[string]column)
	for f := range change.Fields() {
		columns[f.Path] = column{Type: columnTypes[f.Type]}
	}
	for _, line := range lines {
		var object map[string]any
		if err := json.Unmarshal(line, &object); err != nil {
			t.Fatal(err)
		}
		count(t, columns, "", object)
	}
	return columns
}

// count adds what an object of a line holds.
func count(t *testing.T, columns map[string]column, prefix string, object map[string]any) {
	t.Helper()
	for name, value := range object {
		c := columns[prefix+name]
		switch value := value.(type) {
		case nil:
			continue // the last line has no null among numbers
		case map[string]any:
			count(t, columns, name+".", value)
			continue
		case string:
			if change.Lookup(prefix+name).Type == change.Money {
				c.Sum += cents(t, value)
			}
		case float64:
			c.Sum += value
			if c.Type == columnTypes[change.Number] {
				c.Last = python(value)
			}
		}
		c.Count++
		columns[prefix+name] = c
	}
}

// cents is an amount in dollars, exactly.
func cents(t *testing.T, amount string) float64 {
	t.Helper()
	minor, err := strconv.ParseInt(strings.Replace(amount, ".", "", 1), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return float64(minor)
}

// python writes a number as Python does, to compare every bit.
func python(v float64) string {
	text := strconv.FormatFloat(v, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

func readByDuckDB(t *testing.T, lines [][]byte, options ...string) map[string]column {
	t.Helper()
	receivers := testbed.FindReceivers(t)
	var fields []string
	for f := range change.Fields() {
		if f.Type == change.Money {
			fields = append(fields, f.Path+":money")
		} else {
			fields = append(fields, f.Path)
		}
	}
	arguments := append([]string{"-I", program(t, "columns.py"), written(t, lines), strings.Join(fields, ",")}, options...)
	return decoded[map[string]column](t, receivers.Run(t, "python", arguments...))
}

func wantColumns(t *testing.T, got, want map[string]column) {
	t.Helper()
	for f := range change.Fields() {
		if g, w := got[f.Path], want[f.Path]; g != w {
			t.Errorf("%s: DuckDB has %+v, published is %+v", f.Path, g, w)
		}
	}
}

// A column whose first values are all whole is taken for one of fractions all the same, and
// no fraction that follows is rounded.
func TestDuckDBTakesWholeNumbersFirstForFractions(t *testing.T) {
	t.Parallel()
	someUnknown := func(i int) *clv.Change {
		c := full(i)
		c.Current.AliveKnown = i%3 > 0
		return c
	}
	lines := many(t, someUnknown, fractional)
	wantColumns(t, readByDuckDB(t, lines), counted(t, lines))
}

// What is null or absent in the first lines is there with the option that docs/events.md names.
func TestDuckDBReadsWhatIsNullFirst(t *testing.T) {
	t.Parallel()
	lines := many(t, acquired, fractional)
	wantColumns(t, readByDuckDB(t, lines, "sample_size = -1"), counted(t, lines))
}

// Without the point, the same lines are rounded: the tests above can fail.
func TestDuckDBRoundsWhatBeginsWithoutAPoint(t *testing.T) {
	t.Parallel()
	lines := many(t, full, fractional)
	for i, line := range lines[:beforeFractions] {
		lines[i] = []byte(strings.ReplaceAll(string(line), `"p_alive":1.0,`, `"p_alive":1,`))
	}
	got, want := readByDuckDB(t, lines)["p_alive"], counted(t, lines)["p_alive"]
	if got.Type != columnTypes[change.Count] || got.Sum == want.Sum {
		t.Errorf("p_alive is read as %+v, published is %+v: DuckDB does not round any more", got, want)
	}
}
