package shop

import (
	"errors"
	"fmt"
	"time"
)

// MaxCustomers bounds a shop's memory, about 100 bytes a customer, to some 5 GB.
const MaxCustomers = 50_000_000

const maxPrefixBytes = 200 // ids of the wire have 256

// Config is the truth about a shop. Shares are in [0, 1].
type Config struct {
	Seed      uint64
	Customers int // 1 to MaxCustomers

	Start time.Time // no event before it
	End   time.Time // no event at or after it
	// AcquisitionDays spreads the first orders evenly over this many days from
	// Start, > 0. A customer whose first order falls at or after End never comes.
	AcquisitionDays float64

	Buying Buying
	Spend  Spend
	// MinorPerMajor is how many minor units the currency has: 100 for EUR and
	// USD, 1 for JPY.
	MinorPerMajor int64
	Channels      []Channel // each customer comes and stays through one; may be empty

	AcquiredShare    float64 // of customers whose acquisition cost is announced
	RefundShare      float64 // of orders with a refund
	WholeRefundShare float64 // of refunds that return everything
	CancelShare      float64 // of orders that are cancelled; with RefundShare at most 1
	PredictShare     float64 // of orders followed by another system's churn prediction
	ConfirmShare     float64 // of departures that become known
	RevertShare      float64 // of confirmed departures that are taken back

	// IDPrefix begins every id; "s<seed>-" when empty, so that shops of
	// different seeds can share a system.
	IDPrefix string
}

const maxChannels = 256 // a byte in each customer

// Channel is one way in.
type Channel struct {
	Name      string
	Weight    float64 // share of customers relative to the other channels, > 0
	CostMinor float64 // mean cost of winning a customer, minor units, ≥ 0
}

// Default is a shop of 2,357 customers that behave as CDNOW's (MBG/NBD), won
// over twelve weeks as CDNOW's were, with some refunds and churn events. Start
// and End are the caller's to set.
func Default() Config {
	buying, err := CDNOW(MBGNBD)
	if err != nil {
		panic(err) // a constant of this package
	}
	return Config{
		Seed: 1, Customers: 2357, AcquisitionDays: 84,
		Buying: buying, Spend: CDNOWSpend, MinorPerMajor: 100,
		Channels: []Channel{
			{Name: "web", Weight: 5, CostMinor: 800},
			{Name: "app", Weight: 3, CostMinor: 1200},
			{Name: "store", Weight: 2, CostMinor: 300},
		},
		AcquiredShare: .8, RefundShare: .04, WholeRefundShare: .5, CancelShare: .01,
		PredictShare: .02, ConfirmShare: .1, RevertShare: .1,
	}
}

// Check says what is wrong with the configuration, if anything.
func (c Config) Check() error {
	if err := c.validate(); err != nil {
		return fmt.Errorf("check shop: %w", err)
	}
	return nil
}

func (c Config) validate() error {
	if c.Customers < 1 || c.Customers > MaxCustomers {
		return fmt.Errorf("customers is %d: it must be 1 to %d", c.Customers, MaxCustomers)
	}
	if len(c.IDPrefix) > maxPrefixBytes {
		return fmt.Errorf("id prefix has %d bytes: at most %d are allowed", len(c.IDPrefix), maxPrefixBytes)
	}
	if !c.End.After(c.Start) {
		return fmt.Errorf("end %s is not after start %s", c.End.Format(time.RFC3339), c.Start.Format(time.RFC3339))
	}
	if err := allPositive([]parameter{{"acquisition days", c.AcquisitionDays}, {"minor units per major unit", float64(c.MinorPerMajor)}}); err != nil {
		return err
	}
	return errors.Join(c.Buying.validate(), c.Spend.validate(), c.validateShares(), c.validateChannels())
}

func (c Config) validateShares() error {
	for _, p := range []parameter{
		{"acquired share", c.AcquiredShare}, {"refund share", c.RefundShare}, {"whole refund share", c.WholeRefundShare},
		{"cancel share", c.CancelShare}, {"predict share", c.PredictShare}, {"confirm share", c.ConfirmShare},
		{"revert share", c.RevertShare}, {"refund and cancel share together", c.RefundShare + c.CancelShare},
	} {
		if !(p.value >= 0 && p.value <= 1) {
			return fmt.Errorf("%s is %v: it must be 0 to 1", p.name, p.value)
		}
	}
	return nil
}

func (c Config) validateChannels() error {
	if len(c.Channels) > maxChannels {
		return fmt.Errorf("%d channels: there can be %d", len(c.Channels), maxChannels)
	}
	for _, ch := range c.Channels {
		if err := allPositive([]parameter{{"weight of channel " + ch.Name, ch.Weight}}); err != nil {
			return err
		}
		if !(ch.CostMinor >= 0) {
			return fmt.Errorf("cost of channel %s is %v: it must be 0 or more", ch.Name, ch.CostMinor)
		}
	}
	return nil
}
