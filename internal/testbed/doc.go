// Package testbed gives tests the real parts that clvstream stands between:
// Apache Kafka, Redis, Valkey, a Redis Cluster and a Redis behind Sentinel, each as
// processes of the test's own on free loopback ports, and the in-process pair for
// speed.
//
//	EachPair ──► kfake + miniredis        in this process, new for every test
//	         ──► Kafka + Redis            processes, shared by a test binary
//	         ──► Kafka + Redis Cluster    processes, shared by a test binary
//
//	StartKafka, StartRedis, StartValkey, StartRedisCluster, StartRedisSentinel:
//	a test's own, to be killed, paused, restarted on the same port and data, or
//	rolled back.
//
//	KafkaGuard, RedisGuard: passwords and TLS before any of them, with
//	certificates of an Authority that only this test knows.
//
// Every process ends with the test that started it, also when the test binary
// is killed (on Linux). Nothing is downloaded here: a server that is not
// installed skips its test with the name of the script that installs it, or
// fails it where TESTBED_REQUIRE_REAL=1 says that nothing may be left out.
//
// It refuses to share: topics and Redis keys of two tests differ as long as
// both derive them from Unique.
package testbed
