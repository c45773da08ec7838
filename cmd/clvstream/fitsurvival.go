package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/fitting"
)

// runSurvival fits a contract model to the survival of a cohort.
func (f *fitFlags) runSurvival() (*fitting.Report, error) {
	unit, _, err := f.fitting()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	survivors, err := f.readSurvival()
	if err != nil {
		return nil, err
	}
	read := time.Since(began)
	report, err := fitting.Contracts(f.asked(), survivors, unit, f.period)
	if err != nil {
		return nil, cli.Usage(err)
	}
	report.ReadSeconds = read.Seconds()
	return report, nil
}

func (f *fitFlags) readSurvival() ([]float64, error) {
	if f.fromState || f.fromTopic || f.input.path == "" {
		return nil, cli.Usage(errors.New("--format survival needs a file: name it with --input"))
	}
	last, err := f.lastPeriod()
	if err != nil {
		return nil, err
	}
	columns, err := dataset.ParseSurvivalColumns(f.input.columns)
	if err != nil {
		return nil, cli.Usage(fmt.Errorf("--columns: %w", err))
	}
	file, err := os.Open(f.input.path)
	if err != nil {
		return nil, cli.Usage(fmt.Errorf("open --input: %w", err))
	}
	defer file.Close()
	survivors, err := dataset.ReadSurvival(file, dataset.SurvivalOptions{Name: f.input.path, Columns: columns, Cohort: f.cohort, Last: last})
	return survivors, cli.Usage(err)
}

// lastPeriod is --until of a survival file.
func (f *fitFlags) lastPeriod() (int, error) {
	if f.until == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(f.until)
	if err != nil || n < 1 {
		return 0, cli.Usage(fmt.Errorf("--until %q: with --format survival, want the number of the last period to use, 1 or more", f.until))
	}
	return n, nil
}
