package config

import (
	"fmt"
	"strings"
)

// Audience is a subscriber who gets only some changes. That its filter compiles is
// not checked here: see audience.Check.
type Audience struct {
	Name   string
	Filter string // in CEL
	Topic  string // empty: see Config.AudienceTopic
	Format Format // empty: FormatJSON
}

// Format is how changes are written to a topic.
type Format string

// The formats of changes.
const (
	FormatJSON     Format = "json"
	FormatFlat     Format = "flat"
	FormatAvro     Format = "avro"
	FormatFlatAvro Format = "flat-avro"
)

var formatName = oneOf(FormatJSON, FormatFlat, FormatAvro, FormatFlatAvro)

// needsRegistry says whether the ids of schemas are in the records.
func (f Format) needsRegistry() bool { return f == FormatAvro || f == FormatFlatAvro }

// maxAudiences bounds their number: each filter is evaluated for each change.
const maxAudiences = 32

// filterText is an expression, of several lines where it is long.
var filterText = matching("cel", "an expression in CEL over a change's fields, see docs/audiences.md", func(s string) bool {
	return strings.TrimSpace(s) != "" && !strings.ContainsRune(s, 0)
})

var audienceSettings = []setting{
	set("audiences", func(c *Config) *[]Audience { return &c.Audiences }, tableOf(
		col("name", true, func(a *Audience) *string { return &a.Name }, namespaceName),
		col("filter", true, func(a *Audience) *string { return &a.Filter }, filterText),
		col("topic", false, func(a *Audience) *string { return &a.Topic }, topicName),
		col("format", false, func(a *Audience) *Format { return &a.Format }, formatName),
	), "[]", "Subscribers who get only some of the changes, on a topic of their own. The topic is NAMESPACE.audience.NAME unless topic names another, e.g. {name: winback, filter: stage.current == \"dormant\" && clv.predicted >= 50}. format is json unless it is flat, avro or flat-avro: see docs/receivers.md.").
		usedBy(PublisherBinary | ToolBinary),
}

// AudienceTopic is where an audience's changes go.
func (c Config) AudienceTopic(a Audience) string {
	return orElse(a.Topic, c.Namespace+".audience."+a.Name)
}

// checkAudiences keeps audiences apart: two on one topic would get changes twice
// and not know for whom.
func checkAudiences(c *Config, _ map[string]Source) string {
	if n := len(c.Audiences); n > maxAudiences {
		return fmt.Sprintf("%d audiences are given; at most %d are allowed", n, maxAudiences)
	}
	names, topics := map[string]bool{}, map[string]string{}
	for _, own := range c.ownTopics() {
		topics[own] = "clvstream itself"
	}
	for _, input := range c.Input.Topics {
		topics[input] = "the input"
	}
	for i, a := range c.Audiences {
		topic := c.AudienceTopic(a)
		switch user := topics[topic]; {
		case names[a.Name]:
			return fmt.Sprintf("[%d].name: %q is given twice; each audience needs a name of its own", i+1, a.Name)
		case a.Format.needsRegistry() && c.Registry.URL == "":
			return fmt.Sprintf("[%d].format: %s needs a schema registry; set registry.url", i+1, a.Format)
		case user != "":
			return fmt.Sprintf("[%d].topic: %s is the topic of %s; each audience needs one of its own", i+1, topic, user)
		}
		names[a.Name], topics[topic] = true, "audience "+a.Name
	}
	return ""
}

// ownTopics are what clvstream writes for all.
func (c Config) ownTopics() []string {
	return []string{c.ChangesTopic(), c.CurrentTopic(), c.DeadLetterTopic(), c.ProgressTopic(), c.RepartitionTopic()}
}

// checkCurrentFormat finds the registry that Avro needs.
func checkCurrentFormat(c *Config, _ map[string]Source) string {
	if c.Publisher.CurrentFormat.needsRegistry() && c.Registry.URL == "" {
		return fmt.Sprintf("%s needs a schema registry; set registry.url", c.Publisher.CurrentFormat)
	}
	return ""
}
