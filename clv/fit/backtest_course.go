package fit

import "github.com/clvstream/clvstream/clv/model"

// Course is how the repeat purchases of a backtest's customers came in, day by
// day from the first purchase of all to the end of the holdout.
type Course struct {
	Births  []int // customers whose first purchase day it is
	Repeats []int // repeat purchase days
}

const daysPerWeek = 7

// Weeks is how many whole weeks the course has.
func (c Course) Weeks() int { return len(c.Births) / daysPerWeek }

// Actual is the repeat purchase days up to the end of each week.
func (c Course) Actual() []float64 {
	weeks := make([]float64, c.Weeks())
	sum := 0
	for day, repeats := range c.Repeats[:len(weeks)*daysPerWeek] {
		sum += repeats
		weeks[day/daysPerWeek] = float64(sum)
	}
	return weeks
}

// expect is the same as a model expects it: Σ E[X(t)] over the customers, each
// from their first purchase on.
func (c Course) expect(newOrders func(model.Span) float64) []float64 {
	weeks := make([]float64, c.Weeks())
	byAge := make([]float64, len(c.Births))
	for age := range byAge {
		byAge[age] = newOrders(model.UnitDay.Span(float64(age)))
	}
	for week := range weeks {
		last := (week+1)*daysPerWeek - 1
		for day, births := range c.Births[:last+1] {
			weeks[week] += float64(births) * byAge[last-day]
		}
	}
	return weeks
}
