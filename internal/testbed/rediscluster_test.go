package testbed

import (
	"fmt"
	"testing"
)

func TestRedisClusterKeepsDataWhenANodeRestarts(t *testing.T) {
	t.Parallel()
	c := StartRedisCluster(t)
	client := c.Client(t)
	for i := range 30 {
		mustSet(t, client, fmt.Sprintf("k%d", i), "kept")
	}
	for i, node := range c.Nodes {
		if n := node.Client(t).DBSize(soon(t)).Val(); n == 0 {
			t.Errorf("node %d holds no key: the slots are not shared out", i)
		}
	}
	owner := c.Node(t, "k7")
	wantValue(t, owner.Client(t), "k7", "kept")
	owner.AwaitWritten(t)
	owner.Restart(t)
	for i := range 30 {
		wantValue(t, c.Client(t), fmt.Sprintf("k%d", i), "kept")
	}
}
