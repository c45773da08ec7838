package stream

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"github.com/clvstream/clvstream/stream/cluster"
)

// Audience is somebody who hears of some changes only: those that a filter lets
// through, on a topic of its own.
type Audience struct {
	Name   string
	Topic  string
	Filter string // in CEL, over the fields of a change as schema/clv.changed.json has them
}

// audience is an Audience whose filter is compiled. It may be asked by several
// lanes at once.
type audience struct {
	Audience
	program cel.Program
}

// CheckAudiences says which filter does not compile, where in it, and what would
// be allowed there.
func CheckAudiences(audiences []Audience) error {
	_, err := compileAudiences(audiences)
	return err
}

// compileAudiences compiles each filter once. All that are wrong are in the error.
func compileAudiences(audiences []Audience) ([]audience, error) {
	var wrong []error
	compiled := make([]audience, len(audiences))
	for i, a := range audiences {
		program, err := compileFilter(a.Filter)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("compile the filter of audience %s: %w", a.Name, err))
		}
		compiled[i] = audience{Audience: a, program: program}
	}
	return compiled, errors.Join(wrong...)
}

// hears says whether a change is for the audience. A filter that fails lets
// nothing through; failed says that it did.
func (a *audience) hears(of *changeVars) (hears, failed bool) {
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

// audienceTopics are the topics of audiences.
func audienceTopics(audiences []Audience) []string {
	topics := make([]string, len(audiences))
	for i, a := range audiences {
		topics[i] = a.Topic
	}
	return topics
}

// AudienceSpecs are the topics of audiences as they should be.
func AudienceSpecs(audiences []Audience, partitions int32, replication int16) []cluster.TopicSpec {
	var specs []cluster.TopicSpec
	for _, topic := range audienceTopics(audiences) {
		specs = append(specs, cluster.TopicSpec{Name: topic, Partitions: partitions, ReplicationFactor: replication, Configs: map[string]string{
			"cleanup.policy": "delete", // compaction would drop changes
		}})
	}
	return specs
}
