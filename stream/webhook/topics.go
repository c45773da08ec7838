package webhook

import "github.com/clvstream/clvstream/stream/cluster"

// TopicSpecs are the topics of webhooks as they should be.
func TopicSpecs(namespace string, names []string, partitions int32, replication int16) []cluster.TopicSpec {
	if len(names) == 0 {
		return nil
	}
	specs := []cluster.TopicSpec{{
		Name: StandingTopic(namespace), Partitions: 1, ReplicationFactor: replication,
		Configs: map[string]string{"cleanup.policy": "compact"},
	}}
	for _, name := range names {
		for _, topic := range []string{DeadTopic(namespace, name), ReplayTopic(namespace, name)} {
			specs = append(specs, cluster.TopicSpec{
				Name: topic, Partitions: partitions, ReplicationFactor: replication,
				Configs: map[string]string{"cleanup.policy": "delete"}, // compaction would drop changes
			})
		}
	}
	return specs
}
