#!/bin/sh
# Fetches Exim and OpenSMTPD, which cannot be installed beside Postfix, into a folder from which tests start them.
#
#   fetch_mail_servers.sh      into .mail-servers in the project
#
# Debian alone. Nothing is installed: the packages are unpacked, with the libraries and the shell they need, into a
# small root of their own for chroot. Where that cannot be done it says so and succeeds: the tests skip then.
set -u
umask 022
folder=$(cd "$(dirname "$0")/../.." && pwd)/.mail-servers
[ -e "$folder/root" ] && exit 0

leave() {
  echo "mail servers for tests: $1; the tests of Exim and OpenSMTPD skip" >&2
  exit 0
}
command -v apt-get >/dev/null && command -v dpkg >/dev/null || leave "this is no Debian"

[ "$(id -u)" = 0 ] || leave "it takes root"

mkdir -p "$folder" && work=$(mktemp -d "$folder/fetch.XXXXXX") || leave "$folder cannot be written"
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/packages" "$work/root"
cd "$work/packages" || leave "$work is gone"

apt-cache show exim4-daemon-light >/dev/null 2>&1 || timeout 60 apt-get update -qq >/dev/null 2>&1
# The servers, and those libraries of theirs that this machine lacks.
wanted="exim4-daemon-light opensmtpd"
new=$wanted
while [ -n "$new" ]; do
  found=$(apt-cache depends $new 2>/dev/null | sed -n 's/^[ |]*Depends: \(lib[^ ]*\)$/\1/p' | sort -u)
  new=
  for name in $found; do
    case " $wanted " in *" $name "*) continue ;; esac
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || new="$new $name"
  done
  wanted="$wanted$new"
done
# shellcheck disable=SC2086 # a list of words
timeout 60 apt-get download -qq -o APT::Sandbox::User=root -o Acquire::Retries=1 \
  -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10 $wanted >/dev/null 2>&1 ||
  leave "the packages cannot be downloaded (no network?)"
for package in *.deb; do
  dpkg -x "$package" "$work/root" || leave "$package cannot be unpacked"
done

cd "$work/root" || leave "$work is gone"
rm -rf usr/share
chmod u-s,g-s usr/sbin/* usr/libexec/opensmtpd/*  # root starts them; nobody else gains anything from them here
for dir in lib usr/lib; do
  LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$(echo "$work/root/$dir"/*-linux-gnu*)
done
export LD_LIBRARY_PATH
libraries=$(ldd /bin/sh usr/sbin/* usr/libexec/opensmtpd/* 2>/dev/null | grep -o '/[^ ]*' | sort -u)
for file in /bin/sh $libraries; do
  case $file in
    "$work"/* | *:) ;;
    *) [ -e "$work/root$file" ] || cp -L --parents "$file" "$work/root" ;;
  esac
done
mkdir -p dev etc/exim4 run tmp var/mail var/lib/opensmtpd/empty var/spool/exim4 var/spool/smtpd var/log/exim4
chmod 1777 tmp && chmod 711 var/spool/smtpd && chown 101:101 var/spool/exim4 var/log/exim4
ln -s ../run var/run
mknod -m 666 dev/null c 1 3 && echo >dev/null || leave "$folder may hold no devices"
cat >etc/group <<'GROUPS'
root:x:0:
Debian-exim:x:101:
opensmtpd:x:102:
opensmtpq:x:103:
reader:x:104:
GROUPS
cat >etc/hosts <<'HOSTS'
127.0.0.1 localhost
HOSTS
cat >etc/passwd <<'USERS'
root:x:0:0:root:/:/bin/sh
Debian-exim:x:101:101::/var/spool/exim4:/bin/false
opensmtpd:x:102:102::/var/lib/opensmtpd/empty:/bin/false
opensmtpq:x:103:103::/var/lib/opensmtpd/empty:/bin/false
reader:x:104:104::/var/mail:/bin/sh
USERS
chroot . /usr/sbin/exim4 -C /dev/null -bV >/dev/null 2>&1 || leave "Exim does not start in chroot"
chroot . /usr/sbin/smtpd -h >/dev/null 2>&1
[ $? = 1 ] || leave "OpenSMTPD does not start in chroot"
cd / && mv -T "$work/root" "$folder/root" || leave "$folder cannot be written"
