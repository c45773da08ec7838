package audience

import (
	"fmt"
	"math"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
)

// Limits of a filter. What it costs is known when it is compiled, as its variables
// hold no lists and strings of bounded length: nothing needs to be counted while a
// lane runs.
const (
	mostFilterBytes = 4096
	// mostFilterCost is in CEL's units: reading a field or comparing takes one each.
	// The most takes half a millisecond, a usual filter ten units and a microsecond.
	mostFilterCost = 1000
	// longestText is the longest string in a change that is counted with: an id as
	// events.max_id_bytes has it by default.
	longestText = 256
)

// filterEnv is where filters are compiled: a change's fields, and what CEL has
// built in except dyn and type, which would put off until later what is checked
// now.
var filterEnv = sync.OnceValues(func() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{ExcludeFunctions: []*env.Function{{Name: "dyn"}, {Name: "type"}}})),
		cel.CustomTypeProvider(&objectTypes{Registry: registry}),
		cel.CustomTypeAdapter(registry),
		cel.CrossTypeNumericComparisons(true), // clv.predicted > 50 is as good as 50.0
		cel.ParserExpressionSizeLimit(mostFilterBytes),
		cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateTimestampLiterals(),
			cel.ValidateDurationLiterals(), cel.ValidateHomogeneousAggregateLiterals()),
	}
	for name, v := range variables {
		options = append(options, cel.Variable(name, v.kind))
	}
	return cel.NewCustomEnv(options...)
})

// compileFilter turns a filter into a program that yields a bool.
func compileFilter(filter string) (cel.Program, error) {
	e, err := filterEnv()
	if err != nil {
		return nil, err
	}
	parsed, issues := e.Parse(filter)
	if issues.Err() != nil {
		return nil, explainFilter(issues, nil)
	}
	checked, issues := e.Check(parsed)
	if issues.Err() != nil {
		return nil, explainFilter(issues, parsed)
	}
	if !types.BoolType.IsAssignableType(checked.OutputType()) && !checked.OutputType().IsAssignableType(types.BoolType) {
		return nil, fmt.Errorf("line 1, column 1: the filter yields %s, and must yield true or false", cel.FormatCELType(checked.OutputType()))
	}
	if err := checkWords(checked.NativeRep()); err != nil {
		return nil, err
	}
	if err := checkCost(e, checked); err != nil {
		return nil, err
	}
	return e.Program(checked, cel.EvalOptions(cel.OptOptimize))
}

// checkCost refuses a filter that could hold its lane up.
func checkCost(e *cel.Env, checked *cel.Ast) error {
	estimate, err := e.EstimateCost(checked, boundedTexts{})
	if err != nil {
		return fmt.Errorf("estimate the cost: %w", err)
	}
	if estimate.Max > mostFilterCost {
		return fmt.Errorf("line 1, column 1: the filter may cost %s units for one change, and %d are allowed: compare fewer things", spellCost(estimate.Max), mostFilterCost)
	}
	return nil
}

func spellCost(units uint64) string {
	if units == math.MaxUint64 {
		return "any number of"
	}
	return fmt.Sprint(units)
}

// boundedTexts says how long a change's strings are at most.
type boundedTexts struct{}

// EstimateSize implements cost.Estimator.
func (boundedTexts) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	if len(node.Path()) == 0 || node.ComputedSize() != nil {
		return nil
	}
	return &cost.SizeEstimate{Max: longestText}
}

// EstimateCallCost implements cost.Estimator: the standard costs are right.
func (boundedTexts) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}
