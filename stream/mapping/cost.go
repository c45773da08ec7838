package mapping

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
)

// Limits of a condition or a derived field. What it costs is known when it is compiled, with
// texts counted as of longestText. It may be evaluated for each of a thousand elements of a
// record.
const (
	mostExpressionBytes = 4096
	// mostExpressionCost is in CEL's units, as of filters of audiences: a usual condition takes
	// ten, and a second has about two million. What only compares is not counted: CEL does not
	// evaluate it.
	mostExpressionCost = 1000
	longestText        = 256
)

// checkCost refuses an expression that could hold its lane up.
func checkCost(e *cel.Env, checked *cel.Ast, text string, variables sizes) error {
	estimate, err := e.EstimateCost(checked, variables)
	switch {
	case err != nil:
		return fmt.Errorf("estimate the cost: %w", err)
	case estimate.Max > mostExpressionCost:
		return fmt.Errorf("%q may cost more than the %d units that are allowed for one record: compare fewer things", text, mostExpressionCost)
	}
	return nil
}

// sizes says how long texts and lists of constants are at most.
type sizes map[string]*bound

// EstimateSize implements cost.Estimator.
func (s sizes) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	path := node.Path()
	if len(path) == 0 || node.ComputedSize() != nil {
		return nil
	}
	if v := s[path[0]]; v != nil && v.texts != nil && len(path) == 1 {
		return &cost.SizeEstimate{Min: uint64(len(v.texts)), Max: uint64(len(v.texts))}
	}
	return &cost.SizeEstimate{Max: longestText}
}

// EstimateCallCost implements cost.Estimator. The standard costs are right but for texts of
// numbers and times, which they take to be of any length.
func (sizes) EstimateCallCost(_, overload string, _ *cost.AstNode, _ []cost.AstNode) *cost.CallEstimate {
	if !strings.HasSuffix(overload, "_to_string") || overload == "bytes_to_string" {
		return nil
	}
	return cost.NewCallEstimate(cost.Estimate{Min: 1, Max: 1}, &cost.SizeEstimate{Max: 40})
}
