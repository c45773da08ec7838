package export

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
)

// teller writes what is stored in the words of a business.
type teller struct {
	currency money.Currency
	tiers    []standing.Tier
}

func (t *teller) minor(minor int64) string { return money.FormatMinor(minor, t.currency.Exponent()) }

func (t *teller) major(minor float64) string {
	return string(money.AppendMajor(nil, minor, t.currency.Exponent()))
}

func instant(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano) }

// since is an instant that may not be known.
func since(micros int64) string {
	if micros == 0 {
		return ""
	}
	return instant(micros)
}

func hash(h uint64) string { return strconv.FormatUint(h, 16) }

func (t *teller) stored(c *clv.Customer, bytes int) *Stored {
	h := &c.History
	s := &Stored{
		Bytes: bytes, LatestEvent: instant(h.LatestMicros), Ledger: []Order{}, Waiting: []Event{}, Sealed: t.sealed(h), Value: t.value(&c.Value),
		Standing: t.standing(&c.Standing), Settled: t.standing(&c.Settled), Entries: []Entry{}, Announced: t.announced(c),
		NextDue: since(c.DueMicros), Cut: c.Cut, Later: hex.EncodeToString([]byte(c.Extensions)),
	}
	for i := range h.Orders {
		s.Ledger = append(s.Ledger, t.order(&h.Orders[i]))
	}
	for i := range h.Waiting {
		s.Waiting = append(s.Waiting, t.event(&h.Waiting[i]))
	}
	for _, e := range c.Entries {
		s.Entries = append(s.Entries, Entry{e.Month.String(), e.Stage.String(), e.Count})
	}
	if h.First.Known {
		s.FirstOrder = &FirstOrder{instant(h.First.AtMicros), h.First.Channel}
	}
	if h.Churn.Kind != 0 {
		s.Churn = &Churn{h.Churn.Kind.String(), h.Churn.EventID, instant(h.Churn.AtMicros), h.Churn.Probability}
	}
	if a := &h.Acquisition; a.Known {
		s.Acquisition = &Acquisition{a.EventID, instant(a.AtMicros), t.minor(a.CostMinor), a.Channel}
	}
	if r := &c.Refreshed; r.Known {
		s.Refreshed = &Refreshed{Day: r.Day.String(), Predicted: t.minor(r.PredictedMinor), ByOther: r.ByOther}
		if r.AliveKnown {
			s.Refreshed.AlivePercent = &r.AlivePercent
		}
	}
	return s
}

func (t *teller) order(o *history.Order) Order {
	is := Order{
		OrderID: o.ID, Placed: o.Placed, Told: told(&o.Tellings), Day: o.Day.String(), Worth: t.worth(&o.Worth),
		SealedBefore: o.SealedBefore, Fell: o.Fell, Cancelled: o.Cancelled, Refunds: []Refund{},
	}
	if o.Cancelled {
		is.CancelDay, is.Cancel = o.CancelDay.String(), telling(&o.Cancel)
	}
	for i := range o.Refunds {
		is.Refunds = append(is.Refunds, t.refund(&o.Refunds[i]))
	}
	return is
}

func (t *teller) refund(r *history.Refund) Refund {
	is := Refund{
		RefundID: r.ID, Known: r.Known, Told: told(&r.Tellings), Amount: t.minor(r.AmountMinor), Own: own(r.Own),
		Counted: r.Counted, Reverted: r.Reverted,
	}
	if r.Reverted {
		is.RevertDay, is.Revert = r.RevertDay.String(), telling(&r.Revert)
	}
	return is
}

func told(t *history.Tellings) *Told {
	return &Told{
		OccurredAt: instant(t.AtMicros), FirstOccurredAt: instant(t.FirstMicros), Day: t.Day.String(), FirstDay: t.FirstDay.String(),
		Newest: *telling(&t.Newest), Dated: t.Dated,
	}
}

func telling(t *history.Telling) *Telling {
	is := &Telling{At: instant(t.Micros), EventID: t.EventID}
	if t.Version > 0 {
		is.Version = strconv.FormatUint(t.Version-1, 10)
	}
	return is
}

func (t *teller) worth(w *history.Worth) Money {
	is := Money{Amount: t.minor(w.AmountMinor), Margin: t.minor(w.MarginMinor), Own: own(w.Own)}
	if w.BackMinor != 0 {
		is.Back = strconv.FormatInt(w.BackMinor, 10)
	}
	return is
}

