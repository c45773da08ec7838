package testbed

import (
	"fmt"
	"path/filepath"
	"strings"
)

// The listeners of a guarded cluster, by the security protocol that each speaks.
const (
	SASLPlaintext = "SASL_PLAINTEXT" // a password
	SASLSSL       = "SASL_SSL"       // a password under TLS
	SSL           = "SSL"            // TLS, on which clients show a certificate too
)

// KafkaGuard adds those listeners to a cluster. One user is let in: by PLAIN, by
// SCRAM, or by a certificate in their name. They have no right to anything until
// it is granted. The open listener stays, and who comes by it may do all.
type KafkaGuard struct {
	User      string
	Authority *Authority
}

// Password is the user's, another one for each mechanism so that none is taken for
// another.
func (g *KafkaGuard) Password(mechanism string) string { return "secret-" + mechanism }

// AddrsOf are the brokers' addresses on a guarded listener.
func (k *Kafka) AddrsOf(protocol string) []string {
	addrs := make([]string, len(k.members))
	for i, m := range k.members {
		addrs[i] = m.guarded[protocol].addr()
	}
	return addrs
}

func (g *KafkaGuard) protocols() []string {
	if g == nil {
		return nil
	}
	return []string{SASLPlaintext, SASLSSL, SSL}
}

// properties replace and extend those of an open broker.
func (g *KafkaGuard) properties(dir string, at member) (map[string]string, error) {
	properties := map[string]string{}
	if g == nil {
		return properties, nil
	}
	keystore, err := g.keystore(dir)
	if err != nil {
		return nil, err
	}
	listeners := []string{listener("PLAINTEXT", at.client)}
	protocolMap := []string{"CONTROLLER:PLAINTEXT", "PLAINTEXT:PLAINTEXT"}
	for _, protocol := range g.protocols() {
		listeners = append(listeners, listener(protocol, at.guarded[protocol]))
		protocolMap = append(protocolMap, protocol+":"+protocol)
	}
	advertised := strings.Join(listeners, ",")
	properties["advertised.listeners"] = advertised
	properties["listeners"] = advertised + "," + listener("CONTROLLER", at.controller)
	properties["listener.security.protocol.map"] = strings.Join(protocolMap, ",")

	properties["ssl.keystore.type"], properties["ssl.keystore.location"] = "PEM", keystore
	properties["ssl.truststore.type"], properties["ssl.truststore.location"] = "PEM", g.Authority.File
	properties["listener.name.ssl.ssl.client.auth"] = "required"

	properties["ssl.principal.mapping.rules"] = "RULE:^CN=(.*)$/$1/"
	properties["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
	properties["super.users"] = "User:ANONYMOUS"

	const modules = "org.apache.kafka.common.security."
	properties["sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
	for _, name := range []string{"sasl_plaintext", "sasl_ssl"} {
		prefix := "listener.name." + name + "."
		properties[prefix+"plain.sasl.jaas.config"] = fmt.Sprintf("%splain.PlainLoginModule required user_%s=%q;", modules, g.User, g.Password("PLAIN"))
		for _, mechanism := range []string{"scram-sha-256", "scram-sha-512"} {
			properties[prefix+mechanism+".sasl.jaas.config"] = modules + "scram.ScramLoginModule required;"
		}
	}
	return properties, nil
}

// keystore writes the broker's key and certificate into one file, as Kafka reads
// them.
func (g *KafkaGuard) keystore(dir string) (string, error) {
	certificate, key, err := g.Authority.sign("kafka")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "keystore.pem")
	return path, writePEM(path, key, certificate)
}

// credentials are the user's for SCRAM, which the storage is formatted with.
func (g *KafkaGuard) credentials() []string {
	if g == nil {
		return nil
	}
	var arguments []string
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
		arguments = append(arguments, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, g.User, g.Password(mechanism)))
	}
	return arguments
}
