package relay

import "testing"

func TestPlanAsksForWhatFits(t *testing.T) {
	room := load{items: 5000, bytes: budgetBytes}
	for _, c := range []struct {
		name         string
		plan         plan
		left         int
		group, count int
	}{
		{"nothing is known", plan{most: 1}, 16, 1, 1},
		{"trust grows", plan{most: 16}, 64, 16, 1},
		{"nothing waited", plan{most: fullTrust}, 16, 16, mostEntries},
		{"a hundred changes an entry", plan{most: fullTrust, entries: 10, were: load{1000, 40_000}}, 16, 16, 3},
		{"more outboxes than entries fit", plan{most: fullTrust, entries: 10, were: load{1000, 40_000}}, 64, 51, 1},
		{"one outbox has much, the others are read to their ends", plan{most: fullTrust, entries: 10, were: load{1000, 40_000}, deep: 1}, 16, 16, 51},
		{"dead letters of 4 MiB", plan{most: fullTrust, entries: 2, were: load{2, 8 << 20}}, 16, 3, 1},
		{"one entry fills it all", plan{most: fullTrust, entries: 1, were: load{7000, 3 << 20}}, 16, 1, 1},
		{"an entry of no items", plan{most: fullTrust, entries: 1}, 4, 4, mostEntries},
	} {
		group, count := c.plan.next(room, c.left)
		if group != c.group || count != c.count {
			t.Errorf("%s: %d entries of each of %d outboxes, want %d of %d", c.name, count, group, c.count, c.group)
		}
	}
}

func TestPlanTrustsByAndBy(t *testing.T) {
	var p plan
	p.distrust()
	for _, want := range []int{1, 4, 16, 64, 256} {
		if group, count := p.next(load{1 << 20, budgetBytes}, 4); group*count > want {
			t.Errorf("%d entries of each of %d outboxes are asked for, want at most %d in all", count, group, want)
		}
	}
	p.learn(3, load{30, 3000})
	p.distrust()
	if group, count := p.next(load{1 << 20, budgetBytes}, 4); group != 1 || count != 1 {
		t.Errorf("after a long time %d entries of %d outboxes are asked for, want one", count, group)
	}
}
