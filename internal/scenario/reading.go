package scenario

import (
	"errors"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/money"
)

// readCustomer reads a customer as of a step's instant, as `clvstream get --at` does, in
// the words of a change.
func readCustomer(f *File, v *clv.Valuation, c *clv.Customer, step *Step) (Fields, error) {
	if c == nil {
		return nil, errors.New("nothing is known of the customer")
	}
	if c.Erased() {
		return Fields{erased: erasedAt(c.Erasure.AtMicros)}, nil
	}
	r, err := c.At(step.Customer, step.At.UnixMicro(), v)
	if err != nil {
		return nil, err
	}
	standing := clv.Change{
		CustomerID: step.Customer, Version: c.Version, PreviousMinor: c.AnnouncedMinor, Current: r.Estimate,
		ModelName: v.Model.Name(), ModelVersion: v.Model.Version(),
		Was: c.Announced.Standing, Standing: r.Standing, Silence: r.Silence, Tier: r.Tier, BreakEven: r.BreakEven,
	}
	fields := fieldsOf(&standing, f.Config.Business.Currency)
	if r.Standing.Tier != 0 {
		fields[tierSince] = time.UnixMicro(r.Standing.TierMicros).UTC().Format(time.RFC3339)
	}
	counts, _ := c.Contribution(&v.Rules, nil)
	fields[counted] = money.FormatMinor(counts.Sums.PredictedMinor, f.Config.Business.Currency.Exponent())
	if c.Erasure.Known {
		fields[erased] = erasedAt(c.Erasure.AtMicros)
	}
	return fields, nil
}

func erasedAt(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339) }
