package audience

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"github.com/clvstream/clvstream/stream/change"
)

// Audience is a subscriber who gets only the changes that a filter admits, on a
// topic of its own.
type Audience struct {
	Name   string
	Topic  string
	Filter string // in CEL, over the fields of a change as package change has them
	Form   change.Form
}

// Compiled is an Audience whose filter is compiled. Several lanes may ask it at once.
type Compiled struct {
	Audience
	program cel.Program
}

// Check says which filter does not compile, where in it, and what would be allowed
// there.
func Check(audiences []Audience) error {
	_, err := Compile(audiences)
	return err
}

// Compile compiles each filter once. All that are wrong are in the error.
func Compile(audiences []Audience) ([]Compiled, error) {
	var wrong []error
	compiled := make([]Compiled, len(audiences))
	for i, a := range audiences {
		program, err := compileFilter(a.Filter)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("compile the filter of audience %s: %w", a.Name, err))
		}
		compiled[i] = Compiled{Audience: a, program: program}
	}
	return compiled, errors.Join(wrong...)
}

// Admits says whether a change is for the audience. A filter that fails admits
// nothing; failed says that it did.
func (a *Compiled) Admits(of *Variables) (admits, failed bool) {
	answer, _, err := a.program.Eval(of)
	if err != nil {
		return false, !comparesNull(err)
	}
	return answer == types.True, false
}

// comparesNull says whether an evaluation ended at a null that was ordered,
// calculated with or handed to a function. That is no failure: nothing is known
// to hold. A filter's types were checked when it was compiled, so that nothing
// but null can miss an overload.
func comparesNull(err error) bool { return strings.HasPrefix(err.Error(), "no such overload") }

// Label-less errors of the library are shared by all evaluations, and labelled by
// the first that meets them: labelling here keeps lanes from racing for it.
var _ = types.LabelErrNode(1, types.NoSuchOverloadErr())
