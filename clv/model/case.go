package model

import (
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/history"
)

// Case is a customer's value to be explained: what the model was made from, what
// is known of the customer, and what came of it.
type Case struct {
	Inputs
	Facts      history.Facts
	Summary    Summary
	Prediction Prediction

	// The estimate's, in which a churn event may have replaced the model's P(alive).
	PAlive, ExpectedOrders, NextOrderDays     float64
	SpendMinor, HistoricMinor, PredictedMinor float64

	FirstDay calendar.Day // of purchase, where Dated
	Dated    bool
}

// Explanation is the way from orders to the predicted value. A churn event, if
// there is one, is told between Alive and Orders.
type Explanation struct {
	Alive  []formula.Step // from what the customer did to P(alive)
	Orders []formula.Step // from there to discounted orders
	// Value is how the predicted value is made of them, its formula last. What was
	// earned, and the sum, follow it.
	Value formula.Step
}

// in counts a length of time in the model's unit.
func (c *Case) in(s Span) float64 { return s.In(c.Unit) }

// amount is money in major units with its currency.
func (c *Case) amount(minor float64) string { return formula.Amount(minor, c.Currency) }

// money is a formula whose value is money.
func (c *Case) money(symbol, general, numbers string, minor float64) formula.Formula {
	return formula.Money(symbol, general, numbers, minor, c.Currency)
}

// Margin is the ratio in force: the assumed one, else the customer's own.
func (c *Case) Margin() float64 {
	if c.MarginRatio > 0 {
		return c.MarginRatio
	}
	return c.Facts.MarginRatio
}

// discountedIfAlive is the discounted purchase days of a customer who is there.
func (c *Case) discountedIfAlive() float64 {
	if perOrder := c.Prediction.SpendMinor * c.Margin(); perOrder != 0 {
		return c.Prediction.ValueIfAliveMinor / perOrder
	}
	return 0
}
