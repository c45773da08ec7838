package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/cli"
)

func TestReportOfCDNOW(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	args := []string{"report", "--model", exampleModel, "--input", sample, "--format", "cdnow"}
	out, errs, status := command(t, append(args, "-o", path)...)
	if status != 0 || !strings.Contains(out, path) {
		t.Fatalf("status %d: %s%s", status, out, errs)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The split is the model file's own; the literature's score proves it.
	for _, want := range []string{"the 273 days after that are the holdout", "0.7648", "<svg", "</html>", "20111"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	out, errs, status = command(t, append(args, "-o", "-", "--histories", "0", "--until", "1997-09-30")...)
	if status != 0 || !strings.HasPrefix(out, "<!doctype html>") || !strings.Contains(out, "all of them known") || strings.Contains(out, "20111") {
		t.Errorf("status %d: %s%.300s", status, errs, out)
	}
}

// What does not go together is refused with what would.
func TestReportMisuse(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	contracts := write("sbg.yaml", "model: sbg\ntime_unit: month\nparameters: {alpha: 0.668, beta: 3.806}\nperiod_units: 1\nhorizon_days: 365\nannual_discount: 0.1\ncurrency: USD\n")
	unit := write("unit.yaml", "model: nbd\ntime_unit: fortnight\nparameters: {r: 1, alpha: 2}\nhorizon_days: 365\nannual_discount: 0.1\ncurrency: USD\n")
	empty := write("empty.csv", "customer,time,amount\n")
	euros := write("euros.csv", "customer,time,amount,currency\nc1,2024-01-01,5,EUR\n")
	out := "-o " + filepath.Join(folder, "report.html")
	orders := "--input " + sample + " --format cdnow " + out
	for args, want := range map[string]string{
		orders:                                "--model",
		"--model " + exampleModel + " " + out: "--input",
		"--model nowhere.yaml " + orders:      "nowhere.yaml",
		"--model " + exampleModel + " --input nowhere.csv " + out:                       "nowhere.csv",
		"--model " + contracts + " " + orders:                                           "sbg is not a purchase model",
		"--model " + unit + " " + orders:                                                "fortnight",
		"--model " + exampleModel + " --input " + empty + " " + out:                     "no customer has bought",
		"--model " + exampleModel + " --input " + euros + " " + out:                     "EUR",
		"--model " + exampleModel + " --set business.currency=EUR " + orders:            "fitted in USD",
		"--model " + exampleModel + " --split 1999-01-01 " + orders:                     "1997-01-01 to 1998-06-30",
		"--model " + exampleModel + " --split 1996-01-01 " + orders:                     "1997-01-01 to 1998-06-30",
		"--model " + exampleModel + " --split 1998-06-30 " + orders:                     "none after it",
		"--model " + exampleModel + " --until 1990-01-01 " + orders:                     "before the first order",
		"--model " + exampleModel + " --split soon " + orders:                           "soon",
		"--model " + exampleModel + " --histories -1 " + orders:                         "--histories",
		"--model " + exampleModel + " --from-topic " + orders:                           "--from-topic",
		"--model " + exampleModel + " --input " + sample + " --format tsv -o " + folder: "cdnow",
	} {
		said, errs, status := command(t, append([]string{"report"}, strings.Fields(args)...)...)
		if status != cli.StatusUsage || !strings.Contains(said+errs, want) {
			t.Errorf("report %s: status %d, want 2 and %q in: %s%s", args, status, want, said, errs)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "report.html")); err == nil {
		t.Error("a report was written all the same")
	}
	if _, errs, status := command(t, append([]string{"report"}, strings.Fields("--model "+exampleModel+" --input "+sample+" --format cdnow -o "+folder)...)...); status != cli.StatusFailed {
		t.Errorf("a folder for a file: status %d: %s", status, errs)
	}
}
