package dataset

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// The cohorts of Fader and Hardie (2007), "How to Project Customer Retention",
// as printed: percent of 1,000 customers.
const cohorts = "year,regular_pct,highend_pct\n0,100.0,100.0\n1,63.1,86.9\n2,46.8,74.3\n3,38.2,65.3\n"

func TestSurvivalIsRead(t *testing.T) {
	regular := []float64{1000, 631, 468, 382}
	for name, row := range map[string]struct {
		text, columns string
		cohort        float64
		last          int
		want          []float64
	}{
		"a column of two":     {cohorts, "period=year,survivors=regular_pct", 1000, 0, regular},
		"the other":           {cohorts, "share=highend_pct", 1000, 0, []float64{1000, 869, 743, 653}},
		"up to a period":      {cohorts, "survivors=regular_pct", 1000, 2, regular[:3]},
		"numbers":             {"period,survivors\n0,1000\n1,631\n2,468\n3,382\n", "", 0, 0, regular},
		"numbers, and cohort": {"period;survivors\n0;1000\n1;631\n2;468\n3;382\n", "", 1000, 0, regular},
		"shares in 1":         {"month\tshare\n0\t1\n1\t.631\n2\t.468\n3\t.382\n", "", 1000, 0, regular},
		"percent signs":       {"period,left\n0,100%\n1,63.1 %\n2,46.8%\n3,38.2%\n", "", 1000, 0, regular},
		"from period 1":       {"period,share\n1,.631\n2,.468\n3,.382\n", "", 1000, 0, regular},
		"percent from 1":      {"period,pct\n1,63.1\n2,46.8\n3,38.2\n", "", 1000, 0, regular},
		"customers from 1":    {"period,customers\n1,631\n2,468\n3,382\n", "", 1000, 0, regular},
		"no period column":    {"survivors\n1000\n631\n468\n382\n", "", 0, 0, regular},
		"columns by number":   {"0,1000\n1,631\n2,468\n3,382\n", "period=1,survivors=2", 0, 0, regular},
		"one number":          {"1000\n631\n468\n382\n", "survivors=1", 0, 0, regular},
		"a cohort of hundred": {"period,survivors\n0,100\n1,63\n2,47\n", "", 0, 0, []float64{100, 63, 47}},
	} {
		columns, err := ParseSurvivalColumns(row.columns)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := ReadSurvival(strings.NewReader(row.text), SurvivalOptions{Name: "cohort.csv", Columns: columns, Cohort: row.cohort, Last: row.last})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.EqualFunc(got, row.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Errorf("%s: got %v, want %v", name, got, row.want)
		}
	}
}

func TestSurvivalRefuses(t *testing.T) {
	for name, row := range map[string]struct {
		text    string
		columns SurvivalColumns
		cohort  float64
		says    string
	}{
		"empty":             {"", SurvivalColumns{}, 0, "empty"},
		"header alone":      {"period,survivors\n", SurvivalColumns{}, 0, "no row"},
		"two shares":        {cohorts, SurvivalColumns{}, 1000, "survivors=COLUMN; the header has year, regular_pct, highend_pct"},
		"no such column":    {cohorts, SurvivalColumns{Survivors: "x"}, 1000, `no column "x"`},
		"no cohort":         {cohorts, SurvivalColumns{Survivors: "regular_pct"}, 0, "cohort's size"},
		"another cohort":    {"period,survivors\n0,900\n1,800\n", SurvivalColumns{}, 1000, "make them equal"},
		"cohort, from 1":    {"period,survivors\n1,800\n", SurvivalColumns{}, 0, "begin with 1"},
		"more than cohort":  {"period,survivors\n1,1200\n2,1100\n", SurvivalColumns{}, 1000, "of a cohort of 1000"},
		"rises":             {"period,survivors\n0,10\n1,5\n2,6\n", SurvivalColumns{}, 0, "cohort.csv: line 4, column 3"},
		"not a number":      {"period,survivors\n0,10\n1,many\n", SurvivalColumns{}, 0, "line 3, column 3"},
		"NaN":               {"period,survivors\n0,NaN\n", SurvivalColumns{}, 0, "line 2"},
		"negative":          {"period,survivors\n0,-1\n", SurvivalColumns{}, 0, "line 2"},
		"gap":               {"period,survivors\n0,10\n2,9\n", SurvivalColumns{}, 0, `line 3, column 1: the period "2" is not 1`},
		"begins late":       {"period,survivors\n2,10\n3,9\n", SurvivalColumns{}, 0, "line 2"},
		"ragged":            {"period,survivors\n0,10\n1\n", SurvivalColumns{}, 0, "line 3 has 1 columns"},
		"number and name":   {"0,10\n1,9\n", SurvivalColumns{Period: "year", Survivors: "2"}, 0, "both in one way"},
		"column 0":          {"0,10\n", SurvivalColumns{Survivors: "0"}, 0, "1 or more"},
		"column too far":    {"0,10\n1,9\n", SurvivalColumns{Survivors: "9"}, 0, "line 1"},
		"only periods":      {"period\n0\n1\n", SurvivalColumns{}, 0, "no column holds the survivors"},
		"quote not closed":  {"period,survivors\n0,\"10\n", SurvivalColumns{}, 0, "not closed"},
		"too many periods":  {"survivors\n" + strings.Repeat("5\n", mostPeriods+1), SurvivalColumns{}, 0, "more than"},
		"UTF-16":            {"\xff\xfep\x00", SurvivalColumns{}, 0, "UTF-16"},
		"the same heading":  {"period,survivors,survivors\n0,1,2\n", SurvivalColumns{}, 0, "twice"},
		"period is a share": {"period,survivors\n0.5,10\n", SurvivalColumns{}, 0, "line 2, column 1"},
	} {
		_, err := ReadSurvival(strings.NewReader(row.text), SurvivalOptions{Name: "cohort.csv", Columns: row.columns, Cohort: row.cohort})
		if err == nil || !strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), "cohort.csv") {
			t.Errorf("%s: error is %v, want %q", name, err, row.says)
		}
	}
	for list, says := range map[string]string{"customer=x": "none of", "survivors": "field=column", "share=a,survivors=b": "twice"} {
		if _, err := ParseSurvivalColumns(list); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("columns %q: error is %v, want %q", list, err, says)
		}
	}
}

// Whatever the file, the answer is an error or survivors that fall.
func FuzzReadSurvival(f *testing.F) {
	f.Add(cohorts, "survivors=regular_pct", 1000.0)
	f.Add("0,10\n1,9\n", "survivors=2", 0.0)
	f.Add("0,1\n1,.5\n", "survivors=2", math.NaN())
	f.Fuzz(func(t *testing.T, text, list string, cohort float64) {
		columns, err := ParseSurvivalColumns(list)
		if err != nil {
			return
		}
		survivors, err := ReadSurvival(strings.NewReader(text), SurvivalOptions{Columns: columns, Cohort: cohort})
		if err != nil {
			return
		}
		for n, v := range survivors {
			if !(v >= 0) || n > 0 && v > survivors[n-1] {
				t.Fatalf("survivors %v", survivors)
			}
		}
	})
}
