package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/model"
)

// termsFlags are what turns expected orders into money, which no data say.
type termsFlags struct{ horizonDays, discount, margin float64 }

func (f *termsFlags) add(cmd *cobra.Command) {
	cmd.Flags().Float64Var(&f.horizonDays, "horizon-days", 365, "with --out: how many days ahead value is counted")
	cmd.Flags().Float64Var(&f.discount, "discount", 0.1, "with --out: effective annual discount; 0.1 is 10 % a year")
	cmd.Flags().Float64Var(&f.margin, "margin", 0, "with --out: margin on future revenue as a share of the price; 0: the customer's own to date")
}

func (f *termsFlags) check() error {
	switch {
	case !(f.horizonDays > 0 && f.horizonDays <= 36525):
		return fmt.Errorf("--horizon-days %g: above 0 and at most 36525 (100 years)", f.horizonDays)
	case !(f.margin >= 0 && f.margin <= 1):
		return fmt.Errorf("--margin %g: a share of the price, 0 to 1", f.margin)
	}
	if _, err := model.AnnualDiscount(f.discount); err != nil {
		return fmt.Errorf("--discount: %w", err)
	}
	return nil
}
