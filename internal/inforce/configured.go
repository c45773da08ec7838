package inforce

import (
	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// valuation is a model with all else that a configuration says of a valuation.
func valuation(cfg config.Config, model model.Model) (v clv.Valuation, err error) {
	v.Model = model
	v.Rules = history.Rules{
		Calendar:     calendar.NewCalendar(cfg.Business.TimeZone),
		LatenessDays: calendar.Day(cfg.Business.LatenessDays),
		LedgerLimit:  cfg.Business.LedgerLimit,
	}
	if v.Rules.Margins, err = cfg.Business.Margins(); err != nil {
		return v, err
	}
	if v.Policy, err = cfg.AnnouncementPolicy(); err != nil {
		return v, err
	}
	v.Awake, err = cfg.Watched()
	return v, err
}

// spec is the model that a configuration names.
func spec(m config.Model) modelfile.Spec {
	if m.File != "" {
		return modelfile.Spec{File: m.File}
	}
	return modelfile.Spec{
		Name:          string(m.Name),
		LifespanYears: m.LifespanYears,
		MonthlyChurn:  m.MonthlyChurn,
		RetentionDCF: model.RetentionDCFParams{
			Retention:      m.Retention,
			AnnualDiscount: m.DiscountAnnual,
			Years:          m.RetentionYears,
			RetentionCost:  m.RetentionCost,
			FirstAfterYear: m.FirstMarginAfterYear,
		},
	}
}
