package stream

import (
	"maps"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// changeField is a field of a change as filters see it. Its value is that of the
// JSON, with its type: money is a number in major units, a time is a timestamp,
// and so is a day, at midnight UTC. What is null in the JSON, or not there at all,
// is null.
type changeField struct {
	kind  *cel.Type
	value func(*changeVars) ref.Val
	words []string // that the string may be, where they are known
}

// The kinds of fields, of those that may be null in front. CEL's timestamps may
// always be.
var (
	textOrNull   = cel.NullableType(cel.StringType)
	numberOrNull = cel.NullableType(cel.DoubleType)
	countOrNull  = cel.NullableType(cel.IntType)
	truthOrNull  = cel.NullableType(cel.BoolType)
)

// changeParts are the objects of a change; there says whether it has one that is
// not always there.
var changeParts = [...]struct {
	name  string
	there func(*clv.Change) bool
	kind  *types.Type
}{
	{name: "cause"},
	{name: "clv"},
	{name: "stage", there: func(c *clv.Change) bool { return c.Standing.Stage != standing.NoStage }},
	{name: "tier", there: func(c *clv.Change) bool { return c.Tier != (standing.TierMove{}) }},
	{name: "acquisition", there: func(c *clv.Change) bool { return c.Current.Acquisition.Known }},
	{name: "model"},
}

const numParts = len(changeParts)

// changeFields are all fields, as render.go writes them.
var changeFields = map[string]changeField{
	"customer_id": {cel.StringType, func(v *changeVars) ref.Val { return types.String(v.change.CustomerID) }, nil},
	"version":     {cel.IntType, func(v *changeVars) ref.Val { return types.Int(v.change.Version) }, nil},
	"reason":      {cel.StringType, func(v *changeVars) ref.Val { return types.String(v.change.Reason.String()) }, wordsFrom(announce.ReasonFirst)},
	"as_of":       {cel.TimestampType, func(v *changeVars) ref.Val { return instant(v.change.Current.AsOfMicros) }, nil},

	"cause.event_id":    {cel.StringType, func(v *changeVars) ref.Val { return types.String(appendCauseID(nil, v.change, &instants{})) }, nil},
	"cause.type":        {cel.StringType, func(v *changeVars) ref.Val { return types.String(v.change.Cause.Kind.String()) }, wordsFrom(history.OrderPlaced)},
	"cause.order_id":    {textOrNull, func(v *changeVars) ref.Val { return orNull(v.change.Cause.OrderID) }, nil},
	"cause.occurred_at": {cel.TimestampType, func(v *changeVars) ref.Val { return instant(v.change.Cause.AtMicros) }, nil},

	"currency": {cel.StringType, func(v *changeVars) ref.Val { return types.String(v.currency) }, nil},

	"clv.previous": {cel.DoubleType, func(v *changeVars) ref.Val { return v.money(v.change.PreviousMinor) }, nil},
	"clv.current":  {cel.DoubleType, func(v *changeVars) ref.Val { return v.money(v.change.Current.CLVMinor) }, nil},
	"clv.delta": {cel.DoubleType, func(v *changeVars) ref.Val {
		return v.major(minorOf(v.change.Current.CLVMinor) - minorOf(v.change.PreviousMinor))
	}, nil},
	"clv.historic": {cel.DoubleType, func(v *changeVars) ref.Val { return v.money(v.change.Current.HistoricMinor) }, nil},
	"clv.predicted": {cel.DoubleType, func(v *changeVars) ref.Val {
		return v.major(minorOf(v.change.Current.CLVMinor) - minorOf(v.change.Current.HistoricMinor))
	}, nil},
	"clv.residual": {numberOrNull, func(v *changeVars) ref.Val {
		return v.moneyIf(v.change.Current.ResidualKnown, v.change.Current.ResidualMinor)
	}, nil},

	"status":          {cel.StringType, func(v *changeVars) ref.Val { return types.String(v.change.Current.Status.String()) }, wordsFrom(history.Prospect)},
	"p_alive":         {cel.DoubleType, func(v *changeVars) ref.Val { return types.Double(v.change.Current.PAlive) }, nil},
	"expected_orders": {cel.DoubleType, func(v *changeVars) ref.Val { return types.Double(v.change.Current.ExpectedOrders) }, nil},
	"expected_spend":  {cel.DoubleType, func(v *changeVars) ref.Val { return v.money(v.change.Current.SpendMinor) }, nil},
	"next_order_days": {numberOrNull, func(v *changeVars) ref.Val {
		return numberIf(v.change.Current.NextOrderDays > 0, v.change.Current.NextOrderDays)
	}, nil},

	"orders":        {cel.IntType, func(v *changeVars) ref.Val { return types.Int(v.facts().Orders) }, nil},
	"purchase_days": {cel.IntType, func(v *changeVars) ref.Val { return types.Int(v.facts().PurchaseDays) }, nil},
	"revenue":       {cel.DoubleType, func(v *changeVars) ref.Val { return v.major(v.facts().RevenueMinor) }, nil},
	"margin":        {cel.DoubleType, func(v *changeVars) ref.Val { return v.major(v.facts().MarginMinor) }, nil},
	"recency_days":  {cel.IntType, func(v *changeVars) ref.Val { return types.Int(v.facts().RecencyDays) }, nil},
	"age_days":      {cel.IntType, func(v *changeVars) ref.Val { return types.Int(v.facts().AgeDays) }, nil},
	"average_order_value": {numberOrNull, func(v *changeVars) ref.Val {
		return v.moneyIf(v.facts().Orders > 0, float64(v.facts().RevenueMinor)/float64(v.facts().Orders))
	}, nil},
	"days_between_orders": {numberOrNull, func(v *changeVars) ref.Val {
		return numberIf(v.facts().Frequency > 0, float64(v.facts().RecencyDays)/float64(v.facts().Frequency))
	}, nil},

	"stage.previous":         {textOrNull, func(v *changeVars) ref.Val { return types.String(v.change.Was.Stage.String()) }, wordsFrom(standing.NoStage)},
	"stage.current":          {textOrNull, func(v *changeVars) ref.Val { return types.String(v.change.Standing.Stage.String()) }, wordsFrom(standing.NoStage)},
	"stage.since":            {cel.TimestampType, func(v *changeVars) ref.Val { return instant(v.change.Standing.StageMicros) }, nil},
	"stage.silence_days":     {countOrNull, func(v *changeVars) ref.Val { return types.Int(v.change.Silence.Days) }, nil},
	"stage.silence_quantile": {numberOrNull, func(v *changeVars) ref.Val { return types.Double(v.change.Silence.Quantile) }, nil},
	"stage.expected_loss": {numberOrNull, func(v *changeVars) ref.Val {
		return v.moneyIf(v.change.Silence.LossKnown, v.change.Silence.LossMinor)
	}, nil},
	"stage.best_moment": {cel.TimestampType, func(v *changeVars) ref.Val {
		return dayIf(v.change.Silence.LossKnown, v.change.Silence.BestDay)
	}, nil},

	"tier.previous": {textOrNull, func(v *changeVars) ref.Val { return orNull(v.change.Tier.Was) }, nil},
	"tier.current":  {textOrNull, func(v *changeVars) ref.Val { return orNull(v.change.Tier.Now) }, nil},
	"tier.direction": {textOrNull, func(v *changeVars) ref.Val {
		return types.String(direction(v.change.Was.Tier, v.change.Standing.Tier))
	}, []string{"up", "down", "same"}},
	"tier.next": {textOrNull, func(v *changeVars) ref.Val { return orNull(v.change.Tier.Next) }, nil},
	"tier.distance": {numberOrNull, func(v *changeVars) ref.Val {
		return v.moneyIf(v.change.Tier.Next != "", v.change.Tier.MissingMinor)
	}, nil},
	"tier.approaching": {truthOrNull, func(v *changeVars) ref.Val { return types.Bool(v.change.Standing.Approaching) }, nil},

	"acquisition.cost":    {numberOrNull, func(v *changeVars) ref.Val { return v.major(v.acquisition().CostMinor) }, nil},
	"acquisition.channel": {textOrNull, func(v *changeVars) ref.Val { return orNull(v.acquisition().Channel) }, nil},
	"acquisition.net_clv": {numberOrNull, func(v *changeVars) ref.Val {
		return v.major(minorOf(v.change.Current.CLVMinor) - v.acquisition().CostMinor)
	}, nil},
	"acquisition.clv_to_cac": {numberOrNull, func(v *changeVars) ref.Val {
		return numberIf(v.acquisition().CostMinor > 0, v.change.Current.CLVMinor/float64(v.acquisition().CostMinor))
	}, nil},
	"acquisition.worthwhile": {truthOrNull, func(v *changeVars) ref.Val { return types.Bool(v.change.Standing.Worthwhile) }, nil},
	"acquisition.break_even": {cel.TimestampType, func(v *changeVars) ref.Val {
		return dayIf(v.change.BreakEven.Kind != estimate.BreakEvenUnknown, v.change.BreakEven.Day)
	}, nil},
	"acquisition.broken_even": {truthOrNull, func(v *changeVars) ref.Val {
		return types.Bool(v.change.BreakEven.Kind == estimate.BreakEvenReached)
	}, nil},

	"model.name":    {cel.StringType, func(v *changeVars) ref.Val { return types.String(v.change.ModelName) }, nil},
	"model.version": {cel.StringType, func(v *changeVars) ref.Val { return types.String(v.change.ModelVersion) }, nil},
}

// changeVariables are the names at the top of a change, and partFields the fields
// of each object, by the name of its type.
var changeVariables, partFields = indexFields()

func indexFields() (variables map[string]*changeField, parts map[string]map[string]*changeField) {
	variables, parts = map[string]*changeField{}, map[string]map[string]*changeField{}
	for i := range changeParts {
		// No filter can write this name, and so none can make an object.
		changeParts[i].kind = types.NewObjectType("object " + changeParts[i].name)
		parts[changeParts[i].kind.TypeName()] = map[string]*changeField{}
		variables[changeParts[i].name] = &changeField{kind: changeParts[i].kind, value: func(v *changeVars) ref.Val { return v.part(i) }}
	}
	for name, field := range changeFields {
		if part, inner, inPart := strings.Cut(name, "."); inPart {
			parts["object "+part][inner] = &field
		} else {
			variables[name] = &field
		}
	}
	return variables, parts
}

// namesOf are the names of fields in order.
func namesOf(fields map[string]*changeField) []string { return slices.Sorted(maps.Keys(fields)) }

func (v *changeVars) facts() *history.Facts { return &v.change.Current.Facts }

func (v *changeVars) acquisition() *history.Acquisition { return &v.change.Current.Acquisition }

// major is money as it is published, to the minor unit.
func (v *changeVars) major(minor int64) ref.Val { return types.Double(float64(minor) / v.unit) }

func (v *changeVars) money(minor float64) ref.Val { return v.major(minorOf(minor)) }

func (v *changeVars) moneyIf(known bool, minor float64) ref.Val {
	if !known {
		return types.NullValue
	}
	return v.money(minor)
}

func numberIf(known bool, number float64) ref.Val {
	if !known {
		return types.NullValue
	}
	return types.Double(number)
}

func dayIf(known bool, day calendar.Day) ref.Val {
	if !known {
		return types.NullValue
	}
	return types.Timestamp{Time: day.Date()}
}

func orNull(text string) ref.Val {
	if text == "" {
		return types.NullValue
	}
	return types.String(text)
}

func instant(micros int64) ref.Val { return types.Timestamp{Time: time.UnixMicro(micros).UTC()} }

// wordsFrom are the words of a closed set, counted from its first member: past the
// last one String knows no more.
func wordsFrom[W interface {
	~uint8
	String() string
}](first W) (words []string) {
	for w := first; w.String() != "unknown"; w++ {
		words = append(words, w.String())
	}
	return words
}
