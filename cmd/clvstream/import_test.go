package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/cli"
)

// traps are what real files do, a file each in testdata/import, with the flags that bring it in.
var traps = []struct {
	file string
	args string
}{
	{"items.csv", ""},
	{"items-disagree.csv", ""},
	{"repeated-totals.csv", ""},
	{"repeated-totals.csv", "--repeated total"},
	{"repeated-totals.csv", "--repeated items"},
	{"dates-dmy.csv", "--timezone Europe/Berlin"},
	{"dates-open.csv", ""},
	{"dates-open.csv", "--date-format mdy"},
	{"dates-mixed.csv", ""},
	{"dates-points.csv", ""},
	{"dates-dashes.txt", ""},
	{"dates-epoch.csv", ""},
	{"dates-epoch-ms.csv", ""},
	{"dates-offsets.csv", ""},
	{"amounts.csv", ""},
	{"amounts-comma.csv", "--set business.currency=EUR"},
	{"amounts-comma.csv", ""},
	{"amounts-open.csv", ""},
	{"amounts-open.csv", "--decimal point"},
	{"amounts-fine.csv", ""},
	{"amounts-fine.csv", "--round half-even"},
	{"amounts-back.csv", ""},
	{"amounts-none.csv", ""},
	{"amounts-none.csv", "--no-amounts"},
	{"headers.csv", ""},
	{"headers-unknown.csv", ""},
	{"headers-unknown.csv", "--columns customer=who,time=day,amount=paid"},
	{"headers-twice.csv", ""},
	{"quoted.csv", ""},
	{"unsorted.csv", ""},
	{"refused.csv", ""},
	{"refused.csv", "--max-refused 3"},
	{"all-refused.csv", ""},
	{"online-retail-cut.csv", "--set business.currency=GBP"},
	{"online-retail-cut.csv", "--set business.currency=GBP --cancellations refund"},
}

