package outlet

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// LossyNetwork breaks the connection on which the end of a transaction is asked
// for, the first times: before the request leaves, or before its answer arrives.
type LossyNetwork struct {
	Applied bool         // the request arrives, and its answer is lost
	Lost    atomic.Int32 // times that it broke
}

// losses are more than a client tries before it gives up on a request at once.
const losses = 3

// Dial opens a connection that may break.
func (n *LossyNetwork) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return &lossyConn{Conn: conn, network: n}, err
}

type lossyConn struct {
	net.Conn
	network *LossyNetwork
	ending  atomic.Bool // the next answer is to a transaction's end
}

var endTxnKey = new(kmsg.EndTxnRequest).Key()

func (c *lossyConn) Write(request []byte) (int, error) {
	// A request is its length (4 bytes), then its key (2 bytes).
	if len(request) > 6 && int16(binary.BigEndian.Uint16(request[4:])) == endTxnKey && c.network.Lost.Load() < losses {
		if !c.network.Applied {
			c.network.Lost.Add(1)
			c.Close()
			return 0, io.ErrClosedPipe
		}
		c.ending.Store(true)
	}
	return c.Conn.Write(request)
}

func (c *lossyConn) Read(answer []byte) (int, error) {
	n, err := c.Conn.Read(answer)
	if c.ending.Load() && n > 0 {
		c.network.Lost.Add(1)
		c.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}
