# Sourced by install-test-servers and install-receivers: Debian packages without surprises.

say() { printf '%s\n' "$*"; }
fail() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# as_root runs a command as root: directly, or through sudo without asking where nobody can answer.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif have sudo; then
		if [ -t 0 ]; then sudo "$@"; else sudo -n "$@"; fi
	else
		fail "needs root to run '$*': run this script as root once, or install sudo"
	fi
}

require_apt() {
	have apt-get || fail "$1 is missing and this machine has no apt-get: install it your own way and put it in the PATH"
}

# apt waits for another apt rather than failing, and never asks a question.
apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

# offered PACKAGE: whether the package lists as they are know a version to install.
offered() { LC_ALL=C apt-cache policy "$1" | grep -q '^  Candidate: [0-9]'; }

# refresh_lists reads the package lists again. A third-party source that is down must not
# stop us: whether it mattered shows when the package is installed.
refresh_lists() {
	say "apt: reading the package lists"
	apt update || say "apt: some lists could not be read; going on with those that could"
}

# apt_install PACKAGE installs it with its service kept still. The lists are read only where they
# do not know the package, or are so old that what they name is gone.
apt_install() {
	require_apt "$1"
	offered "$1" || refresh_lists
	offered "$1" || fail "no package source of this machine offers $1: add one that does (see /etc/apt/sources.list.d), or install it your own way"
	say "apt: installing $1"
	hold_services
	apt install -y --no-install-recommends "$1" >/dev/null || {
		refresh_lists
		apt install -y --no-install-recommends "$1" || fail "apt-get could not install $1: see its message above"
	}
	release_services
}

# Debian packages start their services on installation unless policy-rc.d forbids it. Ours lives
# only while we install; one that is there already is the machine owner's and stays.
policy=/usr/sbin/policy-rc.d
held=

hold_services() {
	[ ! -e $policy ] || return 0
	held=yes
	trap release_services EXIT
	trap 'exit 1' INT TERM HUP
	printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
	as_root chmod 755 $policy
}

release_services() {
	[ -n "$held" ] || return 0
	held=
	as_root rm -f $policy
}

# disable_service NAME undoes what its installation enabled: the tests want the program, not a service at every boot.
disable_service() {
	have systemctl || return 0
	as_root systemctl disable "$1" >/dev/null 2>&1 || return 0
	[ ! -d /run/systemd/system ] || as_root systemctl stop "$1"
	say "apt: $1 is installed as a program; its service is disabled (systemctl enable --now $1 to have it)"
}

# add_backports adds the backports suite of the Debian release in use, from the mirror that the
# machine takes the release itself from. Backports are never preferred on their own (apt gives
# them priority 100), so nothing else on the machine changes.
add_backports() {
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ -n "$codename" ] || fail "valkey-server is in no package source of this machine, and it is no Debian release that has backports: install valkey 7.2 or later your own way"
	refresh_lists
	! offered valkey-server || return 0
	mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Component: main' |
		sed -n "s/^$codename //p" | head -n 1)
	[ -n "$mirror" ] || fail "no package source of this machine has $codename/main, so there is no mirror to take $codename-backports from: add that suite yourself"
	say "apt: adding the suite $codename-backports for valkey-server"
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	{
		printf 'Types: deb\nURIs: %s\nSuites: %s-backports\nComponents: main\n' "$mirror" "$codename"
		[ ! -e $keyring ] || printf 'Signed-By: %s\n' $keyring
	} | as_root tee /etc/apt/sources.list.d/clvstream-backports.sources >/dev/null
	refresh_lists
}
