package testbed

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// member is one node of a Kafka cluster by its listeners.
type member struct {
	client, controller *port
	guarded            map[string]*port // by security protocol
}

func (m member) ports() []*port {
	return append(slices.Collect(maps.Values(m.guarded)), m.client, m.controller)
}

func reserveMembers(n int, protocols []string) ([]member, error) {
	members := make([]member, n)
	for i := range members {
		var err error
		if members[i].client, err = reservePort(); err != nil {
			return nil, err
		}
		if members[i].controller, err = reservePort(); err != nil {
			return nil, err
		}
		members[i].guarded = map[string]*port{}
		for _, protocol := range protocols {
			if members[i].guarded[protocol], err = reservePort(); err != nil {
				return nil, err
			}
		}
	}
	return members, nil
}

// brokerProperties is the server.properties of the i-th node.
func brokerProperties(dir string, members []member, i int, extra map[string]string) []byte {
	client, controller := listener("PLAINTEXT", members[i].client), listener("CONTROLLER", members[i].controller)
	replicas := strconv.Itoa(len(members))
	insync := strconv.Itoa((len(members) + 1) / 2)
	properties := map[string]string{
		"process.roles":             "broker,controller",
		"node.id":                   strconv.Itoa(i + 1),
		"controller.quorum.voters":  quorumVoters(members),
		"controller.listener.names": "CONTROLLER",
		"listeners":                 client + "," + controller,
		"advertised.listeners":      client,
		"log.dirs":                  filepath.Join(dir, "data"),

		"default.replication.factor":               replicas,
		"min.insync.replicas":                      insync,
		"offsets.topic.replication.factor":         replicas,
		"transaction.state.log.replication.factor": replicas,
		"transaction.state.log.min.isr":            insync,
		"offsets.topic.num.partitions":             "4",
		"transaction.state.log.num.partitions":     "4",

		"auto.create.topics.enable": "false", // as in production: a missing topic must show
		// A test of a paused consumer should not have to wait for the default minimum of 6 s.
		"group.min.session.timeout.ms":     "100",
		"group.initial.rebalance.delay.ms": "0",
		// A killed broker may register again only when its old session is over: 9 s by default.
		"broker.session.timeout.ms":    "2000",
		"broker.heartbeat.interval.ms": "500",
	}
	maps.Copy(properties, extra)
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		fmt.Fprintf(&b, "%s=%s\n", key, properties[key])
	}
	return []byte(b.String())
}

func listener(name string, at *port) string { return name + "://" + at.addr() }

func quorumVoters(members []member) string {
	voters := make([]string, len(members))
	for i, m := range members {
		voters[i] = fmt.Sprintf("%d@%s", i+1, m.controller.addr())
	}
	return strings.Join(voters, ",")
}
