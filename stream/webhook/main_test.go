package webhook

import (
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
)

func TestMain(m *testing.M) { testbed.Main(m) }
