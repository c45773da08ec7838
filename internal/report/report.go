package report

import (
	"fmt"
	"io"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// Input is what a report is about.
type Input struct {
	File    *modelfile.File
	Rules   *history.Rules
	Survey  *Survey
	Holdout fit.Holdout // customers as of Split
	Source  string      // the orders' name, for people

	Split calendar.Day // the last day that the model may know
	Until calendar.Day // the last day of all; equal to Split where nothing is held out

	Histories int // how many customers' histories to show
}

// held says whether there are days that the model has not seen.
func (in *Input) held() bool { return in.Until > in.Split }

// subject is the model at work on the input.
type subject struct {
	Input
	entry     catalog.Entry
	inputs    model.Inputs
	model     model.Model
	purchases model.Purchases
	spend     model.GammaGammaParams
	totals    totals
	scores    scores // where days are held out
	course    course
}

// Write draws the report.
func Write(w io.Writer, in Input) error {
	s, err := newSubject(in)
	if err != nil {
		return err
	}
	p, err := s.page()
	if err != nil {
		return err
	}
	if err := pageTemplate.Execute(w, p); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// Check refuses a model that there is no report of.
func Check(file *modelfile.File) error {
	if _, err := file.Purchases(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func newSubject(in Input) (*subject, error) {
	if err := Check(in.File); err != nil {
		return nil, err
	}
	built, err := in.File.Build()
	if err != nil {
		return nil, err
	}
	s := &subject{Input: in, entry: built.Entry, inputs: built.Inputs, model: built.Model, spend: in.File.GammaGamma()}
	if s.purchases, err = in.File.Purchases(); err != nil {
		return nil, err
	}
	s.totals = s.sum()
	if s.held() {
		if s.scores, err = s.score(); err != nil {
			return nil, err
		}
	}
	s.course = s.follow()
	return s, nil
}

// unit is the name of what the model counts time in.
func (s *subject) unit() string { return s.File.Unit.String() }

// in counts days in the model's unit.
func (s *subject) in(days calendar.Day) float64 {
	return model.UnitDay.Span(float64(days)).In(s.File.Unit)
}

// figures are all pictures that the input has something for.
func (s *subject) figures() ([]figure, error) {
	var draw []func() (figure, error)
	if s.entry.Attrition {
		draw = append(draw, s.aliveMatrix)
	}
	draw = append(draw, s.ordersMatrix, s.calibration, s.weekly, s.cumulative)
	if s.held() {
		draw = append(draw, s.byFrequency, s.gains)
	}
	if s.totals.spenders > 0 {
		draw = append(draw, s.spending)
	}
	if s.Histories > 0 {
		draw = append(draw, s.histories)
	}
	var all []figure
	for _, f := range draw {
		drawn, err := f()
		if err != nil {
			return nil, fmt.Errorf("write report: %w", err)
		}
		if drawn.SVG != "" {
			all = append(all, drawn)
		}
	}
	return all, nil
}