// What import says of each file is that of testdata/import/expected.txt; -update writes it.
func TestImportShowsWhatItUnderstands(t *testing.T) {
	const expected = "testdata/import/expected.txt"
	var got strings.Builder
	for _, trap := range traps {
		args := append([]string{"import", filepath.Join("testdata", "import", trap.file), "--dry-run"}, strings.Fields(trap.args)...)
		out, errs, status := command(t, args...)
		fmt.Fprintf(&got, "$ clvstream import %s --dry-run %s\n%s%sstatus %d\n\n", trap.file, trap.args, out, errs, status)
	}
	if *update {
		if err := os.WriteFile(expected, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(expected)
	if err != nil {
		t.Fatal(err)
	}
	if diff := firstDifference(got.String(), string(want)); diff != "" {
		t.Error(diff)
	}
}

// firstDifference is the first line that differs, with its command.
func firstDifference(got, want string) string {
	of := ""
	gots, wants := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i, l := range gots {
		if strings.HasPrefix(l, "$ ") {
			of = l
		}
		if i >= len(wants) || l != wants[i] {
			return fmt.Sprintf("%s\ngot  %s\nwant %s", of, l, strings.Join(wants[min(i, len(wants)):min(i+1, len(wants))], ""))
		}
	}
	if len(wants) > len(gots) {
		return "more is expected: " + wants[len(gots)]
	}
	return ""
}

func TestImportDryRunAsJSON(t *testing.T) {
	out, _, status := command(t, "import", "testdata/import/refused.csv", "--dry-run", "--json")
	var u understood
	if err := json.Unmarshal([]byte(out), &u); err != nil || status != cli.StatusFailed {
		t.Fatalf("status %d: %v: %s", status, err, out)
	}
	if u.Rows != 100 || u.RefusedRows != 3 || len(u.Refused) != 2 || u.Refused[0].ExampleLine != 99 || u.Refused[0].Cure != "--date-format" || !strings.Contains(u.Fails, "3 of its 100 rows are refused") {
		t.Errorf("%s", out)
	}
	if u.Orders != 97 || len(u.First) != 3 || u.Ordered[0].Amount != "970.00" {
		t.Errorf("%s", out)
	}
}

func TestImportRefusesWrongFlags(t *testing.T) {
	const file = "testdata/import/items.csv"
	for _, tc := range []struct {
		args []string
		want string
	}{
		{nil, "--input is missing"},
		{[]string{file, "other.csv"}, "wants one file"},
		{[]string{file, "--input", "other.csv"}, "name two files"},
		{[]string{file, "--date-format", "dd/mm"}, `--date-format: "dd/mm" is none of ymd, dmy`},
		{[]string{file, "--timezone", "CEST"}, `--timezone: "CEST" is no time zone's`},
		{[]string{file, "--decimal", "dot"}, `--decimal: "dot" is neither`},
		{[]string{file, "--currency", "euro"}, "--currency: not an ISO 4217"},
		{[]string{file, "--round", "up"}, `--round: choose round: "up" is none of`},
		{[]string{file, "--cancellations", "yes"}, `--cancellations: choose cancellations: "yes" is none of`},
		{[]string{file, "--repeated", "yes"}, `--repeated: choose repeated: "yes" is none of`},
		{[]string{file, "--max-refused", "101"}, "want 0 to 100"},
		{[]string{"testdata"}, "no regular file"},
	} {
		_, errs, status := command(t, append(append([]string{"import"}, tc.args...), "--dry-run")...)
		if status != cli.StatusUsage || !strings.Contains(errs, tc.want) {
			t.Errorf("%v: status %d, want %q in %s", tc.args, status, tc.want, errs)
		}
	}
}

// A file is sent once it is known to be good: events come in the order of time, each counts,
// none becomes a dead letter. Sent again, it changes nothing.
func TestImport(t *testing.T) {
	p := deployment(t)
	on := []string{"--brokers", strings.Join(p.cfg.Kafka.Brokers, ","), "--redis", p.cfg.Redis.Addresses[0]}
	ask := func(want int, args ...string) (out, errs string) {
		t.Helper()
		out, errs, status := command(t, slices.Concat(args, on)...)
		if status != want {
			t.Fatalf("%v: status %d, want %d: %s%s", args, status, want, out, errs)
		}
		return out, errs
	}
	_, errs := ask(cli.StatusUsage, "import", "testdata/import/refused.csv")
	if !strings.Contains(errs, "3 of its 100 rows are refused, more than 1 %") {
		t.Errorf("above the share: %s", errs)
	}
	out, errs := ask(0, "import", "testdata/import/refused.csv", "--max-refused", "3", "--json")
	if !strings.Contains(out, `"events": 97`) || !strings.Contains(out, `"refused_rows": 3`) || strings.Count(errs, "such as line") != 2 {
		t.Errorf("below the share: %s%s", out, errs)
	}
	_, errs = ask(0, "import", "testdata/import/unsorted.csv")
	if !strings.Contains(errs, "is not in the order of time (1 rows are earlier than the one before): its events are sorted") {
		t.Errorf("unsorted: %s", errs)
	}
	_, errs = ask(0, "replay", "--input", "testdata/import/unsorted.csv", "--as-is")
	if !strings.Contains(errs, "is sent as it is: events that come too late become dead letters") {
		t.Errorf("as it is: %s", errs)
	}
	if out, _ = ask(0, "import", "testdata/import/items.csv"); !strings.Contains(out, "published 2 events") || !strings.Contains(out, "of 4 rows 0 were refused") {
		t.Error(out)
	}
	ask(0, "import", "testdata/import/items.csv")
	if err := p.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out, _ = ask(0, append([]string{"verify", "--json"}, asleep...)...); !strings.Contains(out, `"dead_letters": 0`) || !strings.Contains(out, `"verified": true`) {
		t.Error(out)
	}
	if out, _ = ask(0, "get", "c1", "--json"); !strings.Contains(out, `"revenue": "93.48"`) {
		t.Errorf("10.00 of refused.csv, 22.00 of unsorted.csv and 61.48 of items.csv, and c1 has %s", out)
	}
}
