package config

// passwordFile ties a password to the file that may hold it.
type passwordFile struct {
	fileKey, key string
	file         func(*Config) string
	password     func(*Config) *Secret
}

var passwordFiles = []passwordFile{
	{"kafka.sasl.password_file", "kafka.sasl.password",
		func(c *Config) string { return c.Kafka.SASL.PasswordFile }, func(c *Config) *Secret { return &c.Kafka.SASL.Password }},
	{"redis.password_file", "redis.password",
		func(c *Config) string { return c.Redis.PasswordFile }, func(c *Config) *Secret { return &c.Redis.Password }},
	{"redis.sentinel_password_file", "redis.sentinel_password",
		func(c *Config) string { return c.Redis.SentinelPasswordFile }, func(c *Config) *Secret { return &c.Redis.SentinelPassword }},
}

// secrets reads the files that settings point to: passwords are kept,
// certificates only tried.
func (l *loader) secrets() {
	for _, p := range passwordFiles {
		l.password(p)
	}
	l.certificates("kafka.tls", l.config.Kafka.TLS)
	l.certificates("redis.tls", l.config.Redis.TLS)
}

func (l *loader) password(p passwordFile) {
	path, password := p.file(&l.config), p.password(&l.config)
	if path == "" || l.failed[p.fileKey] {
		return
	}
	if password.IsSet() {
		l.fail(p.fileKey, "the password is given twice, also by "+l.sources[p.key].String()+"; remove one")
		return
	}
	read, err := readSecret(path)
	if err != nil {
		l.fail(p.fileKey, err.Error())
		return
	}
	*password = read
	l.sources[p.key] = l.sources[p.fileKey]
}

func (l *loader) certificates(section string, t TLS) {
	if !t.Enabled {
		return
	}
	if _, err := t.roots(); err != nil {
		l.fail(section+".ca_file", err.Error())
	}
	if t.CertFile == "" || t.KeyFile == "" {
		return
	}
	if _, err := t.certificate(); err != nil {
		l.fail(section+".cert_file", err.Error())
	}
}

// fail reports a setting whose file is wrong, where the setting was given.
func (l *loader) fail(key, text string) {
	l.failed[key] = true
	l.report(l.sources[key], key, text)
}
