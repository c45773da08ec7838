package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/adhocore/gronx"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/model"
)

// Refit is when and how the publisher fits a new model by itself. An empty Cron
// never does.
type Refit struct {
	Cron        string // in the business's time zone
	Model       RefitModel
	HoldoutDays int
	Margin      float64 // share by which the new one's error must be smaller
	Silent      bool
}

// RefitModel is which model is fitted.
type RefitModel string

// RefitAuto fits whichever is best.
const RefitAuto RefitModel = "auto"

// refitModels are what can be fitted to customers who have no contract.
func refitModels() []RefitModel {
	return append([]RefitModel{RefitAuto}, names[RefitModel](model.KindPurchases)...)
}

// names are the catalogue's models of a kind.
func names[S ~string](kind model.Kind) []S {
	var all []S
	for _, name := range catalog.Names(kind) {
		all = append(all, S(name))
	}
	return all
}

// Next is the first instant after another at which the schedule falls, in the
// time zone of it; ok is false when there is none.
func (r Refit) Next(after time.Time) (next time.Time, ok bool) { return nextTick(r.Cron, after) }

// Next is the first instant after another at which tiers are cut, as Refit.Next.
func (c TierCut) Next(after time.Time) (next time.Time, ok bool) { return nextTick(c.Cron, after) }

func nextTick(cron string, after time.Time) (next time.Time, ok bool) {
	if cron == "" {
		return time.Time{}, false
	}
	next, err := gronx.NextTickAfter(cron, after, false)
	return next, err == nil
}

// cronFields are minute, hour, day of the month, month, day of the week.
const cronFields = 5

const cronAllowed = `a cron expression of 5 fields such as "0 4 * * 0" (minute, hour, day of the month, month, day of the week), @daily, @weekly or @monthly`

// cronExpression is a schedule, or nothing.
var cronExpression = matching("cron", cronAllowed+`, or "" for never`, func(s string) bool { return s == "" || isCron(s) })

func isCron(s string) bool {
	if s == "@daily" || s == "@weekly" || s == "@monthly" {
		return true
	}
	return oneLine(s) && len(strings.Fields(s)) == cronFields && gronx.IsValid(s)
}

// Check says what is wrong with the schedule.
func (r Refit) Check() error { return checkCron(r.Cron) }

func checkCron(cron string) error {
	if !isCron(cron) {
		return fmt.Errorf("%q is not allowed; give %s", cron, cronAllowed)
	}
	if _, ok := nextTick(cron, time.Now()); !ok {
		return fmt.Errorf("%q never occurs: no date matches it", cron)
	}
	return nil
}

// checkRefit refuses a schedule on which no day ever falls, and a holdout that
// customers in Redis cannot be taken back by: their orders are known singly for
// the lateness.
func checkRefit(c *Config, _ map[string]Source) string {
	r := c.Model.Refit
	if r.Cron == "" {
		return ""
	}
	if err := r.Check(); err != nil {
		return err.Error()
	}
	if r.HoldoutDays > c.Business.LatenessDays {
		return fmt.Sprintf("model.refit.holdout_days is %d, but orders are kept one by one for business.lateness_days only; give at most %d", r.HoldoutDays, c.Business.LatenessDays)
	}
	return ""
}
