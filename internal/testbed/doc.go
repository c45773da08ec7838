// Package testbed starts servers for tests: Apache Kafka, Redis, Valkey, a Redis Cluster
// and a Redis with Sentinel, as processes of the test on free loopback ports; and for
// speed a broker and a store inside the test process.
//
//	EachPair ──► kfake + miniredis        in this process, new for every test
//	         ──► Kafka + Redis            processes, shared by a test binary
//	         ──► Kafka + Redis Cluster    processes, shared by a test binary
//
//	StartKafka, StartRedis, StartValkey, StartRedisCluster, StartRedisSentinel:
//	servers of one test, which it may kill, pause, restart on the same port and
//	data, or restore from an older copy.
//
//	KafkaGuard, RedisGuard: servers with passwords and TLS, with certificates of an
//	Authority that only this test trusts.
//
//	FindReceivers: libraries of other languages, which read what is published.
//
// Every process ends with the test that started it, also when the test binary
// is killed (on Linux). Nothing is downloaded: a test whose server is not installed is
// skipped, with the name of the script that installs it, or fails if
// TESTBED_REQUIRE_REAL=1.
//
// Tests on shared servers must take their topics and Redis keys from Unique, so that
// they do not collide.
package testbed