func own(o *history.Own) *Own {
	if o == nil || *o == (history.Own{}) {
		return nil
	}
	return &Own{money.FormatMinor(o.Minor, o.Currency.Exponent()), o.Currency.String()}
}

func (t *teller) event(w *history.Waiting) Event {
	e := &w.Event
	is := Event{
		Type: e.Kind.String(), EventID: e.ID, CustomerID: e.CustomerID, OrderID: e.OrderID, RefundID: e.RefundID,
		OccurredAt: instant(e.AtMicros), UpdatedAt: since(e.UpdatedMicros), Day: w.Day.String(), Amount: t.minor(e.AmountMinor), Own: own(&e.Own),
		Record: place(e.Place),
	}
	if e.Versioned {
		is.Version = strconv.FormatInt(e.Version, 10)
	}
	return is
}

func place(p history.Place) Place { return Place{p.Input, p.Partition, p.Offset, p.Part} }

func (t *teller) sealed(h *history.History) Sealed {
	s := &h.Sealed
	is := Sealed{
		Days: s.Days, Orders: s.Orders, LastOrderAt: since(s.LastOrderMicros), FirstDayAmount: t.minor(s.FirstDayMinor), Amount: t.minor(s.AmountMinor), Margin: t.minor(s.MarginMinor),
		LateRefunds: t.minor(s.LateRefundMinor), LateRefundsMargin: t.minor(s.LateRefundMarginMinor), Excess: t.minor(s.ExcessMinor),
		Months: []Month{}, Named: []SealedOrder{}, Refunds: []string{},
	}
	if s.Days > 0 {
		is.FirstDay, is.LastDay = s.FirstDay.String(), s.LastDay.String()
	}
	if s.Early {
		is.EarlyDay = s.EarlyDay.String()
	}
	if p := &s.Part; p.UntilMicros != 0 {
		is.Part = &PartDay{p.Day.String(), dayOrNone(p.Before), instant(p.UntilMicros)}
	}
	if c := &s.Contract; c.Days != 0 {
		is.Contract = &Contract{c.Period.Months, c.Period.Days, c.Days, c.Renewals, c.Before.String(), c.Last.String(), c.Guessed}
	}
	for _, m := range h.SealedMonths {
		is.Months = append(is.Months, Month{m.Month.String(), m.Orders, t.minor(m.AmountMinor), t.minor(m.MarginMinor)})
	}
	for i, of := range s.OrderHashes {
		is.Named = append(is.Named, SealedOrder{Hash: hash(of), Worth: t.worth(&h.SealedWorth[i])})
	}
	for _, of := range h.RefundHashes {
		is.Refunds = append(is.Refunds, hash(of))
	}
	return is
}

func dayOrNone(day calendar.Day) string {
	if day == calendar.EarliestDay {
		return ""
	}
	return day.String()
}

func (t *teller) value(v *estimate.Valued) Value {
	is := Value{
		AsOf: instant(v.AsOfMicros), Status: v.Status.String(), Historic: t.major(v.HistoricMinor), Predicted: t.major(v.PredictedMinor),
		CLV: t.major(v.CLVMinor), ExpectedOrders: v.ExpectedOrders, Digest: hash(v.Digest), Model: v.ModelVersion,
	}
	if v.AliveKnown {
		is.PAlive = &v.PAlive
	}
	return is
}

func (t *teller) standing(s *standing.Standing) Standing {
	is := Standing{
		Stage: s.Stage.String(), StageSince: since(s.StageMicros), Tier: "none", TierNumber: s.Tier, TierSince: since(s.TierMicros),
		AliveLevels: s.AliveLevel, Worthwhile: s.Worthwhile, Approaching: s.Approaching,
	}
	if n := int(s.Tier); n > 0 && n <= len(t.tiers) {
		is.Tier = t.tiers[n-1].Name
	}
	return is
}

func (t *teller) announced(c *clv.Customer) Announced {
	is := Announced{
		Version: c.Version, CLV: t.major(c.AnnouncedMinor), AsOf: since(c.Announced.AtMicros), Rose: c.Announced.Rose,
		Standing: t.standing(&c.Announced.Standing),
	}
	if c.Announced.Pending != 0 {
		is.Pending = c.Announced.Pending.String()
	}
	return is
}
